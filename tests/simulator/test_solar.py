"""An inverter feeds in by day, at most its peak, less under clouds."""

import pytest

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator import SolarInverter, SolarSettings

HOUR = 3600.0


def test_a_clear_day_is_a_half_sine() -> None:
    inverter = SolarInverter(
        SolarSettings(peak=(10, 0, 4), sunrise=6 * HOUR, sunset=18 * HOUR, start_of_day=0)
    )
    times = (0, 6, 9, 12, 15, 18, 24, 36)
    fed = [inverter.currents(hour * HOUR) for hour in times]
    assert [currents[0] for currents in fed] == pytest.approx([0, 0, 7.0711, 10, 7.0711, 0, 0, 10], abs=1e-3)
    assert all(second == 0 and third == pytest.approx(first * 0.4) for first, second, third in fed)


def test_clouds_take_some_of_it_the_same_for_the_same_seed() -> None:
    settings = SolarSettings(peak=(10, 10, 10), cloud_interval=60, cloud_depth=0.5)
    left, right, other = (
        [SolarInverter(settings, seed=seed).currents(HOUR)[0]]
        + [inverter.currents(second)[0] for second in range(600)]
        for seed, inverter in ((seed, SolarInverter(settings, seed=seed)) for seed in (1, 1, 2))
    )
    assert left == right
    assert left != other
    assert len({round(current) for current in left}) > 2
    assert all(4.5 <= current <= 10 for current in left)


@pytest.mark.parametrize("peak", [(-1.0, 0.0, 0.0), (0.0, float("nan"), 0.0)])
def test_a_peak_that_is_no_current_is_refused(peak: tuple[float, float, float]) -> None:
    with pytest.raises(EVMeterConfigError) as error:
        SolarSettings(peak=peak)
    assert error.value.key == "peak"


def test_the_sun_does_not_set_before_it_rises() -> None:
    with pytest.raises(EVMeterConfigError) as error:
        SolarSettings(sunrise=20 * HOUR, sunset=6 * HOUR)
    assert error.value.key == "sunset"
