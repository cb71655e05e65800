"""What was recorded: one series of values for each phase, whatever file it came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one source; each holds until the next.

    Attributes:
        name: of the column or the entity.
        times: rising [s].
        values: in the unit of the source, None = it had no value.
        decimals: most digits behind the point of any value.
    """

    name: str
    times: tuple[float, ...]
    values: tuple[float | None, ...]
    decimals: int

    def at(self, time: float) -> float | None:
        """Return the value in force at a moment [s], None = there was none."""
        place = bisect_right(self.times, time) - 1
        return None if place < 0 else self.values[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What one file says.

    Attributes:
        path: of the file.
        series: one per phase L1, L2, L3, or only one.
        on_the_clock: times are seconds since 1970 UTC; else they count from some moment nobody told.
        every_report: unchanged values are listed too; else there are only changes.
        averages_left_out: hourly averages before the first recorded state.
    """

    path: Path
    series: tuple[Series, ...]
    on_the_clock: bool
    every_report: bool
    averages_left_out: int = 0

    @property
    def start(self) -> float:
        """The first moment at which every series has begun [s]."""
        return max(series.times[0] for series in self.series)

    @property
    def end(self) -> float:
        """The last moment at which any series said something [s]."""
        return max(series.times[-1] for series in self.series)
