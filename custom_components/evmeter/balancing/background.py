"""What the house itself draws: the mains current less what the cars draw, as an interval.

Reports of chargers and samples of the meter are not simultaneous and commands take time. The background is
therefore kept as the lowest and the highest value that the last reports and commands allow. A cut is decided
on the lowest (certain), a raise on the highest over a window (safe).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .recurrence import Recurrence
from .tuning import CERTAIN_SPREAD
from .windows import PeakWindow, ValleyWindow

if TYPE_CHECKING:
    from .stored_state import JsonObject, StateReader


class Background:
    """The background of one phase.

    Attributes:
        lowest: possible at the last sample [A], None = never a sample.
        highest: possible at the last sample [A].
        recurrence: how soon its loads come back.
    """

    __slots__ = ("_certain", "_peaks", "_since", "_valleys", "highest", "lowest", "recurrence")

    def __init__(self) -> None:
        """Start without any sample."""
        self.lowest: float | None = None
        self.highest: float | None = None
        self._certain: float | None = None
        self._since: float | None = None
        self._peaks = PeakWindow()
        self._valleys = ValleyWindow()
        self.recurrence = Recurrence()

    def update(self, now: float, lowest: float, highest: float, longest: float) -> None:
        """Take one sample.

        While the interval is wide (cars are following a command) the window is fed with its lower end, but
        never with less than what was last certain: our own transient must neither look like the house nor
        hide it.

        Args:
            now: time of the step [s].
            lowest: background if the cars draw as much as they may [A].
            highest: background if they draw as little as they may [A].
            longest: longest window that will be asked for [s].
        """
        self.lowest, self.highest = lowest, highest
        if highest - lowest <= CERTAIN_SPREAD or self._certain is None:
            self._certain = point = highest
        else:
            point = max(lowest, self._certain)
        if self._since is None:
            self._since = now
        self.recurrence.see(now, point)
        self._peaks.push(now, point, longest)
        self._valleys.push(now, lowest, longest)

    def peak(self, window: float) -> float | None:
        """Return the highest background over the last seconds with samples [A], None = never a sample."""
        return self._peaks.peak(window)

    def valley(self, now: float, window: float) -> float | None:
        """Return the lowest background over the last seconds [A], None = not as many of them seen."""
        if self._since is None or now - self._since < window:
            return None
        return self._valleys.valley(window)

    def clear(self) -> None:
        """Begin all windows anew, after a gap."""
        self._since = None
        self._certain = None
        self._peaks.clear()
        self._valleys.clear()
        self.recurrence.clear()

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "lowest": self.lowest,
            "highest": self.highest,
            "certain": self._certain,
            "since": self._since,
            "peaks": [list(pair) for pair in self._peaks.values],
            "valleys": [list(pair) for pair in self._valleys.values],
            "recurrence": self.recurrence.as_dict(),
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self.lowest = stored.number_or_none("lowest")
        self.highest = stored.number_or_none("highest")
        self._certain = stored.number_or_none("certain")
        self._since = stored.number_or_none("since")
        self._peaks = PeakWindow(stored.pairs("peaks"))
        self._valleys = ValleyWindow(stored.pairs("valleys"))
        self.recurrence.restore(stored.child("recurrence"))
