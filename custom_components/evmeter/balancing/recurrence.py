"""How soon a load that has gone comes back: learned from its last returns.

A hob, an oven or a compressor switches on and off. Raising a limit each time it is off would bring an
overload each time it is on again. After it has come back once, the peak it brings is held for as long as it
was off, and a little longer; a load that has never come back is not waited for.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .tuning import HOLD_FACTOR, HOLD_REMEMBERED, HOLD_SPARE, LOAD_GONE, LOAD_SWITCHED

if TYPE_CHECKING:
    from .stored_state import JsonObject, StateReader

LOADS_KEPT = 8
RETURNS_KEPT = 8


class Recurrence:
    """The returns of the loads of one phase."""

    __slots__ = ("_away", "_before", "_returns")

    def __init__(self) -> None:
        """Start without having seen anything."""
        self._before: float | None = None
        self._away: deque[tuple[float, float]] = deque(maxlen=LOADS_KEPT)
        self._returns: deque[tuple[float, float]] = deque(maxlen=RETURNS_KEPT)

    def see(self, now: float, load: float) -> None:
        """Take the load of the phase at a sample [A]."""
        before, self._before = self._before, load
        away = self._away
        while away and now - away[0][0] > LOAD_GONE:
            away.popleft()
        if before is not None and before - load >= LOAD_SWITCHED:
            away.append((now, before))
        elif away and load >= min(height for _, height in away) - LOAD_SWITCHED / 2:
            back = [since for since, height in away if load >= height - LOAD_SWITCHED / 2]
            self._returns.extend((now, now - since) for since in back)
            self._away = deque((pair for pair in away if pair[0] not in back), maxlen=LOADS_KEPT)

    def hold(self, now: float, longest: float) -> float:
        """Return for how long a peak must be held, for its load may be back [s]; 0 = no load came back.

        Args:
            now: time of the step [s].
            longest: no peak is held for longer; loads that stayed away for longer are not waited for [s].
        """
        away = max(
            (gap for when, gap in self._returns if gap <= longest and now - when <= HOLD_REMEMBERED),
            default=None,
        )
        return 0.0 if away is None else min(longest, HOLD_FACTOR * away + HOLD_SPARE)

    def clear(self) -> None:
        """Begin anew, after a gap."""
        self._before = None
        self._away.clear()
        self._returns.clear()

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "before": self._before,
            "away": [list(pair) for pair in self._away],
            "returns": [list(pair) for pair in self._returns],
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self._before = stored.number_or_none("before")
        self._away = deque(stored.pairs("away"), maxlen=LOADS_KEPT)
        self._returns = deque(stored.pairs("returns"), maxlen=RETURNS_KEPT)
