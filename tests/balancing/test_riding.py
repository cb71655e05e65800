"""Riding through a peak at the minimum current: when it is allowed, and when it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from custom_components.evmeter.balancing import FuseType, Mode, Phase, Reason, ReasonCode
from custom_components.evmeter.balancing.tuning import (
    RIDE_BUDGET,
    SHORT_PEAK_PATIENCE,
    SOFT_AGE,
    UNKNOWN_PEAK_PATIENCE,
)

from .desk import SITE, Desk, Socket, charger

FAST = replace(SITE, mode=Mode.FAST)
ROOM_FOR_NOBODY = (20.5, 3.0, 3.0)
QUIET = (3.0, 3.0, 3.0)


def charging() -> Desk:
    """Return a site in fast mode whose car has charged at 16 A for two minutes."""
    desk = Desk(site=FAST)
    desk.wait(120)
    assert desk.limit() == 16
    return desk


def in_peak(desk: Desk) -> Desk:
    desk.house = ROOM_FOR_NOBODY
    desk.step()
    return desk


def test_fast_mode_rides_a_short_peak_at_the_minimum() -> None:
    desk = in_peak(charging())
    assert desk.limit() == 6
    desk.wait(8)
    assert desk.limit() == 6
    desk.house = QUIET
    desk.wait(20)
    assert desk.limit() == 16
    assert 0 not in [decision.current for _, decision in desk.writes]


def test_peak_that_stays_is_paused_for() -> None:
    desk = in_peak(charging())
    desk.wait(int(UNKNOWN_PEAK_PATIENCE))
    assert desk.limit() == 0


def test_peak_after_a_short_one_is_given_more_time() -> None:
    desk = in_peak(charging())
    desk.wait(5)
    desk.house = QUIET
    desk.wait(10)
    in_peak(desk)
    desk.wait(int(UNKNOWN_PEAK_PATIENCE) + 2)
    assert desk.limit() == 6
    desk.wait(int(SHORT_PEAK_PATIENCE - UNKNOWN_PEAK_PATIENCE))
    assert desk.limit() == 0


@pytest.mark.parametrize("fuse", FuseType)
@pytest.mark.parametrize("mode", Mode)
def test_strict_never_rides(fuse: FuseType, mode: Mode) -> None:
    desk = Desk(site=replace(SITE, fuse_type=fuse, mode=mode))
    desk.wait(200)
    in_peak(desk)
    rides = mode is Mode.FAST and fuse is not FuseType.GG
    assert desk.limit() == (6 if rides else 0)


def test_balanced_rides_once_pauses_are_scarce() -> None:
    desk = Desk()
    desk.wait(120)
    first = []
    for _ in range(5):
        in_peak(desk)
        first.append(desk.limit())
        desk.wait(40)
        desk.house = QUIET
        desk.wait(90)
    assert first[0] == 0
    assert first[-1] == 6


def test_nobody_rides_without_a_draw_sensor() -> None:
    desk = Desk(site=FAST, sockets=[Socket(charger(has_draw_sensor=False), tells_draw=False)])
    desk.wait(300)
    assert desk.limit() == 16
    desk.house = ROOM_FOR_NOBODY
    desk.wait(12)
    assert desk.limit() == 0


def test_allowance_that_is_used_up_ends_the_riding() -> None:
    desk = charging()
    limits = set()
    for _ in range(12):
        in_peak(desk)
        limits.add(desk.limit())
        desk.wait(9)
        desk.house = QUIET
        desk.wait(6)
    assert limits == {0, 6}


def test_hot_breaker_is_not_ridden() -> None:
    desk = charging()
    desk.house = (24.0, 3.0, 3.0)
    hottest = 0.0
    for _ in range(60):
        desk.step()
        hottest = max(hottest, desk.last.phases[0].load)
    assert hottest < RIDE_BUDGET
    assert desk.limit() == 0


def test_all_ride_or_none() -> None:
    blind = Socket(charger(id="b", has_draw_sensor=False), tells_draw=False)
    desk = Desk(site=FAST, sockets=[Socket(charger(id="a")), blind])
    desk.wait(300)
    assert min(desk.limit("a"), desk.limit("b")) >= 10
    desk.house = (22.0, 3.0, 3.0)
    desk.step()
    assert {desk.limit("a"), desk.limit("b")} == {0}


def test_whoever_charges_beside_a_rider_keeps_to_the_minimum() -> None:
    """Room for one: it must not be filled while the other one rides, or the excess grows by that much."""
    desk = Desk(site=FAST, sockets=[Socket(charger(id="a"), limit=10.0), Socket(charger(id="b"), limit=10.0)])
    desk.wait(300)
    assert min(desk.limit("a"), desk.limit("b")) >= 10
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    assert [desk.limit("a"), desk.limit("b")] == [6, 6]
    assert {verdict.reason for verdict in desk.last.chargers} == {
        Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L1)
    }


def test_peak_that_a_breaker_would_not_outlast_is_not_ridden() -> None:
    """The pause that would end it comes one reaction time later: the breaker must last until then."""
    desk = charging()
    desk.house = (60.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 0


def test_nobody_rides_on_readings_that_are_old() -> None:
    desk = in_peak(charging())
    assert desk.limit() == 6
    desk.silent = True
    desk.wait(int(SOFT_AGE) + 2)
    assert desk.limit() == 0


def test_nobody_rides_who_does_not_follow() -> None:
    desk = charging()
    desk.sockets[0].draw = 16.0
    in_peak(desk)
    assert desk.limit() == 6
    desk.wait(13)
    assert desk.limit() == 0


def test_strong_overloads_are_ridden_less_than_slight_ones() -> None:
    desk = charging()
    strong = (24.0, 3.0, 3.0)
    for _ in range(20):
        desk.house = strong
        desk.step()
        if desk.limit() == 0:
            break
        desk.wait(6)
        desk.house = QUIET
        desk.wait(25)
    else:
        pytest.fail("strong overloads were ridden for ever")
    desk.house = QUIET
    desk.wait(120)
    assert desk.limit() == 16
    for _ in range(3):  # what was earned back meanwhile is used up
        desk.house = strong
        desk.step()
        if desk.limit() == 0:
            desk.house = QUIET
            desk.wait(60)
    assert in_peak(desk).limit() == 6
