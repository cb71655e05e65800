"""Every rule of dala318, one by one."""

import pytest

from evmeter_client.simulator.basics import Phase

from .comparison.baselines import Dala318
from .comparison.baselines.dala318 import History
from .comparison.controller import on_all
from .comparison.scenario import ChargerPlan
from .seen import at, charger, site, told

L1, L2, L3 = Phase


def second_call(balancer: Dala318, mains: float | tuple[float, float, float], limit: float) -> object:
    """Show the same twice: the second time the debounced refresh runs."""
    told(balancer, at(0, mains, charger(limit)))
    return told(balancer, at(1, mains, charger(limit)))


def test_change_is_answered_a_second_later() -> None:
    """The debouncer does not call at once."""
    balancer = Dala318(site())
    assert told(balancer, at(0, 20.0)) is None
    assert told(balancer, at(1, 20.0)) == on_all(16)


def test_nothing_happens_without_a_change() -> None:
    """There is no timer: a meter that repeats itself silences it."""
    balancer = Dala318(site())
    second_call(balancer, 20.0, 16)
    assert [told(balancer, at(now, 20.0)) for now in range(2, 60)] == [None] * 58


def test_every_change_is_a_call_even_with_the_same_limit() -> None:
    """Nothing compares a limit with the last one."""
    balancer = Dala318(site())
    calls = [told(balancer, at(now, 5.0 + now % 2 / 10)) for now in range(60)]
    assert calls == [None] + [on_all(16)] * 59


def test_limit_read_back_counts_as_the_draw() -> None:
    """Whatever the car takes: limit + fuse - mains."""
    balancer = Dala318(site())
    told(balancer, at(0, 28.5, charger(16, 7)))
    assert told(balancer, at(1, 28.5, charger(16, 7))) == on_all(12.5)


@pytest.mark.parametrize(("mains", "limit"), [(31.5, 9.5), (37.0, 4.0), (40.9, pytest.approx(0.1))])
def test_nothing_is_known_of_six_amperes(mains: float, limit: float) -> None:
    """Values between 0 and the minimum are sent as they come."""
    assert second_call(Dala318(site()), mains, 16) == (limit,) * 3


def test_below_zero_is_zero() -> None:
    """The deepest cut."""
    assert second_call(Dala318(site()), 50.0, 16) == on_all(0)


def test_circuit_bounds_the_limit() -> None:
    """The rating of the charger's circuit, where that is less than its own maximum."""
    assert second_call(Dala318(site(ChargerPlan(maximum=10))), 5.0, 10) == on_all(10)


def test_each_phase_has_a_limit_of_its_own() -> None:
    """A pair is a phase of the charger and one of the mains."""
    assert second_call(Dala318(site()), (25.0, 28.0, 20.0), 16) == (16, 13, 16)


def test_swapped_phases_are_found() -> None:
    """Upside down is right where the map is its own inverse."""
    balancer = Dala318(site(ChargerPlan(wiring=(L2, L1, L3))))
    assert second_call(balancer, (25.0, 28.0, 20.0), 16) == (13, 16, 16)


def test_cyclic_phases_are_mixed_up() -> None:
    """The first terminal is wired to L2, and is given what L3 has to spare."""
    balancer = Dala318(site(ChargerPlan(wiring=(L2, L3, L1))))
    assert second_call(balancer, (25.0, 28.0, 31.0), 16) == (10, 16, 13)


def test_deviation_is_kept_free_from_the_sixth_value_on() -> None:
    """Five values have none; six of 20 and 22 A in turn have one of 1 A."""
    balancer = Dala318(site())
    calls = [told(balancer, at(now, 26.0 + 2 * (now % 2))) for now in range(6)]
    assert calls[4] == on_all(16 - 1)
    assert calls[5] == on_all(16 - 3 - 1)


def test_history_forgets_after_two_minutes_but_keeps_ten() -> None:
    """A step is in the deviation for 120 s; slow meters keep their last ten values."""
    history = History()
    for now in range(6):
        history.arrived(now, 20.0 if now else 0.0)
    assert history.deviation == pytest.approx(7.45, abs=0.01)
    for now in range(6, 130):
        history.arrived(now, 20.0)
    assert history.deviation == 0
    slow = History()
    for now in range(12):
        slow.arrived(now * 60.0, 1.0 * now)
    assert slow.deviation == pytest.approx(2.87, abs=0.01)


def test_every_charger_takes_the_whole_room() -> None:
    """Entries know nothing of each other."""
    balancer = Dala318(site(ChargerPlan(id="a"), ChargerPlan(id="b")))
    both = (charger(6), charger(6))
    balancer.step(at(0, 20.0, *both))
    assert balancer.step(at(1, 20.0, *both)) == [on_all(11), on_all(11)]


def test_restart_forgets_the_history() -> None:
    """A new instance asks again."""
    balancer = Dala318(site())
    second_call(balancer, 20.0, 16)
    again = balancer.restart(keeps_state=True)
    assert again is not balancer
    assert told(again, at(9, 20.0)) is None
