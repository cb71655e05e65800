"""The quality scale we give ourselves: all rules judged, and what a machine can check is checked."""

import json
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml

from custom_components import evmeter
from custom_components.evmeter.chargers.known import KNOWN_CHARGERS
from custom_components.evmeter.config_flow import EVMeterConfigFlow
from custom_components.evmeter.const import DOMAIN, PLATFORMS
from custom_components.evmeter.mains.meter_table import KNOWN_METERS
from evmeter_client.simulator.broker import Broker

from .core_descriptions import CORE
from .sites import evmeter_charger, set_up, site_entry, subentry, until, wallbox
from .texts import load

INTEGRATION: Final = Path(evmeter.__file__).parent
ROOT: Final = INTEGRATION.parent.parent
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST: Final[Mapping[str, Any]] = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))
EXEMPT: Final = {
    "discovery",
    "discovery-update-info",
    "docs-conditions",
    "docs-triggers",
    "inject-websession",
}

DOCUMENTED: Final = {
    "docs-actions": "### Actions",
    "docs-configuration-parameters": "### The site: meter and fuse",
    "docs-data-update": "### How fresh it is",
    "docs-examples": "### Examples",
    "docs-high-level-description": "# EV-Meter Load Balancing",
    "docs-installation-instructions": "## Install",
    "docs-installation-parameters": "### A charger",
    "docs-known-limitations": "## Known limits of this version",
    "docs-removal-instructions": "## Remove",
    "docs-supported-devices": "## Supported so far",
    "docs-supported-functions": "## What you get",
    "docs-troubleshooting": "## Troubleshooting",
    "docs-use-cases": "## What it is for",
}
"""Where the README has what a rule asks for."""


def rules(path: Path) -> dict[str, Any]:
    """The rules of an integration, as it judges them."""
    loaded = load_yaml(str(path))
    assert isinstance(loaded, dict)
    judged: dict[str, Any] = loaded["rules"]
    return judged


RULES: Final = rules(INTEGRATION / "quality_scale.yaml")


def test_every_rule_is_judged() -> None:
    """Those of the installed Home Assistant, all 54, each done or exempt for a reason that is said."""
    assert RULES.keys() == rules(CORE / "peblar" / "quality_scale.yaml").keys()
    assert len(RULES) == 54
    exempt = set()
    for rule, judged in RULES.items():
        if judged == "done":
            continue
        assert judged["status"] in ("done", "exempt"), rule
        assert judged["comment"].strip(), rule
        exempt |= {rule} if judged["status"] == "exempt" else set()
    assert exempt == EXEMPT


@pytest.mark.parametrize(("rule", "heading"), DOCUMENTED.items())
def test_documented(rule: str, heading: str) -> None:
    """The README has a section for it, with something in it."""
    _, found, rest = README.partition(f"{heading}\n")
    assert found, rule
    assert len(re.split(r"\n#+ ", rest)[0].strip()) > 100, rule


def test_every_documented_rule_has_its_section() -> None:
    """A rule on documents that is new in Home Assistant needs one."""
    assert DOCUMENTED.keys() == {rule for rule in RULES if rule.startswith("docs-")} - EXEMPT


def test_what_is_not_there_needs_no_document() -> None:
    """No triggers, no conditions, no HTTP, no discovery."""
    assert not (INTEGRATION / "triggers.yaml").exists()
    assert not (INTEGRATION / "conditions.yaml").exists()
    assert not MANIFEST.keys() & {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}
    sources = [path.read_text(encoding="utf-8") for path in INTEGRATION.rglob("*.py")]
    assert not [text for text in sources if re.search(r"aiohttp|httpx|requests\b.*import", text)]


async def test_actions_do_not_need_a_site(hass: HomeAssistant) -> None:
    """action-setup: they are there before the first site, and after the last."""
    assert await async_setup_component(hass, DOMAIN, {})
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert registered.keys() == load("en")["services"].keys()
    icons = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))
    assert icons["services"].keys() == registered.keys()


def test_common_modules_and_flows() -> None:
    """Where everybody looks first; the flows that can change what was set up."""
    names = {path.stem for path in INTEGRATION.glob("*.py")}
    assert {"coordinator", "entity", "diagnostics", "config_flow"} <= names
    assert {"async_step_reconfigure", "async_step_reauth", "async_get_options_flow"} <= vars(
        EVMeterConfigFlow
    ).keys()
    flows = EVMeterConfigFlow.async_get_supported_subentry_types(site_entry())
    assert flows
    for flow in flows.values():
        assert "async_step_reconfigure" in vars(flow)


def test_every_platform_says_how_many_at_once() -> None:
    """parallel-updates."""
    for platform in PLATFORMS:
        module = import_module(f"custom_components.evmeter.{platform}")
        assert isinstance(module.PARALLEL_UPDATES, int), platform


def test_images() -> None:
    """brands: of both sizes, as PNG."""
    for name in ("icon.png", "icon@2x.png", "logo.png", "logo@2x.png"):
        assert (INTEGRATION / "brand" / name).read_bytes().startswith(b"\x89PNG")


def test_manifest() -> None:
    """Owned, typed, and set up after everything that the tables know: its entities are there then."""
    assert MANIFEST["codeowners"]
    assert (ROOT / "evmeter_client" / "py.typed").exists()
    known = {row.integration for row in (*KNOWN_CHARGERS, *KNOWN_METERS)}
    assert MANIFEST["after_dependencies"] == sorted(name for name in known if (CORE / name).is_dir())


async def test_every_entity_keeps_the_rules(hass: HomeAssistant, broker: Broker) -> None:
    """Unique id, name, translation, device, and no polling, for every entity of a site and a charger."""
    async with wallbox(broker):
        entry = site_entry(subentry(evmeter_charger(broker)))
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.data.chargers["driveway"].available)
        registry = er.async_get(hass)
        registered = er.async_entries_for_config_entry(registry, entry.entry_id)
        assert {entity.domain for entity in registered} == set(PLATFORMS)
        texts = load("en")["entity"]
        for entity in registered:
            assert entity.has_entity_name, entity.entity_id
            assert entity.device_id, entity.entity_id
            assert entity.unique_id.startswith(entry.entry_id), entity.entity_id
            # Without a key of its own it has the name of its device class.
            named = entity.translation_key in texts[entity.domain]
            assert named or entity.original_device_class, entity.entity_id
        shown = list(entities(hass))
        assert shown
        assert not any(entity.should_poll for entity in shown)
        disabled = [entity for entity in registered if entity.disabled_by]
        assert disabled
        assert all(entity.entity_category or entity.domain == Platform.SENSOR for entity in disabled)


def entities(hass: HomeAssistant) -> list[Entity]:
    """The entities of this integration that are running."""
    components = hass.data[DATA_INSTANCES].values()
    return [
        entity
        for component in components
        for entity in component.entities
        if entity.platform.platform_name == DOMAIN
    ]
