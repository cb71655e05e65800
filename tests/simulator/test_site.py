"""A site adds up: house less sun plus chargers on the phases they are wired to."""

from itertools import permutations

import pytest
from hypothesis import given, settings, strategies as st

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import PerPhase
from evmeter_client.simulator import (
    Car,
    CarSettings,
    House,
    HouseProfile,
    Meter,
    MeterSettings,
    Phase,
    SimulatedCharger,
    SimulatedChargerSettings,
    SimulatedSite,
    SolarInverter,
    SolarSettings,
    WiredCharger,
)

WIRINGS = list(permutations(Phase))


def steady(*currents: float) -> House:
    """Return a house that always draws the same."""
    return House(mix=None, noise=False, profile=HouseProfile([(0, *currents)]))


def plugged(car: CarSettings | None = None, seed: int = 0) -> SimulatedCharger:
    """Return a charger with a car."""
    charger = SimulatedCharger(seed=seed)
    charger.plug(Car(car))
    return charger


def run(site: SimulatedSite, start: int, end: int) -> None:
    """Step a site through the seconds after start, up to end."""
    for second in range(start + 1, end + 1):
        site.step(second)


def test_house_and_car_add_up_on_the_phases_they_are_on() -> None:
    charger = plugged(CarSettings(phases=2))
    site = SimulatedSite(steady(1, 2, 3), chargers=[WiredCharger(charger, (Phase.L3, Phase.L1, Phase.L2))])
    run(site, 0, 60)
    moment = site.history[-1]
    assert moment.background == (1, 2, 3)
    assert moment.charging == (16, 0, 16)
    assert site.mains == (17, 2, 19)
    assert charger.clamp_currents == (19, 17, 2)


def test_a_single_phase_charger_sits_on_the_phase_it_is_wired_to() -> None:
    charger = SimulatedCharger(SimulatedChargerSettings(terminals=1, maximum_current=20, readback_latency=0))
    charger.plug(Car(CarSettings(maximum_current=32)))
    site = SimulatedSite(steady(1, 1, 1), chargers=[WiredCharger(charger, (Phase.L2,))])
    run(site, 0, 60)
    assert site.mains == (1, 21, 1)
    run(site, 60, 61)
    assert charger.reading().metrics.dlm_currents == (21, 0, 0)


@pytest.mark.parametrize(
    ("terminals", "wiring"),
    [
        (3, (Phase.L1, Phase.L1, Phase.L2)),
        (3, (Phase.L1,)),
        (1, (Phase.L1, Phase.L2, Phase.L3)),
        (1, ()),
    ],
)
def test_a_wiring_that_no_electrician_makes_is_refused(terminals: int, wiring: tuple[Phase, ...]) -> None:
    charger = SimulatedCharger(SimulatedChargerSettings(terminals=terminals))
    with pytest.raises(EVMeterConfigError) as error:
        SimulatedSite(steady(1, 1, 1), chargers=[WiredCharger(charger, wiring)])
    assert error.value.key == "wiring"


def test_sun_is_taken_off_and_may_become_export() -> None:
    solar = SolarInverter(SolarSettings(peak=(10, 0, 0), start_of_day=13 * 3600))
    site = SimulatedSite(steady(2, 2, 2), solar=solar)
    run(site, 0, 3600)
    assert site.mains == pytest.approx((-7.75, 2, 2), abs=0.3)
    assert site.record.export_wh == pytest.approx((7.87 - 4) * 230, rel=0.03)
    assert site.record.import_wh == 0


def test_the_meter_reports_the_mains_of_its_time() -> None:
    house = House(mix=None, noise=False, profile=HouseProfile([(0, 1, 2, 3), (5, 9, 2, 3)]))
    site = SimulatedSite(house, Meter(MeterSettings(delay=2)))
    heard = [site.step(second).sample for second in range(1, 9)]
    assert [sample.measured_at for sample in heard if sample] == [1, 2, 3, 4, 5, 6]
    assert [sample.currents[0] for sample in heard if sample] == [1, 1, 1, 1, 9, 9]


