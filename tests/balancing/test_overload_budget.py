"""How much time above the rating a mode tolerates, and what happens when it is used up."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import Balancer, FuseType, Mode, Reason, ReasonCode, SiteSettings
from custom_components.evmeter.balancing.allowance import HOUR, Income
from custom_components.evmeter.balancing.mains_phase import MainsPhase
from custom_components.evmeter.balancing.overload_budget import OverloadBudget
from custom_components.evmeter.balancing.tuning import TOLERANCES, Chain, Tolerance

from .desk import Desk, charger

RATING = 25.0
TOLERANCE = Tolerance(any=Income(36, 20), strong=Income(36, 20), wary_hold=60, owed=10, ride_below=0)
"""Earns 0.01 s each second."""
EARNED = 0.01


def booked(reading: float, caution: float = 0.005, house: float = 5.0) -> tuple[float, float]:
    """Return what one second at a reading costs: any overload and a strong one [s]."""
    budget, phase = OverloadBudget(TOLERANCE), MainsPhase(RATING, 0.0, FuseType.B)
    budget.any.left = budget.strong.left = 0.0
    phase.update(1.0, 0.0, reading, 1.0, 1.0)
    phase.background.update(1.0, house, house, 60.0)
    budget.book(1.0, [phase], TOLERANCE, caution)
    return EARNED - budget.any.left, EARNED - budget.strong.left


@pytest.mark.parametrize(
    ("reading", "costs"),
    [(24.9, (0, 0)), (25.1, (0.1, 0)), (25.4, (1, 0)), (28.2, (1, 0)), (28.3, (1, 1))],
)
def test_time_above_the_rating_is_booked(reading: float, costs: tuple[float, float]) -> None:
    assert booked(reading) == pytest.approx(costs)


@pytest.mark.parametrize(
    ("reading", "costs"), [(24, (0, 0)), (25, (0.5, 0)), (26, (1, 0)), (28, (1, 0.5)), (29, (1, 1))]
)
def test_whole_amperes_are_booked_by_what_they_may_stand_for(
    reading: float, costs: tuple[float, float]
) -> None:
    assert booked(reading, caution=0.5) == pytest.approx(costs)


def test_what_the_house_carries_alone_is_nobody_elses_doing() -> None:
    assert booked(30.0, house=25.5) == pytest.approx((0, 0))
    assert booked(30.0, house=24.5) == pytest.approx((1, 1))


@pytest.mark.parametrize(("left", "overdrawn"), [((-9.9, 0), False), ((-10.1, 0), True), ((0, -10.1), True)])
def test_budget_is_overdrawn_beyond_what_may_be_owed(left: tuple[float, float], overdrawn: bool) -> None:
    budget = OverloadBudget(TOLERANCE)
    budget.any.left, budget.strong.left = left
    assert budget.is_overdrawn(TOLERANCE) == overdrawn


def test_overloads_that_nobody_avoids_never_end_charging_on_slow_chains() -> None:
    budget = OverloadBudget(TOLERANCE)
    budget.any.left = budget.strong.left = -1e6
    for (_, chain), tolerance in TOLERANCES.items():
        assert budget.is_overdrawn(tolerance) == (chain is Chain.LOCAL)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("limit", [0.0, 7.0])
def test_nothing_is_raised_until_overloads_are_paid_back(mode: Mode, limit: float) -> None:
    """Neither is a pause ended, and both are told apart from want of room."""
    site = SiteSettings(fuse_rating=(RATING,) * 3, mode=mode)
    desk = Desk(site=site, house=(20.0, 3.0, 3.0) if limit == 0 else (17.6, 3.0, 3.0))
    desk.wait(120)
    assert desk.limit() == limit
    income, owed = TOLERANCES[mode, Chain.LOCAL].any, TOLERANCES[mode, Chain.LOCAL].owed
    stored = desk.balancer.as_dict()
    stored["overloads"] = {"any": -owed - 5, "strong": 0.0}
    desk.balancer = Balancer.from_dict(site, [charger()], stored)
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(int(5 * HOUR / income.per_hour) - 1)
    assert desk.limit() == limit
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.OVERLOADS)
    desk.wait(130)
    assert desk.limit() == 16
