"""How much time above the rating a mode tolerates: spent by what is measured, earned back by the hour.

Whoever charges fast causes short overloads: somebody switches an oven on while a car takes all there is.
While little of the allowance is used, limits are raised soon, and a short peak may be ridden at the minimum
current instead of pausing. A house that uses the allowance up is met with patience.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .allowance import Allowance
from .tuning import QUICK_WAIT, SLIGHT_OVERLOAD, SLIGHT_SHARE, STRONG_OVERLOAD, TOLERANCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mains_phase import MainsPhase
    from .model import Mode
    from .stored_state import JsonObject, StateReader


class OverloadBudget:
    """The allowances of one mains connection.

    Attributes:
        any: time above the rating of some phase [s].
        strong: time above `STRONG_OVERLOAD` times the rating [s].
    """

    __slots__ = ("any", "strong")

    def __init__(self, mode: Mode) -> None:
        """Start with all that a mode lets save."""
        tolerance = TOLERANCES[mode]
        self.any = Allowance(tolerance.any_per_hour, tolerance.any_most)
        self.strong = Allowance(tolerance.strong_per_hour, tolerance.strong_most)

    @property
    def is_used_up(self) -> bool:
        """Whether limits must be raised with patience."""
        return self.any.left <= 0 or self.strong.left <= 0

    def book(self, elapsed: float, phases: Sequence[MainsPhase], wait: float) -> None:
        """Book the time since the last step [s] on what the mains carries now.

        The allowances are those of a quick chain. Where every cut takes longer to be felt, the same number of
        overloads lasts longer.

        Args:
            elapsed: time since the last step [s].
            phases: of the mains.
            wait: reaction time of the slowest charger [s].
        """
        lasted = elapsed * min(1.0, QUICK_WAIT / wait)
        self.any.earn(elapsed)
        self.strong.earn(elapsed)
        load = max((phase.meter.value or 0.0) / phase.limit for phase in phases)
        if load > SLIGHT_OVERLOAD:
            self.any.spend(lasted)
        elif any((phase.meter.value or 0.0) > phase.trigger for phase in phases):
            self.any.spend(SLIGHT_SHARE * lasted)
        if load > STRONG_OVERLOAD:
            self.strong.spend(lasted)

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {"any": self.any.left, "strong": self.strong.left}

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self.any.restore(stored.number("any"))
        self.strong.restore(stored.number("strong"))
