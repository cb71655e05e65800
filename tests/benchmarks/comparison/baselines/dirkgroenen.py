"""The rules of dirkgroenen/hass-evse-load-balancer with its optimised monitor, as read at commit 0c6d654.

Followed, rule by rule:

- Once a second, per phase: ``available = min(fuse, floor(fuse - floor(current)))``. Both floors are
  optimistic: up to almost 1 A of overload is none.
- A phase monitor turns overload into risk: seconds, counted once up to 13 % above the fuse, twice up to 40
  %, six times up to 100 %, sixty times beyond. At 60 the risk starts again from zero and the overload is let
  out; until then the last value stays out, also one above zero. Without overload the risk falls by the
  second.
- The allocator takes as current limit what it applied, for 15 s; then what is read back. A value read back
  that differs counts as somebody's wish by hand and becomes the new ceiling, until the next session.
- Value out below zero: limit plus value, not below zero. Above zero: limit plus value, at most the ceiling.
  Whole amperes; the lowest phase of the charger counts for all. Nothing is written without a change.
- 20 s between two writes; a raise needs 15 minutes since the last write. Limits of 1 to 5 A are written as
  such.
- Nothing notices a meter that repeats itself.

Chosen for the plant: one instance for each charger, as people with several must do, since it knows one only.
The currents stand for power over voltage.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, ClassVar, Final, override

from tests.benchmarks.comparison.controller import on_all

from .per_charger import Entry, PerCharger

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase
    from tests.benchmarks.comparison.controller import ChargerSeen
    from tests.benchmarks.comparison.scenario import ChargerPlan

RISK_THRESHOLD: Final = 60.0
RISK_RATES: Final = ((0.13, 1.0), (0.40, 2.0), (1.0, 6.0), (float("inf"), 60.0))
"""Up to this share of the fuse above it, a second counts for so many."""
SETTLING: Final = 15.0
"""For so long after a write the written limit is taken for the one in force [s]."""
WRITE_GAP: Final = 20.0
RAISE_GAP: Final = 900.0
"""Time since the last write that any write, and a raise, must exceed [s]."""


class PhaseMonitor:
    """Lets an overload out when it has lasted long enough for its height."""

    __slots__ = ("_fuse", "_risk", "out")

    def __init__(self, fuse: float) -> None:
        """Begin without risk and with nothing out.

        Args:
            fuse: rating [A].
        """
        self._fuse = fuse
        self._risk = 0.0
        self.out = 0.0

    def update(self, available: float, dt: float) -> float:
        """Take what is available now [A] after a stretch of time [s] and return what is out [A]."""
        if available >= 0:
            self._risk = max(0.0, self._risk - dt)
            self.out = min(self._fuse, available)
            return self.out
        over = -available / self._fuse
        self._risk += dt * next(rate for most, rate in RISK_RATES if over <= most)
        if self._risk >= RISK_THRESHOLD:
            self._risk = 0.0
            self.out = available
        return self.out


class DirkgroenenEntry(Entry):
    """One instance: one charger."""

    @override
    def __init__(self, fuse: float, plan: ChargerPlan, rated: float) -> None:
        self._fuse = fuse
        self._wiring = plan.wiring
        self._monitors = (PhaseMonitor(fuse), PhaseMonitor(fuse), PhaseMonitor(fuse))
        self._seen_at: float | None = None
        self._written_at: float | None = None
        self._requested: PerPhase = on_all(rated)
        self._applied: PerPhase | None = None

    @override
    def step(self, now: float, mains: PerPhase, charger: ChargerSeen) -> PerPhase | None:
        dt = 0.0 if self._seen_at is None else now - self._seen_at
        self._seen_at = now
        out = [
            monitor.update(min(self._fuse, floor(self._fuse - floor(amps))), dt)
            for monitor, amps in zip(self._monitors, mains, strict=True)
        ]
        current = self._current(now, charger.limits)
        limit = min(
            self._new(current[terminal], self._requested[terminal], out[phase])
            for terminal, phase in enumerate(self._wiring)
        )
        if limit == min(current) or not self._may_write(now, raising=limit > min(current)):
            return None
        self._written_at = now
        self._applied = on_all(limit)
        return self._applied

    def _current(self, now: float, told: PerPhase) -> PerPhase:
        """Return the limits in force, and take what differs from the applied ones for a wish by hand."""
        if self._applied is None:
            self._applied = told
        settled = self._written_at is None or now - self._written_at >= SETTLING
        if settled and told != self._applied:
            self._requested = self._applied = told
        return self._applied

    @staticmethod
    def _new(current: float, requested: float, out: float) -> float:
        """Return the new limit of one phase [A]."""
        if out < 0:
            return max(0.0, current + floor(out))
        if out > 0:
            return current + int(min(out, requested - current))
        return current

    def _may_write(self, now: float, *, raising: bool) -> bool:
        if self._written_at is None:
            return True
        return now - self._written_at > (RAISE_GAP if raising else WRITE_GAP)


class Dirkgroenen(PerCharger):
    """Risk timers before a cut, a quarter of an hour before a raise."""

    name: ClassVar[str] = "dirkgroenen"
    entry: ClassVar[type[Entry]] = DirkgroenenEntry
