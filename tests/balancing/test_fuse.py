"""The thermal models meet the anchors of their standards."""

from __future__ import annotations

from math import inf

import pytest

from custom_components.evmeter.balancing import FuseType, Grade, ThermalState, device_model

HOUR = 3600.0
GATES = {16: (33, 65), 20: (42, 85), 25: (52, 110), 35: (82, 165), 63: (160, 320)}
"""IEC 60269-1: current a gG fuse carries for 10 s, and current that melts it within 5 s, by rating [A]."""


def breaker(grade: Grade, rating: float = 25.0) -> ThermalState:
    return ThermalState(device_model(FuseType.B, rating, grade), rating)


def fuse(grade: Grade, rating: float = 25.0) -> ThermalState:
    return ThermalState(device_model(FuseType.GG, rating, grade), rating)


def preloaded(state: ThermalState, current: float) -> ThermalState:
    state.advance(current, 10 * HOUR)
    return state


@pytest.mark.parametrize("grade", Grade)
@pytest.mark.parametrize("kind", [FuseType.B, FuseType.C, FuseType.D])
@pytest.mark.parametrize("rating", [6.0, 16.0, 25.0, 32.0])
def test_breaker_meets_iec_60898(grade: Grade, kind: FuseType, rating: float) -> None:
    """From cold no trip at 1.13 In, a trip at 1.45 In within 1 h, at 2.55 In in 1..60 s up to 32 A."""
    state = ThermalState(device_model(kind, rating, grade), rating)
    assert state.time_to(1.0, 1.13 * rating) == inf
    assert state.time_to(1.0, 1.45 * rating) < HOUR
    assert 1 < state.time_to(1.0, 2.55 * rating) <= 60
    assert preloaded(state, 1.13 * rating).time_to(1.0, 1.45 * rating) < HOUR


COLD, WARM, HOT = 0.0, 1.0, 1.13
"""What a breaker has carried for hours, as a multiple of its rating."""


@pytest.mark.parametrize(
    ("grade", "preload", "factor", "seconds"),
    [
        (Grade.WEAK, COLD, 1.13, inf),
        (Grade.WEAK, COLD, 1.45, 43),
        (Grade.WEAK, COLD, 2.0, 17.6),
        (Grade.WEAK, COLD, 2.55, 10.0),
        (Grade.WEAK, WARM, 1.3, 23.7),
        (Grade.WEAK, WARM, 1.6, 8.9),
        (Grade.WEAK, WARM, 2.0, 4.4),
        (Grade.TYPICAL, COLD, 1.13, inf),
        (Grade.TYPICAL, COLD, 1.45, 130),
        (Grade.TYPICAL, HOT, 1.45, 50),
        (Grade.TYPICAL, COLD, 2.0, 45),
        (Grade.TYPICAL, COLD, 2.55, 25.0),
        (Grade.TYPICAL, WARM, 1.3, 223),
        (Grade.TYPICAL, WARM, 1.6, 45),
        (Grade.TYPICAL, WARM, 2.0, 20.6),
        (Grade.SLOW, COLD, 1.13, inf),
        (Grade.SLOW, COLD, 1.45, 450),
        (Grade.SLOW, HOT, 1.45, 293),
        (Grade.SLOW, COLD, 2.0, 112),
        (Grade.SLOW, COLD, 2.55, 59.9),
        (Grade.SLOW, WARM, 1.3, inf),
        (Grade.SLOW, WARM, 1.6, 160),
        (Grade.SLOW, WARM, 2.0, 64),
    ],
)
def test_breaker_trip_times(grade: Grade, preload: float, factor: float, seconds: float) -> None:
    state = preloaded(breaker(grade), preload * 25)
    assert state.time_to(1.0, factor * 25) == pytest.approx(seconds, rel=0.03)


def test_weak_breaker_that_has_carried_1_13_for_hours_is_all_but_tripped() -> None:
    """The standard lets it trip at any higher current at once; the model leaves it a moment."""
    state = preloaded(breaker(Grade.WEAK), HOT * 25)
    assert 0.99 < state.theta < 1
    assert state.time_to(1.0, 1.45 * 25) < 1


