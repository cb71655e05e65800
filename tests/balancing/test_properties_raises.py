"""What every raise needs, whatever the house does: evidence (P9), room to spare, and a write to spend."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import (
    ChargerDecision,
    ChargerSettings,
    Phase,
    ReactionProfile,
    SiteSettings,
    WriteClass,
)
from custom_components.evmeter.balancing.tuning import soft_age

from .courses import (
    CLOSE,
    LONG_STEP,
    NAMES,
    Kind,
    Stretch,
    broken_courses,
    drive,
    kinds,
    limits,
    longest_window,
    pace,
    pass_through,
    rest,
    sites,
    targets,
)
from .desk import Desk, Socket

CHAINS = (
    ChargerSettings(id="local"),
    ChargerSettings(id="cloud", write_class=WriteClass.CLOUD),
    ChargerSettings(id="slow", reaction=ReactionProfile(command_latency=20.0, report_latency=20.0)),
)
"""Chargers that are heard and told at once, and such that take their time."""
chained = st.lists(st.tuples(kinds, st.sampled_from(CHAINS)), min_size=1, max_size=2).map(
    lambda found: [
        replace(
            kind, settings=replace(kind.settings, reaction=chain.reaction, write_class=chain.write_class)
        ).socket(name)
        for name, (kind, chain) in zip(NAMES, found, strict=False)
    ]
)


def heard_without_a_gap(heard: list[float], now: float, window: float, gap: float) -> bool:
    """Return whether the meter spoke all the time from before a window until now."""
    later = now
    for time in reversed(heard):
        if later - time > gap:
            return False
        if time <= now - window:
            return True
        later = time
    return False


@given(sites, chained, broken_courses, st.sampled_from([1.0, 5.0]))
def test_p9_a_raise_needs_fresh_readings_of_the_whole_window_and_room_in_all_of_them(
    site: SiteSettings, sockets: list[Socket], course: list[Stretch], period: float
) -> None:
    desk = Desk(site=site, sockets=sockets, period=period)
    seen: list[tuple[float, tuple[float, ...]]] = []
    before = {socket.settings.id: socket.limit or 0.0 for socket in sockets}
    for decision in drive(desk, [*course, Stretch(course[-1].house, 9, LONG_STEP)]):
        if not desk.silent:
            seen.append((desk.now, desk.house))
        for socket, verdict in zip(sockets, decision.chargers, strict=True):
            if verdict.current <= before[verdict.id]:
                continue
            timing = pace(desk, socket).timing
            window = timing.raise_window if before[verdict.id] else timing.resume_window
            assert heard_without_a_gap([time for time, _ in seen], desk.now, window, soft_age(period))
            for phase in verdict.active_phases:
                peak = max(house[phase] for time, house in seen if time >= desk.now - window)
                assert peak + allowed(decision.chargers, phase) <= targets(site)[phase] + CLOSE
        before = limits(desk)


def allowed(chargers: tuple[ChargerDecision, ...], phase: Phase) -> float:
    """Return what all cars may take of a phase [A]."""
    return sum(each.current for each in chargers if phase in each.active_phases)


@given(sites, kinds, broken_courses)
def test_no_raise_sooner_after_a_change_than_the_mode_allows(
    site: SiteSettings, kind: Kind, course: list[Stretch]
) -> None:
    desk = Desk(site=site, sockets=[kind.socket("a", kind.settings.min_current)])
    pass_through(desk, course)
    hold = pace(desk, desk.sockets[0]).timing.raise_hold
    changes = [time for time, verdict in desk.writes]
    raises = [time for time, verdict in desk.writes if verdict.raising]
    assert all(later - earlier >= hold for later in raises for earlier in changes if earlier < later)


@given(sites, kinds, broken_courses)
def test_a_pause_lasts_for_the_minimum_off_time(
    site: SiteSettings, kind: Kind, course: list[Stretch]
) -> None:
    desk = Desk(site=site, sockets=[kind.socket("a", kind.settings.min_current)])
    pass_through(desk, [*course, Stretch((0.0, 0.0, 0.0), 8, LONG_STEP)])
    off = pace(desk, desk.sockets[0]).timing.minimum_off
    paused_at: float | None = None
    for time, verdict in desk.writes:
        assert paused_at is None or time - paused_at >= off
        paused_at = time if verdict.current == 0 else None


GROWTH = 0.8
"""What a house may use more without stopping a car that has just resumed: somebody switches on a lamp [A]."""
near_the_threshold = st.integers(-20, 20).map(lambda tenths: tenths / 10)


@given(sites, st.lists(kinds, min_size=1, max_size=3), near_the_threshold)
def test_who_resumes_has_room_to_spare(site: SiteSettings, found: list[Kind], spare: float) -> None:
    sockets = [kind.socket(name) for name, kind in zip(NAMES, found, strict=False)]
    least = sum(socket.settings.min_current for socket in sockets)
    desk = Desk(site=site, sockets=sockets, house=tuple(target - least - spare for target in targets(site)))
    rest(desk, longest_window(desk))
    resumed = {name for name, limit in limits(desk).items() if limit > 0}
    desk.house = tuple(amps + GROWTH for amps in desk.house)
    desk.step()
    assert resumed == {name for name, limit in limits(desk).items() if limit > 0}


@given(sites, kinds, broken_courses, st.sampled_from([40.0, 100.0, 200.0]))
def test_raising_writes_keep_the_minimum_gap(
    site: SiteSettings, kind: Kind, course: list[Stretch], gap: float
) -> None:
    kind = replace(kind, settings=replace(kind.settings, minimum_gap=gap))
    desk = Desk(site=site, sockets=[kind.socket("a", kind.settings.min_current)])
    pass_through(desk, course)
    raises = [time for time, verdict in desk.writes if verdict.raising]
    assert all(later - earlier >= gap for earlier, later in pairwise(raises))


@given(sites, kinds, broken_courses, st.integers(0, 2))
def test_raising_writes_keep_the_daily_budget(
    site: SiteSettings, kind: Kind, course: list[Stretch], budget: int
) -> None:
    kind = replace(kind, settings=replace(kind.settings, daily_budget=budget))
    desk = Desk(site=site, sockets=[kind.socket("a", kind.settings.min_current)])
    pass_through(desk, course)
    assert sum(verdict.raising for _, verdict in desk.writes) <= budget
