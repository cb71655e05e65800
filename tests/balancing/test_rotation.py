"""Chargers of equal priority that cannot all charge take turns."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from custom_components.evmeter.balancing import Balancer, ChargerState, Mode, Reason, ReasonCode
from custom_components.evmeter.balancing.rotation import TURN

from .desk import ALL, L1, L2, SITE, Desk, Socket, charger
from .plant import Car, NoisyHouse, Plant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custom_components.evmeter.balancing import Amps

    from .plant import Record

HOUR = 3600
TIGHT = (13.0, 3.0, 3.0)
"""Leaves 11.5 A on L1: enough for one charger."""
WAITING = Reason(code=ReasonCode.WAITING_TURN, phase=L1)


def tight(_now: int) -> Amps:
    return TIGHT


def jain(shares: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 = all have the same, 1/n = one has all."""
    return sum(shares) ** 2 / (len(shares) * sum(share * share for share in shares))


def starts(record: Record, charger_id: str) -> list[float]:
    """Return when a charger went on [s]."""
    limits = [(decision.now, decision.charger(charger_id).current) for decision in record.decisions]
    return [now for (_, before), (now, after) in pairwise(limits) if before == 0 < after]


def two(house: Amps = TIGHT, priority: int = 1) -> Desk:
    """Return a desk with two chargers of which one has to wait."""
    desk = Desk(house=house, sockets=[Socket(charger(id="a", priority=priority)), Socket(charger(id="b"))])
    desk.wait(40)
    return desk


def limits(desk: Desk) -> list[float]:
    return [decision.current for decision in desk.last.chargers]


@pytest.mark.parametrize("mode", Mode)
def test_two_take_turns_of_15_minutes_where_one_fits(mode: Mode) -> None:
    cars = [Car(charger(id="a"), ALL), Car(charger(id="b"), ALL)]
    balancer = Balancer(replace(SITE, mode=mode), [car.settings for car in cars])
    record = Plant(house=tight, cars=cars).run(balancer, 2 * HOUR)
    assert record.over == 0
    assert jain([car.energy for car in cars]) > 0.98
    went_on = sorted(starts(record, "a") + starts(record, "b"))
    assert len(went_on) == 8
    assert all(TURN <= later - earlier < TURN + 60 for earlier, later in pairwise(went_on))
    for decision in record.decisions[150:]:
        assert min(each.current for each in decision.chargers) == 0
        assert {each.reason for each in decision.chargers if each.current == 0} == {WAITING}


@pytest.mark.parametrize(("count", "base"), [(3, 13.0), (5, 8.0)])
def test_every_one_of_many_gets_its_turn(count: int, base: float) -> None:
    cars = [Car(charger(id=name), ALL) for name in "abcde"[:count]]
    plant = Plant(house=lambda _now: (base, 3.0, 3.0), cars=cars)
    record = plant.run(Balancer(SITE, [car.settings for car in cars]), 3 * HOUR)
    assert record.over == 0
    assert jain([car.energy for car in cars]) > 0.98
    for car in cars:
        waits = pairwise([0.0, *starts(record, car.settings.id), 3.0 * HOUR])
        assert all(after - before < (count + 1) * (TURN + 60) for before, after in waits)


@pytest.mark.parametrize("seed", [3, 4])
def test_noise_does_not_make_turns_unfair(seed: int) -> None:
    cars = [Car(charger(id="a"), ALL), Car(charger(id="b"), ALL)]
    noise = NoisyHouse(seed, 2 * HOUR)
    plant = Plant(house=lambda now: tuple(min(23.0, amps + 9.0) for amps in noise(now)), cars=cars)
    plant.run(Balancer(SITE, [car.settings for car in cars]), 2 * HOUR)
    assert jain([car.energy for car in cars]) > 0.95
    assert all(car.pauses / 2 <= 10 for car in cars)


