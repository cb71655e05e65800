"""Finds the steps of one charger in what charger and meter report: O(1) per sample, bounded memory.

A step is the difference of two plateaus of the charger's current. What the mains showed shortly before the
first sign of the change is compared with what they show once the change is sure to have reached the meter.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isfinite
from statistics import median
from typing import NamedTuple

from ..balancing.model import ChargerSettings, MainsReading
from .steps import SMALLEST_STEP, Measured, WiringStep

SPACING = 2.0
"""Samples of the mains are kept this far apart at least [s]."""

KEPT = 60
"""Samples kept."""

LOOKS = 5
"""Samples of a quick meter that make one look at the mains."""

OFTEN = 10.0
"""A meter with a longer period is given one sample for a look [s], or a step would take minutes."""

UNSTEADY = 1.2
"""A charger whose current stays within this is on one plateau [A]: whole-amp sensors flicker."""

METER_DELAY = 4.0
"""From a current to its report, at most, beside the meter's period [s]."""

CAR_DELAY = 15.0
"""A car follows its charger's limit within this time [s]; counts where its current is not measured."""

LONGEST_STEP = 240.0
"""Appliances hide a step that takes longer [s]."""

LONGEST_PERIOD = 35.0
"""A meter that reports less often tells nothing about steps [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How late a charger's reports are.

    Attributes:
        lead: the current may have changed so long before the first report of it [s].
        lag: and may still change so long after the report of what it settled at [s].
    """

    lead: float
    lag: float

    @classmethod
    def of(cls, settings: ChargerSettings, measured: Measured) -> Timing:
        """Return the timing of a charger by its reaction profile."""
        reaction = settings.reaction
        if measured is Measured.LIMIT_ONLY:
            return cls(lead=2.0, lag=reaction.command_latency + CAR_DELAY)
        return cls(lead=reaction.report_latency + reaction.report_period + 2.0, lag=0.0)


class _Sample(NamedTuple):
    at: float
    mains: tuple[float, ...]


class _Look(NamedTuple):
    """One look at the mains while the charger kept still."""

    at: float
    terminals: tuple[float, ...]
    mains: tuple[float, ...]


class StepObserver:
    """Watches one charger beside the mains."""

    def __init__(self, measured: Measured, timing: Timing) -> None:
        """Watch nothing yet.

        Args:
            measured: what is known of the charger's current.
            timing: how late its reports are.
        """
        self._measured = measured
        self._timing = timing
        self._samples: deque[_Sample] = deque(maxlen=KEPT)
        self._signed: tuple[bool, ...] = ()
        self._plateau: tuple[float, ...] | None = None
        self._since = 0.0
        self._level: tuple[float, ...] = ()
        self._level_at = 0.0
        self._before: _Look | None = None
        self._period = 1.0
        self._resolution = 0.01

    def observe(self, now: float, mains: MainsReading, level: tuple[float, ...] | None) -> WiringStep | None:
        """Take what meter and charger say.

        Args:
            now: [s].
            mains: the newest reading, on the same clock.
            level: current per charger terminal, or the limit on every terminal [A]; None = not known.

        Returns:
            A step that was completed just now, None = none.
        """
        if not self._take_mains(mains) or level is None:
            self.forget(now)
            return None
        plateau = self._plateau or ()
        if len(plateau) != len(level) or _furthest(plateau, level) > UNSTEADY:
            if len(plateau) == len(level):
                self._before = self._look(self._level_at - self._timing.lead) or self._before
            self._plateau, self._since = level, max(now, self._since)
        self._level, self._level_at = level, now
        return self._compare(now)

    def forget(self, until: float) -> None:
        """Leave out everything before a moment [s]: something else moved, or nothing is known."""
        self._since = max(self._since, until)
        self._before = None

    def ready(self, now: float) -> bool:
        """Whether the charger could make its next step: this plateau has been looked at."""
        return self._look(now - self._timing.lead) is not None

    def _take_mains(self, reading: MainsReading) -> bool:
        """Keep a fresh sample; False = the meter says nothing that could be used."""
        current = tuple(value for value in reading.current if value is not None and isfinite(value))
        if len(current) < len(reading.current) or not reading.period <= LONGEST_PERIOD:
            return False
        self._period, self._resolution = reading.period, reading.resolution
        at = min(reading.measured_at)
        if isfinite(at) and (not self._samples or at - self._samples[-1].at >= SPACING):
            self._samples.append(_Sample(at, current))
        known = self._signed or (False,) * len(current)
        self._signed = tuple(signed or value < 0 for signed, value in zip(known, current, strict=True))
        return True

    @property
    def _needed(self) -> int:
        """Samples that make a look: as many as come within reasonable time."""
        if self._period <= SPACING:
            return LOOKS
        return 2 if self._period <= OFTEN else 1

    def _look(self, until: float) -> _Look | None:
        """Return the newest look at the mains on this plateau that ended by a moment [s]."""
        begin = self._since + self._timing.lag + METER_DELAY + self._period
        samples = [sample for sample in self._samples if begin <= sample.at <= until]
        if len(samples) < self._needed:
            return None
        newest = samples[-self._needed :]
        return _Look(
            newest[0].at,
            self._level,
            tuple(median(values) for values in zip(*(sample.mains for sample in newest), strict=True)),
        )

    def _compare(self, now: float) -> WiringStep | None:
        """Return the step from the look before to one at the mains now, None = there is none yet."""
        before = self._before
        if before is None:
            return None
        if now - before.at > LONGEST_STEP:
            self._before = None
            return None
        after = self._look(now)
        if after is None:
            return None
        self._before = None
        terminals = tuple(b - a for a, b in zip(before.terminals, after.terminals, strict=True))
        if max(abs(change) for change in terminals) < SMALLEST_STEP:
            return None
        seen = zip(before.mains, after.mains, self._signed, strict=True)
        return WiringStep(
            terminals=terminals,
            measured=self._measured,
            mains=tuple(None if (a <= 0 or b <= 0) and not signed else b - a for a, b, signed in seen),
            resolution=self._resolution,
        )


def _furthest(plateau: tuple[float, ...], level: tuple[float, ...]) -> float:
    """Return the largest difference at any terminal [A]."""
    return max(abs(a - b) for a, b in zip(plateau, level, strict=True))
