"""A charger limits its car late, in whole amps, by one pilot for all phases, and tells the truth about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from evmeter_client.exceptions import EVMeterCommandError, EVMeterConfigError
from evmeter_client.models import ChargingState, EvStatus, PerPhase, PhaseType
from evmeter_client.simulator import (
    Car,
    CarSettings,
    ChargerDevice,
    SimulatedCharger,
    SimulatedChargerSettings,
    Window,
)

PROMPT = SimulatedChargerSettings(command_latency=0, readback_latency=0)


def run(charger: SimulatedCharger, start: int, end: int) -> None:
    """Step a charger through the seconds after start, up to end."""
    for second in range(start + 1, end + 1):
        charger.step(second)


def charging(settings: SimulatedChargerSettings = PROMPT, car: CarSettings | None = None) -> SimulatedCharger:
    """Return a charger whose car has reached its current, at 60 s."""
    charger = SimulatedCharger(settings)
    charger.plug(Car(car))
    run(charger, 0, 60)
    return charger


def states(charger: ChargerDevice) -> tuple[EvStatus, ChargingState]:
    """Return what the charger reports of the car and of itself."""
    status = charger.reading().status
    return status.ev_status, status.charging_state


def test_an_unlimited_charger_gives_the_car_its_maximum() -> None:
    charger = charging(car=CarSettings(maximum_current=32))
    assert charger.currents == (16, 16, 16)
    assert charger.limits == (16, 16, 16)


def test_a_command_acts_after_its_latency_and_the_cars_dead_time() -> None:
    charger = charging(SimulatedChargerSettings(command_latency=3))
    assert charger.set_current_limits((8, 8, 8), None) == (8, 8, 8)
    drawn = [charger.step(second)[0] for second in range(61, 69)]
    assert drawn == [16, 16, 16, 16, 16, 8, 8, 8]


def test_a_command_without_latency_is_in_force_before_the_next_step() -> None:
    charger = charging()
    charger.set_current_limits((9, 9, 9), None)
    assert charger.limits == (9, 9, 9)
    assert charger.reading().limits == (9, 9, 9)


def test_a_reading_is_as_old_as_the_read_back_latency() -> None:
    charger = charging(SimulatedChargerSettings(command_latency=0, readback_latency=5))
    charger.set_current_limits((8, 8, 8), None)
    run(charger, 60, 64)
    assert charger.currents == (8, 8, 8)
    assert charger.reading().limits == (16, 16, 16)
    assert charger.reading().metrics.currents == (16, 16, 16)
    run(charger, 64, 65)
    assert charger.reading().limits == (8, 8, 8)
    assert charger.reading().metrics.currents == (16, 16, 16)
    run(charger, 65, 69)
    assert charger.reading().metrics.currents == (8, 8, 8)


def test_one_pilot_serves_all_phases_that_the_car_uses() -> None:
    charger = charging()
    charger.set_current_limits((16, 10, 12), None)
    assert charger.pilot == 10
    single = charging(car=CarSettings(phases=1))
    single.set_current_limits((16, 10, 12), None)
    assert single.pilot == 16
    single.set_current_limits((16, 0, 0), None)
    assert single.pilot == 16


def test_zero_on_any_phase_in_use_pauses() -> None:
    charger = charging()
    charger.set_current_limits((16, 0, 16), None)
    run(charger, 60, 65)
    assert charger.currents == (0, 0, 0)
    assert states(charger) == (EvStatus.CONNECTED, ChargingState.NOT_CHARGING)


def test_whole_amps_drop_the_fraction_and_fine_chargers_keep_it() -> None:
    assert charging().set_current_limits((7.9, 6.99, 15.5), None) == (7, 6, 15)
    fine = charging(SimulatedChargerSettings(whole_amps=False))
    assert fine.set_current_limits((7.9, 6.99, 15.5), None) == (7.9, 6.99, 15.5)


def test_a_single_phase_charger_has_one_terminal() -> None:
    settings = SimulatedChargerSettings(
        terminals=1, maximum_current=32, command_latency=0, readback_latency=0
    )
    charger = charging(settings, CarSettings(maximum_current=32))
    assert charger.set_current_limits((20, 8, 0), None) == (20, 0, 0)
    run(charger, 60, 70)
    reading = charger.reading()
    assert reading.metrics.currents == (20, 0, 0)
    assert reading.metrics.voltages[1:] == (0, 0)
    assert reading.metrics.power_w == pytest.approx(20 * 230, rel=0.03)
    assert reading.status.phase_type is PhaseType.SINGLE_PHASE
    assert reading.status.charging_state is ChargingState.CHARGING_1_PHASE


@pytest.mark.parametrize("limit", [-1, 16.5, 80, float("nan"), float("inf"), 0.1, 5.99])
def test_a_limit_that_cannot_be_held_is_refused_and_changes_nothing(limit: float) -> None:
    charger = charging()
    with pytest.raises(EVMeterCommandError) as error:
        charger.set_current_limits((16, limit, 16), None)
    assert error.value.code == "out_of_range"
    assert charger.limits == (16, 16, 16)
    assert charger.commands == 0
    assert charger.below_minimum_commands == (1 if 0 < limit < 6 else 0)


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf")])
def test_a_time_to_live_that_is_none_is_refused(ttl: float) -> None:
    with pytest.raises(EVMeterCommandError) as error:
        charging().set_current_limits((16, 16, 16), ttl)
    assert error.value.code == "invalid_params"


def test_a_lenient_charger_takes_less_than_its_minimum_for_off() -> None:
    charger = charging(SimulatedChargerSettings(command_latency=0, refuses_below_minimum=False))
    assert charger.set_current_limits((5.9, 16, 16), None) == (0, 16, 16)
    assert charger.below_minimum_commands == 1
    assert charger.pilot == 0


def test_the_watchdog_falls_to_the_fallback_current_unless_armed_again() -> None:
    charger = charging()
    charger.set_current_limits((16, 16, 16), 10)
    run(charger, 60, 68)
    charger.set_current_limits((16, 16, 16), 10)
    run(charger, 68, 78)
    assert (charger.limits, charger.watchdog_falls) == ((16, 16, 16), 0)
    run(charger, 78, 79)
    assert (charger.limits, charger.watchdog_falls) == ((6, 6, 6), 1)
    run(charger, 79, 200)
    assert charger.watchdog_falls == 1
    assert charger.currents == (6, 6, 6)


def test_a_command_without_time_to_live_disarms_the_watchdog() -> None:
    charger = charging()
    charger.set_current_limits((10, 10, 10), 5)
    charger.set_current_limits((10, 10, 10), None)
    run(charger, 60, 100)
    assert (charger.limits, charger.watchdog_falls) == ((10, 10, 10), 0)


def test_a_fallback_below_the_minimum_means_off() -> None:
    charger = charging(SimulatedChargerSettings(command_latency=0, fallback_current=4))
    charger.set_current_limits((16, 16, 16), 5)
    run(charger, 60, 75)
    assert charger.limits == (0, 0, 0)
    assert charger.currents == (0, 0, 0)


def test_a_deaf_charger_acknowledges_and_does_nothing() -> None:
    charger = charging()
    charger.obeys = False
    assert charger.set_current_limits((6, 6, 6), None) == (6, 6, 6)
    run(charger, 60, 70)
    assert charger.reading().limits == (16, 16, 16)
    assert charger.currents == (16, 16, 16)
    charger.obeys = True
    charger.set_current_limits((6, 6, 6), None)
    run(charger, 70, 80)
    assert charger.currents == (6, 6, 6)


def test_a_charger_is_deaf_in_its_windows() -> None:
    charger = charging(SimulatedChargerSettings(command_latency=0, deaf=(Window(61, 63),)))
    seen = []
    for second, limit in ((61, 6.0), (62, 7.0), (63, 8.0)):
        charger.step(second)
        charger.set_current_limits((limit, limit, limit), None)
        seen.append(charger.limits[0])
    assert seen == [16, 16, 8]


def test_a_charger_may_stick_at_its_minimum_until_offered_enough() -> None:
    charger = charging(SimulatedChargerSettings(command_latency=0, release_current=16))
    pilots = []
    for limit in (10.0, 6.0, 12.0, 0.0, 15.0, 16.0, 9.0):
        charger.set_current_limits((limit, limit, limit), None)
        pilots.append(charger.pilot)
    assert pilots == [10, 6, 6, 0, 6, 16, 9]


def test_states_from_empty_to_full() -> None:
    charger = SimulatedCharger(PROMPT)
    assert states(charger) == (EvStatus.NOT_CONNECTED, ChargingState.WAITING_FOR_EV)
    assert charger.reading().status.start_time is None
    charger.plug(Car(CarSettings(energy_wanted_wh=200)))
    assert states(charger) == (EvStatus.WANTS_TO_CHARGE, ChargingState.NOT_CHARGING)
    run(charger, 0, 30)
    assert states(charger) == (EvStatus.WANTS_TO_CHARGE, ChargingState.CHARGING_3_PHASE)
    run(charger, 30, 300)
    assert states(charger) == (EvStatus.CONNECTED, ChargingState.NOT_CHARGING)
    assert charger.reading().metrics.session_energy_wh == pytest.approx(200, abs=12)
    charger.unplug()
    assert states(charger) == (EvStatus.NOT_CONNECTED, ChargingState.WAITING_FOR_EV)
    assert charger.reading().metrics.session_energy_wh == pytest.approx(200, abs=12)


@pytest.mark.parametrize(
    ("phases", "state"),
    [
        (1, ChargingState.CHARGING_1_PHASE),
        (2, ChargingState.CHARGING_3_PHASE),
        (3, ChargingState.CHARGING_3_PHASE),
    ],
)
def test_the_state_tells_how_many_phases_charge(phases: int, state: ChargingState) -> None:
    assert states(charging(car=CarSettings(phases=phases))) == (EvStatus.WANTS_TO_CHARGE, state)


def test_a_fault_stops_charging_and_is_reported() -> None:
    charger = charging()
    charger.faulty = True
    run(charger, 60, 65)
    assert charger.currents == (0, 0, 0)
    assert states(charger) == (EvStatus.ERROR_STATE, ChargingState.NOT_CHARGING)
    assert charger.reading().status.errors != 0
    charger.faulty = False
    run(charger, 65, 100)
    assert charger.currents == (16, 16, 16)
    assert charger.reading().status.errors == 0


def test_a_session_has_its_own_energy_and_start() -> None:
    epoch = datetime(2026, 3, 1, 12, tzinfo=UTC)
    charger = SimulatedCharger(PROMPT, epoch=epoch)
    run(charger, 0, 10)
    charger.plug()
    run(charger, 10, 3610)
    first = charger.reading()
    assert first.status.start_time == epoch + timedelta(seconds=10)
    assert first.metrics.session_energy_wh == first.metrics.total_energy_wh
    assert first.metrics.session_energy_wh == pytest.approx(3 * 16 * 228, rel=0.02)
    charger.unplug()
    assert charger.currents == (0, 0, 0)
    charger.plug()
    second = charger.reading()
    assert second.metrics.session_energy_wh == 0
    assert second.metrics.total_energy_wh == first.metrics.total_energy_wh
    assert second.status.start_time == epoch + timedelta(seconds=3610)


def test_a_charger_has_one_cable() -> None:
    charger = charging()
    with pytest.raises(EVMeterConfigError) as error:
        charger.plug()
    assert error.value.key == "car"


def test_the_voltage_sags_under_load_and_moves() -> None:
    idle, loaded = SimulatedCharger(PROMPT, seed=3), SimulatedCharger(PROMPT, seed=3)
    loaded.plug()
    run(idle, 0, 60)
    run(loaded, 0, 60)
    sag = idle.reading().metrics.voltage_mean - loaded.reading().metrics.voltage_mean
    assert 1 <= sag <= 5
    voltages = set()
    for second in range(61, 121):
        idle.step(second)
        voltages.add(idle.reading().metrics.voltages[0])
    assert len(voltages) > 3


def test_the_box_warms_while_charging() -> None:
    charger = charging()
    cold = charger.reading().status.temperature
    run(charger, 60, 3600)
    warm = charger.reading().status.temperature
    assert cold is not None
    assert warm is not None
    assert cold + 3 <= warm <= 40


def test_time_does_not_run_backwards() -> None:
    charger = charging()
    with pytest.raises(ValueError, match="backwards"):
        charger.step(59)


def test_the_history_of_the_pilot_tells_what_the_car_saw() -> None:
    charger = SimulatedCharger(PROMPT)
    charger.set_current_limits((7, 7, 7), None)
    charger.plug()
    run(charger, 0, 5)
    charger.set_current_limits((0, 0, 0), None)
    charger.set_current_limits((0, 0, 0), None)
    assert list(charger.pilot_history) == [(0, 7), (5, 0)]
    assert charger.lowest_pilot == 7


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: SimulatedChargerSettings(charger_id="a/b"), "charger_id"),
        (lambda: SimulatedChargerSettings(charger_id=""), "charger_id"),
        (lambda: SimulatedChargerSettings(terminals=2), "terminals"),
        (lambda: SimulatedChargerSettings(maximum_current=5), "minimum_current"),
        (lambda: SimulatedChargerSettings(minimum_current=6.5), "minimum_current"),
        (lambda: SimulatedChargerSettings(fallback_current=17), "fallback_current"),
        (lambda: SimulatedChargerSettings(command_latency=-1), "command_latency"),
        (lambda: SimulatedChargerSettings(circuit_breaker=0), "circuit_breaker"),
    ],
)
def test_a_charger_that_cannot_be_is_refused_at_the_setting_at_fault(
    make: Callable[[], SimulatedChargerSettings], key: str
) -> None:
    with pytest.raises(EVMeterConfigError) as error:
        make()
    assert error.value.key == key


LIMIT = st.one_of(st.just(0.0), st.floats(0, 20), st.sampled_from([-1.0, float("nan")]))
COMMAND = st.tuples(
    st.integers(1, 30), st.tuples(LIMIT, LIMIT, LIMIT), st.one_of(st.none(), st.floats(0.5, 60))
)


@given(
    commands=st.lists(COMMAND, max_size=30),
    phases=st.integers(1, 3),
    refuses=st.booleans(),
    release=st.sampled_from([None, 16.0]),
)
def test_whatever_is_commanded_the_car_never_sees_less_than_the_minimum(
    commands: list[tuple[int, PerPhase, float | None]], phases: int, refuses: bool, release: float | None
) -> None:
    charger = SimulatedCharger(
        SimulatedChargerSettings(
            refuses_below_minimum=refuses, release_current=release, fallback_current=5.0, command_latency=1
        )
    )
    charger.plug(Car(CarSettings(phases=phases, maximum_current=32)))
    now, energy = 0, 0.0
    for wait, limits, ttl in commands:
        try:
            applied = charger.set_current_limits(limits, ttl)
        except EVMeterCommandError:
            applied = charger.limits
        assert all(limit == 0 or 6 <= limit <= 16 for limit in applied)
        run(charger, now, now + wait)
        now += wait
        assert all(0 <= current <= 16 for current in charger.currents)
        assert charger.total_wh >= energy
        energy = charger.total_wh
    assert all(pilot == 0 or 6 <= pilot <= 16 for _, pilot in charger.pilot_history)
    assert charger.lowest_pilot >= 6


@given(seed=st.integers(0, 1000))
def test_the_same_seed_gives_the_same_seconds(seed: int) -> None:
    left, right = SimulatedCharger(seed=seed), SimulatedCharger(seed=seed)
    for charger in (left, right):
        charger.plug()
        run(charger, 0, 40)
    assert left.reading() == right.reading()
