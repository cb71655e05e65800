"""A car follows the pilot with the delays and slopes it was given."""

from collections.abc import Callable
from math import inf, nan

import pytest
from hypothesis import given, strategies as st

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator import Car, CarSettings

IDLE = (0.0, 0.0, 0.0)


def plugged(settings: CarSettings | None = None) -> Car:
    """Return a car that was just plugged in."""
    car = Car(settings)
    car.plug()
    return car


def charging(settings: CarSettings | None = None, pilot: float = 16.0) -> Car:
    """Return a car that has reached what the pilot allows."""
    car = plugged(settings)
    for _ in range(60):
        car.step(1, pilot)
    return car


def currents(car: Car, pilot: float, seconds: int) -> list[float]:
    """Return the current of the first phase after each second."""
    return [car.step(1, pilot)[0] for _ in range(seconds)]


def test_a_car_without_a_cable_draws_nothing() -> None:
    assert currents(Car(), 16, 30) == [0] * 30


def test_first_current_after_dead_time_and_resume_delay_then_a_slow_rise() -> None:
    assert currents(plugged(), 16, 23) == [0] * 14 + [2, 4, 6, 8, 10, 12, 14, 16, 16]


def test_a_lower_pilot_is_followed_after_the_dead_time_at_the_fall_rate() -> None:
    assert currents(charging(CarSettings(maximum_current=32), 32), 8, 6) == [32, 32, 22, 12, 8, 8]


def test_a_higher_pilot_is_followed_without_a_new_resume_delay() -> None:
    assert currents(charging(pilot=6), 10, 5) == [6, 6, 8, 10, 10]


def test_a_pause_of_one_second_still_costs_a_whole_resume_delay() -> None:
    car = charging(pilot=6)
    assert currents(car, 0, 1) == [6]
    assert currents(car, 6, 18) == [6, 0] + [0] * 12 + [2, 4, 6, 6]


def test_the_cars_own_maximum_and_minimum_hold() -> None:
    settings = CarSettings(maximum_current=10, minimum_current=8)
    assert charging(settings, 32).current == 10
    assert charging(settings, 7).current == 0
    assert charging(settings, 8).current == 8


@pytest.mark.parametrize(
    ("phases", "terminals", "expected"),
    [(1, 3, (16, 0, 0)), (2, 3, (16, 16, 0)), (3, 3, (16, 16, 16)), (3, 1, (16, 0, 0))],
)
def test_the_car_uses_its_phases_as_far_as_there_are_terminals(
    phases: int, terminals: int, expected: tuple[float, float, float]
) -> None:
    car = Car(CarSettings(phases=phases))
    car.plug(terminals)
    assert [car.step(1, 16) for _ in range(60)][-1] == expected


def test_a_full_car_stops_and_wants_no_more_until_plugged_in_again() -> None:
    car = charging(CarSettings(energy_wanted_wh=100))
    assert car.session_wh == pytest.approx(100, abs=4)
    assert not car.wants_energy
    assert car.current == 0
    car.unplug()
    car.plug()
    assert car.wants_energy
    assert car.session_wh == 0


def test_pulling_the_cable_ends_the_current_at_once() -> None:
    car = charging()
    car.unplug()
    assert car.step(1, 16) == IDLE
    assert car.current == 0


def test_half_second_steps_give_the_same_timing() -> None:
    car = plugged()
    drawn = [car.step(0.5, 16)[0] for _ in range(46)]
    assert drawn[:28] == [0] * 28
    assert drawn[28:30] == [1, 2]
    assert drawn[44] == 16


def test_energy_is_voltage_times_current_of_the_phases_in_use() -> None:
    car = charging(CarSettings(phases=2))
    before = car.session_wh
    for _ in range(3600):
        car.step(1, 10, voltage=232)
    assert car.session_wh - before == pytest.approx(2 * 10 * 232, rel=0.002)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: CarSettings(maximum_current=0), "maximum_current"),
        (lambda: CarSettings(maximum_current=nan), "maximum_current"),
        (lambda: CarSettings(minimum_current=17), "minimum_current"),
        (lambda: CarSettings(fall_rate=-1), "fall_rate"),
        (lambda: CarSettings(dead_time=inf), "dead_time"),
        (lambda: CarSettings(phases=4), "phases"),
        (lambda: CarSettings(energy_wanted_wh=-1), "energy_wanted_wh"),
    ],
)
def test_a_car_that_cannot_be_is_refused_at_the_setting_at_fault(
    make: Callable[[], CarSettings], key: str
) -> None:
    with pytest.raises(EVMeterConfigError) as error:
        make()
    assert error.value.key == key


@given(
    pilots=st.lists(st.one_of(st.just(0.0), st.floats(6, 40)), max_size=120),
    phases=st.integers(1, 3),
    maximum=st.floats(6, 32),
)
def test_current_is_bounded_and_never_faster_than_the_car(
    pilots: list[float], phases: int, maximum: float
) -> None:
    settings = CarSettings(phases=phases, maximum_current=maximum)
    car = plugged(settings)
    before, energy = 0.0, 0.0
    for pilot in pilots:
        drawn = car.step(1, pilot)
        assert 0 <= drawn[0] <= maximum
        assert drawn == tuple(drawn[0] if phase < phases else 0 for phase in range(3))
        assert -settings.fall_rate - 1e-9 <= drawn[0] - before <= settings.rise_rate + 1e-9
        assert car.session_wh >= energy
        before, energy = drawn[0], car.session_wh


@given(pilots=st.lists(st.one_of(st.just(0.0), st.floats(6, 32)), min_size=1, max_size=40))
def test_within_five_seconds_a_car_is_not_above_the_pilot(pilots: list[float]) -> None:
    car = charging(CarSettings(maximum_current=32), 32)
    for pilot in pilots:
        assert currents(car, pilot, 6)[-1] <= pilot
