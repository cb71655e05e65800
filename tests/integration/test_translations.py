"""Everything the code says has its text, and no text is left that nobody says."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigFlow, ConfigSubentryFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.selector import SelectSelector
from probatio import to_field_list
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter import config_flow
from custom_components.evmeter.balancing.model import MainsReading, Phase
from custom_components.evmeter.chargers import CHARGERS, ChargerProblem
from custom_components.evmeter.config_flow import EVMeterConfigFlow
from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER
from custom_components.evmeter.exceptions import ErrorCode
from custom_components.evmeter.flow import forms, live
from custom_components.evmeter.flow.charger import ChargerSubentryFlow
from custom_components.evmeter.flow.detection import TELLING
from custom_components.evmeter.mains import Quantity, SourceProblem, SourceView, TooSlow
from custom_components.evmeter.repairs import FIX_FLOWS
from custom_components.evmeter.settings import ChargerKind, MainsKind
from custom_components.evmeter.wiring import DetectionFailure, DetectionOutcome
from custom_components.evmeter.wiring_repair import CHARGER_GONE

from .flows import SIMULATED_CHARGER, SIMULATED_SITE
from .texts import load, placeholders, texts

INTEGRATION = Path(config_flow.__file__).parent
ENGLISH = load("en")
ICONS: dict[str, Any] = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))

SITE_TEXTS = ENGLISH["config"]
CHARGER_TEXTS = ENGLISH["config_subentries"][SUBENTRY_CHARGER]

EVERY_FORM = {ErrorCode.REQUIRED, ErrorCode.INVALID_NUMBER, ErrorCode.OUT_OF_RANGE, ErrorCode.INVALID_CHOICE}
SITE_ERRORS = {*EVERY_FORM, ErrorCode.ENTITY_NOT_FOUND, ErrorCode.METER_NOT_FOUND}
CHARGER_ERRORS = {
    *EVERY_FORM,
    ErrorCode.INVALID_VALUE,
    ErrorCode.INVALID_WIRING,
    ErrorCode.INVALID_HOST,
    ErrorCode.INVALID_CHARGER_ID,
    ErrorCode.CANNOT_CONNECT,
    ErrorCode.INVALID_AUTH,
    ErrorCode.TIMEOUT,
    ErrorCode.UNKNOWN_CHARGER,
    ErrorCode.PROTOCOL,
    ErrorCode.ENTITY_NOT_FOUND,
    ErrorCode.CHARGER_NOT_FOUND,
    ErrorCode.WRONG_UNIT,
    ErrorCode.CANNOT_PAUSE,
}

PROGRESS = {"restart"}
DETECTION_ANSWERS = {
    *(f"detection_{failure}" for failure in DetectionFailure if failure is not DetectionFailure.ONE_PHASE),
    *(f"detection_{outcome}" for outcome in DetectionOutcome if outcome not in TELLING),
}
CHARGER_PROGRESS = PROGRESS | {"detect"}


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a function or class of this name in the integration."""
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name in {
                getattr(node.func, "id", None),
                getattr(node.func, "attr", None),
            }:
                yield node


