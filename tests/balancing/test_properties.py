"""What holds for any sequence of inputs, nonsense included: P3, P5 and P11 of the control law."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import (
    Amps,
    Balancer,
    ChargerReading,
    ChargerSettings,
    Decision,
    MainsReading,
    Phase,
    SiteSettings,
)

from .wild import wild_run, wild_site

seeds = st.integers(0, 2**32)
lengths = st.integers(5, 30)


def check_limits(site: SiteSettings, chargers: list[ChargerSettings], decision: Decision) -> None:
    """Check that every limit is one that its charger knows."""
    assert [each.id for each in decision.chargers] == [each.id for each in chargers]
    for setting, verdict in zip(chargers, decision.chargers, strict=True):
        current = verdict.current
        assert current == 0 or setting.min_current - 1e-6 <= current <= setting.max_current + 1e-6
        assert abs(current / setting.step - round(current / setting.step)) < 1e-6
        assert len(verdict.limit) == site.phase_count
        for phase in list(Phase)[: site.phase_count]:
            assert verdict.limit[phase] == (current if phase in setting.wiring else 0.0)
        assert verdict.active_phases
        assert verdict.active_phases <= set(setting.wiring)


@given(seeds, lengths)
def test_p3_whatever_comes_in_every_limit_is_a_possible_one(seed: int, steps: int) -> None:
    random = Random(seed)
    site, chargers = wild_site(random)
    balancer = Balancer(site, chargers)
    for inputs in wild_run(random, site, chargers, steps):
        check_limits(site, chargers, balancer.step(*inputs))


@given(seeds, lengths)
def test_p5_the_order_of_the_chargers_does_not_matter(seed: int, steps: int) -> None:
    random = Random(seed)
    site, chargers = wild_site(random)
    order = random.sample(range(len(chargers)), len(chargers))
    straight, shuffled = Balancer(site, chargers), Balancer(site, [chargers[index] for index in order])
    for now, mains, said in wild_run(random, site, chargers, steps):
        first = straight.step(now, mains, said)
        second = shuffled.step(now, mains, random.sample(said, len(said)))
        assert second.chargers == tuple(first.chargers[index] for index in order)


@given(seeds, lengths, st.permutations(range(3)))
def test_p5_naming_the_phases_differently_names_the_answer_differently(
    seed: int, steps: int, names: list[int]
) -> None:
    """What was called L1, L2, L3 is called as the permutation says."""
    random = Random(seed)
    site, chargers = wild_site(random, width=3)
    straight = Balancer(site, chargers)
    renamed = Balancer(renamed_site(site, names), [renamed_charger(charger, names) for charger in chargers])
    for now, mains, said in wild_run(random, site, chargers, steps):
        first = straight.step(now, mains, said)
        second = renamed.step(now, renamed_mains(mains, names), [renamed_said(each, names) for each in said])
        for one, other in zip(first.chargers, second.chargers, strict=True):
            assert other.limit == moved(one.limit, names)
            assert (other.write, other.raising, other.obeying) == (one.write, one.raising, one.obeying)
            assert other.active_phases == {Phase(names[phase]) for phase in one.active_phases}


def moved[Value](values: tuple[Value, ...], names: list[int]) -> tuple[Value, ...]:
    """Return one value per phase under the new names; a tuple of another length stays as it is."""
    if len(values) != len(names):
        return values
    found = dict(zip(names, values, strict=True))
    return tuple(found[phase] for phase in sorted(found))


def renamed_site(site: SiteSettings, names: list[int]) -> SiteSettings:
    circuits = tuple(replace(circuit, rating=moved(circuit.rating, names)) for circuit in site.circuits)
    return replace(site, fuse_rating=moved(site.fuse_rating, names), circuits=circuits)


def renamed_charger(charger: ChargerSettings, names: list[int]) -> ChargerSettings:
    return replace(charger, wiring=tuple(Phase(names[phase]) for phase in charger.wiring))


def renamed_mains(mains: MainsReading, names: list[int]) -> MainsReading:
    filled = (*mains.current, None, None, None)[:3]
    return replace(mains, current=moved(filled, names), measured_at=moved(mains.measured_at, names))


def renamed_said(said: ChargerReading, names: list[int]) -> ChargerReading:
    current: Amps | None = None if said.current is None else moved(said.current, names)
    active = said.active_phases
    if active is not None:
        active = frozenset(Phase(names[phase]) for phase in active)
    return replace(said, current=current, active_phases=active)


@given(seeds, lengths, st.sets(st.integers(0, 24), max_size=3))
def test_p11_storing_and_restoring_changes_nothing(seed: int, steps: int, restarts: set[int]) -> None:
    random = Random(seed)
    site, chargers = wild_site(random)
    straight, restored = Balancer(site, chargers), Balancer(site, chargers)
    for number, inputs in enumerate(wild_run(random, site, chargers, steps)):
        if number in restarts:
            stored = json.dumps(restored.as_dict(), allow_nan=False)
            restored = Balancer.from_dict(site, chargers, json.loads(stored))
        assert restored.step(*inputs) == straight.step(*inputs)
