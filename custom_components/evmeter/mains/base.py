"""What the rest of the integration sees of a source of mains currents."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import voluptuous as vol
from homeassistant.core import HomeAssistant

from ..balancing.model import MainsReading, Phase, SiteSettings
from ..settings import MainsKind


class Quantity(StrEnum):
    """What an entity measures on a phase."""

    CURRENT = "current"
    POWER = "power"
    POWER_EXPORT = "power_export"
    VOLTAGE = "voltage"


class SourceProblem(StrEnum):
    """Why a source gives no value; ``OK`` = it does."""

    OK = "ok"
    MISSING = "missing"
    DISABLED = "disabled"
    UNAVAILABLE = "unavailable"
    NOT_A_NUMBER = "not_a_number"
    WRONG_UNIT = "wrong_unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source of one quantity of one phase, to be looked at.

    Attributes:
        phase: the mains phase.
        quantity: what it measures.
        entity_id: the entity, empty for a simulated source.
        value: as reported, in ``unit``; None = no value.
        unit: as reported.
        age: since the last report [s], None = none yet.
        period: time between two reports as learned [s], None = not known yet.
        resolution: smallest step seen, in ``unit``.
        problem: why there is no value.
    """

    phase: Phase
    quantity: Quantity
    entity_id: str
    value: float | None
    unit: str | None
    age: float | None
    period: float | None
    resolution: float | None
    problem: SourceProblem


class Mains(ABC):
    """A source of mains currents.

    One subclass per kind of source. A subclass says what it needs from the user (``fields``), checks what the
    user gave (``async_validate``), listens, and describes itself (``sources``).
    """

    kind: ClassVar[MainsKind]

    def __init__(self, hass: HomeAssistant, site: SiteSettings) -> None:
        """Keep what is needed to listen; nothing is started yet.

        Args:
            hass: the running Home Assistant.
            site: what is measured.
        """
        self.hass = hass
        self.site = site
        self.phase_count = site.phase_count

    @abstractmethod
    async def async_start(self, listener: Callable[[], None]) -> None:
        """Start listening; ``listener`` is called in the event loop, at once, on every fresh sample."""

    @abstractmethod
    async def async_stop(self) -> None:
        """Stop listening; nothing is left running. May be called twice, and before ``async_start``."""

    @property
    @abstractmethod
    def reading(self) -> MainsReading:
        """The newest sample on the event loop's clock; phases without a value are None."""

    @property
    @abstractmethod
    def sources(self) -> tuple[SourceView, ...]:
        """Every source as it is now, for forms, repairs and diagnostics."""

    @classmethod
    @abstractmethod
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Return what the user must say for this kind; ``stored`` has the strings of an existing entry."""

    @classmethod
    @abstractmethod
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        """Check the answers to ``fields`` and return the strings to store.

        Raises:
            SettingsErrors: with every answer that cannot be used.
        """
