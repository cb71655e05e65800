"""How close to the rating limits go: all the way where every ampere counts, a little less elsewhere."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import Balancer, FuseType, Mode, Reason, ReasonCode, SiteSettings
from custom_components.evmeter.balancing.tuning import HAIR, LOW_CURRENT, RESERVE, TRIM_AFTER

from .desk import L1, Desk, Socket, charger

RATING = 25.0
LARGE = charger(max_current=32.0)


def site(mode: Mode = Mode.BALANCED, fuse_type: FuseType = FuseType.B, margin: float = 0.0) -> SiteSettings:
    return SiteSettings(fuse_rating=(RATING,) * 3, fuse_type=fuse_type, margin=margin, mode=mode)


def desk_at(limit: float, room: float, *, settings: SiteSettings | None = None) -> Desk:
    """Return a site that charges at a limit [A], with so much room for it on L1 [A]."""
    desk = Desk(site=settings or site(), sockets=[Socket(LARGE, limit=limit)], house=(RATING - limit, 0, 0))
    desk.house = (RATING - room, 0.0, 0.0)
    return desk


@pytest.mark.parametrize(("limit", "room", "reached"), [(6, 8.05, 8), (8, 10.05, 10), (10, 12.05, 11)])
def test_raise_leaves_a_reserve_except_close_to_the_minimum(
    limit: float, room: float, reached: float
) -> None:
    desk = desk_at(limit, room)
    desk.wait(60)
    assert desk.limit() == reached
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.MAINS_PHASE, phase=L1)
    assert (limit <= LOW_CURRENT) == (reached + 1 > room)


def test_one_that_has_plenty_keeps_clear_for_all_on_its_phase() -> None:
    """What is kept is kept on the phase: one at 10 A does not fill it up beside one at 7 A."""
    sockets = [Socket(charger(id="a"), limit=10.0), Socket(charger(id="b", max_current=7.0), limit=7.0)]
    desk = Desk(site=site(), sockets=sockets, house=(RATING - 18.05, 0.0, 0.0))
    desk.wait(60)
    assert [decision.current for decision in desk.last.chargers] == [10, 7]
    desk.house = (RATING - 18 - RESERVE - 0.05, 0.0, 0.0)
    desk.wait(60)
    assert [decision.current for decision in desk.last.chargers] == [11, 7]


def test_reserve_is_as_large_as_documented() -> None:
    for slack, reached in ((-0.02, 11), (0.02, 12)):
        desk = desk_at(10, 12 + RESERVE + slack)
        desk.wait(60)
        assert desk.limit() == reached


def test_safety_margin_is_reserve_enough() -> None:
    desk = desk_at(10, 12 + 0.5 + 0.05, settings=site(margin=0.5))
    desk.wait(60)
    assert desk.limit() == 12


@pytest.mark.parametrize("coarse", [False, True])
def test_meter_too_coarse_to_tell_keeps_its_reserve(coarse: bool) -> None:
    desk = desk_at(6, 8.5 + 0.1)
    desk.resolution = 1.0 if coarse else 0.01
    desk.wait(60)
    assert desk.limit() == (7 if coarse else 8)


def test_gg_fuse_keeps_its_reserve() -> None:
    desk = desk_at(6, 8.05, settings=site(fuse_type=FuseType.GG))
    desk.wait(60)
    assert desk.limit() == 7


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        (site(mode=Mode.GENTLE), 8),
        (site(fuse_type=FuseType.GG), 8),
        (site(), LOW_CURRENT + 1),
    ],
    ids=["gentle", "gg", "high"],
)
def test_any_excess_is_cut_at_once(settings: SiteSettings, limit: float) -> None:
    desk = desk_at(limit, limit + 0.5, settings=settings)
    desk.wait(60)
    desk.house = (RATING - limit + 0.05, 0.0, 0.0)
    desk.step()
    assert desk.limit() == limit - 1


@pytest.mark.parametrize("mode", [Mode.BALANCED, Mode.FAST])
def test_hair_too_much_may_last_for_a_moment_close_to_the_minimum(mode: Mode) -> None:
    desk = desk_at(8, 8.5, settings=site(mode))
    desk.wait(60)
    assert desk.limit() == 8
    hair = (HAIR - 1) * RATING
    desk.house = (RATING - 8 + hair - 0.02, 0.0, 0.0)
    desk.wait(int(TRIM_AFTER))
    assert desk.limit() == 8
    desk.wait(2)
    assert desk.limit() == 7
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.MAINS_PHASE, phase=L1)


def test_more_than_a_hair_is_cut_at_once() -> None:
    desk = desk_at(8, 8.5)
    desk.wait(60)
    desk.house = (RATING - 8 + (HAIR - 1) * RATING + 0.02, 0.0, 0.0)
    desk.step()
    assert desk.limit() == 7


def test_whole_ampere_that_may_be_too_much_is_cut_at_once() -> None:
    """A reading of 25 A may stand for 25.5 A."""
    desk = desk_at(10, 12.0)
    desk.resolution = 1.0
    desk.wait(60)
    assert desk.limit() == 11
    desk.house = (RATING - 11, 0.0, 0.0)
    desk.step()
    assert desk.limit() == 10


def test_house_that_used_up_its_allowance_keeps_its_reserve() -> None:
    desk = desk_at(6, 6.0)
    desk.wait(40)
    stored = desk.balancer.as_dict()
    stored["overloads"] = {"any": -1.0, "strong": 0.0}
    desk.balancer = Balancer.from_dict(desk.site, [LARGE], stored)
    desk.house = (RATING - 8.05, 0.0, 0.0)
    desk.wait(40)
    assert desk.limit() == 7
