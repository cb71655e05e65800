"""What a controller sees and says, once a second; the same for every controller."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase

    from .scenario import Scenario


class ChargerSeen(NamedTuple):
    """What a charger tells, as late as it tells it.

    Attributes:
        draw: of the car, per terminal [A]; None = the charger has no sensor for it.
        limits: in force, per terminal [A].
        charging: the car draws current.
    """

    draw: PerPhase | None
    limits: PerPhase
    charging: bool


class Seen(NamedTuple):
    """Everything a controller knows at one second.

    Attributes:
        now: the second [s].
        mains: last report of the meter per phase, import positive [A]; None before the first.
        reported_at: when that report came in [s].
        chargers: in the order of the scenario.
        power_cap: what all chargers together may take [W], None = any power.
    """

    now: float
    mains: PerPhase | None
    reported_at: float
    chargers: tuple[ChargerSeen, ...]
    power_cap: float | None


class Controller(ABC):
    """Something that sets the limits of all chargers of one site.

    Attributes:
        name: in the table.
        scenario: that it was made for.
    """

    name: ClassVar[str]

    def __init__(self, scenario: Scenario) -> None:
        """Begin without any memory."""
        self.scenario = scenario

    @abstractmethod
    def step(self, seen: Seen) -> Sequence[PerPhase | None]:
        """Return a limit per terminal to be written [A], or None for no write, for every charger."""

    def restart(self, *, keeps_state: bool) -> Controller:
        """Return the controller as it is after a restart of Home Assistant: without memory, if it has none.

        Args:
            keeps_state: what it stored is there.
        """
        return type(self)(self.scenario)


def on_all(limit: float) -> PerPhase:
    """Return one limit on every terminal [A]."""
    return (limit, limit, limit)
