"""The house alone is found again behind a car that was recorded at other moments than the mains."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from evmeter_client.simulator import (
    House,
    Meter,
    MeterSettings,
    Phase,
    SimulatedCharger,
    SimulatedSite,
    WiredCharger,
)
from replaying.history import History, read_history
from replaying.problems import ReplayError
from replaying.reports import Report

from .files import BEGIN, MAINS, export, options, table

DRAW = tuple(f"sensor.garage_charger_current_l{number}" for number in (1, 2, 3))


def recorded_site(
    path: Path, limit: Callable[[int], float], period: int, charger_period: int, seconds: int
) -> list[tuple[float, ...]]:
    """Record a house whose charger gets limits; return what the house alone drew."""
    charger = SimulatedCharger()
    charger.plug()
    site = SimulatedSite(House(seed=5), Meter(MeterSettings(period=period)), [WiredCharger(charger)])
    mains: list[list[tuple[float, str]]] = [[], [], []]
    draw: list[list[tuple[float, str]]] = [[], [], []]
    truth: list[tuple[float, ...]] = []
    for second in range(seconds):
        if second % 60 == 0:
            charger.set_current_limits((limit(second),) * 3, None)
        moment = site.step(second)
        truth.append(moment.background)
        for phase in Phase:
            if moment.sample is not None:
                mains[phase].append((second, f"{moment.sample.currents[phase]:.2f}"))
            if second % charger_period == 0:
                draw[phase].append((second + 0.5, f"{charger.reading().metrics.currents[phase]:.1f}"))
    export(path, *zip(MAINS + DRAW, mains + draw, strict=True))
    return truth


def wrong(history: History, house: Iterable[tuple[float, ...]], truth: list[tuple[float, ...]]) -> float:
    """Return the share of values that are more than 2 A away from the truth: half a small appliance."""
    pairs = [
        (value, true)
        for report, values in zip(history.reports, house, strict=True)
        for value, true in zip(values, truth[measured(report)], strict=True)
    ]
    return sum(abs(value - true) > 2 for value, true in pairs) / len(pairs)


def measured(report: Report) -> int:
    """Return the second in which a report was measured: the meter takes one to say it."""
    return max(0, round(report.time - BEGIN.timestamp() - 1))


@pytest.mark.parametrize(("period", "charger_period"), [(1, 1), (1, 10), (10, 5), (10, 30)])
def test_house_behind_a_car(period: int, charger_period: int, tmp_path: Path) -> None:
    """Limits that jump every few minutes leave no kettles behind that nobody switched on."""
    path = tmp_path / "m.csv"
    truth = recorded_site(path, lambda second: 6 + (second // 180 * 7) % 11, period, charger_period, 3600)
    history = read_history(options("--mains", path, "--charger", path))
    assert history.draw is not None
    assert wrong(history, [known(report) for report in history.house], truth) < 0.03
    assert wrong(history, [known(report) for report in history.reports], truth) > 0.9


def test_difference_alone_is_not_enough(tmp_path: Path) -> None:
    """With a charger that is asked twice a minute, mains minus draw is wrong five times as often."""
    path = tmp_path / "m.csv"
    truth = recorded_site(path, lambda second: 6 + (second // 180 * 7) % 11, 10, 30, 3600)
    history = read_history(options("--mains", path, "--charger", path))
    draw = history.draw
    assert draw is not None
    differences = [
        tuple(mains - car for mains, car in zip(known(report), draw.at(report.time), strict=True))
        for report in history.reports
    ]
    found = wrong(history, [known(report) for report in history.house], truth)
    assert wrong(history, differences, truth) > 5 * found


def known(report: Report) -> tuple[float, ...]:
    """Return the currents of a report that has them all."""
    return tuple(current for current in report.currents if current is not None)


def car_on(*phases: int) -> Callable[[int], tuple[float, ...]]:
    """Return a car that draws 10 A from some phases from 100 s to 200 s."""
    return lambda now: tuple(10.0 if 100 <= now < 200 and phase in phases else 0.0 for phase in range(3))


@pytest.mark.parametrize(
    ("phases", "wiring"),
    [
        ((0, 1, 2), "L1 L2 L3"),
        ((0,), "L1 L2 L3"),
        ((1,), "L2 L3 L1"),
        ((2,), "L3 L1 L2"),
        ((0, 1), "L1 L2 L3"),
        ((1, 2), "L2 L3 L1"),
        ((0, 2), "L3 L1 L2"),
    ],
)
def test_wiring_is_told_by_the_draw(phases: tuple[int, ...], wiring: str, tmp_path: Path) -> None:
    """The first terminals are on the phases that the car has used."""
    mains = table(tmp_path / "m.csv", lambda now: [3 + amps for amps in car_on(*phases)(now)], 300)
    charger = table(tmp_path / "c.csv", car_on(*phases), 300)
    history = read_history(options("--mains", mains, "--charger", charger))
    assert " ".join(phase.name for phase in history.wiring) == wiring
    assert history.ev_phases == len(phases)
    assert all(report.currents == (3, 3, 3) for report in history.house)
    assert [(round(one.start), round(one.end)) for one in history.sessions] == [(100, 200)]


def test_draw_per_terminal(tmp_path: Path) -> None:
    """A charger that counts its own terminals: L1 of the charger is on L2 of the mains."""
    mains = table(tmp_path / "m.csv", lambda now: [3 + amps for amps in car_on(1)(now)], 300)
    charger = table(tmp_path / "c.csv", car_on(0), 300)
    arguments = ("--mains", mains, "--charger", charger, "--terminals", "--wiring", "L2,L3,L1")
    history = read_history(options(*arguments))
    assert history.wiring == (1, 2, 0)
    assert all(report.currents == (3, 3, 3) for report in history.house)


@pytest.mark.parametrize(
    ("entity", "state", "arguments"),
    [
        ("sensor.charger_current", "10.0", ()),
        ("sensor.charger_power", "6900", ("--charger-unit", "W")),
        ("sensor.charger_power", "6.9", ("--charger-unit", "kW")),
    ],
)
def test_one_entity_for_all_phases(
    entity: str, state: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """A current is that of each phase, a power that of all together."""
    busy = [(0.0, "13.5"), (60.0, "14"), (120.0, "13.5"), (300.0, "13")]
    mains = export(tmp_path / "m.csv", *((name, busy) for name in MAINS))
    charger = export(tmp_path / "c.csv", (entity, [(0, state), (300, state)]))
    picked = ("--charger-phases", entity, *arguments)
    history = read_history(options("--mains", mains, "--charger", charger, "--period", "10", *picked))
    assert history.house[0].currents == pytest.approx((3.5, 3.5, 3.5))
    assert history.ev_phases == 3


def test_unavailable_charger_draws_what_it_drew(tmp_path: Path) -> None:
    """Not known is not nothing: else the car's current would be the house's."""
    mains = export(tmp_path / "m.csv", *((name, [(0, "13"), (300, "13")]) for name in MAINS))
    states = [(0.0, "10"), (100.0, "unavailable"), (200.0, "10")]
    charger = export(tmp_path / "c.csv", *((name, states) for name in DRAW))
    history = read_history(options("--mains", mains, "--charger", charger, "--period", "10"))
    assert {report.currents for report in history.house} == {(3.0, 3.0, 3.0)}


def test_table_of_the_charger_ends_the_replay(tmp_path: Path) -> None:
    """A table lists unchanged values: after its last line nobody knows what the charger drew."""
    mains = table(tmp_path / "m.csv", lambda _: (13.0, 13.0, 13.0), 600)
    charger = table(tmp_path / "c.csv", lambda _: (10.0, 10.0, 10.0), 300)
    assert read_history(options("--mains", mains, "--charger", charger)).end == 299


def test_charger_of_another_day(tmp_path: Path) -> None:
    mains = export(tmp_path / "m.csv", *((name, [(0, "13"), (300, "13")]) for name in MAINS))
    charger = export(tmp_path / "c.csv", *((name, [(9000, "10"), (9300, "9")]) for name in DRAW))
    with pytest.raises(ReplayError, match="nothing to replay from"):
        read_history(options("--mains", mains, "--charger", charger, "--timezone", "UTC"))


def test_each_car_has_its_session(tmp_path: Path) -> None:
    """A pause of minutes belongs to a session, a pause of an hour is the next car."""

    def draw(now: int) -> tuple[float, ...]:
        return (8.0 if now < 600 or 900 <= now < 1200 or 4800 <= now < 5000 else 0.0, 0.0, 0.0)

    mains = table(tmp_path / "m.csv", lambda now: [3 + amps for amps in draw(now)], 6000)
    charger = table(tmp_path / "c.csv", draw, 6000)
    history = read_history(options("--mains", mains, "--charger", charger))
    assert [(round(one.start), round(one.end)) for one in history.sessions] == [(0, 1200), (4800, 5000)]
