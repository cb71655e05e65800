"""Several chargers: fair shares, priorities, circuits, power caps, and those that are not heard from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from custom_components.evmeter.balancing import (
    Ceiling,
    ChargerState,
    CircuitSettings,
    Phase,
    ReactionProfile,
    Reason,
    ReasonCode,
    SiteState,
)

from .desk import L1, L2, SITE, Desk, Socket, charger

HOUSE = (4.0, 3.0, 3.0)
"""Leaves 20.5 A on L1: 10 A for each of two."""
GARAGE = CircuitSettings(id="garage", rating=(20.0, 20.0, 20.0))


def limits(desk: Desk) -> list[float]:
    return [decision.current for decision in desk.last.chargers]


@pytest.mark.parametrize(
    ("house", "shares"), [(4.4, [10, 10]), (3.6, [10, 10]), (3.4, [11, 10]), (11.4, [7, 6])]
)
def test_equal_chargers_share_equally_and_no_step_is_left(house: float, shares: list[float]) -> None:
    desk = Desk(house=(house, 3.0, 3.0), sockets=[Socket(charger(id="a")), Socket(charger(id="b"))])
    desk.wait(120)
    assert limits(desk) == shares


def test_what_one_phase_leaves_goes_to_those_not_on_it() -> None:
    one = Socket(charger(id="b", wiring=(L2,)), phases=frozenset({L2}))
    desk = Desk(
        house=(12.0, 3.0, 3.0), sockets=[Socket(charger(id="a", wiring=(L1,)), phases=frozenset({L1})), one]
    )
    desk.wait(120)
    assert limits(desk) == [12, 16]


def test_priority_decides_who_is_admitted_and_the_other_learns_why() -> None:
    desk = Desk(
        house=(13.0, 3.0, 3.0), sockets=[Socket(charger(id="a", priority=2)), Socket(charger(id="b"))]
    )
    desk.wait(120)
    assert limits(desk) == [0, 11]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.PRIORITY, phase=L1)


def test_among_equals_the_one_that_charges_goes_on() -> None:
    desk = Desk(house=(13.0, 3.0, 3.0), sockets=[Socket(charger(id="b"))])
    sockets = [Socket(charger(id="a"), state=ChargerState.DISCONNECTED), Socket(charger(id="b"))]
    desk = Desk(house=(13.0, 3.0, 3.0), sockets=sockets)
    desk.wait(120)
    assert limits(desk) == [0, 11]
    sockets[0].state = ChargerState.CHARGING
    desk.wait(120)
    assert limits(desk) == [0, 11]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.WAITING_TURN, phase=L1)


def test_newcomer_gets_its_share_from_the_one_that_charges() -> None:
    sockets = [Socket(charger(id="a"), state=ChargerState.DISCONNECTED), Socket(charger(id="b"))]
    desk = Desk(house=HOUSE, sockets=sockets)
    desk.wait(120)
    assert limits(desk) == [0, 16]
    sockets[0].state = ChargerState.CHARGING
    for _ in range(120):
        desk.step()
        assert max(desk.load()) <= 25
    assert limits(desk) == [10, 10]


def test_urgent_newcomer_takes_the_place_of_another_only_after_its_minimum_time() -> None:
    newcomer = Socket(charger(id="a", priority=1), state=ChargerState.DISCONNECTED)
    desk = Desk(house=(13.0, 3.0, 3.0), sockets=[newcomer, Socket(charger(id="b", priority=2))])
    desk.wait(60)
    assert limits(desk) == [0, 11]
    newcomer.state = ChargerState.CHARGING
    desk.wait(200)
    assert limits(desk) == [0, 11]
    desk.wait(120)
    assert limits(desk) == [11, 0]


def test_weights_count_in_the_share() -> None:
    heavy = charger(id="a", weight=2.0, max_current=32.0)
    desk = Desk(
        site=replace(SITE, fuse_rating=(40.0,) * 3),
        sockets=[Socket(heavy), Socket(charger(id="b", max_current=32.0))],
    )
    desk.wait(120)
    assert limits(desk) == [24, 12]


def test_circuit_binds_those_inside_and_nobody_else() -> None:
    site = replace(SITE, fuse_rating=(63.0,) * 3, circuits=(GARAGE,))
    inside = [Socket(charger(id=name, circuit="garage")) for name in "ab"]
    desk = Desk(site=site, sockets=[*inside, Socket(charger(id="c"))])
    desk.wait(120)
    assert limits(desk) == [10, 10, 16]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.CIRCUIT, phase=L1, circuit="garage")
    assert desk.last.charger("c").reason == Reason(code=ReasonCode.CHARGER_MAXIMUM)


def test_circuit_in_a_circuit_binds_too() -> None:
    carport = CircuitSettings(id="carport", rating=(13.0, 13.0, 13.0), parent="garage")
    site = replace(SITE, fuse_rating=(63.0,) * 3, circuits=(GARAGE, carport))
    desk = Desk(
        site=site,
        sockets=[Socket(charger(id="a", circuit="carport")), Socket(charger(id="b", circuit="garage"))],
    )
    desk.wait(120)
    assert limits(desk) == [10, 10]
    desk.sockets[1].ceiling = Ceiling(current=6.0, reason=ReasonCode.MANUAL)
    desk.wait(120)
    assert limits(desk) == [13, 6]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.CIRCUIT, phase=L1, circuit="carport")


def test_charger_not_heard_from_keeps_what_it_was_allowed() -> None:
    sockets = [Socket(charger(id="a")), Socket(charger(id="b"))]
    desk = Desk(house=HOUSE, sockets=sockets)
    desk.wait(120)
    sockets[0].gone = True
    desk.wait(120)
    assert limits(desk) == [10, 10]
    sockets[0].draw = 0.0
    desk.wait(120)
    assert limits(desk) == [10, 14]
    sockets[0].draw = None
    desk.wait(10)
    assert limits(desk) == [10, 10]
    assert max(desk.load()) <= 25


def test_cut_goes_round_a_charger_that_cannot_hear() -> None:
    sockets = [Socket(charger(id="a")), Socket(charger(id="b"))]
    desk = Desk(house=HOUSE, sockets=sockets)
    desk.wait(120)
    sockets[0].gone = True
    desk.house = (7.0, 3.0, 3.0)
    desk.wait(2)
    assert limits(desk) == [10, 7]
    desk.house = (9.0, 3.0, 3.0)
    desk.wait(10)
    assert limits(desk) == [10, 0]


def test_car_that_does_not_obey_is_background_for_the_others() -> None:
    sockets = [Socket(charger(id="a")), Socket(charger(id="b"))]
    desk = Desk(sockets=sockets)
    desk.wait(120)
    sockets[0].draw = 14.0
    desk.wait(60)
    assert max(desk.load()) <= 24.5
    assert not desk.last.charger("a").obeying
    assert desk.last.charger("b").obeying
    assert limits(desk) == [0, 7]


def test_car_that_is_ready_holds_its_share() -> None:
    sockets = [Socket(charger(id="a")), Socket(charger(id="b"))]
    desk = Desk(house=HOUSE, sockets=sockets)
    desk.wait(120)
    sockets[0].state = ChargerState.READY
    desk.wait(120)
    assert limits(desk) == [10, 10]
    sockets[0].state = ChargerState.DISCONNECTED
    desk.wait(120)
    assert limits(desk)[1] == 16


def test_two_that_wait_for_a_car_are_offered_equal_limits() -> None:
    sockets = [Socket(charger(id=name), state=ChargerState.DISCONNECTED) for name in "ab"]
    desk = Desk(house=HOUSE, sockets=sockets)
    desk.wait(120)
    assert limits(desk) == [10, 10]
    assert desk.last.state is SiteState.IDLE


def test_limiting_phase_is_that_of_the_most_limited_charger() -> None:
    first = Socket(charger(id="a", wiring=(L1,)), phases=frozenset({L1}))
    second = Socket(charger(id="b", wiring=(L2,)), phases=frozenset({L2}))
    desk = Desk(house=(12.0, 15.0, 3.0), sockets=[first, second])
    desk.wait(120)
    assert limits(desk) == [12, 9]
    assert desk.last.limiting_phase is Phase.L2


@pytest.mark.parametrize(
    ("reason", "state"), [(ReasonCode.OFF, SiteState.OFF), (ReasonCode.MANUAL, SiteState.MANUAL)]
)
def test_site_state_follows_what_people_ask_for(reason: ReasonCode, state: SiteState) -> None:
    sockets = [Socket(charger(id=name), ceiling=Ceiling(current=0.0, reason=reason)) for name in "ab"]
    desk = Desk(sockets=sockets)
    assert desk.wait(5).state is state


def test_cut_that_is_on_its_way_frees_nothing_yet() -> None:
    sockets = [Socket(charger(id="a"), state=ChargerState.DISCONNECTED), Socket(charger(id="b"))]
    desk = Desk(house=HOUSE, sockets=sockets)
    desk.wait(120)
    sockets[0].state = ChargerState.CHARGING
    sockets[1].draw = 16.0
    desk.step()
    assert limits(desk) == [0, 10]
    desk.wait(5)
    assert limits(desk) == [0, 10]
    sockets[1].draw = None
    desk.wait(60)
    assert limits(desk) == [10, 10]


def test_second_charger_resumes_with_hysteresis_beside_the_first() -> None:
    desk = Desk(house=(12.2, 3.0, 3.0), sockets=[Socket(charger(id="a")), Socket(charger(id="b"))])
    desk.wait(120)
    assert limits(desk) == [12, 0]
    desk.house = (11.4, 3.0, 3.0)
    desk.wait(120)
    assert limits(desk) == [7, 6]


def test_nothing_is_raised_in_a_step_that_cuts() -> None:
    first = Socket(charger(id="a", wiring=(L1,)), phases=frozenset({L1}))
    second = Socket(charger(id="b", wiring=(L2,)), phases=frozenset({L2}))
    desk = Desk(house=(3.0, 14.0, 3.0), sockets=[first, second])
    desk.wait(120)
    desk.house = (3.0, 10.0, 3.0)
    desk.wait(3)
    assert limits(desk) == [16, 10]
    desk.house = (14.0, 10.0, 3.0)
    desk.step()
    assert limits(desk) == [10, 10]
    desk.step()
    assert limits(desk) == [10, 14]


def test_raise_on_its_way_is_not_taken_for_the_house() -> None:
    """Its draw is reported later than the mains: the room seemed gone, and the raise was taken back again."""
    slow = ReactionProfile(command_latency=1.0, report_latency=1.0, report_period=5.0)
    sockets = [
        Socket(charger(id="a", reaction=slow), limit=10.0),
        Socket(charger(id="b", reaction=slow, daily_budget=3), limit=10.0),
    ]
    desk = Desk(sockets=sockets, house=(0.0, 0.0, 4.9))
    desk.step(5.0)
    desk.step(5.0)
    assert [decision.current for decision in desk.last.chargers] == [10, 9]
    desk.house = (3.0, 3.0, 3.0)
    for _ in range(60):
        desk.step(5.0)
    assert [decision.current for decision in desk.last.chargers] == [11, 10]
    assert len([now for now, _ in desk.writes if now > 5]) == 2
