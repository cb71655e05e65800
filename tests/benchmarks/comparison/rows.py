"""The runs of a comparison, spread over all cores, and one row per scenario and controller."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from .baselines import Dala318, Dirkgroenen, Evcc, Fixed6A, SmartEVSE
from .figures import combine, figures_of
from .gates import GATES, ORACLE, missed
from .oracle import oracle_draws
from .ours import Ours
from .plant import ChargerRun, Run, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from custom_components.evmeter.balancing import Mode

    from .controller import Controller
    from .figures import Figures
    from .scenario import Scenario

BASELINES: Final[Mapping[str, type[Controller]]] = {
    baseline.name: baseline for baseline in (Dala318, Dirkgroenen, Evcc, SmartEVSE, Fixed6A)
}
CONTROLLERS: Final = (Ours.name, *BASELINES, ORACLE)
"""In the order of the table."""
SCRIPTED_SEEDS: Final = 2
"""Seeds of a house that is random in nothing but its noise."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run to be made.

    Attributes:
        scenario: what happens.
        controller: its name.
        mode: of ours, and whose gates count.
        seed: of everything random.
    """

    scenario: Scenario
    controller: str
    mode: Mode
    seed: int


@dataclass(frozen=True, slots=True)
class Row:
    """What the runs of one controller in one scenario came to.

    Attributes:
        scenario: what happened.
        controller: its name.
        mode: of ours; None = a controller without modes.
        seeds: number of runs.
        figures: of all runs.
        missed: gates that one of the runs missed.
    """

    scenario: Scenario
    controller: str
    mode: Mode | None
    seeds: int
    figures: Figures
    missed: tuple[str, ...]


def seeds_for(scenario: Scenario, seeds: Sequence[int]) -> Sequence[int]:
    """Return the seeds worth running: all where appliances or clouds come and go by chance, else fewer."""
    house = scenario.house
    if house.mix is not None or house.solar is not None:
        return seeds
    return seeds[: 1 if house.is_random else SCRIPTED_SEEDS]


def measure(trial: Trial) -> Figures:
    """Make one run."""
    scenario, seed = trial.scenario, trial.seed
    if trial.controller == ORACLE:
        ideal = _ideal(run(scenario, Fixed6A(scenario), seed))
        return figures_of(ideal, [charger.draws for charger in ideal.chargers])
    done = run(scenario, _controller(trial), seed)
    return figures_of(done, oracle_draws(done))


def compare(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    mode: Mode,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Run every controller in every scenario, on the same seconds, on all cores.

    Args:
        scenarios: to be run.
        seeds: of the random ones; see :func:`seeds_for`.
        mode: of ours.
        progress: is told the runs made, and of how many.

    Returns:
        Rows in the order of the scenarios, then of the controllers.
    """
    plan = [
        [Trial(scenario, controller, mode, seed) for seed in seeds_for(scenario, seeds)]
        for scenario, controller in product(scenarios, CONTROLLERS)
    ]
    trials = [trial for row in plan for trial in row]
    done: list[Figures] = []
    # Home Assistant takes seconds to import: on Linux the workers inherit it.
    context = get_context("fork" if sys.platform == "linux" else None)
    with ProcessPoolExecutor(os.process_cpu_count(), mp_context=context) as pool:
        for figures in pool.map(measure, trials):
            done.append(figures)
            if progress is not None:
                progress(len(done), len(trials))
    results = iter(done)
    return [sum_up(row, [next(results) for _ in row]) for row in plan]


def sum_up(trials: Sequence[Trial], runs: Sequence[Figures]) -> Row:
    """Return the row of trials that differ in their seed alone, from the figures of each."""
    first = trials[0]
    names = {name for figures in runs for name in missed(first.scenario, figures, first.mode)}
    return Row(
        first.scenario,
        first.controller,
        first.mode if first.controller == Ours.name else None,
        len(runs),
        combine(runs),
        tuple(dict.fromkeys(gate.name for gate in GATES if gate.name in names)),
    )


def _controller(trial: Trial) -> Controller:
    if trial.controller == Ours.name:
        return Ours(trial.scenario, trial.mode)
    return BASELINES[trial.controller](trial.scenario)


def _ideal(done: Run) -> Run:
    """Return what the clairvoyant would have made of a run, without a single command."""
    draws = oracle_draws(done)
    mains = []
    for second, background in enumerate(done.background):
        phases = list(background)
        for plan, charger in zip(done.scenario.chargers, draws, strict=True):
            for phase in plan.mains_phases:
                phases[phase] += charger[second]
        first_phase, second_phase, third_phase = phases
        mains.append((first_phase, second_phase, third_phase))
    return Run(done.scenario, done.background, mains, [ChargerRun(draws=each) for each in draws])