def test_the_record_counts_seconds_above_the_rating() -> None:
    rows = [(0, 10, 0, 0), (11, 25.2, 0, 0), (21, 0, 31, 0), (26, 1, 1, 1)]
    house = House(mix=None, noise=False, profile=HouseProfile(rows), clip=100)
    site = SimulatedSite(house, rating=(25, 30, 25))
    run(site, 0, 40)
    assert site.record.seconds == 40
    assert site.record.seconds_above_rating == 5
    assert site.record.largest_excess == 1


def test_energy_is_the_sum_over_the_phases() -> None:
    site = SimulatedSite(steady(10, 5, 0))
    run(site, 0, 3600)
    assert site.record.import_wh == pytest.approx(15 * 230, rel=0.01)
    assert site.record.export_wh == 0


def test_the_voltage_sags_with_the_current() -> None:
    assert SimulatedSite(steady(20, 0, 0)).voltages[0] == 230
    site = SimulatedSite(steady(20, 0, 0))
    site.step(1)
    assert site.voltages[0] == 227


def test_before_the_first_step_nothing_flows() -> None:
    assert SimulatedSite(steady(1, 1, 1)).mains == (0, 0, 0)


def test_history_is_bounded() -> None:
    site = SimulatedSite(steady(1, 1, 1))
    run(site, 0, 4000)
    assert len(site.history) == 3600
    assert site.history[0].time == 401
    assert site.now == 4000


def test_a_site_may_start_at_any_time() -> None:
    charger = SimulatedCharger(start=1e6)
    charger.plug()
    site = SimulatedSite(steady(1, 1, 1), chargers=[WiredCharger(charger)], start=1e6)
    run(site, 1_000_000, 1_000_060)
    assert site.mains == (17, 17, 17)
    assert site.record.seconds == 60


def test_time_does_not_run_backwards() -> None:
    site = SimulatedSite(steady(1, 1, 1))
    site.step(5)
    with pytest.raises(ValueError, match="backwards"):
        site.step(4)


@given(wiring=st.sampled_from(WIRINGS), phases=st.integers(1, 3), limits=st.tuples(*[st.integers(6, 16)] * 3))
@settings(max_examples=30, deadline=None)
def test_permuting_the_wiring_permutes_what_the_charger_adds(
    wiring: tuple[Phase, ...], phases: int, limits: PerPhase
) -> None:
    added = []
    for order in (tuple(Phase), wiring):
        charger = plugged(CarSettings(phases=phases))
        charger.set_current_limits(limits, None)
        site = SimulatedSite(steady(0, 0, 0), chargers=[WiredCharger(charger, order)])
        run(site, 0, 30)
        added.append(site.mains)
    straight, crossed = added
    assert tuple(crossed[phase] for phase in wiring) == straight


@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_the_same_seed_gives_the_same_seconds_and_energy_only_grows(seed: int) -> None:
    sites = [
        SimulatedSite(
            House(seed),
            Meter(MeterSettings(loss=0.1), seed=seed),
            [WiredCharger(plugged(seed=seed)), WiredCharger(plugged(CarSettings(phases=1), seed=seed + 1))],
            solar=SolarInverter(SolarSettings(cloud_interval=30), seed=seed),
        )
        for _ in range(2)
    ]
    energy = (0.0, 0.0)
    for second in range(1, 300):
        left, right = (site.step(second) for site in sites)
        assert left == right
        record = sites[0].record
        assert record.import_wh >= energy[0]
        assert record.export_wh >= energy[1]
        energy = (record.import_wh, record.export_wh)


def test_what_a_charger_is_told_does_not_change_the_house() -> None:
    free, paused = plugged(), plugged()
    paused.set_current_limits((0, 0, 0), None)
    left, right = (SimulatedSite(House(5), chargers=[WiredCharger(charger)]) for charger in (free, paused))
    run(left, 0, 1000)
    run(right, 0, 1000)
    assert [moment.background for moment in left.history] == [moment.background for moment in right.history]
    assert right.mains != left.mains
