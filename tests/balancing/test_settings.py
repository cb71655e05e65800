"""Settings that cannot be used are refused when the balancer is built, and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
        (with_circuits(circuit("a", rating=(20.0,))), "circuit_rating"),
        (with_circuits(circuit("a", rating=(20.0, 0.0, 20.0))), "circuit_rating"),
        (with_circuits(circuit("a", rating=(20.0, float("nan"), 20.0))), "circuit_rating"),
        (with_circuits(replace(circuit("a"), power_cap=-1.0)), "circuit_power_cap"),
    ],
)
def test_circuits_that_cannot_be(site: SiteSettings, key: str) -> None:
    with pytest.raises(SettingsError) as error:
        Balancer(site, [charger()])
    assert error.value.key == key


@pytest.mark.parametrize(
    ("chargers", "key"),
    [
        ([charger(), charger()], "chargers"),
        ([charger(circuit="attic")], "circuit"),
        ([charger(min_current=6.5, max_current=6.9, fallback_current=0.0)], "step"),
        ([charger(minimum_gap=-1.0)], "reaction"),
        ([charger(reaction=ReactionProfile(command_latency=float("nan")))], "reaction"),
        ([charger(rearm_after=0.0)], "rearm_after"),
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


@pytest.mark.parametrize("rating", [0.0, -25.0, float("nan"), float("inf")])
def test_main_fuse_that_cannot_be(rating: float) -> None:
    with pytest.raises(SettingsError) as error:
        SiteSettings(fuse_rating=(25.0, rating, 25.0))
    assert error.value.key == "fuse_l2"
