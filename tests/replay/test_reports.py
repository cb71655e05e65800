"""What the meter said and when, from a file that has changes alone."""

from math import inf
from pathlib import Path

import pytest

from replaying.recording import Recording, Series
from replaying.reports import Rhythm, period_of, reports_of, rhythm_of
from replaying.units import Currents, Unit


def recording(*series: list[tuple[float, float | None]], every_report: bool = False) -> Recording:
    return Recording(
        path=Path("m.csv"),
        series=tuple(
            Series(f"l{number}", tuple(time for time, _ in one), tuple(value for _, value in one), 2)
            for number, one in enumerate(series, start=1)
        ),
        on_the_clock=False,
        every_report=every_report,
    )


def times(*series: list[tuple[float, float | None]], rhythm: Rhythm, end: float) -> list[float]:
    return [report.time for report in reports_of(recording(*series), rhythm, 0, end)]


def test_period_is_that_of_the_quickest_reports() -> None:
    """A meter that often has nothing new to say is as fast as when it has."""
    quick = [0, 10, 20, 50, 60, 100, 110, 190]
    assert period_of(quick) == 10
    assert period_of([0, 30, 90]) == 30
    assert period_of([0]) == 1
    assert period_of([0, 0.2, 0.4]) == 1


def test_phases_of_one_telegram_are_one_report() -> None:
    """Home Assistant writes them some milliseconds apart; the report has them all."""
    reports = reports_of(recording([(0, 1.0), (10, 2.0)], [(0, 3.0), (10.2, 4.0)]), Rhythm(10, inf), 0, 11)
    assert reports == [(0, (1.0, 3.0)), (10.2, (2.0, 4.0))]


def test_entities_that_never_pause_are_not_one_report() -> None:
    drifting: list[tuple[float, float | None]] = [(place * 0.375, 1.0) for place in range(80)]
    assert len(times(drifting, rhythm=Rhythm(1, inf), end=29.0)) == 40


def test_unchanged_values_are_reported_again_until_the_next_change() -> None:
    rhythm = Rhythm(10, inf)
    assert times([(0, 5.0), (43, 6.0)], rhythm=rhythm, end=60) == [0, 10, 20, 30, 43, 53]


def test_long_without_a_change_is_silence() -> None:
    """After the gap nothing is said any more, until something changes."""
    rhythm = Rhythm(10, 30)
    assert times([(0, 5.0), (100, 6.0)], rhythm=rhythm, end=110) == [0, 10, 20, 30, 100, 110]


def test_any_phase_keeps_the_meter_alive() -> None:
    steady: list[tuple[float, float | None]] = [(0, 0.0)]
    busy: list[tuple[float, float | None]] = [(place * 20, float(place)) for place in range(6)]
    reports = reports_of(recording(steady, busy), Rhythm(10, 30), 0, 100)
    assert [report.time for report in reports] == list(range(0, 101, 10))
    assert all(report.currents[0] == 0.0 for report in reports)


def test_unavailable_is_said_at_once() -> None:
    reports = reports_of(recording([(0, 5.0), (20, None), (30, 4.0)]), Rhythm(10, 60), 0, 30)
    assert [report.currents for report in reports] == [(5.0,), (5.0,), (None,), (4.0,)]


@pytest.mark.parametrize(
    ("resolution", "every_report", "gap"),
    [(0.01, False, 60), (0.1, False, 60), (1.0, False, inf), (1.0, True, 60)],
)
def test_whole_amps_may_stay_the_same_for_hours(resolution: float, every_report: bool, gap: float) -> None:
    """Fine values never do, and a table lists unchanged ones too."""
    changes: list[tuple[float, float | None]] = [(place * 5.0, float(place)) for place in range(4)]
    currents = Currents(recording(changes, every_report=every_report), Unit.A, resolution)
    assert rhythm_of(currents, None, None) == Rhythm(5, gap)


def test_slow_meter_has_a_longer_gap() -> None:
    changes: list[tuple[float, float | None]] = [(place * 30.0, float(place)) for place in range(4)]
    assert rhythm_of(Currents(recording(changes), Unit.A, 0.01), None, None) == Rhythm(30, 300)
