"""Writes are a budget: spread over the day, never in the way of a cut, and the watchdog is kept quiet."""

from __future__ import annotations

from itertools import pairwise

import pytest

from custom_components.evmeter.balancing import Balancer, ReactionProfile, ReasonCode, WriteClass
from custom_components.evmeter.balancing.charger_state import ChargerTrack
from custom_components.evmeter.balancing.tuning import DAY, WRITES
from custom_components.evmeter.balancing.write_budget import count_write, is_worth, may_write, scarcity

from .desk import ALL, SITE, Desk, Socket, charger
from .plant import Car, NoisyHouse, Plant

HOUR = 3600
NOON = DAY / 2


def track(budget: int | None = 100, *, raises: int = 0, limit: float = 8.0, gap: float = 0.0) -> ChargerTrack:
    """Return a charger whose day began at 0 and that has been raised so often."""
    memory = ChargerTrack.create(charger(daily_budget=budget, minimum_gap=gap, max_current=32.0), 3)
    memory.limit = limit
    memory.day_started, memory.raises_today = 0.0, raises
    return memory


def smallest_worthy(memory: ChargerTrack, now: float) -> float:
    """Return the smallest raise that is worth a write [A]."""
    gains = (gain for gain in range(1, 25) if is_worth(memory, memory.limit + gain, 1.0, 32.0, now))
    return next(gains, 99)


@pytest.mark.parametrize(
    ("raises", "now", "smallest"),
    [
        (0, 0.0, 1),
        (50, NOON, 1),
        (20, NOON, 1),
        (60, NOON, 2),
        (75, NOON, 8),
        (98, NOON, 99),
        (98, 0.99 * DAY, 1),
    ],
)
def test_the_scarcer_the_budget_the_more_a_raise_must_bring(raises: int, now: float, smallest: float) -> None:
    assert smallest_worthy(track(raises=raises), now) == smallest


def test_end_of_a_pause_is_worth_more_than_a_raise() -> None:
    charging, paused = track(raises=78, limit=8.0), track(raises=78, limit=0.0)
    assert scarcity(charging, NOON) == pytest.approx(50 / 22)
    assert not is_worth(charging, 16.0, 1.0, 32.0, NOON)
    assert is_worth(paused, 6.0, 1.0, 32.0, NOON)


def test_all_that_is_missing_is_worth_a_write_while_there_is_enough() -> None:
    assert is_worth(track(limit=15.5), 16.0, 2.0, 16.0, 0.0)
    assert not is_worth(track(limit=15.5), 15.5, 2.0, 16.0, 0.0)
    assert not is_worth(track(limit=15.5, raises=90), 16.0, 2.0, 16.0, NOON)


def test_without_a_budget_nothing_is_scarce() -> None:
    assert scarcity(track(None, raises=10_000), NOON) == 0
    assert may_write(track(None, raises=10_000), NOON)


def test_used_up_budget_comes_back_with_the_next_day() -> None:
    spent = track(3, raises=3)
    assert not may_write(spent, NOON)
    assert may_write(spent, DAY)
    assert scarcity(spent, DAY + 1) <= 1
    count_write(spent, DAY + 1, changed=True, raising=True)
    assert (spent.day_started, spent.raises_today) == (DAY + 1, 1)


def test_cuts_are_counted_and_use_up_nothing() -> None:
    memory = track(3)
    for now in range(10):
        count_write(memory, float(now), changed=True, raising=False)
    assert (memory.raises_today, memory.cuts_today, memory.raised_at) == (0, 10, None)
    assert scarcity(memory, 10.0) <= 1


def test_gap_holds_for_raises_only() -> None:
    memory = track(None, gap=900.0)
    count_write(memory, 100.0, changed=True, raising=True)
    count_write(memory, 200.0, changed=True, raising=False)
    assert not may_write(memory, 999.0)
    assert may_write(memory, 1000.0)


