"""How much time above the rating a mode tolerates: spent by what is measured, earned back by the hour.

Whoever charges fast causes short overloads: somebody switches an oven on while a car takes all there is.
While little of the allowance is used, limits are raised soon, and a short peak may be ridden at the minimum
current instead of pausing. A house that uses the allowance up is met with patience.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .allowance import Allowance
from .tuning import SLIGHT_OVERLOAD, SLIGHT_SHARE, STRONG_OVERLOAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mains_phase import MainsPhase
    from .stored_state import JsonObject, StateReader
    from .tuning import Tolerance


class OverloadBudget:
    """The allowances of one mains connection.

    Attributes:
        any: time above the rating of some phase [s].
        strong: time above `STRONG_OVERLOAD` times the rating [s].
    """

    __slots__ = ("any", "strong")

    def __init__(self, tolerance: Tolerance) -> None:
        """Start with all that can be saved."""
        self.any = Allowance(tolerance.any.most)
        self.strong = Allowance(tolerance.strong.most)

    @property
    def is_used_up(self) -> bool:
        """Whether limits must be raised with patience."""
        return self.any.left <= 0 or self.strong.left <= 0

    def book(
        self, elapsed: float, phases: Sequence[MainsPhase], tolerance: Tolerance, caution: float
    ) -> None:
        """Book the time since the last step on what the mains carries now.

        Args:
            elapsed: time since the last step [s].
            phases: of the mains that some charger uses: what others carry is not its doing.
            tolerance: what is earned back.
            caution: a reading may be too low by this much, and is by half of it as often as not [A].
        """
        currents = [(phase.meter.value or 0.0) + caution / 2 for phase in phases]
        load = max(
            (current / phase.limit for current, phase in zip(currents, phases, strict=True)), default=0.0
        )
        if load > SLIGHT_OVERLOAD:
            self.any.spend(elapsed)
        elif any(current > phase.trigger for current, phase in zip(currents, phases, strict=True)):
            self.any.spend(SLIGHT_SHARE * elapsed)
        if load > STRONG_OVERLOAD:
            self.strong.spend(elapsed)
        self.any.earn(elapsed, tolerance.any)
        self.strong.earn(elapsed, tolerance.strong)

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {"any": self.any.left, "strong": self.strong.left}

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self.any.left = stored.number("any")
        self.strong.left = stored.number("strong")