def constants(call: ast.Call) -> dict[str, str]:
    """The text arguments of a call, by name; the first one is called ``first``."""
    arguments = {"first": call.args[0]} if call.args else {}
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    return {
        name: value.value
        for name, value in arguments.items()
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def steps(flow: type[ConfigFlow | ConfigSubentryFlow]) -> set[str]:
    """The forms of a flow; changing something uses the same ones, and waiting is no form."""
    prefix = "async_step_"
    own = {name.removeprefix(prefix) for name in vars(flow) if name.startswith(prefix)}
    return own - {"reconfigure"} - CHARGER_PROGRESS


LOOK = live.MainsLook(
    sources=(
        SourceView(
            phase=Phase.L1,
            quantity=Quantity.CURRENT,
            entity_id="sensor.l1",
            value=None,
            unit=None,
            age=60,
            period=60,
            resolution=1,
            problem=SourceProblem.UNAVAILABLE,
        ),
    ),
    reading=MainsReading(current=(5.0,), measured_at=(0.0,), resolution=1.0),
)
TOO_SLOW = TooSlow(option="time_between_update", seconds=30, advised=5)


def site_forms(hass: HomeAssistant) -> dict[str, vol.Schema]:
    """Every form of the site flow."""
    return {
        "user": forms.source_form({}, {}, {}),
        "enable": forms.ENABLE_FORM,
        "entities": forms.mains_form(hass, MainsKind.ENTITIES, {}),
        "simulated": forms.mains_form(hass, MainsKind.SIMULATED, {}),
        "live": live.live_form(LOOK, TOO_SLOW),
        "fuse": forms.FUSE_FORM,
    }


def charger_forms(hass: HomeAssistant) -> dict[str, vol.Schema]:
    """Every form of the charger flow."""
    kinds = {str(kind): CHARGERS[kind].fields(hass, {}, len(Phase)) for kind in ChargerKind}
    own = {
        "user": forms.charger_kind_form({}),
        "enable": forms.ENABLE_FORM,
        "limits": forms.limits_form(len(Phase), detectable=True),
        "wiring": forms.wiring_form(len(Phase)),
    }
    return own | kinds


def test_every_step_has_its_texts() -> None:
    """A title and a description for each form, none for a form that does not exist."""
    for flow, written in ((EVMeterConfigFlow, SITE_TEXTS), (ChargerSubentryFlow, CHARGER_TEXTS)):
        assert written["step"].keys() == steps(flow)
        for step, step_texts in written["step"].items():
            assert {"title", "description", "data", "data_description"} <= step_texts.keys(), step


def test_every_field_has_its_texts(hass: HomeAssistant) -> None:
    """A label and an explanation for each field, and for each section of text."""
    for shown, written in ((site_forms(hass), SITE_TEXTS), (charger_forms(hass), CHARGER_TEXTS)):
        assert shown.keys() == written["step"].keys()
        for step, form in shown.items():
            step_texts = written["step"][step]
            sections = {str(key) for key, value in form.schema.items() if isinstance(value, section)}
            fields = {str(key) for key in form.schema} - sections
            assert step_texts["data"].keys() == fields, step
            assert step_texts["data_description"].keys() == fields, step
            assert step_texts.get("sections", {}).keys() == sections, step
            for name in sections:
                assert step_texts["sections"][name].keys() == {"name", "description"}, name


def test_every_form_can_be_shown(hass: HomeAssistant) -> None:
    """The browser has a field of its own for each of ours, and our number boxes are number boxes there."""
    for form in (*site_forms(hass).values(), *charger_forms(hass).values()):
        for field in browser_fields(form):
            assert "selector" in field or field["type"] == "expandable", field["name"]
    (rating,) = (field for field in browser_fields(forms.FUSE_FORM) if field["name"] == "fuse_l1")
    assert rating["selector"] == {"number": {"mode": "box", "step": "any", "unit_of_measurement": "A"}}


def browser_fields(form: vol.Schema) -> list[dict[str, Any]]:
    """A form as Home Assistant sends it to the browser."""
    fields = to_field_list(form, custom_serializer=cv.custom_serializer)
    assert isinstance(fields, list)
    return fields


async def test_forms_fill_in_every_placeholder(hass: HomeAssistant) -> None:
    """What a text leaves open is given with its form."""
    live_given = live.live_placeholders(hass, LOOK)
    live_given |= await live.async_option_placeholders(hass, "dsmr", TOO_SLOW)
    site_given = {"enable": {"meter", "entities"}, "live": {*live_given, "meter"}}
    charger_given = {"enable": {"charger", "entities"}, "wiring": {"rows"}}
    for written, given in ((SITE_TEXTS, site_given), (CHARGER_TEXTS, charger_given)):
        for step, step_texts in written["step"].items():
            used = {name for _, text in texts(step_texts) for name in placeholders(text)}
            assert used == given.get(step, set()), step
        for path, text in texts({"error": written["error"], "abort": written["abort"]}):
            assert placeholders(text) == set(), path


def test_every_error_has_its_text() -> None:
    """Each code a form can get; a code that no form can get is no code."""
    assert SITE_TEXTS["error"].keys() == SITE_ERRORS | {forms.PHASE_NOT_MEASURED, forms.CHARGER_NEEDS_PHASE}
    assert CHARGER_TEXTS["error"].keys() == CHARGER_ERRORS | DETECTION_ANSWERS
    assert set(ErrorCode) == SITE_ERRORS | CHARGER_ERRORS


def test_every_abort_has_its_text() -> None:
    """Both flows end early for few reasons of their own; the others are Home Assistant's."""
    assert SITE_TEXTS["abort"].keys() == {"already_configured"}
    assert CHARGER_TEXTS["abort"].keys() == {"already_configured", "invalid_site"}
    assert {constants(call)["first"] for call in calls("AbortFlow")} == CHARGER_TEXTS["abort"].keys()
    (abort,) = calls("async_abort")
    assert ast.unparse(abort.keywords[0].value) == "CHARGER_GONE"


def test_every_wait_has_its_text() -> None:
    """What the user waits for is said."""
    actions = {constants(call)["progress_action"] for call in calls("async_show_progress")}
    assert actions == CHARGER_PROGRESS
    for written, given, waits in (
        (SITE_TEXTS, {"meter"}, PROGRESS),
        (CHARGER_TEXTS, {"charger"}, CHARGER_PROGRESS),
    ):
        assert written["progress"].keys() == waits
        assert all(placeholders(text) == given for text in written["progress"].values())


def test_the_subentry_has_its_words() -> None:
    """What the button and the list on the integration page say."""
    assert ENGLISH["config_subentries"].keys() == {SUBENTRY_CHARGER}
    assert CHARGER_TEXTS["initiate_flow"].keys() == {"user", "reconfigure"}
    assert CHARGER_TEXTS["entry_type"]


def test_every_choice_has_its_text(hass: HomeAssistant) -> None:
    """Each option of each list that is translated, and no other."""
    offered: dict[str, set[str]] = {}
    for form in (*site_forms(hass).values(), *charger_forms(hass).values()):
        for field in form.schema.values():
            if isinstance(field, SelectSelector) and "translation_key" in field.config:
                values = offered.setdefault(field.config["translation_key"], set())
                for option in field.config["options"]:
                    values.add(option if isinstance(option, str) else option["value"])
    assert {key: set(part["options"]) for key, part in ENGLISH["selector"].items()} == offered


async def test_every_entity_has_its_texts(hass: HomeAssistant) -> None:
    """A name for each entity of a site and a charger, a text for each state of a list of states."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=SIMULATED_SITE,
        subentries_data=[
            {
                "data": SIMULATED_CHARGER,
                "subentry_type": SUBENTRY_CHARGER,
                "title": "Charger",
                "unique_id": None,
            }
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)

    used: dict[str, dict[str, set[str]]] = {}
    for entity in entities:
        if entity.translation_key is None:
            assert entity.original_device_class is not None, entity.entity_id
            continue
        options = set((entity.capabilities or {}).get("options", ()))
        if entity.domain == "binary_sensor" and entity.original_device_class is None:
            options = {"off", "on"}  # no class says what they mean
        used.setdefault(entity.domain, {}).setdefault(entity.translation_key, set()).update(options)
    assert {
        domain: {key: set(part.get("state", ())) for key, part in keys.items()}
        for domain, keys in ENGLISH["entity"].items()
    } == used
    for path, text in texts(ENGLISH["entity"]):
        assert placeholders(text) <= {"phase"}, path
        if path.endswith(".name"):
            assert text, path


def test_every_icon_has_its_entity() -> None:
    """Icons for entities and states that exist, each an icon by its own name."""
    for domain, keys in ICONS["entity"].items():
        for key, icons in keys.items():
            entity = ENGLISH["entity"][domain][key]
            states = set(icons.get("state", ()))
            if domain in ("sensor", "select"):
                assert states <= set(entity.get("state", ())), key
            else:
                assert states <= {"on", "off"}, key
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", icon) for _, icon in texts(ICONS))


def test_every_exception_has_its_text() -> None:
    """What an action or a set-up can fail with, with everything it fills in."""
    raised: dict[str, set[str]] = {}
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                arguments = constants(node.exc)
                if "translation_key" in arguments:
                    raised[arguments["translation_key"]] = given_placeholders(node.exc)
    raised |= {f"detection_{failure}": {"charger"} for failure in DetectionFailure}
    assert ENGLISH["exceptions"].keys() == raised.keys()
    for key, part in ENGLISH["exceptions"].items():
        assert placeholders(part["message"]) <= raised[key], key


def given_placeholders(call: ast.Call) -> set[str]:
    """The names that a call fills in."""
    return {
        str(key.value)
        for keyword in call.keywords
        if keyword.arg == "translation_placeholders" and isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
        if isinstance(key, ast.Constant)
    }


def test_every_issue_has_its_text() -> None:
    """A title and a way out for each issue."""
    fixed = {key for call in calls("Issue") if (key := constants(call).get("key")) is not None}
    made: set[str] = {
        f"charger_{problem}" for problem in ChargerProblem if problem is not ChargerProblem.NONE
    }
    made |= {
        f"source_{problem}"
        for problem in (SourceProblem.MISSING, SourceProblem.DISABLED, SourceProblem.WRONG_UNIT)
    }
    fixable = {*FIX_FLOWS}
    assert ENGLISH["issues"].keys() == fixed | made | fixable
    for key, part in ENGLISH["issues"].items():
        assert part.keys() == {"title", "fix_flow" if key in fixable else "description"}, key
        if key in fixable:
            assert part["fix_flow"]["abort"].keys() == {CHARGER_GONE}
            assert part["fix_flow"]["step"]["confirm"].keys() == {"title", "description"}
