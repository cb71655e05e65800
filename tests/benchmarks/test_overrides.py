"""What the options of the benchmark change in a scenario, and what they leave alone."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.appliances import FAMILY, WORKSHOP
from evmeter_client.simulator.profile import HouseProfile

from .comparison.overrides import Overrides, read_house
from .comparison.rows import seeds_for
from .comparison.scenarios import BY_NAME, SCENARIOS

SEEDS = range(1, 7)


def recording(seconds: int = 600) -> HouseProfile:
    """Return a recorded house with a row every 10 s."""
    return HouseProfile((float(now), 30.0, 2.0, -3.0) for now in range(0, seconds, 10))


def test_nothing_changes_without_options() -> None:
    """Every scenario keeps its own values."""
    assert [Overrides().apply(scenario) for scenario in SCENARIOS] == list(SCENARIOS)


def test_every_option_overrules_the_scenario() -> None:
    """In each of them, for each charger."""
    overrides = Overrides(
        fuse=35, meter_period=2, meter_delay=4, resolution=0.5, command_latency=7, ev_phases=1, maximum=20
    )
    for scenario in map(overrides.apply, SCENARIOS):
        meter = scenario.meter
        assert (scenario.fuse, meter.period, meter.delay, meter.resolution) == (35, 2, 4, 0.5)
        for plan in scenario.chargers:
            assert (plan.command_latency, plan.car_phases) == (7, 1)
            assert (plan.maximum, plan.car_maximum) == (20, 20)
    assert overrides.apply(BY_NAME["S6"]).meter.frozen == BY_NAME["S6"].meter.frozen


def test_zero_is_a_value() -> None:
    """Not the absence of one."""
    scenario = Overrides(meter_delay=0, command_latency=0).apply(BY_NAME["S4"])
    assert scenario.meter.delay == 0
    assert scenario.chargers[0].command_latency == 0


def test_chargers_are_copies_of_the_first() -> None:
    """Each with a name of its own."""
    scenario = Overrides(chargers=3).apply(BY_NAME["S9"])
    assert [plan.id for plan in scenario.chargers] == ["a", "b", "c"]
    assert {plan.car_maximum for plan in scenario.chargers} == {32}
    assert len(Overrides(chargers=1).apply(BY_NAME["S18"]).chargers) == 1


@pytest.mark.parametrize(("fuse", "clip"), [(16.0, 14.0), (25.0, 23.0), (63.0, 23.0)])
def test_random_house_stays_below_the_fuse(fuse: float, clip: float) -> None:
    """Every overload is a charger's doing."""
    assert Overrides(fuse=fuse).apply(BY_NAME["S2"]).house.clip == clip


def test_other_appliances_move_into_random_houses() -> None:
    """Solar power stays on the roof."""
    overrides = Overrides(house=WORKSHOP)
    assert overrides.apply(BY_NAME["S2"]).house.mix is WORKSHOP
    assert overrides.apply(BY_NAME["S1"]).house == BY_NAME["S1"].house
    assert overrides.apply(BY_NAME["S13"]).house.solar == BY_NAME["S13"].house.solar


def test_recording_replaces_random_houses_as_it_is() -> None:
    """For as long as it lasts, without a clip."""
    scenario = Overrides(house=recording()).apply(BY_NAME["S2"])
    assert scenario.house.mix is None
    assert scenario.house.clip == inf
    assert scenario.seconds == 591
    assert Overrides(house=recording()).apply(BY_NAME["S1"]).seconds == BY_NAME["S1"].seconds


def test_seeds_that_change_nothing_are_left_out() -> None:
    """Noise alone needs two, a recording one; clouds and appliances need all."""
    recorded = Overrides(house=recording())
    assert seeds_for(BY_NAME["S2"], SEEDS) == SEEDS
    assert list(seeds_for(BY_NAME["S1"], SEEDS)) == [1, 2]
    assert list(seeds_for(BY_NAME["S1"], range(101, 102))) == [101]
    assert list(seeds_for(recorded.apply(BY_NAME["S2"]), SEEDS)) == [1]
    assert seeds_for(recorded.apply(BY_NAME["S13"]), SEEDS) == SEEDS


def test_name_of_a_house_goes_before_a_file() -> None:
    """The simulator's houses."""
    assert read_house("family") is FAMILY


def test_recording_begins_at_its_first_row(tmp_path: Path) -> None:
    """Whatever clock it was recorded by."""
    file = tmp_path / "house.csv"
    file.write_text("t_s,l1_a,l2_a,l3_a\n1700000000,1,2,3\n1700000009.5,4,5,6\n")
    house = read_house(str(file))
    assert isinstance(house, HouseProfile)
    assert house.times == (0, 9.5)
    assert house.currents == ((1, 2, 3), (4, 5, 6))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t_s,l1_a,l2_a,l3_a\n5,1,2,3\n", "less than two seconds"),
        ("t_s,l1_a,l2_a\n1,1,2\n", "no column l3_a"),
        ("t_s,l1_a,l2_a,l3_a\n1,1,x,3\n", "line 2"),
        ("t_s,l1_a,l2_a,l3_a\n2,1,1,3\n1,1,1,3\n", "does not follow"),
    ],
)
def test_bad_recording_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """With what is wrong with it."""
    file = tmp_path / "house.csv"
    file.write_text(text)
    with pytest.raises(EVMeterConfigError, match=message):
        read_house(str(file))


def test_unknown_house_is_refused() -> None:
    """With the names of those that there are."""
    with pytest.raises(EVMeterConfigError, match="all electric"):
        read_house("castle")
