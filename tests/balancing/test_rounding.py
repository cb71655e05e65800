"""Shares in whole steps: none above its share by a step, nothing left that somebody lost by rounding."""

from __future__ import annotations

from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import Phase, Reason, ReasonCode
from custom_components.evmeter.balancing.allocation import Constraint, Demand, allocate
from custom_components.evmeter.balancing.charger_state import ChargerTrack
from custom_components.evmeter.balancing.rounding import whole_steps

from .desk import charger

CLOSE = 1e-6


@st.composite
def sites(draw: st.DrawFn) -> tuple[list[ChargerTrack], list[Constraint]]:
    """Some chargers under some constraints, in A and in W."""
    tracks = []
    for name in "abcde"[: draw(st.integers(1, 5))]:
        settings = charger(
            id=name,
            max_current=draw(st.sampled_from([10.0, 16.0, 32.0])),
            step=draw(st.sampled_from([1.0, 1.0, 0.5, 0.1, 2.0])),
            priority=draw(st.integers(1, 2)),
            weight=draw(st.sampled_from([1.0, 1.0, 2.0])),
        )
        track = ChargerTrack.create(settings, 3)
        track.limit = track.fit(draw(st.floats(0, 32)))
        tracks.append(track)
    constraints = []
    for number in range(draw(st.integers(1, 4))):
        use = draw(st.sampled_from([1.0, 230.0, 690.0]))
        members = sorted(draw(st.sets(st.integers(0, len(tracks) - 1), min_size=1)))
        reason = Reason(code=ReasonCode.CIRCUIT, circuit=str(number), phase=Phase.L1)
        room = draw(st.floats(0, 80)) * use
        constraints.append(Constraint(reason, room, tuple((member, use) for member in members)))
    return tracks, constraints


def demand(track: ChargerTrack) -> Demand:
    settings = track.settings
    return Demand(
        track.smallest, track.largest, track.smallest, settings.weight, settings.priority, (settings.id,)
    )


@given(sites())
def test_steps_fit_and_none_is_wasted(site: tuple[list[ChargerTrack], list[Constraint]]) -> None:
    tracks, constraints = site
    grants = allocate([demand(track) for track in tracks], constraints)
    levels = whole_steps(tracks, grants, constraints)
    left = [each.room - sum(levels[member] * use for member, use in each.members) for each in constraints]
    for place, (track, grant, level) in enumerate(zip(tracks, grants, levels, strict=True)):
        step = track.settings.step
        assert track.fit(level) == level
        assert grant.level - step < level + CLOSE
        assert level < grant.level + step
        assert (level == 0) == (grant.level == 0)
        touching = [
            (room, dict(each.members)[place])
            for room, each in zip(left, constraints, strict=True)
            if place in dict(each.members)
        ]
        assert all(room > -CLOSE * use for room, use in touching)
        lost = level < grant.level - CLOSE
        assert not lost or any(room < (step + CLOSE) * use for room, use in touching)


@given(st.integers(2, 5), st.floats(12, 90))
def test_equal_chargers_differ_by_one_step_at_most(count: int, room: float) -> None:
    tracks = [ChargerTrack.create(charger(id=name), 3) for name in "abcde"[:count]]
    reason = Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L1)
    shared = [Constraint(reason, room, tuple((place, 1.0) for place in range(count)))]
    levels = whole_steps(tracks, allocate([demand(track) for track in tracks], shared), shared)
    admitted = [level for level in levels if level]
    assert max(admitted) - min(admitted) <= 1
    assert sum(levels) == min(int(room + CLOSE), 16 * len(admitted))


def test_step_stays_with_who_has_it() -> None:
    tracks = [ChargerTrack.create(charger(id=name), 3) for name in "ab"]
    tracks[0].limit, tracks[1].limit = 10.0, 11.0
    reason = Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L1)
    shared = [Constraint(reason, 21.5, ((0, 1.0), (1, 1.0)))]
    assert whole_steps(tracks, allocate([demand(track) for track in tracks], shared), shared) == [10, 11]