def test_budget_lasts_all_day_even_against_a_stream_of_large_raises() -> None:
    """A charger whose budget is gone at noon would stay at its lowest limit until midnight."""
    desk = Desk(sockets=[Socket(charger(daily_budget=40, write_class=WriteClass.CLOUD))])
    for minutes in range(0, 1440, 5):
        desk.house = (17.0, 3.0, 3.0) if minutes % 10 else (9.0, 3.0, 3.0)
        for _ in range(60):
            desk.step(5.0)
    raises = [time for time, decision in desk.writes if decision.raising]
    assert len(raises) <= 40
    assert len([time for time in raises if time > NOON]) >= 10
    assert max(later - earlier for earlier, later in pairwise(raises)) < 1.5 * HOUR


def test_noisy_day_of_a_charger_on_a_budget() -> None:
    profile = ReactionProfile(command_latency=5.0, report_latency=5.0, report_period=10.0)
    settings = charger(daily_budget=60, write_class=WriteClass.CLOUD, reaction=profile)
    cars = [Car(settings, ALL, latency=5, report_latency=5, report_period=10)]
    record = Plant(house=NoisyHouse(5, 2 * HOUR), cars=cars).run(Balancer(SITE, [settings]), 2 * HOUR)
    raises = sum(decision.charger("a").raising for decision in record.decisions)
    assert raises <= 60 / 4
    assert record.energy / record.oracle > 0.4
    assert record.over / 2 <= 200


def test_charger_that_spares_its_writes_does_not_keep_another_from_rising() -> None:
    """One that is paused and has no budget to resume for 6 A has no claim on what the other one uses."""
    sockets = [Socket(charger(id="a", daily_budget=3)), Socket(charger(id="b"))]
    desk = Desk(house=(30.0, 3.0, 3.0), sockets=sockets)
    for _ in range(15):
        desk.house = (8.0, 3.0, 3.0)
        desk.wait(100)
        desk.house = (30.0, 3.0, 3.0)
        desk.wait(70)
    desk.house = (10.0, 3.0, 3.0)
    desk.wait(2000)
    assert [decision.current for decision in desk.last.chargers] == [0, 14]
    assert desk.last.charger("a").reason.code is ReasonCode.WAITING_TURN


def told(desk: Desk, since: int = 0) -> list[tuple[float, float]]:
    return [(time, decision.current) for time, decision in desk.writes[since:]]


def test_rearming_goes_one_step_down_and_up_again_where_equal_values_are_ignored() -> None:
    desk = Desk(sockets=[Socket(charger(rearm_after=60.0, rearm_by_step=True), limit=16.0)])
    desk.wait(250)
    assert told(desk) == [(61, 15), (121, 16), (181, 15), (241, 16)]
    assert [decision.raising for _, decision in desk.writes] == [False, True, False, True]


def test_rearming_uses_up_no_budget() -> None:
    settings = charger(rearm_after=20.0, rearm_by_step=True, daily_budget=5)
    desk = Desk(house=(12.0, 3.0, 3.0), sockets=[Socket(settings, limit=12.0)])
    desk.wait(400)
    assert len(desk.writes) == 19
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(40)
    assert desk.limit() in {15, 16}


@pytest.mark.parametrize("by_step", [False, True])
def test_charger_in_a_cloud_that_is_told_often_is_still_raised(by_step: bool) -> None:
    """Told again every half minute it is written 120 times an hour, which has 50 writes for changes."""
    settings = charger(write_class=WriteClass.CLOUD, rearm_after=30.0, rearm_by_step=by_step)
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(settings, limit=10.0)])
    desk.wait(HOUR)
    assert len(desk.writes) >= 110
    memory = desk.balancer.as_dict()["chargers"]
    assert isinstance(memory, list)
    assert isinstance(memory[0], dict)
    assert memory[0]["cuts_today"] == 0
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(200)
    assert desk.limit() in {15, 16}
    assert desk.last.charger("a").reason.code is not ReasonCode.WRITE_BUDGET


