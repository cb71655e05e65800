"""A house draws the same for the same seed, and what its table of appliances says."""

from itertools import pairwise
from math import floor, inf
from pathlib import Path
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings, strategies as st

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import PerPhase
from evmeter_client.simulator import (
    MIXES,
    Appliance,
    ApplianceMix,
    House,
    HouseProfile,
    Phase,
    Span,
)


def seconds(house: House, count: int) -> list[PerPhase]:
    """Return the currents after each of so many seconds."""
    return [house.step(1) for _ in range(count)]


APPLIANCES = {appliance.name: appliance for appliance in MIXES["family"].appliances}


def only(appliance: Appliance, interval: float) -> ApplianceMix:
    """Return a mix of one appliance."""
    return ApplianceMix(name="one", mean_interval=interval, appliances=(appliance,))


def first_run(appliance: Appliance, seed: int) -> list[PerPhase]:
    """Return the seconds from the start of an appliance's first run until well after its end."""
    house = House(seed, mix=only(appliance, 1e9), noise=False)
    house.step(floor(house._switchings[0].time))
    drawn = seconds(house, 3000)
    return drawn if max(drawn[0]) > 0 else drawn[1:]


def runs(currents: list[float]) -> list[tuple[float, int]]:
    """Return each stretch of an equal current with its length [s]."""
    stretches: list[tuple[float, int]] = []
    for current in currents:
        if stretches and stretches[-1][0] == current:
            stretches[-1] = (current, stretches[-1][1] + 1)
        else:
            stretches.append((current, 1))
    return stretches


@given(seed=st.integers(0, 10_000), mix=st.sampled_from(sorted(MIXES)))
@settings(max_examples=25, deadline=None)
def test_the_same_seed_gives_the_same_seconds_within_bounds(seed: int, mix: str) -> None:
    left, right = (seconds(House(seed, mix=MIXES[mix]), 1000) for _ in range(2))
    assert left == right
    assert all(0.6 <= current <= 23 for second in left for current in second)


def test_other_seeds_give_other_seconds() -> None:
    assert len({tuple(seconds(House(seed), 600)) for seed in range(10)}) == 10


def test_noise_is_slow_and_stays_within_its_bounds() -> None:
    noise = [second[0] for second in seconds(House(4, mix=None), 20_000)]
    assert min(noise) >= 0.6
    assert max(noise) <= 1.6
    assert fmean(noise) == pytest.approx(1.1, abs=0.05)
    assert pstdev(noise) == pytest.approx(0.24, abs=0.04)
    assert max(abs(after - before) for before, after in pairwise(noise)) < 0.35


def test_phases_have_noise_of_their_own() -> None:
    first, second, third = seconds(House(4, mix=None), 100)[-1]
    assert len({first, second, third}) == 3


def test_noise_of_longer_steps_has_the_same_spread() -> None:
    house = House(5, mix=None)
    noise = [house.step(10)[0] for _ in range(20_000)]
    assert pstdev(noise) == pytest.approx(0.24, abs=0.03)


def test_the_family_house_is_the_published_one() -> None:
    family = MIXES["family"]
    assert family.mean_interval == 420
    assert {appliance.name: appliance.weight for appliance in family.appliances} == {
        "kettle": 30,
        "microwave": 15,
        "oven": 15,
        "induction hob": 18,
        "washing machine": 12,
        "heat pump": 10,
    }
    assert sum(appliance.weight for appliance in family.appliances) == 100


def test_a_washing_machine_heats_pauses_and_heats_again() -> None:
    drawn = [max(second) for second in first_run(APPLIANCES["washing machine"], 1)]
    assert [current for current, _ in runs(drawn)] == [9, 0, 9, 0]
    assert [length for _, length in runs(drawn)[:3]] == pytest.approx([900, 600, 600], abs=1)


@pytest.mark.parametrize(
    ("name", "current", "phases", "shortest", "longest"),
    [
        ("kettle", 9, 1, 90, 200),
        ("microwave", 5.5, 1, 60, 240),
        ("heat pump", 5.5, 3, 1200, 1200),
    ],
)
def test_an_appliance_without_a_cycle_is_on_for_its_duration(
    name: str, current: float, phases: int, shortest: float, longest: float
) -> None:
    durations = []
    for seed in range(20):
        drawn = first_run(APPLIANCES[name], seed)
        on = [second for second in drawn if max(second) > 0]
        assert {tuple(sorted(second)) for second in on} == {(0,) * (3 - phases) + (current,) * phases}
        assert next(length for _, length in runs([max(second) for second in drawn])) == len(on)
        durations.append(len(on))
    assert min(durations) >= shortest - 1
    assert max(durations) <= longest + 1
    assert shortest == longest or max(durations) - min(durations) > (longest - shortest) / 2


