"""Fair shares are max-min fair by definition, and admission follows the priorities."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import Phase, Reason, ReasonCode
from custom_components.evmeter.balancing.allocation import Constraint, Demand, Grant, allocate

L1 = Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L1)
L2 = Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L2)
CLOSE = 1e-6


def demand(
    name: str = "a", least: float = 6.0, most: float = 16.0, weight: float = 1.0, priority: int = 1
) -> Demand:
    return Demand(least, most, least, weight, priority, (0, name))


def shared(room: float, count: int, reason: Reason = L1) -> Constraint:
    return Constraint(reason, room, tuple((member, 1.0) for member in range(count)))


MOST = 6
"""So many chargers at most."""
WISHES = [
    Demand(least, most, least + spare, weight, priority, (rank,))
    for least, most, spare, weight, priority, rank in product(
        (6.0, 7.0, 8.0), (16.0, 10.0, 32.0, 0.0), (0.0, 1.0), (1.0, 2.0, 0.5), (1, 2, 3), (0, 1)
    )
]
USES = [(1.0, True), (1.0, False), (230.0, False), (690.0, False)]
"""What an ampere uses up, and whether the room is measured."""
shared_by_some = st.tuples(st.integers(1, 2**MOST - 1), st.integers(-50, 700), st.sampled_from(USES))


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Demand], list[Constraint]]:
    """Random chargers under random constraints, some of them in A and some in W."""
    wishes = draw(st.lists(st.sampled_from(WISHES), min_size=1, max_size=MOST))
    demands = [replace(wish, rank=(*wish.rank, str(index))) for index, wish in enumerate(wishes)]
    constraints = []
    for number, (chosen, room, (use, measured)) in enumerate(draw(st.lists(shared_by_some, max_size=5))):
        members = [member for member in range(len(demands)) if chosen >> member & 1]
        if members:
            reason = Reason(code=ReasonCode.CIRCUIT, circuit=str(number))
            uses = tuple((member, use) for member in members)
            constraints.append(Constraint(reason, room / 10 * use, uses, measured))
    return demands, constraints


def used(constraint: Constraint, grants: list[Grant]) -> float:
    return sum(grants[member].level * use for member, use in constraint.members)


@given(problems())
def test_every_grant_is_possible(problem: tuple[list[Demand], list[Constraint]]) -> None:
    demands, constraints = problem
    grants = allocate(demands, constraints)
    for wish, grant in zip(demands, grants, strict=True):
        assert grant.level == 0 or wish.minimum <= grant.level <= wish.maximum
    for constraint in constraints:
        if any(grants[member].level for member, _ in constraint.members):
            assert used(constraint, grants) <= constraint.room + CLOSE * max(1.0, abs(constraint.room))


@given(problems())
def test_whoever_has_less_than_it_could_use_shares_a_full_constraint_with_nobody_richer(
    problem: tuple[list[Demand], list[Constraint]],
) -> None:
    demands, constraints = problem
    grants = allocate(demands, constraints)
    for index, (wish, grant) in enumerate(zip(demands, grants, strict=True)):
        if grant.level == 0 or grant.level >= wish.maximum - CLOSE:
            continue
        assert any(
            used(constraint, grants) >= constraint.room - CLOSE * max(1.0, abs(constraint.room))
            and all(
                grants[other].level <= demands[other].minimum + CLOSE
                or grants[other].level / demands[other].weight <= grant.level / wish.weight + CLOSE
                for other, _ in constraint.members
            )
            for constraint in constraints
            if index in {member for member, _ in constraint.members}
        )


@given(problems())
def test_nobody_waits_whose_minimum_fits_beside_those_before_it(
    problem: tuple[list[Demand], list[Constraint]],
) -> None:
    demands, constraints = problem
    grants = allocate(demands, constraints)
    for index, (wish, grant) in enumerate(zip(demands, grants, strict=True)):
        if grant.level > 0 or wish.maximum < wish.minimum:
            continue
        before = {
            other
            for other, rival in enumerate(demands)
            if grants[other].level > 0 and (rival.priority, rival.rank) < (wish.priority, wish.rank)
        }
        assert any(
            constraint.room
            - sum(demands[other].minimum * use for other, use in constraint.members if other in before)
            < constraint.needed(wish) * dict(constraint.members)[index] + CLOSE
            for constraint in constraints
            if index in dict(constraint.members)
        )


@given(problems(), st.randoms(use_true_random=False))
def test_order_of_the_list_does_not_matter(
    problem: tuple[list[Demand], list[Constraint]], random: Random
) -> None:
    demands, constraints = problem
    order = list(range(len(demands)))
    random.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    moved = [
        replace(each, members=tuple((place[member], use) for member, use in each.members))
        for each in constraints
    ]
    straight = allocate(demands, constraints)
    shuffled = allocate([demands[old] for old in order], moved)
    for old, new in place.items():
        assert shuffled[new].level == pytest.approx(straight[old].level, abs=CLOSE)


def test_equal_ones_share_equally_and_weights_count() -> None:
    equal = allocate([demand("a"), demand("b")], [shared(20.0, 2)])
    assert equal == [Grant(10.0, L1), Grant(10.0, L1)]
    weighted = allocate([demand("a", weight=2.0, most=32), demand("b", most=32)], [shared(30.0, 2)])
    assert [grant.level for grant in weighted] == pytest.approx([20.0, 10.0])


def test_what_one_cannot_use_goes_to_the_others() -> None:
    grants = allocate([demand("a", most=8.0), demand("b", most=32.0)], [shared(30.0, 2)])
    assert grants == [Grant(8.0, None), Grant(22.0, L1)]


def test_each_is_bound_by_its_own_constraint() -> None:
    both = Constraint(L1, 20.0, ((0, 1.0), (1, 1.0)))
    second = Constraint(L2, 7.0, ((1, 1.0),))
    grants = allocate([demand("a"), demand("b")], [both, second])
    assert grants == [Grant(13.0, L1), Grant(7.0, L2)]


def test_who_is_refused_learns_why() -> None:
    first = allocate([demand("a", priority=2), demand("b")], [shared(11.0, 2)])
    assert first[0] == Grant(0.0, Reason(code=ReasonCode.PRIORITY, phase=Phase.L1))
    turn = allocate([demand("a"), demand("b")], [shared(11.0, 2)])
    assert turn[1] == Grant(0.0, Reason(code=ReasonCode.WAITING_TURN, phase=Phase.L1))
    nobody = allocate([demand("a"), demand("b")], [shared(5.0, 2)])
    assert nobody == [Grant(0.0, L1), Grant(0.0, L1)]


def test_without_constraints_all_get_their_maximum() -> None:
    assert allocate([demand("a"), demand("b", most=32.0)], []) == [Grant(16.0, None), Grant(32.0, None)]
    assert allocate([], []) == []
