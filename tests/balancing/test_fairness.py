"""P12 of the control law: who is admitted, and how the rest is shared, judged by linear programs."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.balancing.allocation import Demand, allocate
from custom_components.evmeter.balancing.pace import pace_of
from custom_components.evmeter.balancing.topology import Topology
from custom_components.evmeter.balancing.tuning import RESUME_HYSTERESIS

from .courses import CLOSE, LONG_STEP, Stretch, courses, limits, longest_window, pace, pass_through
from .fair_shares import best_admission, everything_shared, max_min_shares, minimum
from .trees import RATING, Tree, trees

if TYPE_CHECKING:
    from custom_components.evmeter.balancing import ChargerSettings

    from .desk import Desk

EXACT = 0.01
"""What linear programs and water filling may differ by [A]."""


def rooms(tree: Tree) -> tuple[float, ...]:
    """Return what the mains has left for chargers, per phase [A]."""
    site = tree.site
    return tuple(
        rating - site.margin - base for rating, base in zip(site.fuse_rating, tree.house, strict=True)
    )


def shares(tree: Tree) -> dict[str, float]:
    """Return what the control law would share out, in steps of nothing [A]."""
    constraints = Topology(tree.site, tree.chargers).constraints(
        range(len(tree.chargers)),
        [frozenset(charger.wiring) for charger in tree.chargers],
        rooms(tree),
        {},
    )
    demands = [
        Demand(
            minimum(charger),
            charger.max_current,
            minimum(charger),
            charger.weight,
            charger.priority,
            (charger.id,),
        )
        for charger in tree.chargers
    ]
    grants = allocate(demands, constraints)
    return {charger.id: grant.level for charger, grant in zip(tree.chargers, grants, strict=True)}


@given(trees())
def test_p12_of_all_that_fit_those_are_admitted_that_serve_the_first_priorities_first(tree: Tree) -> None:
    order = sorted(tree.chargers, key=lambda charger: (charger.priority, charger.id))
    admitted = {name for name, level in shares(tree).items() if level > 0}
    assert admitted == best_admission(order, everything_shared(tree.site, tree.chargers, rooms(tree)))


@given(trees())
def test_p12_shares_are_max_min_fair_by_linear_programs(tree: Tree) -> None:
    shared_out = shares(tree)
    admitted = [charger for charger in tree.chargers if shared_out[charger.id] > 0]
    if admitted:
        fair = max_min_shares(admitted, everything_shared(tree.site, admitted, rooms(tree)))
        assert {name: shared_out[name] for name in fair} == pytest.approx(fair, abs=EXACT)


SETTLED = 100.0
"""Cuts, and the raises that follow them, need no longer in fast mode [s]."""


def wait(desk: Desk, seconds: float) -> None:
    """Let some time pass in long steps [s]."""
    for _ in range(ceil(seconds / LONG_STEP)):
        desk.step(LONG_STEP)


def step_of(desk: Desk, charger: ChargerSettings) -> float:
    """Return the smallest raise of a charger that is worth a write [A]."""
    return max(charger.step, pace_of(charger, desk.site.mode, desk.period).timing.raise_step)


@given(trees())
def test_p12_settled_limits_are_the_fair_shares_but_for_a_step(tree: Tree) -> None:
    desk = tree.desk([0.0] * len(tree.chargers))
    wait(desk, 2 * longest_window(desk))
    admitted = [charger for charger in tree.chargers if desk.limit(charger.id) > 0]
    if admitted:
        fair = max_min_shares(admitted, everything_shared(tree.site, admitted, rooms(tree)))
        for charger in admitted:
            assert abs(desk.limit(charger.id) - fair[charger.id]) < step_of(desk, charger) + EXACT


limits_in_force = st.lists(st.sampled_from([0.0, 8.0, 10.0]), min_size=4, max_size=4)


@given(trees(), limits_in_force)
def test_p12_nobody_waits_who_fits_beside_those_of_its_own_and_higher_priorities(
    tree: Tree, start: list[float]
) -> None:
    desk = tree.desk(start)
    wait(desk, longest_window(desk) + max(pace(desk, socket).timing.minimum_on for socket in desk.sockets))
    limits_now = limits(desk)
    shared = everything_shared(tree.site, tree.chargers, rooms(tree))
    for waiting in [charger for charger in tree.chargers if limits_now[charger.id] == 0]:
        levels = {
            charger.id: minimum(charger)
            for charger in tree.chargers
            if limits_now[charger.id] > 0 and charger.priority <= waiting.priority
        }
        levels[waiting.id] = minimum(waiting)
        assert any(
            each.left(levels) < (RESUME_HYSTERESIS if each.measured else 0.0) + EXACT
            for each in shared
            if waiting.id in each.uses
        )


@given(trees(), courses)
def test_equal_chargers_differ_by_at_most_one_step(tree: Tree, course: list[Stretch]) -> None:
    """Raises by less than a whole ampere are not worth a write, so the two have steps of that."""
    one = replace(tree.chargers[0], step=1.0)
    other = replace(one, id="equal")
    desk = replace(tree, chargers=(one, *tree.chargers[1:2], other)).desk([0.0, 0.0, 0.0])
    for stretch in course:
        house = tuple(amps + RATING - 30.0 for amps in stretch.house[: tree.site.phase_count])
        pass_through(desk, [replace(stretch, house=house)])
    wait(desk, SETTLED)
    if desk.limit(one.id) and desk.limit(other.id):
        assert abs(desk.limit(one.id) - desk.limit(other.id)) <= one.step + CLOSE
