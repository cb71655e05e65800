"""What holds for any sequence of inputs."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given, settings, strategies as st

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    Decision,
    MainsReading,
    Mode,
    Phase,
    ReactionProfile,
    ReasonCode,
    SiteSettings,
)

from .desk import Desk, Socket, charger
from .wild import NAMES, wild_run, wild_site

LONG = settings(max_examples=max(20, settings().max_examples // 10))
"""Runs of some minutes are tried a tenth as often."""


def check_limits(site: SiteSettings, chargers: list[ChargerSettings], decision: Decision) -> None:
    assert [each.id for each in decision.chargers] == [each.id for each in chargers]
    for setting, verdict in zip(chargers, decision.chargers, strict=True):
        current = verdict.current
        assert current == 0 or setting.min_current - 1e-6 <= current <= setting.max_current + 1e-6
        assert abs(current / setting.step - round(current / setting.step)) < 1e-6
        assert len(verdict.limit) == site.phase_count
        for phase in list(Phase)[: site.phase_count]:
            assert verdict.limit[phase] == (current if phase in setting.wiring else 0.0)
        assert verdict.active_phases
        assert verdict.active_phases <= set(setting.wiring)


seeds = st.integers(0, 2**32)
lengths = st.integers(1, 25)


@given(seeds, lengths)
def test_p3_whatever_comes_in_every_limit_is_a_possible_one(seed: int, steps: int) -> None:
    random = Random(seed)
    site, chargers = wild_site(random)
    balancer = Balancer(site, chargers)
    for inputs in wild_run(random, site, chargers, steps):
        check_limits(site, chargers, balancer.step(*inputs))


@given(seeds, lengths, lengths)
def test_p11_storing_and_restoring_changes_nothing(seed: int, steps: int, when: int) -> None:
    random = Random(seed)
    site, chargers = wild_site(random)
    straight, restored = Balancer(site, chargers), Balancer(site, chargers)
    for number, inputs in enumerate(wild_run(random, site, chargers, steps)):
        if number == when:
            stored = json.dumps(restored.as_dict(), allow_nan=False)
            restored = Balancer.from_dict(site, chargers, json.loads(stored))
        assert restored.step(*inputs) == straight.step(*inputs)


@given(seeds, lengths)
def test_p5_the_order_of_the_chargers_does_not_matter(seed: int, steps: int) -> None:
    random = Random(seed)
    site, chargers = wild_site(random)
    straight, turned = Balancer(site, chargers), Balancer(site, chargers[::-1])
    for now, mains, said in wild_run(random, site, chargers, steps):
        first = straight.step(now, mains, said)
        second = turned.step(now, mains, said[::-1])
        assert first.chargers == second.chargers[::-1]


def turn(values: tuple[float, ...]) -> tuple[float, ...]:
    """Return L1, L2, L3 as L2, L3, L1 would see them."""
    return (values[2], values[0], values[1])


houses = st.tuples(*[st.floats(0, 24)] * 3)
courses = st.lists(st.tuples(houses, st.integers(1, 50)), min_size=1, max_size=6)
"""A house in stretches: background per phase [A] and how long it lasts [s]."""


@LONG
@given(courses)
def test_p5_turning_the_phases_turns_the_answer(course: list[tuple[tuple[float, float, float], int]]) -> None:
    wiring = (Phase.L1, Phase.L2)
    turned_wiring = (Phase.L2, Phase.L3)
    desk = Desk(sockets=[Socket(charger(wiring=wiring), phases=frozenset(wiring))])
    turned = Desk(sockets=[Socket(charger(wiring=turned_wiring), phases=frozenset(turned_wiring))])
    for house, seconds in course:
        desk.house, turned.house = house, turn(house)
        for _ in range(seconds):
            first, second = desk.step().charger("a"), turned.step().charger("a")
            assert turn(first.limit) == second.limit
            assert first.write == second.write


@LONG
@given(courses, st.integers(1, 3), houses)
def test_p1_in_a_steady_state_no_phase_is_above_its_target(
    course: list[tuple[tuple[float, float, float], int]], count: int, last: tuple[float, float, float]
) -> None:
    sockets = [Socket(charger(id=name), most=12.0 if name == "b" else 80.0) for name in NAMES[:count]]
    desk = Desk(sockets=sockets)
    for house, seconds in course:
        desk.house = house
        desk.wait(seconds)
    desk.house = last
    desk.wait(120)
    for load, base in zip(desk.load(), last, strict=True):
        assert load <= max(24.5, base) + 1e-6


@LONG
@given(courses, st.sampled_from(Mode), st.floats(0.01, 30), st.sampled_from(list(Phase)))
def test_p2_an_overload_lowers_or_pauses_something_in_that_very_step(
    course: list[tuple[tuple[float, float, float], int]], mode: Mode, excess: float, phase: Phase
) -> None:
    desk = Desk(
        site=replace(Desk().site, mode=mode), sockets=[Socket(charger(id="a")), Socket(charger(id="b"))]
    )
    for house, seconds in course:
        desk.house = house
        desk.wait(seconds)
    desk.house = (3.0, 3.0, 3.0)
    desk.settle()
    before = [desk.limit("a"), desk.limit("b")]
    busy = [3.0, 3.0, 3.0]
    busy[phase] = 25.0 - desk.load()[phase] + 3.0 + excess
    desk.house = tuple(busy)
    desk.step()
    after = [desk.limit("a"), desk.limit("b")]
    if any(before):
        assert sum(after) < sum(before)
        assert all(new <= old for new, old in zip(after, before, strict=True))
        assert busy[phase] + sum(after) <= 25.0 or not any(after)


@LONG
@given(courses, houses, st.tuples(*[st.floats(0, 20)] * 3))
def test_p4_more_background_never_yields_a_higher_limit(
    course: list[tuple[tuple[float, float, float], int]],
    last: tuple[float, float, float],
    more: tuple[float, ...],
) -> None:
    desk, heavier = Desk(), Desk()
    for house, seconds in course:
        desk.house = heavier.house = house
        desk.wait(seconds)
        heavier.wait(seconds)
    desk.house = last
    heavier.house = (last[0] + more[0], last[1] + more[1], last[2] + more[2])
    desk.step()
    heavier.step()
    assert heavier.limit() <= desk.limit()


@LONG
@given(courses, st.data())
def test_p6_a_phase_without_the_car_never_binds_it(
    course: list[tuple[tuple[float, float, float], int]], data: st.DataObject
) -> None:
    car = frozenset({Phase.L2})
    desks = [Desk(sockets=[Socket(limit=6.0, phases=car)]) for _ in range(2)]
    for desk in desks:
        desk.wait(25)
    for house, seconds in course:
        desks[0].house = house
        desks[1].house = (data.draw(st.floats(-20, 60)), house[1], data.draw(st.floats(-20, 60)))
        for _ in range(seconds):
            assert desks[0].step().charger("a").limit == desks[1].step().charger("a").limit
            assert desks[1].last.charger("a").reason.phase in {None, Phase.L2}


@LONG
@given(courses, st.integers(31, 200), st.sampled_from([0.0, 6.0, 10.0]))
def test_p7_hard_stale_means_every_limit_is_at_most_the_fallback(
    course: list[tuple[tuple[float, float, float], int]], silence: int, fallback: float
) -> None:
    desk = Desk(sockets=[Socket(charger(id=name, fallback_current=fallback)) for name in NAMES[:2]])
    for house, seconds in course:
        desk.house = house
        desk.wait(seconds)
    before = {name: desk.limit(name) for name in NAMES[:2]}
    desk.silent = True
    desk.step(float(silence))
    assert desk.last.fail_safe
    for name in NAMES[:2]:
        assert desk.limit(name) <= min(fallback, before[name])
        assert desk.last.charger(name).reason.code is ReasonCode.STALE_METER


@LONG
@given(courses, st.sampled_from([None, 60.0]))
def test_p8_no_write_without_a_change_or_a_due_rearm(
    course: list[tuple[tuple[float, float, float], int]], rearm: float | None
) -> None:
    desk = Desk(
        sockets=[Socket(charger(id="a", rearm_after=rearm)), Socket(charger(id="b", rearm_after=rearm))]
    )
    known = dict.fromkeys(NAMES[:2], 0.0)
    written = dict.fromkeys(NAMES[:2], 1.0)
    for house, seconds in course:
        desk.house = house
        for _ in range(seconds):
            for verdict in desk.step().chargers:
                due = rearm is not None and desk.now - written[verdict.id] >= rearm
                assert verdict.write == (due or verdict.current != known[verdict.id])
                assert verdict.raising == (verdict.current > known[verdict.id])
                if verdict.write:
                    known[verdict.id], written[verdict.id] = verdict.current, desk.now


@LONG
@given(courses, st.sampled_from(Mode), st.integers(0, 40), st.integers(0, 40))
def test_p9_a_raise_needs_fresh_readings_over_the_whole_window(
    course: list[tuple[tuple[float, float, float], int]], mode: Mode, at: int, silence: int
) -> None:
    window = {Mode.GENTLE: 60, Mode.BALANCED: 30, Mode.FAST: 15}[mode]
    desk = Desk(site=replace(Desk().site, mode=mode))
    seen: list[float | None] = []
    before = 0.0
    for house, seconds in course:
        desk.house = house
        for second in range(seconds):
            desk.silent = at <= second < at + silence
            limit = desk.step().charger("a").current
            if desk.silent and len(seen) > 10 and all(amps is None for amps in seen[-10:]):
                assert limit <= before
            seen.append(None if desk.silent else max(house))
            if limit > before:
                assert len(seen) > window
                inside = [amps for amps in seen[-window - 1 :] if amps is not None]
                assert limit + max(inside) <= 24.5
            before = limit


@LONG
@given(
    house=st.floats(9.5, 18.0),
    delay=st.integers(0, 6),
    reaction=st.integers(1, 5),
    start=st.floats(10, 16),
)
def test_p10_late_reports_never_cause_a_second_cut(
    house: float, delay: int, reaction: int, start: float
) -> None:
    profile = ReactionProfile(command_latency=1.0, report_latency=2.0, report_period=5.0)
    setting = charger(reaction=profile)
    balancer = Balancer(Desk().site, [setting])
    draw = float(int(start))
    pilot: list[tuple[int, float]] = []
    past: list[float] = []
    limits: list[float] = []
    offered = draw
    for now in range(160):
        base = 3.0 if now < 100 else house
        if pilot and pilot[0][0] <= now:
            offered = pilot.pop(0)[1]
        draw = offered
        past.append(draw)
        told = past[max(0, now - delay)]
        mains = MainsReading(current=(base + draw, 1.0, 1.0), measured_at=(float(now),) * 3)
        said = ChargerReading(
            id="a",
            state=ChargerState.CHARGING,
            current=(told, 0.0, 0.0),
            measured_at=now - delay,
            limit=limits[-1] if limits else draw,
        )
        decision = balancer.step(float(now), mains, [said]).charger("a")
        limits.append(decision.current)
        if decision.write:
            pilot.append((now + reaction, decision.current))
    cuts = sum(new < old for old, new in pairwise(limits[99:]))
    assert cuts <= 1
