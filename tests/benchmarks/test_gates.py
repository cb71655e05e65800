"""Each gate, at its bound and just beyond, and who counts as the best rival."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import product
from typing import Final

import pytest

from custom_components.evmeter.balancing import Mode

from .comparison.figures import Figures
from .comparison.gates import best_rival, is_behind, missed
from .comparison.rows import Row, Trial, sum_up
from .comparison.scenarios import BY_NAME

GOOD: Final = Figures(
    energy=0.9,
    over=0.0,
    over_113=0.0,
    excess=-0.5,
    theta_weak=0.6,
    theta_typical=0.5,
    theta_gg=0.5,
    recovery=None,
    writes=50.0,
    pauses=2.0,
    jain=None,
    below_minimum=0,
    over_while_deaf=0.0,
    over_while_silent=0.0,
)
CAUTIOUS: Final = (Mode.GENTLE, Mode.BALANCED)
FAST: Final = (Mode.FAST,)
EVERY: Final = tuple(Mode)
LOCAL: Final = ("S1", "S2", "S5", "S6", "S8", "S9", "S10", "S11", "S12")
NOISY: Final = ("S2", "S8", "S9", "S11")
BOUNDS: Final = (
    ("(0,min)", BY_NAME, EVERY, replace(GOOD, below_minimum=0), replace(GOOD, below_minimum=1)),
    ("typical", BY_NAME, EVERY, replace(GOOD, theta_typical=0.949), replace(GOOD, theta_typical=0.95)),
    ("weak", LOCAL, EVERY, replace(GOOD, theta_weak=0.949), replace(GOOD, theta_weak=0.95)),
    ("weak", ["S3"], EVERY, replace(GOOD, theta_weak=0.999), replace(GOOD, theta_weak=1.0)),
    ("pauses", BY_NAME, EVERY, replace(GOOD, pauses=8), replace(GOOD, pauses=8.5)),
    ("over", NOISY, CAUTIOUS, replace(GOOD, over=100), replace(GOOD, over=100.5)),
    (">1.13", NOISY, CAUTIOUS, replace(GOOD, over_113=60), replace(GOOD, over_113=60.5)),
    ("over", NOISY, FAST, replace(GOOD, over=180), replace(GOOD, over=180.5)),
    (">1.13", NOISY, FAST, replace(GOOD, over_113=120), replace(GOOD, over_113=120.5)),
    ("over", ["S1"], EVERY, replace(GOOD, over=20), replace(GOOD, over=20.5)),
    ("over", ["S10"], EVERY, replace(GOOD, over=5), replace(GOOD, over=5.5)),
    ("stale", ["S6"], EVERY, replace(GOOD, over_while_silent=0), replace(GOOD, over_while_silent=0.5)),
    ("deaf", ["S7"], EVERY, replace(GOOD, over=5), replace(GOOD, over=5.5)),
    ("writes", ["S4"], EVERY, replace(GOOD, writes=60), replace(GOOD, writes=60.5)),
    ("writes", set(BY_NAME) - {"S4"}, EVERY, replace(GOOD, writes=720), replace(GOOD, writes=720.5)),
)


@pytest.mark.parametrize(("gate", "names", "modes", "held", "broken"), BOUNDS)
def test_gate_is_at_its_bound(
    gate: str, names: Collection[str], modes: Collection[Mode], held: Figures, broken: Figures
) -> None:
    """What is at the bound holds it; what is beyond misses this gate and no other."""
    for name, mode in product(names, modes):
        assert missed(BY_NAME[name], held, mode) == []
        assert missed(BY_NAME[name], broken, mode) == [gate]


@pytest.mark.parametrize("name", ["S4", "S7", "S13", "S14", "S15", "S16", "S17", "S18"])
def test_slow_and_shared_sites_answer_for_the_typical_device(name: str) -> None:
    """A weak one cannot be protected there."""
    assert missed(BY_NAME[name], replace(GOOD, theta_weak=1.2), Mode.BALANCED) == []


def test_deafness_excuses_what_it_causes() -> None:
    """Of 100 s/h above the limit, 95 were while the charger was deaf: 10 s in two hours."""
    figures = replace(GOOD, over=100.0, over_while_deaf=95.0)
    assert missed(BY_NAME["S7"], figures, Mode.BALANCED) == []


def row(controller: str, energy: float | None, figures: Figures = GOOD) -> Row:
    """Return a row of S2 in balanced mode with an energy of its own."""
    trial = Trial(BY_NAME["S2"], controller, Mode.BALANCED, 1)
    return sum_up([trial], [replace(figures, energy=energy)])


def test_best_rival_holds_every_gate() -> None:
    """More energy without the gates is no merit, and neither ours nor the clairvoyant is a baseline."""
    rows = [
        row("evmeter", 0.99),
        row("evcc", 0.97, replace(GOOD, over=400)),
        row("smartevse", 0.91),
        row("fixed_6a", 0.5),
        row("dirkgroenen", None),
        row("oracle", 1.0),
    ]
    rival = best_rival(rows)
    assert rival is rows[2]


def test_nobody_may_hold_them() -> None:
    """Then there is no rival, and nothing to be behind of."""
    rows = [row("evmeter", 0.8), row("evcc", 0.97, replace(GOOD, theta_typical=1))]
    assert best_rival(rows) is None
    assert not is_behind(rows[0], None)


@pytest.mark.parametrize(("energy", "behind"), [(0.95, False), (0.891, False), (0.889, True), (None, True)])
def test_a_little_less_is_not_behind(energy: float | None, behind: bool) -> None:
    """0.02 of the oracle's energy."""
    assert is_behind(row("evmeter", energy), row("smartevse", 0.91)) is behind


def test_row_misses_what_any_seed_missed() -> None:
    """In the order of the gates, each once."""
    trial = Trial(BY_NAME["S2"], "evcc", Mode.BALANCED, 1)
    runs = [
        replace(GOOD, energy=0.9, pauses=9.0, over=200.0),
        replace(GOOD, energy=0.8, theta_weak=1.1),
        replace(GOOD, energy=None, over=300.0, jain=0.5),
    ]
    summed = sum_up([trial, trial, trial], runs)
    assert summed.missed == ("weak", "over", "pauses")
    assert summed.mode is None
    assert summed.seeds == 3
    assert summed.figures.energy == pytest.approx(0.85)
    assert summed.figures.over == 300
    assert summed.figures.jain == 0.5