@pytest.mark.parametrize("grade", [Grade.WEAK, Grade.TYPICAL])
@pytest.mark.parametrize(("rating", "gate"), GATES.items())
def test_gg_fuse_meets_iec_60269(grade: Grade, rating: int, gate: tuple[int, int]) -> None:
    """No melting at 1.25 In within 1 h, at 1.6 In within 1 h; the gates of 10 s and 5 s."""
    state = fuse(grade, rating)
    carried, melting = gate
    assert state.time_to(1.0, 1.25 * rating) == inf
    assert 60 < state.time_to(1.0, 1.6 * rating) < HOUR
    assert state.time_to(1.0, carried) >= 9.9
    assert state.time_to(1.0, melting) <= 5


@pytest.mark.parametrize("rating", GATES)
@pytest.mark.parametrize(
    ("grade", "at_gate_10", "at_gate_5"),
    [
        (Grade.WEAK, (9.9, 10.3), (1.15, 1.95)),
        (Grade.TYPICAL, (18.5, 50.5), (2.75, 3.25)),
    ],
)
def test_gg_melting_times_at_the_gates(
    rating: int, grade: Grade, at_gate_10: tuple[float, float], at_gate_5: tuple[float, float]
) -> None:
    state = fuse(grade, rating)
    carried, melting = GATES[rating]
    assert at_gate_10[0] <= state.time_to(1.0, carried) <= at_gate_10[1]
    assert at_gate_5[0] <= state.time_to(1.0, melting) <= at_gate_5[1]


@pytest.mark.parametrize(
    ("grade", "factor", "seconds"),
    [
        (Grade.WEAK, 1.6, 199),
        (Grade.WEAK, 2.0, 12.6),
        (Grade.TYPICAL, 1.6, 502),
        (Grade.TYPICAL, 2.0, 78.5),
    ],
)
def test_gg_melting_times_of_25_a(grade: Grade, factor: float, seconds: float) -> None:
    assert fuse(grade).time_to(1.0, factor * 25) == pytest.approx(seconds, rel=0.03)


def test_gg_between_two_ratings_is_the_weaker_neighbour() -> None:
    assert device_model(FuseType.GG, 32, Grade.WEAK) == device_model(FuseType.GG, 25, Grade.WEAK)
    assert device_model(FuseType.GG, 100, Grade.WEAK) == device_model(FuseType.GG, 63, Grade.WEAK)
    assert device_model(FuseType.GG, 10, Grade.SLOW) == device_model(FuseType.GG, 16, Grade.TYPICAL)


@pytest.mark.parametrize("state", [breaker(Grade.WEAK), fuse(Grade.TYPICAL)])
def test_one_long_step_equals_many_short_ones(state: ThermalState) -> None:
    twin = ThermalState(state._model, 25.0)
    for _ in range(240):
        state.advance(33.0, 0.25)
    twin.advance(33.0, 60.0)
    assert state.theta == pytest.approx(twin.theta, rel=1e-9)


@pytest.mark.parametrize("state", [breaker(Grade.WEAK), fuse(Grade.WEAK)])
def test_time_to_is_when_the_level_is_reached(state: ThermalState) -> None:
    seconds = state.time_to(0.9, 45.0)
    state.advance(45.0, seconds)
    assert state.theta == pytest.approx(0.9, abs=1e-6)
    assert state.time_to(0.9, 45.0) == pytest.approx(0.0, abs=1e-4)


def test_export_heats_like_import_and_time_never_runs_back() -> None:
    importing, exporting = breaker(Grade.TYPICAL), breaker(Grade.TYPICAL)
    importing.advance(30.0, 60.0)
    exporting.advance(-30.0, 60.0)
    assert importing.theta == exporting.theta
    exporting.advance(30.0, -60.0)
    assert importing.theta == exporting.theta


def test_stored_temperatures_of_another_kind_of_device_are_left_aside() -> None:
    state = preloaded(breaker(Grade.WEAK), 25.0)
    other = fuse(Grade.WEAK)
    other.restore(state.poles)
    assert other.theta == 0
    twin = breaker(Grade.WEAK)
    twin.restore(state.poles)
    assert twin.theta == state.theta
