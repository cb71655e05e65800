"""The seam between a simulated charger and the gateway that puts it on a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from evmeter_client.models import ChargerReading, PerPhase


class ChargerDevice(Protocol):
    """A charger as its gateway sees it: something that can be read and limited."""

    @property
    def charger_id(self) -> str:
        """The charger's id as in its topics."""
        ...

    def reading(self) -> ChargerReading:
        """Return the charger's present status, metrics and limits in force."""
        ...

    def set_current_limits(self, limits: PerPhase, ttl: float | None) -> PerPhase:
        """Take a limit per charger phase L1, L2, L3 [A] and return what was applied.

        Args:
            limits: [A]; 0 pauses.
            ttl: seconds until the charger falls to its own fallback current, None = until changed.

        Raises:
            EVMeterCommandError: ``out_of_range`` for a limit the charger cannot hold.
        """
        ...
