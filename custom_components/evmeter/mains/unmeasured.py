"""No mains currents at all: the chargers of the site are only watched."""

from collections.abc import Callable, Mapping
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.core import HomeAssistant

from ..balancing.model import MainsReading
from ..settings import MainsKind
from .base import Mains, SourceView


class UnmeasuredMains(Mains):
    """A site without a meter."""

    kind: ClassVar = MainsKind.NONE

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        """Do nothing: there is nothing to hear."""

    @override
    async def async_stop(self) -> None:
        """Do nothing: nothing was started."""

    @property
    @override
    def reading(self) -> MainsReading:
        """Nothing on every phase."""
        return MainsReading(
            current=(None,) * self.phase_count, measured_at=(self.hass.loop.time(),) * self.phase_count
        )

    @property
    @override
    def sources(self) -> tuple[SourceView, ...]:
        return ()

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Ask nothing."""
        return vol.Schema({})

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        return {}
