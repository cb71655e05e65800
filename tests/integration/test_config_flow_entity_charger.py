"""The flow that adds and changes a charger of another integration: found in the table, or picked by hand."""

from collections.abc import Mapping

import pytest
from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import SelectSelector
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.const import SUBENTRY_CHARGER
from custom_components.evmeter.flow import live

from .charger_flows import change, only_charger, start, submit
from .entity_wallbox import EntityWallbox
from .flows import LIMITS, site, suggestions
from .known_chargers import add_charger_device, integration_entry, row

FOUND_LIMITS = LIMITS | {"max_current": "20"}


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """A site without chargers."""
    return site(hass)


@pytest.fixture
def peblar(hass: HomeAssistant) -> MockConfigEntry:
    """The config entry of an integration in the table."""
    return integration_entry(hass, row("peblar"))


async def choose(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    """Start adding a charger."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
    )


def offered(result: SubentryFlowResult) -> list[tuple[str, str]]:
    """The values and labels that the only list of a form offers."""
    assert result["data_schema"] is not None
    (selector,) = result["data_schema"].schema.values()
    assert isinstance(selector, SelectSelector)
    return [
        (option, option) if isinstance(option, str) else (option["value"], option["label"])
        for option in selector.config["options"]
    ]


async def test_found_charger(hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry) -> None:
    """One click and its limits, which are what its number takes."""
    device_id, ids = add_charger_device(hass, row("peblar"), peblar)
    result = await choose(hass, entry)
    assert offered(result) == [
        (device_id, "Garage (Peblar)"),
        ("evmeter", "evmeter"),
        ("entities", "entities"),
        ("template", "template"),
        ("simulated", "simulated"),
    ]
    result = await submit(hass, result, charger=device_id)
    assert (result["step_id"], suggestions(result["data_schema"])) == ("limits", FOUND_LIMITS)
    result = await submit(hass, result, **LIMITS)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Garage")
    charger = only_charger(entry)
    assert charger.data == {"charger": "known", "known": "peblar", **ids, **LIMITS}
    assert charger.unique_id == ids["limit"]


async def test_the_name_is_not_said_twice(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry
) -> None:
    """A device that is called after its integration needs no more."""
    device_id, _ = add_charger_device(hass, row("peblar"), peblar, name="Peblar EV Charger")
    assert offered(await choose(hass, entry))[0] == (device_id, "Peblar EV Charger")


async def test_same_charger_twice(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry
) -> None:
    """Whether it is found or picked by hand the second time: two balancers would fight over it."""
    device_id, ids = add_charger_device(hass, row("peblar"), peblar)
    result = await submit(hass, await choose(hass, entry), charger=device_id)
    await submit(hass, result, **LIMITS)
    result = await submit(hass, await choose(hass, entry), charger=device_id)
    assert (result["step_id"], result["errors"]) == ("known", {"device": "entity_in_use"})

    registry = er.async_get(hass)
    result = await submit(
        hass,
        await start(hass, entry, "entities"),
        limit=er.async_resolve_entity_id(registry, ids["limit"]),
        switch=er.async_resolve_entity_id(registry, ids["switch"]),
        switch_pauses=False,
    )
    assert (result["step_id"], result["errors"]) == (
        "entities",
        {"limit": "entity_in_use", "switch": "entity_in_use"},
    )


async def test_charger_gone_while_choosing(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry
) -> None:
    """It is said at its field, and something else can be chosen."""
    device_id, _ = add_charger_device(hass, row("peblar"), peblar)
    result = await choose(hass, entry)
    dr.async_get(hass).async_remove_device(device_id)
    result = await submit(hass, result, charger=device_id)
    assert (result["step_id"], result["errors"]) == ("user", {"charger": "charger_not_found"})
    assert (await submit(hass, result, charger="simulated"))["step_id"] == "simulated"


async def test_disabled_entities_are_enabled(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are named, enabled with one tick, and waited for."""
    monkeypatch.setattr(live, "RESTART_TIME", 0.2)
    disabled = frozenset({"draw_l1", "draw_l2", "draw_l3"})
    device_id, ids = add_charger_device(hass, row("peblar"), peblar, disabled=disabled)
    registry = er.async_get(hass)
    named = [er.async_resolve_entity_id(registry, ids[key]) for key in sorted(disabled)]
    result = await submit(hass, await choose(hass, entry), charger=device_id)
    assert result["step_id"] == "enable"
    placeholders = {"charger": "Garage", "entities": "\n".join(f"- {name}" for name in named)}
    assert result["description_placeholders"] == placeholders

    result = await submit(hass, result, enable=True)
    assert (result["type"], result["step_id"]) == (FlowResultType.SHOW_PROGRESS, "restart")
    assert not any(registry.entities[str(entity_id)].disabled for entity_id in named)
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result["step_id"] == "limits"
    await submit(hass, result, **LIMITS)
    assert only_charger(entry).data["draw_l3"] == ids["draw_l3"]


async def test_without_the_tick_back_to_the_list(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry
) -> None:
    """Nobody is made to enable anything."""
    disabled = frozenset({"draw_l1"})
    device_id, ids = add_charger_device(hass, row("peblar"), peblar, disabled=disabled)
    result = await submit(hass, await choose(hass, entry), charger=device_id)
    result = await submit(hass, result, enable=False)
    assert result["step_id"] == "user"
    registry = er.async_get(hass)
    entity_id = er.async_resolve_entity_id(registry, ids["draw_l1"])
    assert registry.entities[str(entity_id)].disabled


async def test_reconfigure_to_another_charger(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry
) -> None:
    """The present one is suggested; the title follows."""
    first, _ = add_charger_device(hass, row("peblar"), peblar)
    second, ids = add_charger_device(hass, row("peblar"), peblar, name="Street")
    result = await submit(hass, await choose(hass, entry), charger=first)
    await submit(hass, result, **LIMITS)
    result = await change(hass, entry, only_charger(entry))
    assert (result["step_id"], suggestions(result["data_schema"])) == ("known", {"device": first})
    result = await submit(hass, result, device=second)
    assert suggestions(result["data_schema"]) == LIMITS
    result = await submit(hass, result, **LIMITS)
    assert result["reason"] == "reconfigure_successful"
    charger = only_charger(entry)
    assert (charger.title, charger.unique_id) == ("Street", ids["limit"])


async def test_reconfigure_without_the_tick(
    hass: HomeAssistant, entry: MockConfigEntry, peblar: MockConfigEntry
) -> None:
    """Back to the list of the chargers that were found; one that is gone is said at its field."""
    first, _ = add_charger_device(hass, row("peblar"), peblar)
    second, _ = add_charger_device(hass, row("peblar"), peblar, name="Street", disabled=frozenset({"state"}))
    result = await submit(hass, await choose(hass, entry), charger=first)
    await submit(hass, result, **LIMITS)
    result = await submit(hass, await change(hass, entry, only_charger(entry)), device=second)
    result = await submit(hass, result, enable=False)
    assert result["step_id"] == "known"
    dr.async_get(hass).async_remove_device(first)
    result = await submit(hass, result, device=first)
    assert (result["step_id"], result["errors"]) == ("known", {"device": "charger_not_found"})


@pytest.fixture
async def ids(hass: HomeAssistant) -> Mapping[str, str]:
    """The entities of a charger from 6 to 32 A, by unique id."""
    return await EntityWallbox().start(hass)


async def test_picked_by_hand(hass: HomeAssistant, entry: MockConfigEntry, ids: Mapping[str, str]) -> None:
    """Entities, limits, done; and the same forms filled in to change it."""
    result = await start(hass, entry, "entities")
    assert result["step_id"] == "entities"
    answers = {
        "limit": "number.limit",
        "switch": "switch.charge",
        "switch_pauses": False,
        "state": "sensor.state",
        "draw_l1": "sensor.draw_l1",
    }
    result = await submit(hass, result, **answers)
    assert suggestions(result["data_schema"]) == LIMITS | {"max_current": "32"}
    result = await submit(hass, result, **LIMITS)
    assert result["title"] == "number.limit"
    charger = only_charger(entry)
    assert charger.data == {
        "charger": "entities",
        "limit": ids["limit"],
        "switch": ids["charge"],
        "state": ids["state"],
        "draw_l1": ids["draw_l1"],
        **LIMITS,
    }
    assert suggestions((await change(hass, entry, charger))["data_schema"]) == answers


async def test_bad_entities_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, ids: Mapping[str, str]
) -> None:
    """What is wrong is said at its field, and what was right stays."""
    result = await start(hass, entry, "entities")
    result = await submit(hass, result, limit="number.limit", switch_pauses=True)
    assert (result["step_id"], result["errors"]) == ("entities", {"switch": "cannot_pause"})
    assert suggestions(result["data_schema"]) == {"limit": "number.limit", "switch_pauses": True}
    result = await submit(hass, result, limit="number.limit", switch="switch.charge", switch_pauses=True)
    await submit(hass, result, **LIMITS)
    assert only_charger(entry).data["switch_pauses"] == "true"
