"""Chargers found by the names their integrations give: one row per integration, one charger per device."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.evmeter.balancing.model import ChargerState
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


def in_force_of(hass: HomeAssistant, known: KnownCharger) -> float | None:
    """The limit in force of the only charger there is [A], while its number tells 32 A."""
    assert isinstance(known.limit, EntityKey)
    number = er.async_get(hass).async_get_entity_id("number", known.integration, f"Garage_{known.limit.key}")
    hass.states.async_set(number or "", "32", {"unit_of_measurement": "A"})
    data = {"charger": "known", **only(find_chargers(hass)).to_strings(), **LIMITS}
    charger = open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)
    return charger.reading.limit


@pytest.mark.parametrize(
    ("told", "limit"), [("9", 9), ("0", None), ("3", None), ("unknown", None), ("unavailable", None)]
)
def test_the_limit_in_force_is_told_beside_the_number(
    hass: HomeAssistant, told: str, limit: float | None
) -> None:
    """What the number tells then is none; nor is what no charger can offer."""
    known = row("openevse")
    assert known.in_force is not None
    add_charger_device(hass, known, integration_entry(hass, known))
    sensor = er.async_get(hass).async_get_entity_id("sensor", "openevse", f"Garage_{known.in_force.key}")
    hass.states.async_set(sensor or "", told, {"unit_of_measurement": "A"})
    assert in_force_of(hass, known) == limit


def test_without_the_limit_in_force(hass: HomeAssistant) -> None:
    """Where its sensor is missing, nobody knows the limit; the charger can be limited all the same."""
    known = row("openevse")
    add_charger_device(hass, known, integration_entry(hass, known), without=frozenset({"in_force"}))
    assert in_force_of(hass, known) is None


@pytest.mark.parametrize(
    ("integration", "state", "plug", "expected"),
    [
        ("v2c", "off", "off", ChargerState.DISCONNECTED),
        ("v2c", "off", "on", ChargerState.READY),
        ("v2c", "off", "unknown", ChargerState.READY),
        ("openevse", "unknown", "off", ChargerState.DISCONNECTED),
        ("openevse", "unknown", "on", ChargerState.CHARGING),
        ("openevse", "connected", "off", ChargerState.READY),
    ],
)
def test_the_plug_tells_where_the_state_does_not(
    hass: HomeAssistant, integration: str, state: str, plug: str, expected: ChargerState
) -> None:
    """A state that knows of no car is believed: a gateway of long ago has no plug, and it is always off."""
    known = row(integration)
    assert known.state is not None
    assert known.plug is not None
    assert isinstance(known.limit, EntityKey)
    add_charger_device(hass, known, integration_entry(hass, known))
    for key, told in ((known.limit, "16"), (known.state, state), (known.plug, plug)):
        entity = er.async_get(hass).async_get_entity_id(key.platform, integration, f"Garage_{key.key}")
        hass.states.async_set(entity or "", told)
    data = {"charger": "known", **only(find_chargers(hass)).to_strings(), **LIMITS}
    charger = open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)
    assert charger.reading.state is expected


@pytest.mark.parametrize(("configured", "suggested"), [("16", "16"), ("32", "20"), ("4", "6")])
def test_no_more_than_configured_is_suggested(hass: HomeAssistant, configured: str, suggested: str) -> None:
    """The number takes up to 20 A, but what is set only overrides what is configured in the charger."""
    known = row("openevse")
    add_charger_device(hass, known, integration_entry(hass, known))
    strings = only(find_chargers(hass)).to_strings()
    number = er.async_resolve_entity_id(er.async_get(hass), strings["limit"])
    attributes = {"unit_of_measurement": "A", "min": 6, "max": 20}
    hass.states.async_set(number or "", configured, attributes)
    limits = CHARGERS[ChargerKind.KNOWN].suggested_limits(hass, strings)
    assert (limits["min_current"], limits["max_current"]) == ("6", suggested)


def test_no_row_is_there_twice() -> None:
    """A row's integration is its key in stored settings."""
    keys = [known.integration for known in KNOWN_CHARGERS]
    assert len(set(keys)) == len(keys)
