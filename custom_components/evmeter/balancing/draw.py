"""What a car draws: its last reports, and which phases it uses."""

from __future__ import annotations

from collections import deque
from math import isfinite
from typing import TYPE_CHECKING

from .model import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .model import Amps
    from .stored_state import JsonObject, StateReader

SENSIBLE_DRAW = 200.0
"""A reported draw beyond this is a fault of the source [A]."""
NEGATIVE_TOLERANCE = 1.0
"""A reported draw may be below zero by this much: meters are not exact [A]."""
USED_ABOVE = 1.0
"""A phase with more than this is in use [A]."""
DRAWING_ABOVE = 3.0
"""A car with more than this on one phase draws on every phase it uses [A]."""
UNUSED_AFTER = 20.0
"""A phase is not in use when the car has drawn on another one for this long [s]."""


def usable_draw(current: Sequence[float] | None, phase_count: int) -> Amps | None:
    """Return a reported draw that can be reckoned with, None when it cannot be [A]."""
    if current is None or len(current) != phase_count:
        return None
    if not all(isfinite(amps) and -NEGATIVE_TOLERANCE <= amps <= SENSIBLE_DRAW for amps in current):
        return None
    return tuple(max(0.0, amps) for amps in current)


class DrawHistory:
    """The draw reports that a sample of the meter may belong to.

    Attributes:
        last: the last report per mains phase [A], None = never any.
        reported_at: when it was measured [s].
        lowest: of the reports kept, per mains phase [A].
        highest: of the reports kept, per mains phase [A].
    """

    __slots__ = ("_reports", "highest", "last", "lowest", "reported_at")

    def __init__(self, phase_count: int) -> None:
        """Start without any report."""
        self._reports: deque[tuple[float, Amps]] = deque()
        self.last: Amps | None = None
        self.reported_at = 0.0
        self.lowest = self.highest = (0.0,) * phase_count

    def add(self, now: float, draw: Amps | None, measured_at: float, keep: float) -> None:
        """Take a report.

        Args:
            now: time of the step [s].
            draw: per mains phase [A], None = no report.
            measured_at: when it was measured [s].
            keep: for how long a report that was replaced still counts [s].
        """
        reports = self._reports
        if draw is not None:
            self.reported_at = measured_at
            if draw != self.last:
                self.last = draw
                reports.append((now, draw))
                self._measure()
        kept = len(reports)
        while len(reports) > 1 and reports[1][0] < now - keep:
            reports.popleft()
        if len(reports) != kept:
            self._measure()

    def _measure(self) -> None:
        if len(self._reports) == 1:
            self.lowest = self.highest = self._reports[0][1]
            return
        phases = list(zip(*(draw for _, draw in self._reports), strict=True))
        self.lowest = tuple(min(phase) for phase in phases)
        self.highest = tuple(max(phase) for phase in phases)

    def restart(self, now: float) -> None:
        """Forget when anything was reported: the clock has jumped back."""
        self._reports.clear()
        self.reported_at = now
        if self.last is not None:
            self._reports.append((now, self.last))
            self._measure()

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "reports": [[since, *draw] for since, draw in self._reports],
            "reported_at": self.reported_at,
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        width = len(self.lowest)
        rows = [row for row in stored.rows("reports") if len(row) == width + 1]
        self._reports = deque((row[0], row[1:]) for row in rows)
        self.reported_at = stored.number("reported_at")
        if self._reports:
            self.last = self._reports[-1][1]
            self._measure()


class ActivePhases:
    """The mains phases a car uses, learned from its draw.

    Until a phase is known to be unused it counts. What was learned holds until the car is unplugged: a pause
    does not change the number of phases of a car, and a draw on a phase believed unused corrects the belief
    in that very step.

    Attributes:
        counted: mains phases that count.
    """

    __slots__ = ("_quiet_since", "_unused", "_wired", "counted")

    def __init__(self, wired: Iterable[Phase]) -> None:
        """Start with every wired phase in use."""
        self._wired = frozenset(wired)
        self._unused: set[Phase] = set()
        self._quiet_since: dict[Phase, float] = {}
        self.counted = self._wired

    def learn(self, now: float, draw: Amps | None, known: frozenset[Phase] | None) -> None:
        """Take a draw report per mains phase [A], and the phases if the charger tells them itself."""
        if draw is not None:
            drawing = any(draw[phase] > DRAWING_ABOVE for phase in self._wired)
            for phase in self._wired:
                if draw[phase] > USED_ABOVE:
                    self._unused.discard(phase)
                    self._quiet_since.pop(phase, None)
                elif not drawing:
                    self._quiet_since.pop(phase, None)
                elif now - self._quiet_since.setdefault(phase, now) >= UNUSED_AFTER:
                    self._unused.add(phase)
        self._count(draw, known)

    def _count(self, draw: Amps | None, known: frozenset[Phase] | None) -> None:
        told = self._wired & known if known is not None else frozenset[Phase]()
        if told:
            seen = {phase for phase in self._wired if draw is not None and draw[phase] > USED_ABOVE}
            self.counted = told | seen
        else:
            self.counted = self._wired - self._unused

    def forget(self) -> None:
        """Begin anew: another car may come."""
        self._unused.clear()
        self._quiet_since.clear()
        self.counted = self._wired

    def restart(self) -> None:
        """Forget since when anything was quiet: the clock has jumped back."""
        self._quiet_since.clear()

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "unused": [phase.name for phase in Phase if phase in self._unused],
            "counted": [phase.name for phase in Phase if phase in self.counted],
            "quiet_since": {phase.name: since for phase, since in self._quiet_since.items()},
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state; phases that are not wired any more are left aside.

        Raises:
            StateError: for a value that cannot be read.
        """
        unused, counted = stored.texts("unused"), stored.texts("counted")
        self._unused = {phase for phase in self._wired if phase.name in unused}
        self.counted = frozenset(phase for phase in self._wired if phase.name in counted) or self._wired
        quiet = stored.child("quiet_since")
        self._quiet_since = {
            phase: quiet.number(phase.name) for phase in self._wired if quiet.has(phase.name)
        }
