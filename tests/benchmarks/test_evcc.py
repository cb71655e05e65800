"""Every rule of evcc's load management, one by one."""

from dataclasses import replace

import pytest

from .comparison.baselines import Evcc
from .comparison.baselines.evcc import granted
from .comparison.controller import on_all
from .comparison.scenario import ChargerPlan, CircuitPlan
from .seen import at, blind, charger, site, told


@pytest.mark.parametrize(
    ("old", "wanted", "room", "grant"),
    [(6, 16, 20, 16), (6, 16, 4, 10), (6, 16, -2, 4), (6, 16, -9, 0), (16, 10, -2, 10), (16, 16, -3, 13)],
)
def test_rise_is_granted_as_far_as_there_is_room(
    old: float, wanted: float, room: float, grant: float
) -> None:
    """Room below zero takes from what is drawn now; less than that is always granted."""
    assert granted(old, wanted, room) == grant


def test_cycle_runs_every_thirty_seconds() -> None:
    """Whatever happens between."""
    balancer = Evcc(site())
    times = [now for now in range(91) if told(balancer, at(now, 25.0 + now % 7)) is not None]
    assert set(times) <= {0, 30, 60, 90}
    assert times[0] == 0


def test_draw_and_room_make_the_offer() -> None:
    """The car takes 9 A, 3.5 A are left: 12 A, without any margin."""
    balancer = Evcc(site())
    assert told(balancer, at(0, 21.5, charger(16, 9))) == on_all(12)


def test_offer_is_the_draw_where_nothing_is_measured() -> None:
    """First the charger's maximum, then what was offered last."""
    balancer = Evcc(site())
    assert told(balancer, at(0, 28.0, blind())) == on_all(13)
    assert told(balancer, at(30, 28.0, blind(13))) == on_all(10)
    assert told(balancer, at(60, 15.0, blind(10, charging=False))) is None


def test_highest_phase_counts_for_all() -> None:
    """An overload on L3 limits a car on L1."""
    balancer = Evcc(site())
    assert told(balancer, at(0, (16.0, 1.0, 28.0), charger(16, phases=1))) == on_all(13)


def test_less_than_the_minimum_is_off_at_once_and_on_again_at_once() -> None:
    """No timer holds either."""
    balancer = Evcc(site())
    assert told(balancer, at(0, 36.0, charger(16))) == on_all(0)
    assert told(balancer, at(30, 19.0, charger(0))) == on_all(6)


def test_only_changes_are_written() -> None:
    """The same offer again is none."""
    balancer = Evcc(site())
    assert told(balancer, at(0, 20.0, charger(16))) == on_all(16)
    assert told(balancer, at(30, 21.0, charger(16))) is None


def test_loadpoints_take_turns() -> None:
    """With two of them each is served every minute."""
    balancer = Evcc(site(ChargerPlan(id="a"), ChargerPlan(id="b")))
    calls = [balancer.step(at(now, 30.0, charger(12), charger(12))) for now in (0, 30, 60)]
    assert calls == [[on_all(7), None], [None, on_all(7)], [None, None]]


def test_silent_meter_is_an_infinite_load_after_a_minute() -> None:
    """Until then the last value counts."""
    balancer = Evcc(site())
    calls = [told(balancer, at(now, 20.0, charger(16), reported_at=0)) for now in (0, 30, 60, 90)]
    assert calls == [on_all(16), None, None, on_all(0)]


def test_circuit_without_a_meter_carries_its_loadpoints() -> None:
    """20 A for two: what the other one draws is not there."""
    garage = CircuitPlan(id="garage", rating=20)
    plans = (ChargerPlan(id="a", circuit="garage"), ChargerPlan(id="b", circuit="garage"))
    balancer = Evcc(replace(site(*plans), circuits=(garage,)))
    assert balancer.step(at(0, 16.0, charger(6), charger(6))) == [on_all(14), None]


def test_mains_bound_a_circuit() -> None:
    """Both grants are asked for; the lower one counts."""
    garage = CircuitPlan(id="garage", rating=20)
    balancer = Evcc(replace(site(ChargerPlan(circuit="garage")), circuits=(garage,)))
    assert told(balancer, at(0, 23.0, charger(6))) == on_all(8)


@pytest.mark.parametrize(("phases", "limit"), [(3, 6), (1, 16)])
def test_operator_dims_power(phases: int, limit: float) -> None:
    """4.2 kW are 6 A on three phases and more than the car takes on one."""
    balancer = Evcc(site())
    assert told(balancer, at(0, 16.0, charger(16, phases=phases), power_cap=4200)) == on_all(limit)


def test_restart_of_home_assistant_leaves_it_alone() -> None:
    """It is a service of its own."""
    balancer = Evcc(site())
    assert balancer.restart(keeps_state=False) is balancer
