"""A small house with chargers and cars, in steps of 1 s: what the closed-loop tests run against."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing import (
    Amps,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    Decision,
    MainsReading,
    Phase,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custom_components.evmeter.balancing import Balancer

DEAD_TIME = 2
FALL = 10.0
RISE = 2.0
WAKE_UP = 12


@dataclass(slots=True)
class Car:
    """A car behind its charger.

    Attributes:
        settings: of the charger.
        phases: mains phases the car uses.
        most: it draws at most [A].
        latency: from a write to the pilot [s].
        report_latency: from a draw to its report [s].
        report_period: between two reports [s].
        deaf: from when until when the charger ignores writes [s].
        limit: written last [A].
        draw: now [A].
    """

    settings: ChargerSettings
    phases: frozenset[Phase]
    most: float = 16.0
    latency: int = 1
    report_latency: int = 1
    report_period: int = 5
    deaf: tuple[int, int] = (0, 0)
    limit: float = 0.0
    draw: float = 0.0
    writes: int = 0
    pauses: int = 0
    energy: float = 0.0
    below_minimum: int = 0
    _pilot: deque[tuple[int, float]] = field(default_factory=deque)
    _offered: float = 0.0
    _history: deque[float] = field(default_factory=lambda: deque(maxlen=200))
    _awake_at: int | None = None
    _report: tuple[int, float] = (0, 0.0)

    def write(self, now: int, limit: float) -> None:
        """Write a limit to the charger."""
        self.writes += 1
        if 0 < limit < self.settings.min_current:
            self.below_minimum += 1
        if limit == 0 < self.limit:
            self.pauses += 1
        if not self.deaf[0] <= now < self.deaf[1]:
            self.limit = limit
            self._pilot.append((now + self.latency + DEAD_TIME, limit))

    def live(self, now: int) -> None:
        """Let one second pass."""
        while self._pilot and self._pilot[0][0] <= now:
            self._offered = self._pilot.popleft()[1]
        offered = int(self._offered) if self._offered >= 6 else 0
        if offered == 0:
            self._awake_at = None
            target = 0.0
        else:
            if self._awake_at is None:
                self._awake_at = now + WAKE_UP
            target = min(offered, self.most) if now >= self._awake_at else 0.0
        self.draw += max(-FALL, min(RISE, target - self.draw))
        self.energy += self.draw * len(self.phases)
        self._history.append(self.draw)

    def reading(self, now: int, phase_count: int) -> ChargerReading:
        """Return what the charger tells."""
        if now - self._report[0] >= self.report_period and self._history:
            late = min(self.report_latency, len(self._history) - 1)
            self._report = (now, self._history[-1 - late])
        current = tuple(
            self._report[1] if phase in self.phases else 0.0 for phase in list(Phase)[:phase_count]
        )
        drawing = self._report[1] > 0.5
        return ChargerReading(
            id=self.settings.id,
            state=ChargerState.CHARGING if drawing else ChargerState.READY,
            current=current if self.settings.has_draw_sensor else None,
            measured_at=self._report[0] - self.report_latency,
            limit=self.limit,
        )


@dataclass(slots=True)
class Record:
    """What a run measured, per-second figures summed over time.

    Attributes:
        over: time with any phase above the limit + 0.25 A [s].
        excess: highest [A].
        energy: drawn by all cars [A s].
        oracle: what a clairvoyant water-fill of one car would have drawn [A s].
        decisions: of every step.
    """

    over: int = 0
    excess: float = -100.0
    energy: float = 0.0
    oracle: float = 0.0
    load: float = 0.0
    decisions: list[Decision] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Plant:
    """A site: house, meter and cars.

    Attributes:
        house: background per phase at a second.
        cars: behind their chargers.
        limit: of each phase [A].
        period: of the meter [s].
        delay: of the meter [s].
        resolution: of the meter [A].
        frozen: from when until when the meter repeats itself [s].
    """

    house: Callable[[int], Amps]
    cars: Sequence[Car]
    limit: float = 25.0
    period: int = 1
    delay: int = 1
    resolution: float = 0.01
    frozen: tuple[int, int] = (0, 0)

    def run(
        self, balancer: Balancer, seconds: int, watch: Callable[[int, Balancer], Balancer] | None = None
    ) -> Record:
        """Run the loop from second 0; `watch` may replace the balancer at any second."""
        record = Record()
        past: deque[Amps] = deque(maxlen=self.delay + 1)
        reading = MainsReading(current=(None,) * 3, measured_at=(0.0,) * 3)
        for now in range(seconds):
            for car in self.cars:
                car.live(now)
            background = self.house(now)
            mains = tuple(
                base + sum(car.draw for car in self.cars if phase in car.phases)
                for phase, base in zip(Phase, background, strict=False)
            )
            past.append(mains)
            if now % self.period == 0 and not self.frozen[0] <= now < self.frozen[1]:
                step = self.resolution
                shown = tuple(round(round(amps / step) * step, 6) for amps in past[0])
                reading = MainsReading(
                    current=shown,
                    measured_at=(float(now),) * len(shown),
                    resolution=step,
                    period=float(self.period),
                )
            if watch is not None:
                balancer = watch(now, balancer)
            decision = balancer.step(float(now), reading, [car.reading(now, len(mains)) for car in self.cars])
            for car in self.cars:
                verdict = decision.charger(car.settings.id)
                if verdict.write:
                    car.write(now, verdict.current)
            self._measure(record, decision, mains, background)
        record.energy = sum(car.energy for car in self.cars)
        return record

    def _measure(self, record: Record, decision: Decision, mains: Amps, background: Amps) -> None:
        excess = max(mains) - self.limit
        record.over += excess > 0.25
        record.excess = max(record.excess, excess)
        record.load = max(record.load, *(phase.load for phase in decision.phases))
        record.decisions.append(decision)
        for car in self.cars:
            room = min(self.limit - background[phase] for phase in car.phases)
            record.oracle += (min(room, car.most) if room >= 6 else 0.0) * len(car.phases)


def steps_house(high: float = 15.6, low: float = 3.0) -> Callable[[int], Amps]:
    """Return a house whose load on two phases steps up and down."""

    def house(now: int) -> Amps:
        busy = (now // 600) % 2 == 1
        return (high if busy else low, low, high if busy else low)

    return house


class NoisyHouse:
    """Noise and appliances at random on three phases, clipped: every overload is the doing of a charger."""

    def __init__(self, seed: int, seconds: int) -> None:
        """Draw the whole course of the load."""
        self._random = Random(seed)
        self._load = [self._noise(seconds) for _ in range(3)]
        begin = self._random.expovariate(1 / 420)
        while begin < seconds:
            self._switch_on(begin, self._random.randrange(3))
            begin += self._random.expovariate(1 / 420)

    def __call__(self, now: int) -> Amps:
        """Return the background per phase [A]."""
        return tuple(min(23.0, phase[now]) for phase in self._load)

    def _noise(self, seconds: int) -> list[float]:
        level, course = 0.0, []
        for _ in range(seconds):
            level = 0.97 * level + self._random.gauss(0.0, 0.06)
            course.append(max(0.6, min(1.6, 1.1 + level)))
        return course

    def _switch_on(self, begin: float, phase: int) -> None:
        """Add a kettle, a microwave, an oven, a hob, a washing machine or a heat pump."""
        random, both, every = self._random, (phase, (phase + 1) % 3), (0, 1, 2)
        kind = random.random()
        if kind < 0.30:
            self._add((phase,), begin, random.uniform(90, 200), 9.0)
        elif kind < 0.45:
            self._add((phase,), begin, random.uniform(60, 240), 5.5)
        elif kind < 0.60:
            self._cycle((phase,), (begin, begin + random.uniform(1200, 2400)), 10.0, ((40, 90), (30, 90)))
        elif kind < 0.78:
            end, amps = begin + random.uniform(400, 1200), random.choice((6.0, 8.0, 14.0))
            self._cycle(both, (begin, end), amps, ((6, 14), (4, 14)))
        elif kind < 0.90:
            self._add((phase,), begin, 900, 9.0)
            self._add((phase,), begin + 1500, 600, 9.0)
        else:
            self._add(every, begin, 1200, 5.5)

    def _add(self, phases: Sequence[int], begin: float, length: float, amps: float) -> None:
        for phase in phases:
            course = self._load[phase]
            for now in range(int(begin), min(len(course), int(begin + length))):
                course[now] += amps

    def _cycle(
        self,
        phases: Sequence[int],
        span: tuple[float, float],
        amps: float,
        on_off: tuple[tuple[int, int], tuple[int, int]],
    ) -> None:
        now, end = span
        while now < end:
            lit = self._random.uniform(*on_off[0])
            self._add(phases, now, lit, amps)
            now += lit + self._random.uniform(*on_off[1])
