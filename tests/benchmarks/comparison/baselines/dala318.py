"""The rules of dala318/ev_load_balancing, as read at commit 8314064.

Followed, rule by rule:

- No timer. A changed state of the mains currents, of the limits read back or of the charger asks for a
  refresh, which a debouncer runs one second later, and never more than once a second.
- Each phase keeps a history of what arrived: 120 s, and never fewer than the newest 10 values. Its
  population standard deviation, zero with five values or fewer, is kept free.
- Each pair of a charger's phase and a mains phase gets ``limit read back + fuse - mains - deviation``, at
  most what the charger's circuit is rated for. The *limit* counts as the car's draw, and no term knows of
  commands that are still on their way.
- Nothing about 6 A, no comparison with the last value: every refresh is a call. The charger drops fractions.
- The pairs are built from the phase map the wrong way round: nothing changes for straight and swapped
  phases, but a cyclic wiring gets each value from the wrong phase.

Chosen for the plant: a value below zero counts as 0, which favours it, since the charger's service refuses
such a call. The car always counts as charging or waiting to (as it does while its limit is 0). The time to
live of 10 minutes is left out, since no silence of the scenarios is longer. Several chargers are several
entries, without the state that the original's entries share by accident.
"""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import TYPE_CHECKING, ClassVar, Final, override

from .per_charger import Entry, PerCharger

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase
    from tests.benchmarks.comparison.controller import ChargerSeen
    from tests.benchmarks.comparison.scenario import ChargerPlan

HISTORY_AGE: Final = 120.0
"""Older values are dropped [s]."""
HISTORY_KEPT: Final = 10
"""So many values are kept however old they are."""
DEVIATION_FROM: Final = 6
"""With fewer values the deviation counts as zero."""


class History:
    """What arrived from one phase."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        """Begin empty."""
        self._values: deque[tuple[float, float]] = deque()

    def arrived(self, now: float, amps: float) -> None:
        """Take a value [A] and drop what is too old."""
        values = self._values
        values.append((now, amps))
        while len(values) > HISTORY_KEPT and values[0][0] < now - HISTORY_AGE:
            values.popleft()

    @property
    def deviation(self) -> float:
        """Population standard deviation [A]."""
        count = len(self._values)
        if count < DEVIATION_FROM:
            return 0.0
        mean = sum([amps for _, amps in self._values]) / count
        return sqrt(sum([(amps - mean) ** 2 for _, amps in self._values]) / count)


class Dala318Entry(Entry):
    """One entry: one charger."""

    @override
    def __init__(self, fuse: float, plan: ChargerPlan, rated: float) -> None:
        self._fuse = fuse
        self._ceiling = min(rated, fuse)
        # Upside down: the terminal's place in the wiring, where the phase at the terminal's place belongs.
        self._phases = tuple(plan.wiring.index(terminal) for terminal in sorted(plan.wiring))
        self._histories = (History(), History(), History())
        self._mains: PerPhase | None = None
        self._others: tuple[PerPhase, bool] | None = None
        self._asked = False

    @override
    def step(self, now: float, mains: PerPhase, charger: ChargerSeen) -> PerPhase | None:
        changed = False
        for phase, history in enumerate(self._histories):
            if self._mains is None or self._mains[phase] != mains[phase]:
                history.arrived(now, mains[phase])
                changed = True
        others = (charger.limits, charger.charging)
        changed = changed or others != self._others
        self._mains, self._others = mains, others
        refresh, self._asked = self._asked, changed
        return self._new_limits(mains, charger.limits) if refresh else None

    def _new_limits(self, mains: PerPhase, limits: PerPhase) -> PerPhase:
        """Return what the charger is told, per terminal [A]."""
        first, second, third = (
            limits[terminal] + self._fuse - mains[phase] - self._histories[phase].deviation
            for terminal, phase in enumerate(self._phases)
        )
        return (self._held(first), self._held(second), self._held(third))

    def _held(self, limit: float) -> float:
        return max(0.0, min(limit, self._ceiling))


class Dala318(PerCharger):
    """An integrator without dead-time compensation, debounced to one call a second."""

    name: ClassVar[str] = "dala318"
    entry: ClassVar[type[Entry]] = Dala318Entry