@pytest.mark.parametrize(
    ("name", "phases", "on", "off", "duration"),
    [
        ("oven", 1, Span(40, 90), Span(30, 90), Span(1200, 2400)),
        ("induction hob", 2, Span(6, 14), Span(4, 14), Span(400, 1200)),
    ],
)
def test_an_appliance_with_a_cycle_switches_through_its_run(
    name: str, phases: int, on: Span, off: Span, duration: Span
) -> None:
    seen = set()
    for seed in range(20):
        drawn = first_run(APPLIANCES[name], seed)
        assert {sum(current > 0 for current in second) for second in drawn} == {0, phases}
        stretches = runs([max(second) for second in drawn])[:-1]
        seen |= {current for current, _ in stretches if current}
        ons, offs = (
            [length for current, length in stretches if bool(current) == lit] for lit in (True, False)
        )
        assert on.shortest - 1 <= min(ons[:-1])
        assert max(ons) <= on.longest + 1
        assert off.shortest - 1 <= min(offs[:-1])
        assert max(offs) <= off.longest + 1
        assert duration.shortest - off.longest - 1 <= sum(length for _, length in stretches)
        assert sum(length for _, length in stretches) <= duration.longest + 1
    assert seen == set(APPLIANCES[name].currents)


def test_appliances_start_as_often_and_wherever_the_mix_says() -> None:
    blip = Appliance(name="blip", currents=(5,), duration=Span(1, 1), weight=1)
    house = House(8, mix=only(blip, 100), noise=False, clip=inf)
    drawn = seconds(house, 100_000)
    per_phase = [sum(second[phase] for second in drawn) / 5 for phase in Phase]
    assert sum(per_phase) == pytest.approx(1000, rel=0.1)
    assert all(count == pytest.approx(333, rel=0.2) for count in per_phase)


def test_quiet_hides_appliances_and_changes_nothing_else() -> None:
    loud, quiet = House(2), House(2, quiet=True)
    before = list(zip(seconds(loud, 4000), seconds(quiet, 4000), strict=True))
    assert any(left != right for left, right in before)
    assert all(max(right) <= 1.6 for _, right in before)
    quiet.quiet = False
    assert seconds(loud, 1000) == seconds(quiet, 1000)


def test_a_person_switches_appliances_on_moves_them_and_switches_them_off() -> None:
    house = House(mix=None, noise=False)
    house.switch("oven", on=True, phase=Phase.L2)
    house.switch("induction hob", on=True, phase=Phase.L3)
    assert house.step(1) == (14, 10, 14)
    assert house.switched == {"oven": Phase.L2, "induction hob": Phase.L3}
    house.switch("induction hob", on=False)
    house.switch("oven", on=True, phase=Phase.L1)
    assert house.step(1) == (10, 0, 0)
    house.switch("oven", on=False)
    house.switch("oven", on=False)
    assert house.step(1) == (0, 0, 0)


def test_a_persons_choice_comes_from_the_house_first() -> None:
    mix = only(Appliance(name="oven", currents=(3,), duration=Span(1, 1), weight=1), 1e9)
    house = House(mix=mix, noise=False)
    house.switch("oven", on=True)
    assert house.step(1) == (3, 0, 0)


def test_an_unknown_appliance_is_named_with_those_there_are() -> None:
    with pytest.raises(EVMeterConfigError, match=r"no 'tesla coil'; there are .*kettle.*oven") as error:
        House().switch("tesla coil", on=True)
    assert error.value.key == "appliance"


def test_the_clip_holds_for_everything_together() -> None:
    house = House(mix=None, noise=False, clip=20)
    house.switch("oven", on=True)
    house.switch("kettle", on=True)
    house.switch("microwave", on=True)
    assert house.step(1) == (20, 0, 0)


def test_a_profile_adds_to_the_rest() -> None:
    profile = HouseProfile([(0, 1, 2, 3), (10, 15, 2, 3)])
    house = House(mix=None, noise=False, profile=profile)
    house.switch("kettle", on=True, phase=Phase.L3)
    assert seconds(house, 10)[8:] == [(1, 2, 12), (15, 2, 12)]


def test_a_house_from_a_table_draws_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "house.csv"
    path.write_text("t_s,l1_a,l2_a,l3_a\n0,1,2,3\n2,40.5,-2,3\n")
    assert seconds(House.from_csv(path), 3) == [(1, 2, 3), (40.5, -2, 3), (40.5, -2, 3)]
