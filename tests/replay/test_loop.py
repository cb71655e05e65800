"""The closed loop and its figures against what pencil and paper say of a small example."""

from itertools import pairwise
from pathlib import Path

import pytest

from custom_components.evmeter.balancing import Phase, ReasonCode
from replaying.figures import Event
from replaying.report import Replay

from .files import MAINS, export, replayed, table

STEP_AT, SECONDS = 300, 900
HOUSE, STEP = 3.0, 12.0


def step_on_l1(now: int) -> tuple[float, ...]:
    """Return a house of 3 A per phase that takes 12 A more from L1 after five minutes."""
    return (HOUSE + (STEP if now >= STEP_AT else 0.0), HOUSE, HOUSE)


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Replay a step with a car that is always there."""
    return replayed("--mains", table(tmp_path_factory.mktemp("step") / "m.csv", step_on_l1, SECONDS))


def test_one_cut_to_what_fits(step: Replay) -> None:
    """25 A less half an amp of margin, less the 15 A of the house: 9 A, in one step, and no more."""
    cuts = [moment for moment in step.result.moments if moment.event is Event.CUT]
    assert [(cut.before, cut.after) for cut in cuts] == [(16, 9)]
    assert (cuts[0].phase, cuts[0].reason.code) == (Phase.L1, ReasonCode.MAINS_PHASE)
    assert cuts[0].mains == HOUSE + STEP + 16
    assert step.seconds[-1].limit == 9
    assert (step.result.cuts, step.result.pauses) == (1, 0)


def test_car_follows_as_cars_do(step: Replay) -> None:
    """From the cut: 2 s to the pilot, 2 s in the car; 7 A fall in the second that follows."""
    cut = next(moment.time for moment in step.result.moments if moment.event is Event.CUT)
    draws = {second.time: second.car[Phase.L1] for second in step.seconds}
    followed = next(time for time, draw in draws.items() if time > STEP_AT and draw == 9)
    assert 4 <= followed - cut <= 6
    assert step.result.replayed.over_s == followed - STEP_AT
    assert draws[followed - 1] == 16


def test_figures_of_the_step(step: Replay) -> None:
    """31 A flow at most; the house alone never passes the fuse; energy is what was drawn each second."""
    result = step.result
    assert (result.recorded.highest_a, result.recorded.over_s) == (HOUSE + STEP, 0)
    assert (result.replayed.highest_a, result.replayed.highest_phase) == (HOUSE + STEP + 16, Phase.L1)
    ampere_seconds = sum(sum(second.car) for second in step.seconds)
    assert result.replayed_kwh == pytest.approx(ampere_seconds * 230 / 3.6e6)
    assert result.recorded_kwh is None
    # 16 A for five minutes, then the 10 A that the fuse leaves for ten, on three phases.
    assert result.possible_kwh == pytest.approx(3 * 230 * (16 * STEP_AT + 10 * (SECONDS - STEP_AT)) / 3.6e6)
    assert 0.8 * result.possible_kwh < result.replayed_kwh < result.possible_kwh
    assert sum(share for _, share in result.reasons) == pytest.approx(1)


def test_thermal_state_is_that_of_the_published_model(tmp_path: Path) -> None:
    """A typical breaker that carries k times its rating: (k / 1.28)^2 (1 - exp(-t / 86 s))."""
    path = table(tmp_path / "m.csv", lambda _: (32.0, 1.0, 1.0), 121)
    result = replayed("--mains", path, "--wiring", "L2", "--max", "6").result
    assert result.recorded.fuse_load == pytest.approx(
        (32 / 25 / 1.28) ** 2 * (1 - 2.718281828 ** (-121 / 86))
    )
    assert result.recorded.over_s == 121


def test_recorded_car_is_taken_out_first(tmp_path: Path) -> None:
    """The house had 3 A and the car 16 A for ten minutes: no overload that the car has not made itself."""

    def car(now: int) -> tuple[float, ...]:
        return (16.0 if 100 <= now < 700 else 0.0,) * 3

    mains = table(
        tmp_path / "m.csv", lambda now: [h + c for h, c in zip(step_on_l1(now), car(now), strict=True)], 900
    )
    charger = table(tmp_path / "c.csv", car, 900)
    replay = replayed("--mains", mains, "--charger", charger)
    result = replay.result
    assert result.recorded_kwh == pytest.approx(3 * 16 * 230 * 600 / 3.6e6)
    assert result.recorded.over_s == 700 - STEP_AT
    assert result.replayed.over_s < 20
    assert result.present_s == 601
    assert {second.house for second in replay.seconds} == {(3.0, 3.0, 3.0), (15.0, 3.0, 3.0)}
    assert all(max(second.car) == 0 for second in replay.seconds if not second.present)
    assert all(second.mains[1] == 3 for second in replay.seconds if not second.present)


def test_session_under_way_is_adopted(tmp_path: Path) -> None:
    """A recording that begins in the middle of a session begins with its limit, not with a pause."""
    mains = table(tmp_path / "m.csv", lambda _: (13.0, 13.0, 13.0), 120)
    charger = table(tmp_path / "c.csv", lambda _: (10.0, 10.0, 10.0), 120)
    replay = replayed("--mains", mains, "--charger", charger)
    assert replay.seconds[0].limit == 10
    assert min(second.limit for second in replay.seconds) == 10


def test_one_phase_car_is_bound_by_its_phase_alone(tmp_path: Path) -> None:
    """Once a car is known to be on L2 alone, an overload on L1 and L3 is nothing to it."""
    path = table(
        tmp_path / "m.csv", lambda now: (30.0 if now >= 200 else 1.0, 2.0, 30.0 if now >= 200 else 1.0), 300
    )
    replay = replayed("--mains", path, "--wiring", "L2,L3,L1", "--ev-phases", "1")
    assert {second.car for second in replay.seconds[190:]} == {(0.0, 16.0, 0.0)}


def test_house_of_one_phase(tmp_path: Path) -> None:
    path = table(tmp_path / "m.csv", lambda now: (5.0 if now < 200 else 27.0,), 400)
    replay = replayed("--mains", path, "--fuse", "35", "--max", "32")
    assert replay.history.phase_count == 1
    assert max(second.limit for second in replay.seconds) == 29
    assert replay.seconds[-1].limit == 7


def test_export_is_not_room_for_more_than_the_charger_has(tmp_path: Path) -> None:
    path = table(tmp_path / "m.csv", lambda _: (-12.0, 1.0, -12.0), 200)
    replay = replayed("--mains", path)
    assert max(second.limit for second in replay.seconds) == 16
    assert replay.result.recorded.highest_a == 1
    assert replay.seconds[-1].mains == (4.0, 17.0, 4.0)


@pytest.mark.parametrize("silence", ["unavailable", "no word"])
def test_silent_meter(silence: str, tmp_path: Path) -> None:
    """Silence lowers the limit to the fallback, counts in no overload, and ends when the meter is back."""
    noise = [(second, f"{3 + second % 20 / 10:.2f}") for second in range(0, 1500, 5)]
    said = [(second, state) for second, state in noise if not 500 <= second < 900]
    if silence == "unavailable":
        said.append((500, "unavailable"))
    path = export(tmp_path / "m.csv", *((name, said) for name in MAINS))
    replay = replayed("--mains", path, "--fallback", "0", "--timezone", "UTC")
    begin = replay.history.start
    silent = [second for second in replay.seconds if 630 <= second.time - begin < 890]
    assert all(second.fail_safe and second.limit == 0 and not second.known for second in silent)
    assert {second.reason.code for second in silent} == {ReasonCode.STALE_METER}
    events = [moment.event for moment in replay.result.moments if moment.event in {Event.SILENT, Event.HEARD}]
    assert events == [Event.SILENT, Event.HEARD]
    assert replay.seconds[-1].limit == 16
    # The gap of a fine meter is 60 s; what it said last stands for two periods.
    expected = 400 - (60 if silence == "no word" else 0)
    assert replay.result.silent_s == pytest.approx(expected, abs=15)


def test_whole_amps_that_stay_are_no_silence(tmp_path: Path) -> None:
    said = [(0.0, "3"), (10.0, "4"), (20.0, "3"), (3600.0, "4")]
    path = export(tmp_path / "m.csv", *((name, said) for name in MAINS))
    replay = replayed("--mains", path)
    assert not any(second.fail_safe for second in replay.seconds)
    assert replay.result.silent_s == 0


def test_same_recording_same_replay(tmp_path: Path) -> None:
    path = table(tmp_path / "m.csv", step_on_l1, 400)
    assert replayed("--mains", path).seconds == replayed("--mains", path).seconds


def test_limits_are_whole_and_never_below_the_minimum(step: Replay) -> None:
    limits = {second.limit for second in step.seconds}
    assert all(limit == 0 or (6 <= limit <= 16 and limit == int(limit)) for limit in limits)
    changes = sum(before.limit != after.limit for before, after in pairwise(step.seconds))
    assert step.result.writes >= changes
