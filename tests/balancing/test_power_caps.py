"""Power caps of circuits and of all chargers, set and lifted while cars charge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerState,
    CircuitSettings,
    Phase,
    Reason,
    ReasonCode,
    SiteSettings,
)

from .desk import L1, L2, SITE, Desk, Socket, charger

GARAGE = CircuitSettings(id="garage", rating=(20.0, 20.0, 20.0))
HOUSE = (4.0, 3.0, 3.0)
"""Leaves 20.5 A on L1: 10 A for each of two."""
DIMMED = replace(SITE, fuse_rating=(40.0,) * 3, group_power_cap=4200.0)
"""A site whose grid operator has dimmed its chargers, with room enough on the mains."""
FREE = replace(DIMMED, group_power_cap=None)


def change(desk: Desk, site: SiteSettings) -> None:
    """Change the settings of a site that runs, as its owner or the grid operator would."""
    desk.balancer = Balancer.from_dict(
        site, [socket.settings for socket in desk.sockets], desk.balancer.as_dict()
    )


def power(desk: Desk) -> float:
    """Return what all chargers may take together by their limits [W]."""
    return sum(230.0 * sum(decision.limit) for decision in desk.last.chargers)


def limits(desk: Desk) -> list[float]:
    return [decision.current for decision in desk.last.chargers]


def test_power_cap_of_a_circuit_and_of_the_group() -> None:
    capped = replace(GARAGE, power_cap=6900.0)
    desk = Desk(site=replace(SITE, circuits=(capped,)), sockets=[Socket(charger(circuit="garage"))])
    desk.wait(120)
    assert limits(desk) == [10]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.CIRCUIT, circuit="garage")
    group = Desk(site=replace(SITE, group_power_cap=4200.0))
    group.wait(120)
    assert limits(group) == [6]
    assert group.last.charger("a").reason == Reason(code=ReasonCode.GROUP_CAP)


def test_group_cap_that_comes_and_goes_is_a_change_of_settings() -> None:
    desk = Desk(house=HOUSE, sockets=[Socket(charger(id="a")), Socket(charger(id="b"))])
    desk.wait(120)
    settings = [socket.settings for socket in desk.sockets]
    dimmed = replace(SITE, group_power_cap=4200.0)
    desk.balancer = Balancer.from_dict(dimmed, settings, desk.balancer.as_dict())
    desk.step()
    assert limits(desk) == [6, 0]
    desk.balancer = Balancer.from_dict(SITE, settings, desk.balancer.as_dict())
    desk.step()
    assert limits(desk) == [6, 0]
    desk.wait(120)
    assert limits(desk) == [10, 10]


@pytest.mark.parametrize(
    ("phases", "most", "limit"), [((L1, L2, Phase.L3), 16.0, 6), ((L1,), 32.0, 18), ((L1,), 16.0, 16)]
)
def test_dimmed_charger_runs_at_what_4_2_kw_are_on_its_phases(
    phases: tuple[Phase, ...], most: float, limit: float
) -> None:
    settings = charger(max_current=most, wiring=phases)
    desk = Desk(site=FREE, sockets=[Socket(settings, phases=frozenset(phases))])
    desk.wait(120)
    assert limits(desk) == [most]
    change(desk, DIMMED)
    desk.step()
    assert limits(desk) == [limit]
    assert desk.sockets[0].limit == limit
    capped = ReasonCode.GROUP_CAP if limit < most else ReasonCode.CHARGER_MAXIMUM
    assert desk.last.charger("a").reason == Reason(code=capped)


def test_one_phase_car_on_three_wires_gets_more_when_its_phase_is_known() -> None:
    desk = Desk(site=DIMMED, sockets=[Socket(charger(max_current=32.0), phases=frozenset({L1}))])
    desk.wait(40)
    assert limits(desk) == [6]
    desk.wait(60)
    assert limits(desk) == [18]


def test_dimming_acts_in_the_very_step_on_everybody_heard_or_not() -> None:
    sockets = [Socket(charger(id=name, wiring=(L1,)), phases=frozenset({L1})) for name in "abd"]
    sockets.insert(2, Socket(charger(id="c")))
    sockets[3].state = ChargerState.DISCONNECTED
    desk = Desk(site=FREE, house=(0.0, 0.0, 0.0), sockets=sockets)
    desk.wait(120)
    assert power(desk) > 4200
    sockets[2].gone = True
    desk.wait(30)
    before = desk.limit("c")
    change(desk, DIMMED)
    desk.step()
    assert power(desk) <= 4200
    assert all(decision.write for decision in desk.last.chargers if decision.id in "ab")
    silent = desk.last.charger("c")
    assert silent.current < before
    assert silent.write


def test_what_a_charger_that_cannot_hear_may_take_counts_against_the_cap() -> None:
    sockets = [Socket(charger(id=name, wiring=(L1,)), phases=frozenset({L1})) for name in "ab"]
    desk = Desk(site=FREE, sockets=sockets)
    desk.wait(120)
    assert limits(desk) == [16, 16]
    sockets[0].gone = True
    change(desk, DIMMED)
    desk.wait(10)
    assert limits(desk)[1] == 0
    assert desk.last.charger("b").reason == Reason(code=ReasonCode.GROUP_CAP)
    sockets[0].gone = False
    desk.wait(100)
    assert power(desk) <= 4200
    assert sorted(limits(desk)) == [9, 9]


def test_charger_never_heard_from_begins_below_the_cap() -> None:
    silent = Socket(charger(id="b"), gone=True, limit=16.0)
    desk = Desk(site=DIMMED, sockets=[Socket(charger(id="a")), silent])
    desk.wait(120)
    assert power(desk) <= 4200 + 6 * 3 * 230
    silent.gone = False
    desk.step()
    assert power(desk) <= 4200
    assert silent.limit == desk.limit("b")


def test_end_of_dimming_is_a_raise_on_evidence() -> None:
    desk = Desk(site=DIMMED, sockets=[Socket()])
    desk.wait(120)
    desk.silent = True
    desk.wait(15)
    change(desk, FREE)
    desk.wait(10)
    assert limits(desk) == [6]
    desk.silent = False
    desk.wait(30)
    assert limits(desk) == [6]
    desk.wait(5)
    assert limits(desk) == [16]


@pytest.mark.parametrize("cap", [0.0, 4000.0])
def test_cap_below_the_minimum_pauses_and_says_so(cap: float) -> None:
    desk = Desk(site=replace(FREE, group_power_cap=cap), sockets=[Socket(limit=16.0)])
    desk.wait(60)
    assert limits(desk) == [0]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.GROUP_CAP)


def test_power_cap_of_a_circuit_is_changed_while_it_runs() -> None:
    open_garage = replace(FREE, circuits=(replace(GARAGE, rating=(32.0,) * 3),))
    capped = replace(FREE, circuits=(replace(GARAGE, rating=(32.0,) * 3, power_cap=9000.0),))
    inside = [Socket(charger(id=name, circuit="garage")) for name in "ab"]
    desk = Desk(site=open_garage, sockets=[*inside, Socket(charger(id="c"))], house=(0.0, 0.0, 0.0))
    desk.wait(120)
    assert limits(desk) == [13, 13, 13]
    change(desk, capped)
    desk.step()
    assert limits(desk) == [7, 6, 13]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.CIRCUIT, circuit="garage")
    desk.wait(120)
    assert limits(desk) == [7, 6, 16]
    change(desk, open_garage)
    desk.wait(120)
    assert limits(desk) == [13, 13, 13]
