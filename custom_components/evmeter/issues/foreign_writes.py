"""Does somebody else write a charger's limit? Told from what we write and what the charger reports.

A charger rounds and clamps limits, tells old ones late, falls back when it was not told for long, and starts
with a limit of its own. Each of these is one value again and again. Whoever balances writes many, and the
charger obeys each: it reports ours, and then, with no write of ours in between, another one.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

ROUNDING: Final = 1.0
"""A charger may report a limit that differs by this from what it was told [A]."""

FOREIGN: Final = 2.0
"""A limit that differs from ours by more than this is none of ours, however it was rounded [A]."""

REMEMBERED_FOR: Final = 60.0
"""A limit of ours that is older is not behind a report any more [s], unless the charger is slower."""

WATCHED_FOR: Final = 3600.0
"""Foreign writes are counted over this time [s]."""

DIFFERENT: Final = 0.5
"""Foreign values that are closer than this are one [A]."""

DIFFERENT_VALUES: Final = 4
"""So many foreign values are more than a default, a fallback and a hand on a slider together."""

MANY_WRITES: Final = 8
"""So many foreign writes are enough where there are only two values, as of a schedule."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit [A] and when it was written or reported [s]."""

    at: float
    current: float


class ForeignWrites:
    """Watches the limit of one charger."""

    def __init__(self, delay: float) -> None:
        """Begin with nothing seen.

        Args:
            delay: the longest time after which the charger may still report a limit it was told [s].
        """
        self._memory = max(REMEMBERED_FOR, delay)
        self._told: deque[_Limit] = deque()
        self._foreign: deque[_Limit] = deque()
        self._confirmed = False

    def told(self, now: float, current: float) -> None:
        """Take note of a limit that we write now [A], whether it arrives or not."""
        while self._told and now - self._told[0].at > self._memory:
            self._told.popleft()
        self._told.append(_Limit(now, current))
        self._confirmed = False

    def reported(self, now: float, current: float | None) -> None:
        """Take note of the limit that the charger reports [A], None = it does not tell.

        A pause is nobody's limit: cars, people and schedules pause.
        """
        if current is None or current <= 0 or not self._told:
            self._confirmed = False
        elif abs(current - self._told[-1].current) <= ROUNDING:
            self._confirmed = True
        elif self._confirmed and abs(current - self._told[-1].current) > FOREIGN:
            self._confirmed = False
            if self._is_settled(now):
                self._foreign.append(_Limit(now, current))

    def forget(self) -> None:
        """Begin anew: we do not write any more, or the user has put it right."""
        self._told.clear()
        self._foreign.clear()
        self._confirmed = False

    def values(self, now: float) -> tuple[float, ...]:
        """Return the different limits that somebody else wrote lately [A], in ascending order."""
        while self._foreign and now - self._foreign[0].at > WATCHED_FOR:
            self._foreign.popleft()
        values: list[float] = []
        for current in sorted(limit.current for limit in self._foreign):
            if not values or current - values[-1] >= DIFFERENT:
                values.append(current)
        return tuple(values)

    def has_rival(self, now: float) -> bool:
        """Return whether somebody else controls the charger."""
        different = len(self.values(now))
        return different >= DIFFERENT_VALUES or (different > 1 and len(self._foreign) >= MANY_WRITES)

    def _is_settled(self, now: float) -> bool:
        """Return whether the charger can tell of our newest limit only, or of one that is about the same."""
        newest = self._told[-1].current
        recent = (limit.current for limit in self._told if now - limit.at <= self._memory)
        return all(abs(current - newest) <= ROUNDING for current in recent)
