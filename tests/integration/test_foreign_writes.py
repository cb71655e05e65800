"""Two controllers on one charger are told from everything that one charger and one person may do."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.issues.foreign_writes import (
    MANY_WRITES,
    WATCHED_FOR,
    ForeignWrites,
)

REACTION = 20.0
"""The charger takes up to this long to take a limit and to tell of it [s]."""

ROUNDINGS: list[Callable[[float], float]] = [
    lambda limit: limit,
    lambda limit: float(int(limit)),
    lambda limit: round(limit * 2) / 2,
    lambda limit: min(limit, 13.0),
    lambda limit: max(limit, 8.0),
    lambda limit: limit - 0.4,
]
"""What chargers make of a limit: nothing, whole amps, halves, their own maximum and minimum, an offset."""

seeds = st.integers(0, 2**32)


@dataclass
class Bench:
    """A charger that is told limits and reports them late, with somebody who watches both."""

    random: Random
    rounding: Callable[[float], float]
    watch: ForeignWrites = field(default_factory=lambda: ForeignWrites(3 * REACTION))
    limit: float = 16.0
    now: float = 0.0
    late: deque[tuple[float, float]] = field(default_factory=deque)

    def write(self, current: float) -> None:
        """Write a limit of ours."""
        self.watch.told(self.now, current)
        self.limit = self.rounding(current)

    def run(self, seconds: float) -> None:
        """Let time pass; the charger reports every five seconds, and each report is late by up to 20 s."""
        end = self.now + seconds
        while self.now < end:
            self.now += 5
            arrives = self.now + self.random.uniform(0, REACTION - 5)
            self.late.append((max([arrives, *(time for time, _ in self.late)]), self.limit))
            while self.late and self.late[0][0] <= self.now:
                self.watch.reported(self.now, self.late.popleft()[1])

    @property
    def rival(self) -> bool:
        """Whether a second controller is seen."""
        return self.watch.has_rival(self.now)


def benign(random: Random, hand: float) -> Iterator[float]:
    """Yield what a charger and a person may set in an hour: two values of the charger, and one by hand."""
    default, fallback = random.uniform(6, 32), random.uniform(6, 16)
    values = [hand, *(random.choice((default, fallback)) for _ in range(MANY_WRITES - 2))]
    random.shuffle(values)
    yield from values


@given(seeds, st.sampled_from(ROUNDINGS), st.floats(6, 32))
def test_no_false_alarm(seed: int, rounding: Callable[[float], float], hand: float) -> None:
    """Rounding, clamping, late reports, restarts, watchdogs and one hand on the app: alone and together."""
    random = Random(seed)
    bench = Bench(random, rounding)
    for value in benign(random, hand):
        for _ in range(random.randint(1, 6)):
            bench.write(random.uniform(6, 32))
            bench.run(random.choice((1, 5, 20, 60, 200)))
        bench.limit = value
        bench.run(random.choice((5, 30, 120)))
        assert not bench.rival


@given(seeds)
def test_no_false_alarm_while_only_we_write(seed: int) -> None:
    """However fast the limits follow each other, and however they are rounded."""
    random = Random(seed)
    bench = Bench(random, random.choice(ROUNDINGS))
    for _ in range(100):
        bench.write(random.uniform(6, 32))
        bench.run(random.choice((1, 2, 5, 10, 60, 300)))
    assert bench.watch.values(bench.now) == ()


@given(seeds, st.sampled_from(ROUNDINGS[:3]))
def test_another_balancer_is_found_within_the_hour(seed: int, rounding: Callable[[float], float]) -> None:
    """It writes another limit every few minutes, far enough from ours; we take it back each time."""
    random = Random(seed)
    bench = Bench(random, rounding)
    while not bench.rival:
        ours = random.uniform(6, 16)
        bench.write(ours)
        bench.run(random.uniform(90, 150))
        bench.limit = rounding(ours + 4 + random.uniform(0, 12))
        bench.run(60)
        assert bench.now < WATCHED_FOR


def test_a_schedule_of_two_values_takes_longer() -> None:
    """Two values could be a charger's own; so often they are somebody's."""
    bench = Bench(Random(1), ROUNDINGS[0])
    for number in range(MANY_WRITES):
        assert not bench.rival
        bench.write(10.0)
        bench.run(90)
        bench.limit = (16.0, 24.0)[number % 2]
        bench.run(60)
    assert bench.rival
    assert bench.watch.values(bench.now) == (16.0, 24.0)


def disturbed() -> Bench:
    """A charger that somebody else was seen to control."""
    bench = Bench(Random(1), ROUNDINGS[0])
    for value in (13.0, 16.0, 20.0, 24.0):
        bench.write(8.0)
        bench.run(90)
        bench.limit = value
        bench.run(60)
    assert bench.rival
    return bench


def test_it_is_over_when_nobody_else_has_written_for_an_hour() -> None:
    """By itself, and our own writes go on meanwhile."""
    bench = disturbed()
    for _ in range(int(WATCHED_FOR / 60)):
        bench.write(8.0)
        bench.run(60)
    assert not bench.rival


def test_it_is_over_when_the_user_has_put_it_right() -> None:
    """What was seen before does not count any more."""
    bench = disturbed()
    bench.watch.forget()
    bench.limit = 12.0
    bench.run(60)
    assert bench.watch.values(bench.now) == ()


@pytest.mark.parametrize("between", [None, 0.0])
def test_a_pause_and_a_restart_are_nobodys_limit(between: float | None) -> None:
    """What a charger sets after it was away or paused is not held against anybody."""
    watch = ForeignWrites(REACTION)
    for number, value in enumerate((12.0, 14.0, 18.0, 22.0, 26.0)):
        now = 200.0 * number
        watch.told(now, 8.0)
        watch.reported(now + 10, 8.0)
        watch.reported(now + 100, between)
        watch.reported(now + 150, value)
    assert watch.values(1000.0) == ()
