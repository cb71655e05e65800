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

    def is_overdrawn(self, tolerance: Tolerance) -> bool:
        """Return whether no limit may be raised at all until some of it has been earned back."""
        return min(self.any.left, self.strong.left) < -tolerance.owed

    def book(
        self, elapsed: float, phases: Sequence[MainsPhase], tolerance: Tolerance, caution: float
    ) -> None:
        """Book the time since the last step on what the mains carries now.

        What the house carries alone is not the doing of any charger.

        Args:
            elapsed: time since the last step [s].
            phases: of the mains that some charger uses: what others carry is not its doing.
            tolerance: what is earned back.
            caution: the true current may differ from a reading by this much, either way; whoever fills the
                mains up makes it the higher ones more often [A].
        """
        slight = strong = 0.0
        doubtful = False
        for phase in phases:
            if phase.background.lowest is not None and phase.background.lowest > phase.limit:
                continue
            current = (phase.meter.value or 0.0) + caution / 2
            slight = max(slight, _share_above(SLIGHT_OVERLOAD * phase.limit, current, caution))
            strong = max(strong, _share_above(STRONG_OVERLOAD * phase.limit, current, caution))
            doubtful = doubtful or current + caution / 2 > phase.trigger
        self.any.spend(max(slight, SLIGHT_SHARE if doubtful else 0.0) * elapsed)
        self.strong.spend(strong * elapsed)
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


def _share_above(level: float, reading: float, caution: float) -> float:
    """Return the share of the currents a reading may stand for that is above a level, 0..1."""
    above = reading + caution - level
    if above <= 0:
        return 0.0
    return 1.0 if above >= 2 * caution else above / (2 * caution)
