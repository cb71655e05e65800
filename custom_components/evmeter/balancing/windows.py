"""The highest or lowest of what was seen over the last seconds."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PeakWindow:
    """Holds the highest value of any window up to a given length.

    Only values that no later value exceeds are kept, so that a push costs constant time on average. Time is
    counted back from the last push: while nothing is pushed the last known peak stays.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[tuple[float, float]] = ()) -> None:
        """Start empty, or with (time, value) pairs as `values` returned them."""
        self._values = deque(values)

    @property
    def values(self) -> list[tuple[float, float]]:
        """The (time [s], value) pairs kept, to be stored."""
        return list(self._values)

    def push(self, now: float, value: float, longest: float) -> None:
        """Add a value and forget what is older than the longest window asked for [s]."""
        values = self._values
        while values and values[-1][1] <= value:
            values.pop()
        values.append((now, value))
        while values[0][0] < now - longest:
            values.popleft()

    def peak(self, length: float) -> float | None:
        """Return the highest value of the last seconds before the last push, None when there is none."""
        if not self._values:
            return None
        start = self._values[-1][0] - length
        # A plain loop: this runs many times in every step, and mostly ends at once.
        for time, value in self._values:
            if time >= start:
                return value
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()


class ValleyWindow:
    """Holds the lowest value of any window up to a given length; otherwise like `PeakWindow`."""

    __slots__ = ("_mirrored",)

    def __init__(self, values: Iterable[tuple[float, float]] = ()) -> None:
        """Start empty, or with (time, value) pairs as `values` returned them."""
        self._mirrored = PeakWindow((time, -value) for time, value in values)

    @property
    def values(self) -> list[tuple[float, float]]:
        """The (time [s], value) pairs kept, to be stored."""
        return [(time, -value) for time, value in self._mirrored.values]

    def push(self, now: float, value: float, longest: float) -> None:
        """Add a value and forget what is older than the longest window asked for [s]."""
        self._mirrored.push(now, -value, longest)

    def valley(self, length: float) -> float | None:
        """Return the lowest value of the last seconds before the last push, None when there is none."""
        peak = self._mirrored.peak(length)
        return None if peak is None else -peak

    def clear(self) -> None:
        """Forget everything."""
        self._mirrored.clear()
