"""The plant, the clairvoyant and the figures that every controller is judged by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custom_components.evmeter.balancing import Mode
from evmeter_client.simulator.basics import Phase, Window

from .comparison.baselines import Dala318, Fixed6A
from .comparison.controller import on_all
from .comparison.figures import figures_of
from .comparison.gates import ORACLE
from .comparison.oracle import oracle_draws
from .comparison.plant import ChargerRun, Run, run
from .comparison.rows import Trial, measure
from .comparison.scenario import ChargerPlan, CircuitPlan, Dimming, HousePlan, Step
from .comparison.scenarios import BY_NAME
from .seen import site

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase

    from .comparison.scenario import Scenario

L1, L2, L3 = Phase


def short(name: str) -> Scenario:
    """Return the first 20 minutes of a scenario."""
    return replace(BY_NAME[name], seconds=1200.0)


def made(scenario: Scenario, mains: list[PerPhase], *draws: list[float]) -> Run:
    """Return a run of so many seconds with these currents [A]."""
    chargers = [ChargerRun(draws=each) for each in draws]
    return Run(replace(scenario, seconds=float(len(mains))), mains, mains, chargers)


def test_every_controller_lives_through_the_same_seconds() -> None:
    """The house of a seed is the same whatever the chargers do; another seed is another house."""
    scenario = short("S13")
    quiet, busy = run(scenario, Fixed6A(scenario), 3), run(scenario, Dala318(scenario), 3)
    assert quiet.background == busy.background
    assert quiet.mains != busy.mains
    assert run(scenario, Fixed6A(scenario), 4).background != quiet.background


def test_run_is_the_same_every_time() -> None:
    """Nothing depends on the clock or on chance."""
    scenario = short("S2")
    assert run(scenario, Dala318(scenario), 1) == run(scenario, Dala318(scenario), 1)


def test_mains_carry_house_and_cars() -> None:
    """Each car on the phases that its terminals are wired to."""
    scenario = short("S10")
    done = run(scenario, Fixed6A(scenario), 1)
    assert max(done.chargers[0].draws) == 6
    for second, (house, mains) in enumerate(zip(done.background, done.mains, strict=True)):
        car = done.chargers[0].draws[second]
        assert mains == pytest.approx((house[0], house[1] + car, house[2]))


def test_lower_phase_that_the_car_does_not_use_is_no_pause() -> None:
    """Pauses count what the car is offered; values below the minimum count wherever they are."""
    charger = ChargerRun()
    for limits in [(16, 0, 3), (0, 0, 0), (0, 16, 16), (16, 16, 16), (5, 16, 16)]:
        charger.told(limits, 1)
    assert (charger.writes, charger.pauses, charger.below_minimum) == (5, 2, 2)


@pytest.mark.parametrize(("house", "level"), [(10, 15), (5, 16), (19, 6), (19.5, 0), (-5, 16)])
def test_clairvoyant_fills_every_second(house: float, level: float) -> None:
    """To the limit, to the car's maximum, or not at all."""
    assert oracle_draws(made(site(), [on_all(house)], [0.0])) == [[level]]


def test_clairvoyant_admits_by_priority_and_then_shares() -> None:
    """Room for two minima of three; what is left is shared by the two."""
    scenario = site(ChargerPlan(id="a", priority=2), ChargerPlan(id="b"), ChargerPlan(id="c", priority=2))
    assert oracle_draws(made(scenario, [on_all(9.0)], [0.0], [0.0], [0.0])) == [[8.0], [8.0], [0.0]]


def test_clairvoyant_keeps_circuits_and_dimming() -> None:
    """20 A for two on one circuit, and 4.2 kW for one on three phases and one on one."""
    plans = (ChargerPlan(id="a", circuit="garage"), ChargerPlan(id="b", circuit="garage", car_phases=1))
    garage = replace(site(*plans), circuits=(CircuitPlan(id="garage", rating=20),))
    assert oracle_draws(made(garage, [on_all(0.0)], [0.0], [0.0])) == [[10.0], [10.0]]
    dimmed = replace(site(ChargerPlan()), dimmings=(Dimming(Window(0, 1), 4200),))
    assert oracle_draws(made(dimmed, [on_all(0.0)], [0.0]))[0][0] == pytest.approx(6.087, abs=0.001)


@pytest.mark.parametrize("name", ["S2", "S11", "S14", "S18"])
def test_clairvoyant_is_never_above_a_limit(name: str) -> None:
    """Its row is energy 1 and nothing over, without a command."""
    figures = measure(Trial(short(name), ORACLE, Mode.BALANCED, 1))
    assert figures.energy == 1
    assert figures.excess < 1e-6
    assert (figures.writes, figures.pauses, figures.below_minimum) == (0, 0, 0)


def test_figures_of_a_made_up_run() -> None:
    """An hour, of which 36 s are 2 A above the limit, 18 s of them and more 5 A above."""
    mains = [on_all(20.0)] * 3546 + [on_all(27.0)] * 36 + [on_all(30.0)] * 18
    figures = figures_of(made(site(), mains, [8.0] * 3600), [[16.0] * 3600])
    assert figures.energy == 0.5
    assert (figures.over, figures.over_113, figures.excess) == (54, 18, 5)
    assert 0.5 < figures.theta_typical < figures.theta_weak < 1
    assert figures.jain is None
    assert figures.recovery is None


def test_energy_of_an_oracle_without_room_does_not_exist() -> None:
    """Nothing is no share of nothing."""
    assert figures_of(made(site(), [on_all(24.0)], [0.0]), [[0.0]]).energy is None


def test_excess_of_a_circuit_counts() -> None:
    """Though the mains are far from their limit."""
    scenario = replace(site(ChargerPlan(circuit="garage")), circuits=(CircuitPlan(id="garage", rating=10.0),))
    figures = figures_of(made(scenario, [on_all(16.0)] * 3600, [12.0] * 3600), [[10.0] * 3600])
    assert (figures.over, figures.over_113, figures.excess) == (3600, 0, 2)


def test_recovery_is_the_time_to_the_first_second_below_the_limit() -> None:
    """Counted from the step, the longest of all; a step without an overload is recovered from at once."""
    steps = (Step(Window(10, 20), (9.0, 0.0, 0.0)), Step(Window(40, 60), (9.0, 0.0, 0.0)))
    scenario = replace(site(), house=HousePlan(steps=steps))
    mains = [on_all(27.0 if 10 <= now < 13 or 42 <= now < 49 else 20.0) for now in range(60)]
    assert figures_of(made(scenario, mains, [8.0] * 60), [[8.0] * 60]).recovery == 9
    calm = figures_of(made(scenario, [on_all(20.0)] * 60, [8.0] * 60), [[8.0] * 60])
    assert calm.recovery == 0


def test_fairness_is_jains_index_of_the_charge() -> None:
    """One of two gets everything: a half."""
    two = site(ChargerPlan(id="a"), ChargerPlan(id="b"))
    both = figures_of(made(two, [on_all(9.0)], [8.0], [8.0]), [[8.0], [8.0]])
    one = figures_of(made(two, [on_all(9.0)], [8.0], [0.0]), [[8.0], [8.0]])
    assert (both.jain, one.jain) == (1.0, 0.5)
