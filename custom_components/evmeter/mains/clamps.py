"""Mains currents from an EV-Meter charger's own clamps around the mains (dynamic load management)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import HomeAssistant

from ..balancing.model import MainsReading, Phase, SiteSettings
from ..settings import MainsKind
from .base import Mains, Quantity, SourceProblem, SourceView

type Clamps = Callable[[], MainsReading | None]
"""Tells what the clamps of the site's charger say now, None = nothing."""


class ClampMains(Mains):
    """Takes what the site's first EV-Meter charger tells about the mains.

    A charger without clamps tells 0 A on every phase. So zero on every phase is no value until the clamps
    have told anything else: a house must not look empty because nobody measures it.
    """

    kind: ClassVar = MainsKind.CLAMPS

    def __init__(self, hass: HomeAssistant, site: SiteSettings, clamps: Clamps) -> None:
        """Ask ``clamps`` whenever a reading is wanted; the charger's own news make the steps."""
        super().__init__(hass, site)
        self._clamps = clamps
        self._connected = False
        self._last = MainsReading(
            current=(None,) * self.phase_count, measured_at=(hass.loop.time(),) * self.phase_count
        )

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        """Do nothing: the site hears its chargers anyway."""

    @override
    async def async_stop(self) -> None:
        """Do nothing: nothing was started."""

    @property
    @override
    def reading(self) -> MainsReading:
        told = self._clamps()
        if told is not None:
            self._connected = self._connected or any(told.current)
            self._last = told
        if told is not None and self._connected:
            return told
        return replace(self._last, current=(None,) * self.phase_count)

    @property
    @override
    def sources(self) -> tuple[SourceView, ...]:
        reading = self.reading
        now = self.hass.loop.time()
        return tuple(
            SourceView(
                phase=phase,
                quantity=Quantity.CURRENT,
                entity_id="",
                value=current,
                unit=UnitOfElectricCurrent.AMPERE,
                age=max(0.0, now - measured_at),
                period=reading.period,
                resolution=reading.resolution,
                problem=SourceProblem.UNAVAILABLE if current is None else SourceProblem.OK,
            )
            for phase, current, measured_at in zip(Phase, reading.current, reading.measured_at, strict=False)
        )

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Ask nothing: the charger is added to the site later."""
        return vol.Schema({})

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        return {}
