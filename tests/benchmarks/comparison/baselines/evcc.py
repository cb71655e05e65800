"""The load management of evcc-io/evcc, as read at commit b29b49e.

Followed, rule by rule:

- One control cycle every 30 s; each cycle serves one loadpoint, in turn.
- A circuit with a meter carries the highest of its phase currents, one number for all phases; after a minute
  without a fresh reading, an infinite one. A circuit without a meter carries the highest phase current of
  each of its loadpoints, summed.
- A loadpoint wants its maximum in whole amperes. What it takes now is its highest measured phase current, or
  what it was offered where nothing is measured. The rise from the one to the other is granted as far as the
  circuit and every circuit above it have room. Room may be negative: then the grant is below what the car
  takes now.
- The same for power where a circuit has a limit of power. The lower grant counts, in whole amperes.
- At the minimum or above: written when it differs from the offer. Below: the charger is switched off.
  Neither waits for anything; the timers for switching belong to charging from solar power.

Chosen for the plant: the age of the last fresh measurement stands for a failed reading of the meter. That
favours evcc where a meter repeats itself: a value that stays is no error to it. The operator's dimming is
the limit of power of a circuit around all loadpoints. It is a service of its own, so a restart of Home
Assistant leaves its memory alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, inf
from typing import TYPE_CHECKING, ClassVar, Final, override

from tests.benchmarks.comparison.controller import Controller, on_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase
    from tests.benchmarks.comparison.controller import ChargerSeen, Seen
    from tests.benchmarks.comparison.scenario import ChargerPlan, Scenario

INTERVAL: Final = 30.0
"""From one control cycle to the next [s]."""
METER_TIMEOUT: Final = 60.0
"""Age of the last good reading from which on a circuit counts as infinitely loaded [s]."""
MINIMUM: Final = 6.0
VOLTAGE: Final = 230.0
IN_USE: Final = 1.0
"""A phase with more than this is in use [A]."""


def granted(old: float, wanted: float, room: float) -> float:
    """Return how far a rise from old to wanted may go, in the unit of all three.

    Args:
        old: taken now.
        wanted: not necessarily above it; less is always granted.
        room: left, negative = too much is taken.
    """
    return min(wanted, max(0.0, old + room)) if max(0.0, wanted - old) > room else wanted


@dataclass(slots=True)
class Loadpoint:
    """A charger and what it was told.

    Attributes:
        plan: the charger.
        draws: measured, per terminal, as of this cycle [A]; None = not measured.
        charging: as of this cycle.
        offered: last written [A], 0 = off; None = nothing yet.
    """

    plan: ChargerPlan
    draws: PerPhase | None = None
    charging: bool = False
    offered: float | None = None

    def see(self, seen: ChargerSeen) -> None:
        """Take what the charger tells."""
        self.draws, self.charging = seen.draw, seen.charging

    @property
    def current(self) -> float:
        """What it takes on its highest phase [A]."""
        if self.draws is not None:
            return max(self.draws)
        offered = self.plan.maximum if self.offered is None else self.offered
        return offered if self.charging else 0.0

    @property
    def phases(self) -> int:
        """On how many phases the car charges; all, where that is not known."""
        if self.draws is None:
            return len(self.plan.wiring)
        return sum(amps > IN_USE for amps in self.draws) or len(self.plan.wiring)

    @property
    def power(self) -> float:
        """What it takes [W]."""
        return VOLTAGE * (self.current * self.phases if self.draws is None else sum(self.draws))


@dataclass(slots=True)
class Circuit:
    """Something that loadpoints share.

    Attributes:
        limit: for the highest phase [A].
        above: the circuit it hangs on, None = it is the mains.
        loadpoints: directly on it.
        load: of its highest phase, as of this cycle [A].
    """

    limit: float
    above: Circuit | None = None
    loadpoints: list[Loadpoint] = field(default_factory=list)
    load: float = 0.0

    def validate(self, old: float, wanted: float) -> float:
        """Return what this circuit and those above it grant [A]."""
        current = granted(old, wanted, self.limit - self.load)
        return current if self.above is None else self.above.validate(old, current)


class Evcc(Controller):
    """Fills the room that was left half a minute ago."""

    name: ClassVar[str] = "evcc"

    def __init__(self, scenario: Scenario) -> None:
        """Hang every loadpoint on its circuit."""
        super().__init__(scenario)
        self._mains = Circuit(scenario.fuse)
        self._circuits = {circuit.id: Circuit(circuit.rating, self._mains) for circuit in scenario.circuits}
        self._loadpoints = [Loadpoint(plan) for plan in scenario.chargers]
        for loadpoint in self._loadpoints:
            self._circuit_of(loadpoint).loadpoints.append(loadpoint)
        self._next = 0.0
        self._turn = 0

    @override
    def restart(self, *, keeps_state: bool) -> Controller:
        return self

    @override
    def step(self, seen: Seen) -> Sequence[PerPhase | None]:
        writes: list[PerPhase | None] = [None] * len(self._loadpoints)
        if seen.mains is None or seen.now < self._next:
            return writes
        self._next = seen.now + INTERVAL
        for loadpoint, charger in zip(self._loadpoints, seen.chargers, strict=True):
            loadpoint.see(charger)
        self._mains.load = inf if seen.now - seen.reported_at > METER_TIMEOUT else max(seen.mains)
        for circuit in self._circuits.values():
            circuit.load = sum(loadpoint.current for loadpoint in circuit.loadpoints)
        turn, self._turn = self._turn, (self._turn + 1) % len(self._loadpoints)
        writes[turn] = self._serve(self._loadpoints[turn], seen.power_cap)
        return writes

    def _circuit_of(self, loadpoint: Loadpoint) -> Circuit:
        circuit = loadpoint.plan.circuit
        return self._mains if circuit is None else self._circuits[circuit]

    def _serve(self, loadpoint: Loadpoint, power_cap: float | None) -> PerPhase | None:
        """Give one loadpoint what there is; return a limit to be written [A]."""
        wanted = float(floor(loadpoint.plan.maximum))
        current = self._circuit_of(loadpoint).validate(loadpoint.current, wanted)
        if power_cap is not None:
            per_ampere = VOLTAGE * loadpoint.phases
            room = power_cap - sum(each.power for each in self._loadpoints)
            current = min(current, granted(loadpoint.power, wanted * per_ampere, room) / per_ampere)
        offer = float(floor(current))
        if offer < MINIMUM:
            offer = 0.0
        if offer == loadpoint.offered:
            return None
        loadpoint.offered = offer
        return on_all(offer)
