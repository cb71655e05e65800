"""Passive learning: no alarm for a right wiring, and one for every wrong wiring that can be told from it.

More hours and houses: `python -m tests.wiring.learning_run`.
"""

from itertools import permutations
from time import perf_counter

import pytest

from custom_components.evmeter.balancing import ChargerSettings, MainsReading, Phase
from custom_components.evmeter.wiring import Measured, Wiring, WiringLearner
from custom_components.evmeter.wiring.learning import FEWEST_STEPS, SHORTEST

from .learning_run import CASES, Case, learn
from .site import STRAIGHT, often

HOURS = 8


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("carrying", [1, 2])
def test_no_alarm_for_a_right_wiring(case: Case, carrying: int) -> None:
    """Whatever the meter, the sun and the neighbour do."""
    truth = (Phase.L3, Phase.L1, Phase.L2)
    learned = learn(case, 11, HOURS, truth=truth, configured=truth, carrying=carrying, plugged=often)
    assert learned.contradiction is None


@pytest.mark.parametrize("truth", [wiring for wiring in permutations(Phase) if wiring[0] is not Phase.L1])
def test_a_wrong_first_terminal_is_found(truth: Wiring) -> None:
    """By a car on one phase, within some sessions."""
    learned = learn(CASES[0], 4, HOURS, truth=truth, configured=STRAIGHT, carrying=1, plugged=often)
    assert learned.contradiction is not None
    assert learned.contradiction.proposal[0] is truth[0]
    assert [seen.phase for seen in learned.contradiction.verdict.terminals] == [truth[0], None, None]


def test_a_wiring_that_a_car_cannot_tell_apart_is_left_alone() -> None:
    """The first terminal is right, the others are exchanged: a car on one phase never shows it."""
    learned = learn(
        CASES[0],
        4,
        HOURS,
        truth=(Phase.L1, Phase.L3, Phase.L2),
        configured=STRAIGHT,
        carrying=1,
        plugged=often,
    )
    assert learned.contradiction is None
    assert learned.steps > 0


class Bench:
    """A learner that is fed by hand, second by second."""

    def __init__(self) -> None:
        """Begin with a car that takes 16 A on L2, at a charger whose settings say L1."""
        self.now = 0.0
        self.learner = WiringLearner(ChargerSettings(id="a"), Measured.EACH_TERMINAL, 3)

    def hold(self, current: float, seconds: int, *, disturbed: bool = False) -> None:
        """Keep the car at a current for some seconds [A, s]."""
        for _ in range(seconds):
            self.now += 1
            if disturbed:
                self.learner.disturbed(self.now)
            mains = MainsReading(current=(1.0, 1.0 + current, 1.0), measured_at=(self.now,) * 3)
            self.learner.step(self.now, mains, (current, 0.0, 0.0))


def test_steps_must_be_spread_over_some_time() -> None:
    bench = Bench()
    while bench.now < SHORTEST - 100:
        bench.hold(16.0, 50)
        bench.hold(6.0, 50)
    assert bench.learner.steps > 2 * FEWEST_STEPS
    assert bench.learner.contradiction is None
    bench.hold(16.0, 100)
    bench.hold(6.0, 100)
    bench.hold(16.0, 100)
    assert bench.learner.contradiction is not None


def test_a_step_beside_another_chargers_is_left_out() -> None:
    bench = Bench()
    for _ in range(20):
        bench.hold(16.0, 100, disturbed=True)
        bench.hold(6.0, 100, disturbed=True)
    assert bench.learner.steps == 0


def test_silence_of_the_meter_is_no_step() -> None:
    bench = Bench()
    bench.hold(16.0, 100)
    silent = MainsReading(current=(None, None, None), measured_at=(bench.now,) * 3)
    bench.learner.step(bench.now, silent, (6.0, 0.0, 0.0))
    bench.hold(6.0, 100)
    assert bench.learner.steps == 0


def test_a_sample_costs_little() -> None:
    """A day of samples every second in well under a minute: 100 us each, with room for a busy machine."""
    bench = Bench()
    bench.hold(16.0, 1000)
    began = perf_counter()
    bench.hold(16.0, 5000)
    assert (perf_counter() - began) / 5000 < 100e-6
