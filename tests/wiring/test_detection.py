"""Guided detection in a noisy house: what it finds, and that it never allows more than the balancer would."""

from copy import deepcopy
from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from custom_components.evmeter.balancing import ChargerReading, ChargerState, Phase
from custom_components.evmeter.wiring import (
    DetectionFailure,
    DetectionOutcome,
    Measured,
    PhaseDetection,
    Wiring,
)
from tests.balancing.plant import NoisyHouse

from .site import Site, WiredCar, wired_car

BEGIN = 300
END = 3600
MINUTES = 60


def begun(site: Site) -> PhaseDetection | None:
    """Begin a detection of a site's first charger as soon as it can; None = there is never room."""
    car = site.cars[0]
    while site.now < END:
        reading = site.second()[0]
        assert site.decision is not None
        limit = site.decision.charger(car.settings.id).current
        if site.now > BEGIN and reading.state is ChargerState.CHARGING:
            detection = PhaseDetection(float(site.now), car.settings, car.measured, 3, limit)
            if not detection.done:
                return detection
    return None


def started(site: Site) -> PhaseDetection:
    """Begin the detection of a site where there is room for one."""
    detection = begun(site)
    assert detection is not None
    return detection


def go_on(site: Site, detection: PhaseDetection) -> ChargerReading:
    """Let one second of a detection pass; returns what the charger told the balancer."""
    car = site.cars[0]
    car.ceiling = None if detection.done else detection.ceiling
    reading = site.second()[0]
    charging = reading.state is ChargerState.CHARGING
    detection.step(float(site.now - 1), site.mains, car.level(reading), charging=charging)
    return reading


def detect(site: Site) -> PhaseDetection:
    """Run a detection to its end."""
    detection = started(site)
    while not detection.done:
        go_on(site, detection)
    return detection


def noisy(car: WiredCar, seed: int, *, period: int = 1, resolution: float = 0.01) -> Site:
    """Return a house of that seed with one car."""
    return Site(
        house=NoisyHouse(seed, END + 2000),
        cars=[car],
        period=period,
        resolution=resolution,
        delay=min(period, 3),
    )


@pytest.mark.parametrize("measured", Measured)
@pytest.mark.parametrize(("period", "resolution"), [(1, 0.01), (10, 1.0), (30, 1.0)])
@pytest.mark.parametrize(
    ("carrying", "outcome"),
    [(1, DetectionOutcome.PARTLY), (2, DetectionOutcome.PARTLY), (3, DetectionOutcome.ALL_ALIKE)],
)
def test_what_is_found(
    carrying: int, outcome: DetectionOutcome, measured: Measured, period: int, resolution: float
) -> None:
    """In most houses all there is to find; in the others too little, but nothing wrong."""
    outcomes = []
    for seed, truth in enumerate(permutations(Phase)):
        car = wired_car(truth, carrying=carrying, measured=measured)
        detection = detect(noisy(car, seed + 1, period=period, resolution=resolution))
        if detection.result is None:
            continue
        outcomes.append(detection.result.outcome)
        seen = zip(detection.result.verdict.terminals, truth, strict=True)
        assert all(terminal.phase in (None, phase) for terminal, phase in seen)
        assert detection.result.seconds < 15 * MINUTES
    assert outcomes.count(outcome) >= 4


def test_a_car_that_stays_where_it_is() -> None:
    """The charger takes its limits, and the car does not follow them."""
    car = wired_car((Phase.L1, Phase.L2, Phase.L3), carrying=1)
    site = Site(house=lambda _now: (1.0, 1.0, 1.0), cars=[car])
    detection = started(site)
    car.deaf = (site.now, END)
    while not detection.done:
        go_on(site, detection)
    assert detection.failure is DetectionFailure.NO_RESPONSE


def test_a_car_that_takes_the_minimum() -> None:
    car = wired_car((Phase.L1, Phase.L2, Phase.L3), carrying=1, most=7.0)
    detection = detect(Site(house=lambda _now: (1.0, 1.0, 1.0), cars=[car]))
    assert detection.failure is DetectionFailure.NO_ROOM


def test_a_meter_that_does_not_measure_the_charger() -> None:
    car = wired_car((Phase.L1, Phase.L2, Phase.L3), carrying=1)
    site = Site(house=lambda _now: (1.0, 1.0, 1.0), cars=[car])
    detection = started(site)
    while not detection.done:
        reading = site.second()[0]
        car.ceiling = detection.ceiling
        blind = replace(site.mains, current=(1.0, 1.0, 1.0))
        detection.step(float(site.now - 1), blind, car.level(reading), charging=True)
    assert detection.result is not None
    assert detection.result.outcome is DetectionOutcome.NOT_SEEN


def test_stopped_in_the_middle() -> None:
    car = wired_car((Phase.L2, Phase.L1, Phase.L3), carrying=1)
    site = Site(house=lambda _now: (1.0, 1.0, 1.0), cars=[car])
    detection = started(site)
    for _ in range(20):
        go_on(site, detection)
    detection.stop()
    assert detection.failure is DetectionFailure.STOPPED
    go_on(site, detection)
    assert detection.result is None


wirings = st.sampled_from(list(permutations(Phase)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), wirings, wirings, st.integers(1, 3), st.sampled_from(Measured))
def test_never_more_than_without_a_detection(
    seed: int, truth: Wiring, configured: Wiring, carrying: int, measured: Measured
) -> None:
    """In every second the limit is at most what the same balancer would allow in the same second.

    The balancer is copied before each step, and the copy steps with the same readings but for the ceiling.
    Nor is the limit ever above the one in force when the detection began, below the minimum, or a pause that
    the balancer did not want.
    """
    random = Random(seed)
    car = wired_car(truth, carrying=carrying, configured=configured, measured=measured)
    site = noisy(car, seed, period=random.choice((1, 5, 10)), resolution=random.choice((0.01, 1.0)))
    detection = begun(site)
    assume(detection is not None)
    assert detection is not None
    assert site.decision is not None
    at_first = site.decision.chargers[0].current
    for _ in range(random.randint(60, 200)):
        other = deepcopy(site.balancer)
        told = replace(go_on(site, detection), ceiling=None)
        allowed = other.step(float(site.now - 1), site.mains, [told]).chargers[0].current
        limit = site.decision.chargers[0].current
        assert limit <= allowed
        if car.ceiling is not None:
            assert limit <= at_first
            assert limit > 0 or allowed == 0
            assert limit == 0 or limit >= car.settings.min_current
        if random.random() < 0.005:
            detection.stop()
