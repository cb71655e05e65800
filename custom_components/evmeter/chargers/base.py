"""What the rest of the integration sees of a charger."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import voluptuous as vol
from homeassistant.core import HomeAssistant

from evmeter_client.models import ChargerReading as ChargerDetails, ClientStatistics

from ..balancing.model import Amps, ChargerReading, ChargerSettings, MainsReading
from ..settings import ChargerKind


class ChargerProblem(StrEnum):
    """Why a charger cannot be talked to, or does not listen; ``NONE`` = nothing is wrong."""

    NONE = "none"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    SILENT = "silent"
    UNKNOWN_CHARGER = "unknown_charger"
    PROTOCOL = "protocol"
    UNAVAILABLE = "unavailable"
    ENTITY_MISSING = "entity_missing"
    OWN_BALANCING = "own_balancing"
    ENTITY_DISABLED = "entity_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerDevice:
    """The charger as a device.

    Attributes:
        manufacturer: its maker.
        model: its type.
        serial_number: as printed on it.
        sw_version: of its firmware.
    """

    manufacturer: str
    model: str
    serial_number: str | None = None
    sw_version: str | None = None


class Charger(ABC):
    """A charger.

    One subclass per way of control. A subclass says what it needs from the user (``fields``), tries it out
    (``async_validate``), connects, reads, writes, and describes itself. It never raises because a charger is
    away: ``problem`` tells, and ``reading`` says the charger is unavailable.

    Attributes:
        settings: as stored, with what this kind of charger knows filled in (reaction, watchdog, draw sensor).
        can_limit: limits can be written; False = the charger is only watched.
        poll_interval: call ``async_poll`` this often [s]; None = everything is pushed.
    """

    kind: ClassVar[ChargerKind]

    settings: ChargerSettings
    can_limit: bool = True
    poll_interval: float | None = None

    def __init__(self, hass: HomeAssistant, settings: ChargerSettings, phase_count: int) -> None:
        """Keep what is needed to connect; nothing is started yet.

        Args:
            hass: the running Home Assistant.
            settings: the charger as stored; its id is the subentry's.
            phase_count: of the site, 1 or 3.
        """
        self.hass = hass
        self.phase_count = phase_count
        self.settings = settings

    @abstractmethod
    async def async_start(self, listener: Callable[[], None]) -> None:
        """Connect, in the background if need be.

        ``listener`` is called in the event loop on every fresh reading and every change of ``problem``.
        """

    @abstractmethod
    async def async_stop(self) -> None:
        """Disconnect; nothing is left running. May be called twice, and before ``async_start``."""

    @abstractmethod
    async def async_poll(self) -> None:
        """Read the charger once; a failure ends up in ``problem``. Does nothing where all is pushed."""

    @property
    @abstractmethod
    def reading(self) -> ChargerReading:
        """What the balancer needs, per mains phase, on the event loop's clock; without a ceiling."""

    @property
    @abstractmethod
    def details(self) -> ChargerDetails | None:
        """Everything an EV-Meter charger told last; None before that, and for other chargers."""

    @property
    @abstractmethod
    def device(self) -> ChargerDevice:
        """The charger as a device."""

    @property
    @abstractmethod
    def problem(self) -> ChargerProblem:
        """Why the charger cannot be talked to."""

    @property
    def problem_placeholders(self) -> Mapping[str, str]:
        """What the text of ``problem`` names, besides the charger."""
        return {}

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities it is reached through, as stored; the first takes its limit. Empty for others."""
        return ()

    @property
    def statistics(self) -> ClientStatistics | None:
        """Counters of the connection, for diagnostics; None where there is none."""
        return None

    @property
    def clamps(self) -> MainsReading | None:
        """What the charger's own clamps say about the mains; None where it has none or says nothing."""
        return None

    @property
    def measures_each_terminal(self) -> bool:
        """Whether every wired terminal has a sensor of its own; counts where there is any."""
        return True

    @abstractmethod
    async def async_write(self, limit: Amps) -> None:
        """Write a limit and wait until the charger has it.

        Args:
            limit: per mains phase [A]; all 0 pauses.

        Raises:
            ChargerWriteError: the charger does not have the limit.
        """

    @classmethod
    @abstractmethod
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Return what the user must say for this kind; ``stored`` has the strings of an existing subentry."""

    @classmethod
    def suggested_limits(cls, _hass: HomeAssistant, _answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the form of limits starts with, as far as this kind knows it from its answers."""
        return {}

    @classmethod
    @abstractmethod
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        """Check the answers to ``fields``, try the connection, and return the strings to store.

        Whatever was opened is closed before this returns.

        Raises:
            SettingsErrors: with every answer that cannot be used; at ``base`` where the connection failed.
        """
