"""Settings that cannot be used are refused when the balancer is built, and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf, nan

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerSettings,
    CircuitSettings,
    Phase,
    ReactionProfile,
    SettingsError,
    SiteSettings,
)

from .desk import SITE, charger

mains = partial(SiteSettings, fuse_rating=(25.0, 25.0, 25.0))
HOUSE_RATING = (20.0, 20.0, 20.0)


def circuit(
    name: str, parent: str | None = None, rating: tuple[float, ...] = HOUSE_RATING
) -> CircuitSettings:
    return CircuitSettings(id=name, parent=parent, rating=rating)


def with_circuits(*circuits: CircuitSettings) -> SiteSettings:
    return replace(SITE, circuits=circuits)


@pytest.mark.parametrize(
    ("site", "key"),
    [
        (with_circuits(circuit("a"), circuit("a")), "circuits"),
        (with_circuits(circuit("a", parent="a")), "circuit_parent"),
        (with_circuits(circuit("a", parent="b")), "circuit_parent"),
        (with_circuits(circuit("a", parent="b"), circuit("b", parent="a")), "circuit_parent"),
        (
            with_circuits(circuit("a", parent="c"), circuit("b", parent="a"), circuit("c", parent="b")),
            "circuit_parent",
        ),
        (
            with_circuits(circuit("in", parent="a"), circuit("a", parent="b"), circuit("b", parent="a")),
            "circuit_parent",
        ),
        (with_circuits(circuit("a", rating=(20.0,))), "circuit_rating"),
        (with_circuits(circuit("a", rating=(20.0, 0.0, 20.0))), "circuit_rating"),
        (with_circuits(circuit("a", rating=(20.0, nan, 20.0))), "circuit_rating"),
        (with_circuits(circuit("a", rating=(20.0, inf, 20.0))), "circuit_rating"),
        (with_circuits(circuit("a", rating=(20.0, -20.0, 20.0))), "circuit_rating"),
        (with_circuits(replace(circuit("a"), power_cap=-1.0)), "circuit_power_cap"),
        (with_circuits(replace(circuit("a"), power_cap=nan)), "circuit_power_cap"),
    ],
)
def test_circuits_that_cannot_be(site: SiteSettings, key: str) -> None:
    with pytest.raises(SettingsError) as error:
        Balancer(site, [charger()])
    assert error.value.key == key


NAMES = ("a", "b", "c", "d", "e")
parent_maps = st.tuples(*[st.sampled_from([None, *NAMES, "nowhere"])] * len(NAMES))


def leads_to_the_mains(name: str, parents: dict[str, str | None]) -> bool:
    """Return whether there is a way up from a circuit to the mains."""
    for _ in NAMES:
        above = parents.get(name, name)
        if above is None:
            return True
        name = above
    return False


@given(parent_maps)
def test_circuits_are_a_tree_or_the_one_at_fault_is_named(chosen: tuple[str | None, ...]) -> None:
    parents = dict(zip(NAMES, chosen, strict=True))
    site = with_circuits(*[circuit(name, parent) for name, parent in parents.items()])
    lost = [name for name in NAMES if not leads_to_the_mains(name, parents)]
    if not lost:
        Balancer(site, [charger(circuit="a")])
        return
    with pytest.raises(SettingsError, match=f"circuit_parent: {lost[0]} is below") as error:
        Balancer(site, [charger(circuit="a")])
    assert error.value.key == "circuit_parent"


@pytest.mark.parametrize(
    ("chargers", "key"),
    [
        ([charger(), charger()], "chargers"),
        ([charger(circuit="attic")], "circuit"),
        ([charger(min_current=6.5, max_current=6.9, fallback_current=0.0)], "step"),
        ([charger(minimum_gap=-1.0)], "reaction"),
        ([charger(reaction=ReactionProfile(command_latency=nan))], "reaction"),
        ([charger(reaction=ReactionProfile(report_latency=inf))], "reaction"),
        ([charger(reaction=ReactionProfile(report_period=-1.0))], "reaction"),
        ([charger(rearm_after=0.0)], "rearm_after"),
        ([charger(rearm_after=nan)], "rearm_after"),
        ([charger(daily_budget=-1)], "daily_budget"),
    ],
)
def test_chargers_that_cannot_be(chargers: list[ChargerSettings], key: str) -> None:
    with pytest.raises(SettingsError) as error:
        Balancer(SITE, chargers)
    assert error.value.key == key


def test_charger_on_a_phase_the_site_does_not_have() -> None:
    with pytest.raises(SettingsError) as error:
        Balancer(SiteSettings(fuse_rating=(25.0,)), [charger()])
    assert error.value.key == "wiring"
    Balancer(SiteSettings(fuse_rating=(25.0,)), [charger(wiring=(Phase.L1,))])


@pytest.mark.parametrize("rating", [0.0, -25.0, 5.9, 250.1, nan, inf, -inf])
@pytest.mark.parametrize("phase", Phase)
def test_main_fuse_that_cannot_be(rating: float, phase: Phase) -> None:
    ratings = [25.0, 25.0, 25.0]
    ratings[phase] = rating
    with pytest.raises(SettingsError) as error:
        SiteSettings(fuse_rating=tuple(ratings))
    assert error.value.key == f"fuse_{phase.name.lower()}"


@pytest.mark.parametrize("ratings", [(), (25.0, 25.0), (25.0,) * 4])
def test_site_has_one_phase_or_three(ratings: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError) as error:
        SiteSettings(fuse_rating=ratings)
    assert error.value.key == "fuse_rating"


@pytest.mark.parametrize(
    ("build", "key"),
    [
        (partial(mains, margin=-0.1), "margin"),
        (partial(mains, margin=24.5), "margin"),
        (partial(mains, margin=nan), "margin"),
        (partial(mains, voltage=0.0), "voltage"),
        (partial(mains, voltage=nan), "voltage"),
        (partial(mains, derating=0.0), "derating"),
        (partial(mains, derating=1.1), "derating"),
        (partial(mains, derating=nan), "derating"),
        (partial(mains, group_power_cap=-1.0), "group_power_cap"),
        (partial(mains, group_power_cap=nan), "group_power_cap"),
        (partial(mains, group_power_cap=inf), "group_power_cap"),
    ],
)
def test_site_that_cannot_be(build: Callable[[], SiteSettings], key: str) -> None:
    with pytest.raises(SettingsError) as error:
        build()
    assert error.value.key == key


@pytest.mark.parametrize(
    ("build", "key"),
    [
        (partial(charger, min_current=5.9), "min_current"),
        (partial(charger, min_current=nan), "min_current"),
        (partial(charger, max_current=5.0), "max_current"),
        (partial(charger, max_current=80.1), "max_current"),
        (partial(charger, max_current=nan), "max_current"),
        (partial(charger, step=0.0), "step"),
        (partial(charger, step=nan), "step"),
        (partial(charger, weight=0.0), "weight"),
        (partial(charger, weight=inf), "weight"),
        (partial(charger, weight=nan), "weight"),
        (partial(charger, fallback_current=5.0), "fallback_current"),
        (partial(charger, fallback_current=17.0), "fallback_current"),
        (partial(charger, fallback_current=nan), "fallback_current"),
        (partial(charger, priority=0), "priority"),
        (partial(charger, priority=101), "priority"),
        (partial(charger, wiring=()), "wiring"),
        (partial(charger, wiring=(Phase.L1, Phase.L1)), "wiring"),
        (partial(charger, wiring=(*Phase, Phase.L1)), "wiring"),
    ],
)
def test_charger_that_cannot_be(build: Callable[[], ChargerSettings], key: str) -> None:
    with pytest.raises(SettingsError) as error:
        build()
    assert error.value.key == key
