"""Stored strings <-> typed settings of chargers that are reached through entities."""

import pytest
from homeassistant.core import HomeAssistant

from custom_components.evmeter.chargers import open_charger
from custom_components.evmeter.settings import (
    ChargerConfig,
    ChargerKind,
    EntityChargerSettings,
    SettingsErrors,
)

from .flows import LIMITS

BY_HAND = {"charger": "entities", "limit": "a", "switch": "b", "state": "c", **LIMITS}
KNOWN = {"charger": "known", "known": "peblar", "limit": "a", "switch": "b", **LIMITS}
BY_ACTION = {"charger": "known", "known": "keba", "device": "a", "state": "a", **LIMITS}


def read(data: dict[str, str]) -> ChargerConfig:
    """Read a charger of a site with three phases."""
    return ChargerConfig.from_strings("garage", data, phase_count=3)


@pytest.mark.parametrize(
    ("data", "kind", "device"),
    [
        (BY_HAND, ChargerKind.ENTITIES, EntityChargerSettings(limit="a", switch="b", state="c")),
        (
            BY_HAND | {"switch_pauses": "true", "draw_l1": "d", "draw_l2": "e"},
            ChargerKind.ENTITIES,
            EntityChargerSettings(limit="a", switch="b", switch_pauses=True, state="c", draws=("d", "e")),
        ),
        (KNOWN, ChargerKind.KNOWN, EntityChargerSettings(limit="a", switch="b", known="peblar")),
        (BY_ACTION, ChargerKind.KNOWN, EntityChargerSettings(state="a", known="keba", device="a")),
    ],
)
def test_round_trip(data: dict[str, str], kind: ChargerKind, device: EntityChargerSettings) -> None:
    """Strings, settings, and the same strings again."""
    config = read(data)
    assert (config.kind, config.device) == (kind, device)
    assert config.to_strings() == data


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ({"charger": "entities"}, {"limit"}),
        ({"charger": "known"}, {"limit", "known"}),
        (BY_HAND | {"draw_l3": "d"}, {"draw_l1"}),
        (BY_HAND | {"draw_l2": "d", "draw_l3": "e"}, {"draw_l1"}),
        (BY_HAND | {"draw_l1": "d", "draw_l3": "e"}, {"draw_l2"}),
        (
            {"charger": "entities", "switch_pauses": "perhaps", "min_current": "2", "draw_l2": "d"},
            {"limit", "switch_pauses", "min_current", "draw_l1"},
        ),
    ],
)
def test_every_bad_value_is_named(data: dict[str, str], keys: set[str]) -> None:
    """Not just the first."""
    with pytest.raises(SettingsErrors) as raised:
        read(data)
    assert set(raised.value.keys) == keys


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (KNOWN | {"known": "keba"}, "state"),
        ({key: value for key, value in BY_ACTION.items() if key != "state"}, "state"),
        (BY_ACTION | {"known": "peblar"}, "limit"),
    ],
)
async def test_what_the_row_needs_is_not_stored(hass: HomeAssistant, data: dict[str, str], key: str) -> None:
    """A number where the row has one, a state where an action takes the limit."""
    with pytest.raises(SettingsErrors) as raised:
        open_charger(hass, "site", read(data), 3)
    assert raised.value.form_errors() == {key: "required"}


async def test_a_row_that_the_table_does_not_have(hass: HomeAssistant) -> None:
    """As after a step back to an older version: the charger is left out, with its key."""
    with pytest.raises(SettingsErrors) as raised:
        open_charger(hass, "site", read(KNOWN | {"known": "unheard_of"}), 3)
    assert raised.value.keys == ("known",)
