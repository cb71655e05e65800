"""The law holds every gate of the benchmark, and charges what it promises.

A normal run takes the seed that is hardest to hold; ``--long`` takes every mode and every seed.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from statistics import fmean
from typing import TYPE_CHECKING, Final

import pytest

from custom_components.evmeter.balancing import Mode

from .comparison.gates import ENERGY_FLOORS, RIVAL_TOLERANCE, best_rival, is_behind, missed
from .comparison.ours import Ours
from .comparison.rows import BASELINES, Trial, measure, seeds_for, sum_up
from .comparison.scenarios import BY_NAME, MEAN_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .comparison.figures import Figures

HARDEST: Final = 2
SEEDS: Final = range(1, 7)
"""The seeds of the benchmark; floors of energy are means over them."""
FEW: Final = {
    Mode.BALANCED: tuple(BY_NAME),
    Mode.FAST: ("S2", "S3", "S4", "S8", "S9", "S11"),
    Mode.GENTLE: ("S2", "S11"),
}
"""Scenarios of a normal run: all of them, and once more where another mode could change something."""
RIVALLED: Final = ("S1", "S3", "S5", "S10", "S12", "S17")
"""Scenarios in which some baseline holds every gate."""
SHORTFALL: Final[dict[str, float]] = {}
"""Where a baseline that holds every gate is ahead by more than it should: by so much more at most."""


@cache
def figures_of(name: str, controller: str, mode: Mode, seed: int) -> Figures:
    """Return the figures of one run, made once."""
    return measure(Trial(BY_NAME[name], controller, mode, seed))


def runs(*, long: bool) -> Iterator[tuple[str, Mode, int]]:
    """Yield the runs whose gates are looked at."""
    for mode in Mode:
        for name in BY_NAME if long else FEW[mode]:
            for seed in seeds_for(BY_NAME[name], SEEDS) if long else [HARDEST]:
                yield name, mode, seed


def floors(*, long: bool) -> Iterator[tuple[Mode, tuple[str, ...], float]]:
    """Yield the floors of energy, each with the scenarios that it is a mean over."""
    for mode, floor in ENERGY_FLOORS.items():
        yield mode, ("S2",), floor.s2
        if long:
            yield mode, MEAN_OF, floor.mean


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a long run more than a normal one."""
    long = bool(metafunc.config.getoption("--long"))
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize(("name", "mode", "seed"), list(runs(long=long)))
    elif "floor" in metafunc.fixturenames:
        cases = list(floors(long=long))
        ids = [f"{mode}-{'mean' if len(names) > 1 else names[0]}" for mode, names, _ in cases]
        metafunc.parametrize(("mode", "names", "floor"), cases, ids=ids)


def test_every_gate_is_held(name: str, mode: Mode, seed: int) -> None:
    """On every run, not in the mean."""
    figures = figures_of(name, Ours.name, mode, seed)
    assert missed(BY_NAME[name], figures, mode) == [], figures


def test_energy_reaches_its_floor(mode: Mode, names: tuple[str, ...], floor: float) -> None:
    """As a share of the clairvoyant's, over all seeds of the benchmark."""
    energies = [
        fmean(
            figures_of(name, Ours.name, mode, seed).energy or 0.0 for seed in seeds_for(BY_NAME[name], SEEDS)
        )
        for name in names
    ]
    assert fmean(energies) >= floor, dict(zip(names, energies, strict=True))


@pytest.mark.parametrize("name", RIVALLED)
def test_no_baseline_that_holds_every_gate_charges_more(name: str) -> None:
    """Safe and faster: nobody is both. Random houses count on an easy seed and on the hardest."""
    scenario = BY_NAME[name]
    seeds = [1, HARDEST] if scenario.house.is_random else [HARDEST]
    rows = [
        sum_up(
            [Trial(scenario, controller, Mode.BALANCED, seed) for seed in seeds],
            [figures_of(name, controller, Mode.BALANCED, seed) for seed in seeds],
        )
        for controller in (Ours.name, *BASELINES)
    ]
    rival = best_rival(rows)
    assert rival is not None
    ours, theirs = rows[0].figures.energy or 0.0, rival.figures.energy or 0.0
    assert ours >= theirs - RIVAL_TOLERANCE - SHORTFALL.get(name, 0.0), (ours, rival.controller, theirs)
    assert is_behind(rows[0], rival) == (name in SHORTFALL)


def test_every_scenario_is_run_in_balanced_mode() -> None:
    """No scenario is forgotten."""
    assert {name for name, mode, _ in runs(long=False) if mode is Mode.BALANCED} == set(BY_NAME)
    assert {(name, mode) for name, mode, _ in runs(long=True)} == set(product(BY_NAME, Mode))
