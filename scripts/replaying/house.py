"""What the house alone drew: the mains without the car.

A charger's draw and the mains are not recorded at the same moments. While the draw changes, only its range is
known; there the house is taken to change as little as that range allows. Else every start of the car would
look like a kettle that is switched on for some seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, NamedTuple

from .reports import Report, moments_of, period_of
from .units import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .recording import Series
    from .units import Currents

DRAWING = 0.5
"""A car that takes more than this is charging [A]."""
SAME_CAR = 1800.0
"""After a pause up to this it is still the same car [s]."""
SLOWEST_CHARGER = 30.0
"""A draw is taken to be reported at least this often [s]."""
FEW_CHANGES = 10
"""With fewer changes than this nobody can tell how often it is reported."""
USUAL_CHARGER = 10.0
METER_AGE = 3.0
"""What the meter says may be older than what the charger says by this much [s]."""


class Session(NamedTuple):
    """A stretch of time with a car [s]."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Draw:
    """What the charger drew.

    Attributes:
        phases: one series per mains phase [A], None = nothing is wired there.
        period: time between two reports [s].
    """

    phases: tuple[Series | None, ...]
    period: float

    def at(self, time: float) -> tuple[float, ...]:
        """Return what was drawn per mains phase at a moment [A]."""
        return tuple(0.0 if series is None else series.at(time) or 0.0 for series in self.phases)

    def between(self, phase: int, start: float, end: float) -> tuple[float, float]:
        """Return the lowest and the highest draw of a phase in a stretch of time [A]."""
        series = self.phases[phase]
        if series is None:
            return (0.0, 0.0)
        first = max(0, bisect_right(series.times, start) - 1)
        values = [value or 0.0 for value in series.values[first : bisect_right(series.times, end)]]
        return (min(values, default=0.0), max(values, default=0.0))

    @property
    def used(self) -> frozenset[int]:
        """The mains phases on which a car has ever drawn."""
        return frozenset(
            place
            for place, series in enumerate(self.phases)
            if series is not None and max((value or 0.0) for value in series.values) > DRAWING
        )

    def sessions(self, start: float, end: float) -> list[Session]:
        """Return when there was a car, as far as its draw tells, in a stretch of time [s]."""
        times = {time for series in self.phases if series is not None for time in series.times}
        found: list[Session] = []
        moments = [start, *sorted(time for time in times if start < time < end), end]
        for moment, following in pairwise(moments):
            if max(self.at(moment)) <= DRAWING:
                continue
            if found and moment - found[-1].end <= SAME_CAR:
                found[-1] = Session(found[-1].start, following)
            else:
                found.append(Session(moment, following))
        return found


def draw_of(charger: Currents, phases: Sequence[int], phase_count: int) -> Draw:
    """Return what a charger drew per mains phase.

    Args:
        charger: as recorded: a series for each of L1, L2, L3 or, alone, one for all of them.
        phases: mains phase of each series; of one series alone: all mains phases it is for.
        phase_count: of the mains.
    """
    series = [_known(one) for one in charger.recording.series]
    if len(series) == 1:
        share = 1.0 / len(phases) if charger.unit in {Unit.W, Unit.KW} else 1.0
        series = [_known(charger.recording.series[0], share)] * len(phases)
    by_phase = dict(zip(phases, series, strict=False))
    moments = moments_of(charger.recording)
    period = period_of(moments) if len(moments) > FEW_CHANGES else USUAL_CHARGER
    return Draw(tuple(by_phase.get(place) for place in range(phase_count)), min(period, SLOWEST_CHARGER))


def house_of(reports: Sequence[Report], draw: Draw) -> list[Report]:
    """Return what the house alone drew at every report of the meter.

    Args:
        reports: of the mains.
        draw: of the charger.
    """
    last: list[float | None] = [None] * len(draw.phases)
    house = []
    for report in reports:
        cars = _cars(report, draw, last)
        currents = tuple(
            None if mains is None else mains - car for mains, car in zip(report.currents, cars, strict=True)
        )
        last = [before if now is None else now for before, now in zip(last, currents, strict=True)]
        house.append(Report(report.time, currents))
    return house


def _cars(report: Report, draw: Draw, last: Sequence[float | None]) -> Sequence[float]:
    """Return what the car drew when the meter measured: of what it can be, what leaves the house unchanged.

    A car changes its current on all its phases at once, a house hardly ever does: the phase in the middle
    says how far the car has come.
    """
    ranges = [
        draw.between(phase, report.time - METER_AGE, report.time + draw.period)
        for phase in range(len(draw.phases))
    ]
    ways = [
        min(1.0, max(0.0, (mains - before - low) / (high - low)))
        for mains, before, (low, high) in zip(report.currents, last, ranges, strict=True)
        if mains is not None and before is not None and high > low
    ]
    if not ways:
        return draw.at(report.time)
    way = median_low(ways)
    return [low + way * (high - low) for low, high in ranges]


def _known(series: Series, share: float = 1.0) -> Series:
    """Return a share of a series without its gaps: what is not known counts as unchanged."""
    known = [
        (time, value * share)
        for time, value in zip(series.times, series.values, strict=True)
        if value is not None
    ] or [(series.times[0], 0.0)]
    times, values = zip(*known, strict=True)
    return replace(series, times=times, values=values)
