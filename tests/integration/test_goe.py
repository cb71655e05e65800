"""A go-e charger: a stand-in for its integration, with its entities as they are called and what they take."""

from collections.abc import Callable, Coroutine
from typing import Final

import pytest
from homeassistant.components.number import NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from custom_components.evmeter.balancing.model import ChargerState, WriteClass
from custom_components.evmeter.chargers import Charger, find_chargers, open_charger
from custom_components.evmeter.settings import ChargerConfig

from .entity_wallbox import LimitNumber, ModeSelect, StateSensor
from .flows import LIMITS

DOMAIN: Final = "goecharger_api2"


class GoeStation:
    """Its entities: the requested current, the forced state, and what the car does."""

    def __init__(self) -> None:
        self.number = LimitNumber(6, 32)
        self.maximum = LimitNumber(6, 32)
        self.force = ModeSelect("0", "1", "2")
        self.car = StateSensor()
        self.car._attr_native_value = "2"
        self.draws = [StateSensor() for _ in range(3)]
        named: dict[str, NumberEntity | SelectEntity | SensorEntity] = {
            "amp": self.number,
            "ama": self.maximum,
            "frc": self.force,
            "car": self.car,
            **{f"nrg_{place}": draw for place, draw in enumerate(self.draws, start=4)},
        }
        for key, entity in named.items():
            entity._attr_unique_id = f"goe_123456_{key}"
            entity._attr_translation_key = key
            entity._attr_name = key
            entity._attr_device_info = DeviceInfo(identifiers={(DOMAIN, "123456")}, name="Garage")
        for draw in self.draws:
            draw._attr_native_unit_of_measurement = "A"
            draw._attr_native_value = "0"

    async def start(self, hass: HomeAssistant) -> None:
        """Give Home Assistant the integration, set up."""
        platforms: dict[Platform, list[Entity]] = {
            Platform.NUMBER: [self.maximum, self.number],
            Platform.SELECT: [self.force],
            Platform.SENSOR: [self.car, *self.draws],
        }

        async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            await hass.config_entries.async_forward_entry_setups(entry, list(platforms))
            return True

        mock_integration(hass, MockModule(DOMAIN, async_setup_entry=set_up))
        mock_platform(hass, f"{DOMAIN}.config_flow")
        for platform, entities in platforms.items():
            mock_platform(hass, f"{DOMAIN}.{platform}", MockPlatform(async_setup_entry=adder(entities)))
        entry = MockConfigEntry(domain=DOMAIN)
        entry.add_to_hass(hass)
        with mock_config_flow(DOMAIN, ConfigFlow):
            assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()


def adder(
    entities: list[Entity],
) -> Callable[[HomeAssistant, ConfigEntry, AddEntitiesCallback], Coroutine[None, None, None]]:
    """Return what sets a platform up with some entities."""

    async def add(_hass: HomeAssistant, _entry: ConfigEntry, add_entities: AddEntitiesCallback) -> None:
        add_entities(entities)

    return add


@pytest.fixture
async def station(hass: HomeAssistant) -> GoeStation:
    """A station that Home Assistant knows."""
    station = GoeStation()
    await station.start(hass)
    return station


def opened(hass: HomeAssistant) -> Charger:
    """Open the only charger there is."""
    (found,) = find_chargers(hass)
    data = {"charger": "known", **found.to_strings(), **LIMITS}
    return open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)


async def test_the_requested_current_is_written(hass: HomeAssistant, station: GoeStation) -> None:
    """Not the charger's own maximum; kept in flash memory, so no more than once a minute."""
    charger = opened(hass)
    await charger.async_write((10.0, 10.0, 10.0))
    assert (station.number.written, station.maximum.written) == ([10], [])
    assert (charger.reading.state, charger.reading.limit) == (ChargerState.CHARGING, 10)
    settings = charger.settings
    assert (settings.write_class, settings.minimum_gap) == (WriteClass.PERSISTENT, 60)


async def test_paused_by_force_and_left_alone_again(hass: HomeAssistant, station: GoeStation) -> None:
    """Resuming is neutral: charging is never forced on."""
    charger = opened(hass)
    await charger.async_write((0.0, 0.0, 0.0))
    assert (station.force.current_option, charger.reading.limit) == ("1", 0)
    await charger.async_write((8.0, 8.0, 8.0))
    assert (station.force.current_option, charger.reading.limit) == ("0", 8)
    assert station.number.written == [8]


async def test_draw_per_phase(hass: HomeAssistant, station: GoeStation) -> None:
    """From the fifth to the seventh of the values that the charger measures."""
    charger = opened(hass)
    for draw, current in zip(station.draws, ("7.9", "8.1", "0"), strict=True):
        draw._attr_native_value = current
        draw.async_write_ha_state()
    assert charger.reading.current == (7.9, 8.1, 0)