def test_swap_is_a_cut_first_and_the_raise_only_when_it_must_have_shown() -> None:
    desk = two()
    assert limits(desk) == [11, 0]
    while limits(desk)[0] == 11:
        desk.step()
        assert desk.now < 40 + TURN
    assert limits(desk) == [0, 0]
    relieved = desk.now
    while limits(desk)[1] == 0:
        assert desk.last.charger("a").reason == WAITING
        assert desk.last.charger("b").reason == WAITING
        desk.step()
    assert 8 <= desk.now - relieved <= 12
    assert limits(desk) == [0, 11]


def test_who_was_relieved_stays_off_for_the_minimum_off_time() -> None:
    desk = two()
    desk.wait(int(TURN) + 5)
    desk.wait(10)
    assert limits(desk) == [0, 11]
    desk.sockets[1].state = ChargerState.DISCONNECTED
    desk.wait(3)
    assert limits(desk)[0] == 0
    desk.wait(30)
    assert limits(desk)[0] == 11


def test_turn_is_not_cut_short_of_the_minimum_on_time() -> None:
    desk = two()
    desk.wait(int(TURN) - 30)
    desk.house = (20.0, 3.0, 3.0)
    desk.wait(5)
    assert limits(desk) == [0, 0]
    desk.house = TIGHT
    desk.wait(80)
    first = limits(desk)
    assert sorted(first) == [0, 11]
    desk.wait(200)
    assert limits(desk) == first


def test_urgent_charger_does_not_take_turns() -> None:
    desk = two(priority=2)
    assert limits(desk) == [0, 11]
    desk.wait(2 * int(TURN))
    assert limits(desk) == [0, 11]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.PRIORITY, phase=L1)
    assert len(desk.writes) == 1


def test_who_uses_something_else_is_left_alone() -> None:
    other = Socket(charger(id="c", wiring=(L2,)), phases=frozenset({L2}))
    desk = Desk(house=TIGHT, sockets=[Socket(charger(id="a")), Socket(charger(id="b", wiring=(L1,))), other])
    desk.wait(3 * int(TURN))
    assert {decision.current for _, decision in desk.writes if decision.id == "c"} <= {10.0, 11.0, 16.0}
    assert sum(decision.current == 0 for _, decision in desk.writes if decision.id == "a") >= 1


def test_turn_comes_although_only_the_bare_minimum_is_left() -> None:
    desk = two(house=(18.3, 3.0, 3.0))
    assert limits(desk) == [0, 0]
    desk.house = (17.0, 3.0, 3.0)
    desk.wait(40)
    desk.house = (18.3, 3.0, 3.0)
    desk.wait(40)
    assert limits(desk) == [6, 0]
    desk.wait(int(TURN) + 20)
    assert limits(desk) == [0, 6]


def test_waiting_goes_on_after_a_restart() -> None:
    straight, restarted = two(), two()
    for desk in (straight, restarted):
        desk.wait(600)
    stored = json.loads(json.dumps(restarted.balancer.as_dict()))
    restarted.balancer = Balancer.from_dict(SITE, [each.settings for each in restarted.sockets], stored)
    for _ in range(400):
        assert straight.step().chargers == restarted.step().chargers
    assert limits(restarted) == [0, 11]


def test_car_that_was_unplugged_begins_to_wait_anew() -> None:
    desk = two()
    desk.wait(600)
    desk.sockets[1].state = ChargerState.DISCONNECTED
    desk.wait(10)
    desk.sockets[1].state = ChargerState.CHARGING
    desk.wait(600)
    assert limits(desk) == [11, 0]
    desk.wait(400)
    assert limits(desk) == [0, 11]


def test_full_car_does_not_keep_another_waiting() -> None:
    cars = [Car(charger(id="a"), ALL, most=0.0), Car(charger(id="b"), ALL)]
    record = Plant(house=tight, cars=cars).run(Balancer(SITE, [car.settings for car in cars]), HOUR)
    served = sum(decision.charger("b").current > 0 for decision in record.decisions)
    assert served > 0.8 * HOUR
    assert record.over == 0
