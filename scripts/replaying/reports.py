"""When the meter said what: from recorded values, which may be changes alone, to its reports.

A download of Home Assistant has no line for a value that was reported again. A value therefore counts as
reported anew every period until the next change of any phase, for as long as `gap`; then the meter counts as
silent. A value of *unavailable* or *unknown* is silence from that line on.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .recording import Recording
    from .units import Currents

TELEGRAM = 0.5
"""Changes closer than this belong to one report [s]."""
SHORTEST_PERIOD = 1.0
QUICK_SHARE = 0.1
"""The period is what a tenth of the gaps between changes does not exceed: the others had nothing to say."""
FINE_RESOLUTION = 0.1
"""A meter with steps up to this never repeats itself for long [A]."""
SHORTEST_GAP = 60.0
GAP_PERIODS = 10


class Report(NamedTuple):
    """What the meter said at one moment.

    Attributes:
        time: the moment [s].
        currents: per phase [A], None = no value.
    """

    time: float
    currents: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the meter reports.

    Attributes:
        period: time between two reports [s].
        gap: without any change for longer than this, the meter is silent [s]; infinite = never.
    """

    period: float
    gap: float


def period_of(moments: Sequence[float]) -> float:
    """Return the time between two reports, as the moments of change tell it [s]."""
    gaps = sorted(after - before for before, after in pairwise(moments))
    if not gaps:
        return SHORTEST_PERIOD
    quick = gaps[ceil(QUICK_SHARE * len(gaps)) - 1]
    return max(SHORTEST_PERIOD, round(quick, 1))


def moments_of(recording: Recording) -> list[float]:
    """Return the moments at which any phase said something; those of one telegram are one, the last [s]."""
    moments: list[float] = []
    began = -inf
    for time in sorted({time for series in recording.series for time in series.times}):
        if time - began < TELEGRAM:
            moments[-1] = time
        else:
            began = time
            moments.append(time)
    return moments


def rhythm_of(currents: Currents, period: float | None, gap: float | None) -> Rhythm:
    """Return how often a meter reports.

    Args:
        currents: what was recorded.
        period: if the user told it [s].
        gap: if the user told it [s].
    """
    period = period_of(moments_of(currents.recording)) if period is None else period
    if gap is None:
        repeats = currents.resolution > FINE_RESOLUTION and not currents.recording.every_report
        gap = inf if repeats else max(SHORTEST_GAP, GAP_PERIODS * period)
    return Rhythm(period, gap)


def reports_of(recording: Recording, rhythm: Rhythm, start: float, end: float) -> list[Report]:
    """Return what the meter said in a stretch of time, repetitions included.

    Args:
        recording: of the mains.
        rhythm: how often it reports.
        start: of the stretch [s].
        end: of the stretch [s].
    """
    moments = moments_of(recording)
    place = bisect_left(moments, start)
    moments = moments[place:]
    if not moments or moments[0] > start:
        moments.insert(0, start)
    reports: list[Report] = []
    for moment, following in pairwise([*moments, end + rhythm.period]):
        currents = tuple(series.at(moment) for series in recording.series)
        reports.extend(Report(time, currents) for time in _repeated(moment, following, rhythm) if time <= end)
    return reports


def _repeated(moment: float, following: float, rhythm: Rhythm) -> Iterator[float]:
    """Yield a moment and those at which the same was said again until something else was."""
    yield moment
    last = min(moment + rhythm.gap, following - rhythm.period / 2)
    for count in range(1, ceil((following - moment) / rhythm.period)):
        if (time := moment + count * rhythm.period) > last:
            return
        yield time
