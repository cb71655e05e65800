"""A charger made of real entities of Home Assistant, as any integration could have."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import override

from homeassistant.components.number import NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import setup_test_component_platform


class LimitNumber(NumberEntity):
    """The number that takes the charging current."""

    _attr_name = "Limit"
    _attr_unique_id = "limit"
    _attr_should_poll = False
    _attr_native_unit_of_measurement = "A"
    _attr_native_step = 1.0

    def __init__(self, lowest: float, highest: float) -> None:
        self._attr_native_min_value = lowest
        self._attr_native_max_value = highest
        self._attr_native_value: float | None = highest
        self.failure: Exception | None = None
        self.hanging = False
        self.written: list[float] = []

    @override
    async def async_set_native_value(self, value: float) -> None:
        if self.failure is not None:
            raise self.failure
        if self.hanging:
            await asyncio.Event().wait()
        self.written.append(value)
        self._attr_native_value = value
        self.async_write_ha_state()


class PauseSwitch(SwitchEntity):
    """The switch that pauses and resumes."""

    _attr_name = "Charge"
    _attr_unique_id = "charge"
    _attr_should_poll = False
    _attr_is_on: bool | None = True
    failure: Exception | None = None

    @override
    async def async_turn_on(self, **kwargs: object) -> None:
        self._attr_is_on = True
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: object) -> None:
        if self.failure is not None:
            raise self.failure
        self._attr_is_on = False
        self.async_write_ha_state()


class ModeSelect(SelectEntity):
    """A list of modes, one of which pauses."""

    _attr_name = "Mode"
    _attr_unique_id = "mode"
    _attr_should_poll = False

    def __init__(self, *options: str) -> None:
        self._attr_options = list(options)
        self._attr_current_option = options[0]

    @override
    async def async_select_option(self, option: str) -> None:
        self._attr_current_option = option
        self.async_write_ha_state()


class StateSensor(SensorEntity):
    """What the charger does."""

    _attr_name = "State"
    _attr_unique_id = "state"
    _attr_should_poll = False
    _attr_native_value: str | None = "Connected"


class DrawSensor(SensorEntity):
    """What the car draws on one terminal [mA]."""

    _attr_should_poll = False
    _attr_device_class = SensorDeviceClass.CURRENT
    _attr_native_unit_of_measurement = "mA"
    _attr_native_value: float | None = 0.0

    def __init__(self, terminal: int) -> None:
        self._attr_name = f"Draw L{terminal}"
        self._attr_unique_id = f"draw_l{terminal}"


@dataclass
class EntityWallbox:
    """The entities, not yet known to Home Assistant."""

    number: LimitNumber = field(default_factory=lambda: LimitNumber(6, 32))
    switch: PauseSwitch = field(default_factory=PauseSwitch)
    mode: ModeSelect = field(default_factory=lambda: ModeSelect("normal", "solar", "pause"))
    state: StateSensor = field(default_factory=StateSensor)
    draws: tuple[DrawSensor, ...] = field(
        default_factory=lambda: tuple(DrawSensor(terminal) for terminal in (1, 2, 3))
    )

    async def start(self, hass: HomeAssistant) -> Mapping[str, str]:
        """Give Home Assistant the entities; returns unique id -> registry id."""
        platforms: dict[str, list[Entity]] = {
            "number": [self.number],
            "switch": [self.switch],
            "select": [self.mode],
            "sensor": [self.state, *self.draws],
        }
        for domain, entities in platforms.items():
            setup_test_component_platform(hass, domain, entities)
            assert await async_setup_component(hass, domain, {domain: {"platform": "test"}})
        await hass.async_block_till_done()
        registry = er.async_get(hass)
        return {entry.unique_id: entry.id for entry in registry.entities.values() if entry.platform == "test"}

    def show_state(self, value: str | None) -> None:
        """Let the charger tell another state, None = it does not know."""
        self.state._attr_native_value = value
        self.state.async_write_ha_state()

    def show_draws(self, *currents: float | None) -> None:
        """Let the sensors of the draw report [mA], None = one does not know."""
        for sensor, current in zip(self.draws, currents, strict=True):
            sensor._attr_native_value = current
            sensor.async_write_ha_state()

    def go_away(self, *, back: bool = False) -> None:
        """Let every entity become unavailable, or come back."""
        for entity in (self.number, self.switch, self.mode, self.state, *self.draws):
            entity._attr_available = back
            entity.async_write_ha_state()
