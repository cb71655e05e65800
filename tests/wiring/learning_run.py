"""Hours of a simulated house beside the learner: false alarms, and how soon a wrong wiring is found.

Usage: python -m tests.wiring.learning_run right|wrong HOURS SEEDS
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import NamedTuple

from custom_components.evmeter.balancing import ChargerSettings, Phase
from custom_components.evmeter.wiring import Contradiction, Measured, Wiring, WiringLearner
from tests.balancing.plant import NoisyHouse

from .site import HOUR, STRAIGHT, Site, WiredCar, often, sessions, sunny, wired_car

QUIET = 30
"""What one charger did may disturb the others for so long [s]."""


class Case(NamedTuple):
    """One kind of site.

    Attributes:
        period: of the meter [s].
        resolution: of the meter [A].
        sun: peak of an inverter on every phase [A].
        clipped: the meter shows 0 while a phase exports.
        neighbour: a second charger with a car on one phase.
    """

    period: int = 1
    resolution: float = 0.01
    sun: float = 0.0
    clipped: bool = False
    neighbour: bool = False


CASES = (
    Case(),
    Case(period=10, resolution=1.0),
    Case(sun=14.0, clipped=True),
    Case(sun=14.0),
    Case(neighbour=True),
)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a run came to.

    Attributes:
        hours: until the contradiction, or of the whole run.
        steps: the learner saw of the first charger.
        contradiction: of any charger.
    """

    hours: float
    steps: int
    contradiction: Contradiction | None


def learn(
    case: Case,
    seed: int,
    hours: int,
    *,
    truth: Wiring,
    configured: Wiring,
    carrying: int,
    measured: Measured = Measured.EACH_TERMINAL,
    plugged: Callable[[int], bool] | None = None,
) -> Learned:
    """Run a house for some hours, or until the wiring is contradicted."""
    cars = [
        wired_car(
            truth,
            carrying=carrying,
            configured=configured,
            measured=measured,
            plugged=plugged or sessions(seed),
        )
    ]
    if case.neighbour:
        cars.append(
            wired_car((Phase.L2, Phase.L3, Phase.L1), carrying=1, name="b", plugged=sessions(seed + 7))
        )
        cars[1].settings = _rewired(cars[1])
    noise = NoisyHouse(seed, hours * HOUR)
    site = Site(
        house=sunny(noise, case.sun, list(Phase)) if case.sun else noise,
        cars=cars,
        period=case.period,
        resolution=case.resolution,
        delay=min(case.period, 3),
        clipped=case.clipped,
    )
    learners = [WiringLearner(car.settings, car.measured, 3) for car in cars]
    still = [0.0] * len(cars)
    quiet = [0] * len(cars)
    while site.now < hours * HOUR:
        readings = site.second()
        for place, car in enumerate(cars):
            if abs(car.draw - still[place]) > 1.2:
                still[place], quiet[place] = car.draw, site.now + QUIET
        for place, (learner, car, reading) in enumerate(zip(learners, cars, readings, strict=True)):
            others = max((until for other, until in enumerate(quiet) if other != place), default=0)
            if others > site.now:
                learner.disturbed(others)
            learner.step(float(site.now - 1), site.mains, car.level(reading))
            if learner.contradiction is not None:
                return Learned(site.now / HOUR, learner.steps, learner.contradiction)
    return Learned(hours, learners[0].steps, None)


def _rewired(car: WiredCar) -> ChargerSettings:
    return replace(car.settings, wiring=car.truth)


def main(kind: str, hours: int, seeds: int) -> None:
    """Print a row per kind of site and car."""
    wirings = list(permutations(Phase))
    for case, carrying, measured in product(CASES, (1, 2, 3), Measured):
        runs = []
        for seed in range(seeds):
            truth = wirings[seed % 6] if kind == "right" else wirings[1 + seed % 5]
            configured = truth if kind == "right" else STRAIGHT
            runs.append(
                learn(
                    case,
                    seed,
                    hours,
                    truth=truth,
                    configured=configured,
                    carrying=carrying,
                    measured=measured,
                    plugged=often,
                )
            )
        told = [run for run in runs if run.contradiction is not None]
        sys.stdout.write(
            f"{kind} {case} carrying={carrying} {measured}: {len(told)} of {seeds} contradicted,"
            f" {sum(run.hours for run in runs):.0f} h, {sum(run.steps for run in runs)} steps,"
            f" found after {sorted((round(run.hours, 1), run.steps) for run in told)} (h, steps)\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
