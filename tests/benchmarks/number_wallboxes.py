"""Wallboxes whose limit is a number in Home Assistant and goes no further: no device answers late."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final, Self, override

from homeassistant.components.number import DOMAIN, NumberEntity
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from tests.integration.sites import subentry

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.config_entries import ConfigSubentryDataWithId
    from homeassistant.core import HomeAssistant

MAXIMUM: Final = 32
SMALLEST: Final = 6


class LimitNumber(NumberEntity):
    """The number of one wallbox."""

    _attr_should_poll = False
    _attr_native_min_value = 0
    _attr_native_max_value = MAXIMUM
    _attr_native_step = 1
    _attr_native_unit_of_measurement = UnitOfElectricCurrent.AMPERE

    def __init__(self, number: int, on_write: Callable[[float], None]) -> None:
        """Start with the largest limit.

        Args:
            number: of the wallbox.
            on_write: told the moment of every write, on the clock of `perf_counter` [s].
        """
        self._attr_name = f"Wallbox {number}"
        self._attr_unique_id = f"wallbox_{number}"
        self._on_write = on_write
        self.limit = float(MAXIMUM)

    @property
    @override
    def native_value(self) -> float:
        return self.limit

    @override
    async def async_set_native_value(self, value: float) -> None:
        self._on_write(perf_counter())
        self.limit = value
        self.report()

    def report(self) -> None:
        """Tell the limit, and that the car draws it."""
        self.async_write_ha_state()
        self.hass.states.async_set(
            f"sensor.draw_of_{self._attr_unique_id}",
            str(self.limit),
            {"unit_of_measurement": UnitOfElectricCurrent.AMPERE, "device_class": "current"},
        )


class NumberWallboxes:
    """Some wallboxes with cars that draw their limits."""

    def __init__(self, numbers: list[LimitNumber]) -> None:
        """Keep their numbers."""
        self._numbers = numbers

    @classmethod
    async def put_into(
        cls, hass: HomeAssistant, count: int, on_write: Callable[[float], None] = lambda _at: None
    ) -> Self:
        """Give Home Assistant some wallboxes."""
        numbers = [LimitNumber(number, on_write) for number in range(count)]
        setup_test_component_platform(hass, DOMAIN, numbers)
        await async_setup_component(hass, DOMAIN, {DOMAIN: {"platform": "test"}})
        await hass.async_block_till_done()
        wallboxes = cls(numbers)
        wallboxes.report()
        return wallboxes

    @property
    def draw(self) -> float:
        """What all cars draw on every phase [A]."""
        return sum(number.limit for number in self._numbers)

    def begin_again(self) -> None:
        """Go back to the largest limit."""
        for number in self._numbers:
            number.limit = float(MAXIMUM)
            number.report()

    def report(self) -> None:
        """Let every wallbox tell its limit and what its car draws."""
        for number in self._numbers:
            number.report()

    def subentries(self) -> list[ConfigSubentryDataWithId]:
        """Return the wallboxes as chargers of a site."""
        return [
            subentry(
                {
                    "charger": "entities",
                    "limit": number.entity_id,
                    "draw_l1": f"sensor.draw_of_{number.unique_id}",
                    "min_current": str(SMALLEST),
                    "max_current": str(MAXIMUM),
                },
                title=str(number.name),
                subentry_id=str(number.unique_id),
            )
            for number in self._numbers
        ]