@pytest.mark.parametrize(("house", "limit"), [(18.2, 6.0), (30.0, 0.0)])
def test_rearming_never_leaves_the_range(house: float, limit: float) -> None:
    """At the minimum one step less would be a pause, in a pause it would be a start: the same is written."""
    desk = Desk(
        house=(house, 3.0, 3.0), sockets=[Socket(charger(rearm_after=60.0, rearm_by_step=True), limit=limit)]
    )
    desk.wait(250)
    assert told(desk) == [(61, limit), (121, limit), (181, limit), (241, limit)]


def test_cut_to_what_was_written_for_the_watchdog_is_no_second_write() -> None:
    desk = Desk(sockets=[Socket(charger(rearm_after=300.0, rearm_by_step=True), limit=16.0)])
    desk.wait(302)
    assert told(desk) == [(301, 15)]
    desk.house = (9.4, 3.0, 3.0)
    desk.wait(40)
    assert told(desk) == [(301, 15)]
    desk.house = (11.4, 3.0, 3.0)
    desk.step()
    desk.wait(5)
    assert told(desk, 1) == [(343, 13)]


def test_lower_value_for_the_watchdog_reads_back_as_obedience() -> None:
    settings = charger(rearm_after=100.0, rearm_by_step=True)
    desk = Desk(sockets=[Socket(settings, limit=16.0)])
    desk.wait(150)
    assert desk.sockets[0].limit == 15
    assert len(desk.writes) == 1
    assert desk.last.charger("a").obeying
    desk.balancer = Balancer.from_dict(SITE, [settings], desk.balancer.as_dict())
    desk.wait(40)
    assert desk.limit() == 15
    assert len(desk.writes) == 1
    desk.balancer = Balancer.from_dict(SITE, [charger(rearm_after=100.0)], desk.balancer.as_dict())
    desk.step()
    assert told(desk, 1) == [(desk.now, 16)]


def test_every_write_rearms() -> None:
    desk = Desk(sockets=[Socket(charger(rearm_after=60.0), limit=16.0)])
    desk.wait(30)
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    assert told(desk) == [(31, 10)]
    desk.wait(100)
    assert told(desk, 1) == [(91, 10)]


@pytest.mark.parametrize(
    ("write_class", "most"),
    [(WriteClass.VOLATILE, 720), (WriteClass.PERSISTENT, 60), (WriteClass.CLOUD, 60)],
)
def test_raises_wait_when_an_hour_has_had_its_writes(write_class: WriteClass, most: int) -> None:
    memory = ChargerTrack.create(charger(write_class=write_class), 3)
    raises = 0
    for second in range(2 * HOUR):
        memory.writes.earn(1.0, WRITES[write_class])
        if may_write(memory, second):
            count_write(memory, second, changed=True, raising=True)
            raises += 1
    assert most < raises <= 2 * most


def test_cut_never_waits_for_the_hour() -> None:
    desk = Desk(sockets=[Socket(charger(write_class=WriteClass.CLOUD), limit=16.0)])
    desk.wait(200)
    stored = desk.balancer.as_dict()
    chargers = stored["chargers"]
    assert isinstance(chargers, list)
    assert isinstance(chargers[0], dict)
    chargers[0]["writes"] = -20.0
    desk.balancer = Balancer.from_dict(SITE, [desk.sockets[0].settings], stored)
    desk.house = (12.0, 3.0, 3.0)
    assert desk.step().charger("a").current == 12
    assert desk.last.charger("a").write


def test_spent_hour_says_so() -> None:
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(charger(write_class=WriteClass.CLOUD), limit=6.0)])
    desk.wait(400)
    assert desk.limit() == 10
    stored = desk.balancer.as_dict()
    chargers = stored["chargers"]
    assert isinstance(chargers, list)
    assert isinstance(chargers[0], dict)
    chargers[0]["writes"] = 0.0
    desk.balancer = Balancer.from_dict(SITE, [desk.sockets[0].settings], stored)
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(70)
    assert desk.limit() == 10
    assert desk.last.charger("a").reason.code is ReasonCode.WRITE_BUDGET
    desk.wait(200)
    assert desk.limit() == 16
