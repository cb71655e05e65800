"""Chargers found by the names their integrations give: one row per integration, one charger per device."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.evmeter.chargers import CHARGERS, FoundCharger, find_chargers, open_charger
from custom_components.evmeter.chargers.known import KNOWN_CHARGERS
from custom_components.evmeter.chargers.rows import EntityKey, KnownCharger
from custom_components.evmeter.settings import ChargerConfig, ChargerKind, SettingsErrors

from .flows import LIMITS
from .known_chargers import add_charger_device, integration_entry, keys_of, mark_of, row

EVERY_ROW = pytest.mark.parametrize("known", KNOWN_CHARGERS, ids=lambda known: known.integration)


def only(chargers: list[FoundCharger]) -> FoundCharger:
    """The only charger there is."""
    (charger,) = chargers
    return charger


@EVERY_ROW
def test_found(hass: HomeAssistant, known: KnownCharger) -> None:
    """With every entity, the disabled ones too, which are named."""
    disabled = frozenset(keys_of(known)) - {mark_of(known)}
    device_id, ids = add_charger_device(hass, known, integration_entry(hass, known), disabled=disabled)
    found = only(find_chargers(hass))
    assert (found.device_id, found.title) == (device_id, "Garage")
    device = {} if isinstance(known.limit, EntityKey) else {"device": device_id}
    assert found.to_strings() == {"known": known.integration, **device, **ids}
    registry = er.async_get(hass)
    assert {er.async_resolve_entity_id(registry, ids[key]) for key in disabled} == set(found.needs_enabling)


@EVERY_ROW
def test_opened(hass: HomeAssistant, known: KnownCharger) -> None:
    """It is what its row says."""
    add_charger_device(hass, known, integration_entry(hass, known))
    data = {"charger": "known", **only(find_chargers(hass)).to_strings(), **LIMITS}
    charger = open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)
    settings, traits = charger.settings, known.traits
    assert charger.kind is ChargerKind.KNOWN
    assert (settings.write_class, settings.minimum_gap) == (traits.write_class, traits.minimum_gap)
    assert (settings.reaction, settings.step) == (traits.reaction, traits.step or 1)
    assert (settings.rearm_after, settings.rearm_by_step) == (traits.rearm_after, traits.rearm_by_step)
    assert settings.has_draw_sensor is bool(known.draws)
    made = ("EV-Meter", "Charger") if known.without_device else ("Maker", "Model")
    assert (charger.device.manufacturer, charger.device.model) == made


@EVERY_ROW
def test_what_cannot_be_limited_and_paused_is_no_charger(hass: HomeAssistant, known: KnownCharger) -> None:
    """As a thermostat of the same integration is none."""
    entry = integration_entry(hass, known)
    for missing in (mark_of(known), "switch"):
        if missing in keys_of(known):
            add_charger_device(hass, known, entry, name=missing, without=frozenset({missing}))
    assert find_chargers(hass) == []


def test_one_per_device(hass: HomeAssistant) -> None:
    """An account may have several; each is called what the user calls it."""
    entry = integration_entry(hass, row("wallbox"))
    garage, _ = add_charger_device(hass, row("wallbox"), entry, name="Garage")
    add_charger_device(hass, row("wallbox"), entry, name="Street")
    dr.async_get(hass).async_update_device(garage, name_by_user="Mine")
    assert [charger.title for charger in find_chargers(hass)] == ["Mine", "Street"]


def test_without_state_and_draw(hass: HomeAssistant) -> None:
    """What is only read may be missing."""
    known = row("peblar")
    without = frozenset(keys_of(known)) - {"limit", "switch"}
    _, ids = add_charger_device(hass, known, integration_entry(hass, known), without=without)
    assert set(ids) == {"limit", "switch"}
    assert only(find_chargers(hass)).to_strings() == {"known": "peblar", **ids}


async def test_a_charger_is_chosen_by_its_device(hass: HomeAssistant) -> None:
    """One that is gone in the meantime is refused; its number says what it takes."""
    add_charger_device(hass, row("peblar"), integration_entry(hass, row("peblar")))
    found = only(find_chargers(hass))
    kind = CHARGERS[ChargerKind.KNOWN]
    assert [str(key) for key in kind.fields(hass, {}, 3).schema] == ["device"]
    stored = await kind.async_validate(hass, {"device": found.device_id})
    assert stored == found.to_strings()
    assert kind.suggested_limits(hass, stored) == {
        "min_current": "6",
        "max_current": "20",
        "fallback_current": "6",
    }
    with pytest.raises(SettingsErrors) as raised:
        await kind.async_validate(hass, {"device": "gone"})
    assert raised.value.form_errors() == {"device": "charger_not_found"}


def test_no_row_is_there_twice() -> None:
    """A row's integration is its key in stored settings."""
    keys = [known.integration for known in KNOWN_CHARGERS]
    assert len(set(keys)) == len(keys)
