"""What is stored comes back, across restarts, other settings and damage."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

import pytest

from custom_components.evmeter.balancing import Balancer, FuseType, Json, JsonObject, ReasonCode, StateError

from .desk import CHARGER, SITE, Desk, Socket, charger


def stored(desk: Desk) -> JsonObject:
    return cast("JsonObject", json.loads(json.dumps(desk.balancer.as_dict(), allow_nan=False)))


def settled() -> Desk:
    desk = Desk(house=(12.0, 3.0, 3.0))
    desk.wait(120)
    return desk


def test_short_restart_goes_on_where_it_was() -> None:
    desk = settled()
    desk.balancer = Balancer.from_dict(SITE, [CHARGER], stored(desk))
    desk.now += 5
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(31)
    assert desk.limit() == 16


@pytest.mark.parametrize("gap", [-100.0, 500.0])
def test_long_restart_adopts_the_limit_in_force_and_raises_nothing_for_a_window(gap: float) -> None:
    desk = settled()
    desk.sockets[0].limit = 7.0
    desk.balancer = Balancer.from_dict(SITE, [CHARGER], stored(desk))
    desk.now += gap
    for _ in range(30):
        desk.step()
        assert desk.limit() == 7
        assert desk.last.charger("a").reason.code is ReasonCode.RESTART_HOLD
    desk.wait(5)
    assert desk.limit() == 12


def test_thermal_state_survives_a_restart() -> None:
    desk = settled()
    before = desk.last.phases[0].load
    desk.balancer = Balancer.from_dict(SITE, [CHARGER], stored(desk))
    assert desk.step().phases[0].load == pytest.approx(before, rel=0.02)


def test_other_chargers_keep_their_own_state() -> None:
    desk = Desk(sockets=[Socket(charger(id="a")), Socket(charger(id="b"), draw=0.0)])
    desk.wait(120)
    balancer = Balancer.from_dict(SITE, [charger(id="b"), charger(id="c")], stored(desk))
    decision = balancer.step(desk.now + 1, desk.mains, desk.readings())
    assert decision.charger("b").current == 10
    assert decision.charger("c").reason.code is ReasonCode.RESTART_HOLD


def test_limit_that_the_settings_do_not_allow_any_more_is_lowered_and_written() -> None:
    desk = settled()
    settings = charger(max_current=10.0)
    desk.sockets = [Socket(settings, limit=12.0)]
    desk.balancer = Balancer.from_dict(replace(SITE, fuse_type=FuseType.GG), [settings], stored(desk))
    desk.step()
    assert desk.limit() == 10
    assert desk.last.charger("a").write


def damaged(state: JsonObject, path: tuple[str | int, ...], value: Json) -> JsonObject:
    """Return a state with one value replaced, or removed where it is replaced by "remove"."""
    copy = cast("JsonObject", json.loads(json.dumps(state)))
    place: Json = copy
    for key in path[:-1]:
        place = cast("dict[str | int, Json]", place)[key]
    parent = cast("dict[str | int, Json]", place)
    if value == "remove":
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("version",), 2, "version"),
        (("version",), "remove", "version"),
        (("now",), "noon", "now"),
        (("now",), True, "now"),
        (("phases",), {}, "phases"),
        (("phases",), [], "phases"),
        (("phases", 0), 7, "phases"),
        (("phases", 0, "meter"), None, "meter"),
        (("phases", 0, "meter", "silent"), 1, "silent"),
        (("phases", 0, "background", "peaks"), [[1.0]], "peaks"),
        (("phases", 0, "budget"), ["hot"], "budget"),
        (("chargers", 0, "id"), 3, "id"),
        (("chargers", 0, "state"), "asleep", "state"),
        (("chargers", 0, "limit"), None, "limit"),
        (("chargers", 0, "draw_at_change"), [1.0], "draw_at_change"),
        (("chargers", 0, "phases", "unused"), [1], "unused"),
        (("chargers", 0, "reason", "code"), "magic", "code"),
    ],
)
def test_damage_is_named(path: tuple[str | int, ...], value: Json, key: str) -> None:
    with pytest.raises(StateError) as error:
        Balancer.from_dict(SITE, [CHARGER], damaged(stored(settled()), path, value))
    assert error.value.key == key
