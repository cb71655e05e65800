"""Both formats are read as they are written, and what they leave open is settled in the same way."""

from pathlib import Path

import pytest

from replaying.history import History, read_history
from replaying.units import Unit

from .files import BEGIN, HEADER, MAINS, export, options, stamp, table

DAY = 86400


def history_of(*arguments: str | Path) -> History:
    return read_history(options(*arguments))


def changes(*states: float | str, every: float = 10.0) -> list[tuple[float, str]]:
    """Return states at a regular pace."""
    return [(place * every, str(state)) for place, state in enumerate(states)]


def test_table_of_seconds(tmp_path: Path) -> None:
    """Columns may come in any order and among others; a cell without a number is silence."""
    path = tmp_path / "m.csv"
    path.write_text("l2_a,note,t_s,l1_a,l3_a\n2.5,x,10,1.25,-3\n,y,11,unavailable,NaN\n4,,12,5,6\n")
    history = history_of("--mains", path)
    assert [(report.time, report.currents) for report in history.reports] == [
        (10, (1.25, 2.5, -3.0)),
        (11, (None, None, None)),
        (12, (5.0, 4.0, 6.0)),
    ]
    assert (history.start, history.end) == (10, 12)
    assert history.resolution == 0.01
    assert history.rhythm.period == 1


def test_table_of_one_phase(tmp_path: Path) -> None:
    history = history_of("--mains", table(tmp_path / "m.csv", lambda _: (3.5,), 60))
    assert history.phase_count == 1
    assert history.ev_phases == 1
    assert history.resolution == 0.1


def test_download_as_the_panel_saves_it(tmp_path: Path) -> None:
    """Entities one after the other, changes alone, UTC with milliseconds, further columns, quoted texts."""
    path = tmp_path / "m.csv"
    path.write_text(
        "entity_id,state,last_changed,current_temperature\n"
        + "".join(f"{MAINS[2]},{state},{stamp(second + 0.02)}\n" for second, state in changes(7, 8))
        + "".join(f"{MAINS[0]},{state},{stamp(second)}\n" for second, state in changes(1.5, 2, "unknown"))
        + "".join(
            f"{MAINS[1]},{state},{stamp(second + 0.01)}\n" for second, state in changes(4, "unavailable")
        )
        + f'sensor.text,"with, a comma",{stamp(0)}\n'
        + f"climate.room,heat,{stamp(0)},20.5\n"
    )
    history = history_of("--mains", path)
    start = BEGIN.timestamp()
    assert history.start == pytest.approx(start + 0.02)
    assert [(round(report.time - start, 2), report.currents) for report in history.reports] == [
        (0.02, (1.5, 4.0, 7.0)),
        (10.02, (2.0, None, 8.0)),
        (20.0, (None, None, 8.0)),
    ]
    assert history.rhythm.period == 10
    assert history.resolution == 0.1


def test_lines_in_any_order(tmp_path: Path) -> None:
    """A file that went through a spreadsheet may be sorted in another way."""
    path = export(tmp_path / "a.csv", *((entity, changes(1, 2, 3)) for entity in MAINS))
    lines = path.read_text().splitlines()
    mixed = tmp_path / "b.csv"
    mixed.write_text("\ufeff" + "\r\n".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    assert history_of("--mains", mixed).reports == history_of("--mains", path).reports


def test_hourly_averages_are_left_out(tmp_path: Path) -> None:
    """The panel puts the long-term statistics before the oldest state that the recorder still has."""
    path = tmp_path / "m.csv"
    lines = [HEADER]
    for entity in MAINS:
        lines += [f"{entity},3.3333333333333335,2026-11-18T{hour:02}:00:00.000Z\n" for hour in (12, 13, 15)]
        lines += [f"{entity},{state},{stamp(second)}\n" for second, state in changes(3, 4)]
    path.write_text("".join(lines))
    history = history_of("--mains", path)
    assert history.mains.recording.averages_left_out == 9
    assert history.start == BEGIN.timestamp()
    assert history.resolution == 1


def test_first_state_on_the_hour_is_no_average(tmp_path: Path) -> None:
    """The state at the beginning of the stretch has the time of its beginning: often a full hour."""
    path = tmp_path / "m.csv"
    rows = [f"{entity},3,2026-11-18T16:00:00.000Z\n{entity},4,{stamp(0)}\n" for entity in MAINS]
    path.write_text("".join([HEADER, *rows]))
    history = history_of("--mains", path)
    assert history.mains.recording.averages_left_out == 0
    assert history.end - history.start == 45 * 60


@pytest.mark.parametrize(
    ("unit", "state", "current"),
    [("A", 4.6, 4.6), ("mA", 4600, 4.6), ("W", 1058, 4.6), ("kW", 1.058, 4.6)],
)
def test_units(unit: str, state: float, current: float, tmp_path: Path) -> None:
    names = [f"sensor.mains_l{number}" for number in (1, 2, 3)]
    path = export(tmp_path / "m.csv", *((name, changes(state, state)) for name in names))
    history = history_of("--mains", path, "--unit", unit, "--voltage", "230")
    assert history.reports[0].currents == pytest.approx((current,) * 3)
    assert history.mains.unit is Unit(unit)


def test_resolution_of_power(tmp_path: Path) -> None:
    """Steps of 0.1 kW are steps of 0.43 A."""
    path = export(tmp_path / "m.csv", *((f"sensor.power_l{n}", changes(1.1, 1.2)) for n in (1, 2, 3)))
    assert history_of("--mains", path, "--unit", "kW").resolution == pytest.approx(100 / 230)


def test_told_values_beat_learned_ones(tmp_path: Path) -> None:
    path = table(tmp_path / "m.csv", lambda now: (now / 10, 0, 0), 60, every=5)
    arguments = ("--period", "2", "--gap", "30", "--resolution", "0.5")
    history = history_of("--mains", path, *arguments)
    assert (history.rhythm.period, history.rhythm.gap, history.resolution) == (2, 30, 0.5)


@pytest.mark.parametrize(
    ("arguments", "first", "last"),
    [
        (("--from", "2026-11-18T17:50", "--to", "2026-11-18T18:00:30"), 300, 930),
        (("--from", "17:50", "--to", "18:00:30"), 300, 930),
        (("--from", "2026-11-18T16:50Z"), 300, 2 * DAY),
        (("--from", "17:40"), DAY - 300, 2 * DAY),
        (("--from", "2026-11-01", "--to", "2026-12-01"), 0, 2 * DAY),
    ],
)
def test_stretch(arguments: tuple[str, ...], first: float, last: float, tmp_path: Path) -> None:
    """Times are those of the wall, in the zone that is shown; a time of day is the next one."""
    path = export(tmp_path / "m.csv", *((entity, [(0, "1"), (2 * DAY, "2")]) for entity in MAINS))
    history = history_of("--mains", path, "--timezone", "Europe/Amsterdam", "--period", "60", *arguments)
    assert history.start - BEGIN.timestamp() == first
    assert history.end - BEGIN.timestamp() == last


def test_stretch_in_seconds(tmp_path: Path) -> None:
    path = table(tmp_path / "m.csv", lambda now: (now, 0, 0), 30)
    history = history_of("--mains", path, "--from", "10", "--to", "20.5")
    assert (history.start, history.end) == (10, 20.5)
    assert [report.currents[0] for report in history.reports] == list(range(10, 21))
