"""A noisy house with wired chargers in steps of 1 s: what detection and learning are tried against."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import pi, sin
from random import Random
from typing import override

from custom_components.evmeter.balancing import (
    Amps,
    Balancer,
    Ceiling,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    Decision,
    MainsReading,
    Phase,
    ReasonCode,
    SiteSettings,
)
from custom_components.evmeter.wiring import Measured, Wiring
from tests.balancing.plant import Car

STRAIGHT: Wiring = (Phase.L1, Phase.L2, Phase.L3)
HOUR = 3600


@dataclass(slots=True)
class WiredCar(Car):
    """A car at a charger whose terminals hang on other phases than its settings may say.

    Attributes:
        truth: the mains phase of every terminal.
        carrying: terminals the car uses: the first ones.
        measured: what the charger tells of its current.
        ceiling: asked for by a detection [A].
        plugged: whether a car is there, at a second.
    """

    truth: Wiring = STRAIGHT
    carrying: int = 3
    measured: Measured = Measured.EACH_TERMINAL
    ceiling: float | None = None
    plugged: Callable[[int], bool] = lambda _now: True
    _full: float = 16.0

    @override
    def live(self, now: int) -> None:
        """Let one second pass; a car that is not there takes nothing."""
        self.phases = frozenset(self.truth[: self.carrying])
        if self.most:
            self._full = self.most
        self.most = self._full if self.plugged(now) else 0.0
        super(WiredCar, self).live(now)

    @override
    def reading(self, now: int, phase_count: int) -> ChargerReading:
        """Return what the charger tells, mapped to the mains as its settings say."""
        told = super(WiredCar, self).reading(now, phase_count)
        drawn = self._report[1]
        ceiling = None if self.ceiling is None else Ceiling(current=self.ceiling, reason=ReasonCode.MANUAL)
        terminals = {
            Measured.EACH_TERMINAL: tuple(
                drawn if place < self.carrying else 0.0 for place in range(len(self.settings.wiring))
            ),
            Measured.ONE_CURRENT: (drawn,) * len(self.settings.wiring),
        }.get(self.measured)
        return replace(
            told,
            state=ChargerState.CHARGING if drawn > 0.5 else ChargerState.READY,
            current=None if terminals is None else self.settings.to_mains(terminals, phase_count),
            ceiling=ceiling,
        )

    def level(self, reading: ChargerReading) -> tuple[float, ...] | None:
        """Return what is to be watched of the charger, as the integration does."""
        if self.measured is not Measured.LIMIT_ONLY:
            return None if reading.current is None else self.settings.to_terminals(reading.current)
        if reading.state is not ChargerState.CHARGING or reading.limit is None:
            return None
        return (reading.limit,) * len(self.settings.wiring)


def wired_car(
    truth: Wiring,
    *,
    carrying: int = 3,
    configured: Wiring = STRAIGHT,
    measured: Measured = Measured.EACH_TERMINAL,
    most: float = 16.0,
    maximum: float = 16.0,
    name: str = "a",
    plugged: Callable[[int], bool] = lambda _now: True,
) -> WiredCar:
    """Return a car at a charger of its own."""
    settings = ChargerSettings(
        id=name,
        wiring=configured,
        max_current=maximum,
        has_draw_sensor=measured is not Measured.LIMIT_ONLY,
    )
    return WiredCar(
        settings=settings,
        phases=frozenset(truth[:carrying]),
        most=most,
        truth=truth,
        carrying=carrying,
        measured=measured,
        plugged=plugged,
    )


def sessions(seed: int) -> Callable[[int], bool]:
    """Return when a car is there: three hours now and then, about once a day."""
    random = Random(seed)
    starts = [random.uniform(0, 18) * HOUR + day * 24 * HOUR for day in range(60)]

    def plugged(now: int) -> bool:
        return 0 <= now - starts[min(now // (24 * HOUR), 59)] < 3 * HOUR

    return plugged


def often(now: int) -> bool:
    """Tell whether the car is there: three quarters of each hour."""
    return now % HOUR < 0.75 * HOUR


def sunny(house: Callable[[int], Amps], peak: float, phases: Sequence[Phase]) -> Callable[[int], Amps]:
    """Return a house with an inverter on its roof, clouds included."""

    def shone(now: int) -> Amps:
        light = max(0.0, sin((now / HOUR - 6) * pi / 12)) * (0.6 + 0.4 * sin(now / 47.0) * sin(now / 311.0))
        return tuple(
            load - peak * light if phase in phases else load
            for phase, load in zip(Phase, house(now), strict=True)
        )

    return shone


@dataclass(slots=True, kw_only=True)
class Site:
    """House, meter, cars and the balancer.

    Attributes:
        house: background per phase at a second.
        cars: at their chargers.
        period: of the meter [s].
        delay: of the meter [s].
        resolution: of the meter [A].
        clipped: the meter shows 0 while the phase exports.
    """

    house: Callable[[int], Amps]
    cars: Sequence[WiredCar]
    period: int = 1
    delay: int = 1
    resolution: float = 0.01
    clipped: bool = False
    balancer: Balancer = field(init=False)
    mains: MainsReading = field(init=False)
    decision: Decision | None = None
    now: int = 0
    _past: deque[Amps] = field(init=False)

    def __post_init__(self) -> None:
        """Wire the house."""
        site = SiteSettings(fuse_rating=(25.0, 25.0, 25.0), margin=0.5)
        self.balancer = Balancer(site, [car.settings for car in self.cars])
        self.mains = MainsReading(current=(None,) * 3, measured_at=(0.0,) * 3)
        self._past = deque(maxlen=self.delay + 1)

    def second(self) -> list[ChargerReading]:
        """Let a second pass; returns what the chargers tell."""
        now, self.now = self.now, self.now + 1
        for car in self.cars:
            car.live(now)
        self._past.append(
            tuple(
                base + sum(car.draw for car in self.cars if phase in car.phases)
                for phase, base in zip(Phase, self.house(now), strict=True)
            )
        )
        if now % self.period == 0:
            shown = tuple(round(round(amps / self.resolution) * self.resolution, 6) for amps in self._past[0])
            self.mains = MainsReading(
                current=tuple(max(0.0, amps) for amps in shown) if self.clipped else shown,
                measured_at=(float(now),) * 3,
                resolution=self.resolution,
                period=float(self.period),
            )
        readings = [car.reading(now, 3) for car in self.cars]
        self.decision = self.balancer.step(float(now), self.mains, readings)
        for car in self.cars:
            word = self.decision.charger(car.settings.id)
            if word.write:
                car.write(now, word.current)
        return readings
