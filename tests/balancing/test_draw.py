"""What is made of the reports of a charger and of a meter, one object at a time."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import FuseType
from custom_components.evmeter.balancing.draw import ActivePhases, DrawHistory, usable_draw
from custom_components.evmeter.balancing.mains_phase import MainsPhase
from custom_components.evmeter.balancing.staleness import MeterAge, usable_period, usable_resolution

from .desk import ALL, L1, L2

PERIOD = 1.0


@pytest.mark.parametrize(
    ("current", "usable"),
    [
        ((6.0, 0.0, 0.0), (6.0, 0.0, 0.0)),
        ((-0.4, 0.0, 6.0), (0.0, 0.0, 6.0)),
        ((-5.0, 0.0, 0.0), None),
        ((float("nan"), 0.0, 0.0), None),
        ((1e6, 0.0, 0.0), None),
        ((6.0,), None),
        (None, None),
    ],
)
def test_draw_that_cannot_be_is_no_report(
    current: tuple[float, ...] | None, usable: tuple[float, ...] | None
) -> None:
    assert usable_draw(current, 3) == usable


def test_report_counts_until_it_was_replaced_for_as_long_as_reports_may_be_late() -> None:
    history = DrawHistory(1)
    history.add(0, (16.0,), 0, keep=7)
    history.add(10, (8.0,), 10, keep=7)
    assert (history.lowest, history.highest) == ((8.0,), (16.0,))
    history.add(17, (8.0,), 17, keep=7)
    assert history.highest == (16.0,)
    history.add(18, (8.0,), 18, keep=7)
    assert history.highest == (8.0,)


def test_phase_is_unused_after_20_s_of_draw_on_another_one() -> None:
    phases = ActivePhases(ALL)
    for now in range(20):
        phases.learn(now, (0.0, 10.0, 10.0), None)
        assert phases.counted == ALL
    phases.learn(20, (0.0, 10.0, 10.0), None)
    assert phases.counted == ALL - {L1}
    phases.learn(21, (0.0, 0.0, 0.0), None)
    assert phases.counted == ALL - {L1}
    phases.forget()
    assert phases.counted == ALL


def test_what_the_charger_tells_of_its_phases_counts_unless_the_draw_says_otherwise() -> None:
    phases = ActivePhases((L1, L2))
    phases.learn(0, (0.0, 0.0, 0.0), frozenset({L1}))
    assert phases.counted == {L1}
    phases.learn(1, (6.0, 6.0, 0.0), frozenset({L1}))
    assert phases.counted == {L1, L2}
    phases.learn(2, (0.0, 0.0, 0.0), frozenset())
    assert phases.counted == {L1, L2}


def test_draw_on_phases_not_wired_says_nothing_about_the_others() -> None:
    phases = ActivePhases((L1, L2))
    for now in range(60):
        phases.learn(now, (0.0, 0.0, 16.0), None)
    assert phases.counted == {L1, L2}


def test_reading_out_of_order_or_repeated_is_not_new() -> None:
    age = MeterAge(25.0)
    assert age.update(10, 5.0, 10, PERIOD)
    assert not age.update(11, 5.0, 10, PERIOD)
    assert not age.update(11, 7.0, 8, PERIOD)
    assert age.update(12, 7.0, 10, PERIOD)
    assert age.value == 7


def test_reading_that_does_not_change_is_fresh_while_it_is_reported() -> None:
    age = MeterAge(25.0)
    for now in range(100):
        assert age.update(now, 5.0, now, PERIOD)
    assert age.has_evidence(99, 99)
    assert not age.is_soft_stale(99, PERIOD)


def test_reading_that_is_old_when_it_comes_is_no_evidence() -> None:
    age = MeterAge(25.0)
    age.update(100, 5.0, 80, PERIOD)
    assert age.is_soft_stale(100, PERIOD)
    assert not age.has_evidence(100, 0)


def test_short_gap_does_not_break_the_evidence_and_a_long_one_does() -> None:
    age = MeterAge(25.0)
    for now in (0, 9, 18):
        age.update(now, 5.0, now, PERIOD)
    assert age.has_evidence(18, 18)
    age.update(40, 5.0, 40, PERIOD)
    assert not age.has_evidence(40, 1)


def test_background_begins_anew_after_a_silence() -> None:
    phase = MainsPhase(25.0, 0.5, FuseType.B)
    for now in range(20):
        phase.update(now, 1, 8.0, now, PERIOD)
        phase.background.update(now, 8.0, 8.0, 60)
    assert phase.background.valley(19, 10) == 8
    phase.update(80, 61, 12.0, 80, PERIOD)
    assert phase.background.peak(60) is None
    phase.background.update(80, 12.0, 12.0, 60)
    assert phase.background.valley(80, 10) is None
    assert phase.background.peak(60) == 12


def test_what_a_meter_says_of_itself_is_believed_within_reason() -> None:
    assert [usable_period(each) for each in (10.0, 0.0, -1.0, float("nan"), 9999.0)] == [10, 1, 1, 1, 60]
    assert [usable_resolution(each) for each in (0.01, 0.0, -1.0, float("nan"), 5.0)] == [0.01, 0, 1, 1, 1]
