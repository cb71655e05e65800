"""A meter reports the mains as late, as seldom and as coarsely as it was made."""

import pytest
from hypothesis import given, strategies as st

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import PerPhase
from evmeter_client.simulator import Meter, MeterSample, MeterSettings, Window


def truth(now: float) -> PerPhase:
    """Return mains currents that tell their own time."""
    return (now / 10, -now / 10, 1.23456)


def reports(meter: Meter, end: int, start: int = 0) -> dict[int, float]:
    """Return the times of measurement that were reported, by the second of their report."""
    heard = {second: meter.sample(second, truth(second)) for second in range(start, end)}
    return {second: sample.measured_at for second, sample in heard.items() if sample is not None}


def test_a_good_local_meter_reports_every_second_one_second_late() -> None:
    assert reports(Meter(), 5) == {1: 0, 2: 1, 3: 2, 4: 3}


def test_period_and_delay() -> None:
    assert reports(Meter(MeterSettings(period=10, delay=3)), 40) == {3: 0, 13: 10, 23: 20, 33: 30}


def test_a_delay_of_several_periods_keeps_every_report() -> None:
    assert reports(Meter(MeterSettings(period=2, delay=5)), 12) == {5: 0, 7: 2, 9: 4, 11: 6}


def test_of_several_reports_that_are_out_the_newest_is_heard() -> None:
    meter = Meter(MeterSettings(delay=2))
    meter.sample(0, truth(0))
    meter.sample(1, truth(1))
    newest = meter.sample(10, truth(10))
    assert newest is not None
    assert newest.measured_at == 1


def test_a_long_step_does_not_shift_the_rhythm() -> None:
    meter = Meter(MeterSettings(period=10, delay=0))
    assert [now for now in (0, 5, 27, 28, 30, 39, 40) if meter.sample(now, truth(now))] == [0, 27, 30, 40]


@pytest.mark.parametrize(
    ("resolution", "shown"),
    [(0.01, (12.35, -0.67, 3.0)), (0.1, (12.3, -0.7, 3.0)), (1, (12, -1, 3)), (0.05, (12.35, -0.65, 3.0))],
)
def test_resolution(resolution: float, shown: PerPhase) -> None:
    meter = Meter(MeterSettings(delay=0, resolution=resolution))
    sample = meter.sample(0, (12.347, -0.666, 3.0))
    assert sample is not None
    assert sample.currents == pytest.approx(shown)


def test_an_unsigned_meter_shows_amounts() -> None:
    meter = Meter(MeterSettings(delay=0, signed=False))
    assert meter.sample(0, (-5, 5, 0)) == MeterSample(0, (5, 5, 0))


def test_a_frozen_meter_repeats_its_last_report_with_its_old_time() -> None:
    meter = Meter(MeterSettings(delay=0, frozen=(Window(3, 6),)))
    assert reports(meter, 8) == {0: 0, 1: 1, 2: 2, 3: 2, 4: 2, 5: 2, 6: 6, 7: 7}


def test_what_was_on_its_way_into_a_frozen_window_is_lost() -> None:
    meter = Meter(MeterSettings(delay=2, frozen=(Window(3, 5),)))
    assert reports(meter, 9) == {2: 0, 3: 0, 4: 0, 7: 5, 8: 6}


def test_a_meter_frozen_from_the_start_has_nothing_to_repeat() -> None:
    assert reports(Meter(MeterSettings(delay=0, frozen=(Window(0, 3),))), 4) == {3: 3}


def test_dropouts_and_silence_on_demand() -> None:
    meter = Meter(MeterSettings(delay=0, dropouts=(Window(1, 3),)))
    assert reports(meter, 5) == {0: 0, 3: 3, 4: 4}
    meter.silent = True
    assert reports(meter, 8, start=5) == {}
    meter.silent = False
    assert reports(meter, 10, start=8) == {8: 8, 9: 9}


def test_a_share_of_the_reports_is_lost_the_same_ones_for_the_same_seed() -> None:
    settings = MeterSettings(delay=0, loss=0.3)
    left, right, other = (reports(Meter(settings, seed=seed), 2000) for seed in (1, 1, 2))
    assert left == right
    assert left != other
    assert len(left) == pytest.approx(1400, rel=0.05)


@pytest.mark.parametrize(("name", "value"), [("period", 0), ("delay", -1), ("resolution", 0), ("loss", 1.5)])
def test_a_meter_that_cannot_be_is_refused_at_the_setting_at_fault(name: str, value: float) -> None:
    values = {"period": 1.0, "delay": 0.0, "resolution": 0.1, "loss": 0.0, name: value}
    with pytest.raises(EVMeterConfigError) as error:
        MeterSettings(
            period=values["period"],
            delay=values["delay"],
            resolution=values["resolution"],
            loss=values["loss"],
        )
    assert error.value.key == name


@given(
    period=st.integers(1, 30),
    delay=st.integers(0, 40),
    resolution=st.sampled_from([0.01, 0.1, 0.5, 1.0]),
    currents=st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=1, max_size=120),
)
def test_reports_are_true_within_half_a_step_exactly_as_late_and_in_order(
    period: int, delay: int, resolution: float, currents: list[PerPhase]
) -> None:
    meter = Meter(MeterSettings(period=period, delay=delay, resolution=resolution))
    expected = [time for time in range(0, len(currents), period) if time + delay < len(currents)]
    heard = []
    for now, true in enumerate(currents):
        sample = meter.sample(now, true)
        if sample is not None:
            measured = int(sample.measured_at)
            assert now - measured == delay
            heard.append(measured)
            for shown, real in zip(sample.currents, currents[measured], strict=True):
                assert abs(shown - real) <= resolution / 2 + 1e-9
    assert heard == expected
