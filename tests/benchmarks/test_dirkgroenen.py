"""Every rule of dirkgroenen with its optimised monitor, one by one."""

import pytest

from .comparison.baselines import Dirkgroenen
from .comparison.baselines.dirkgroenen import PhaseMonitor
from .comparison.controller import on_all
from .comparison.scenario import ChargerPlan
from .seen import FUSE, at, charger, site, told


@pytest.mark.parametrize(
    ("available", "seconds"), [(-1, 60), (-3, 60), (-4, 30), (-10, 30), (-11, 10), (-25, 10), (-26, 1)]
)
def test_overload_waits_for_its_height(available: float, seconds: int) -> None:
    """Up to 13 % above the fuse a minute, up to 40 % half, up to 100 % a sixth, beyond no time at all."""
    monitor = PhaseMonitor(FUSE)
    out = [monitor.update(available, 1) for _ in range(seconds)]
    assert out == [0] * (seconds - 1) + [available]


def test_last_room_stays_out_until_the_risk_is_full() -> None:
    """Half a minute into an overload the allocator still sees the room of before."""
    monitor = PhaseMonitor(FUSE)
    assert monitor.update(7, 1) == 7
    assert [monitor.update(-2, 1) for _ in range(59)] == [7] * 59
    assert monitor.update(-2, 1) == -2


def test_overload_stays_out_while_the_next_risk_gathers() -> None:
    """It is applied again at every write that the gap allows."""
    monitor = PhaseMonitor(FUSE)
    for _ in range(60):
        monitor.update(-2, 1)
    assert [monitor.update(-3, 1) for _ in range(59)] == [-2] * 59


def test_risk_falls_by_the_second() -> None:
    """Twenty quiet seconds undo twenty of a low overload."""
    monitor = PhaseMonitor(FUSE)
    for _ in range(40):
        monitor.update(-2, 1)
    for _ in range(20):
        assert monitor.update(0, 1) == 0
    assert [monitor.update(-2, 1) for _ in range(40)][-2:] == [0, -2]


def test_almost_an_ampere_of_overload_is_none() -> None:
    """Both floors are optimistic."""
    balancer = Dirkgroenen(site())
    assert all(told(balancer, at(now, 25.99)) is None for now in range(300))


def test_cut_goes_to_the_computed_level() -> None:
    """After a minute at 28 A: 3 A less, for the worst phase of all."""
    balancer = Dirkgroenen(site())
    calls = [told(balancer, at(now, (28.4, 10.0, 10.0))) for now in range(61)]
    assert calls == [None] * 60 + [on_all(13)]


def test_phase_that_the_car_does_not_use_limits_it() -> None:
    """A charger with one limit gets the lowest of all its phases."""
    balancer = Dirkgroenen(site())
    calls = [told(balancer, at(now, (10.0, 10.0, 28.4), charger(16, phases=1))) for now in range(61)]
    assert calls[-1] == on_all(13)


@pytest.mark.parametrize(("mains", "limit"), [(37.0, 4), (45.0, 0)])
def test_nothing_is_known_of_six_amperes(mains: float, limit: float) -> None:
    """Limits of 1 to 5 A are written, never less than 0."""
    balancer = Dirkgroenen(site())
    calls = [told(balancer, at(now, mains)) for now in range(60)]
    assert next(call for call in calls if call is not None) == on_all(limit)


def test_cuts_are_more_than_twenty_seconds_apart() -> None:
    """The overload that is out is applied again and again, at that pace."""
    balancer = Dirkgroenen(site())
    times = [now for now in range(50) if told(balancer, at(now, 38.0)) is not None]
    assert times == [10, 31]


def test_raise_waits_a_quarter_of_an_hour() -> None:
    """Room is there at once after the cut, and taken 15 minutes later."""
    balancer = Dirkgroenen(site())
    limit, times = 16.0, []
    for now in range(1200):
        call = told(balancer, at(now, 38.0 if now < 11 else 15.0, charger(limit)))
        if call is not None:
            limit = call[0]
            times.append((now, limit))
    assert times == [(10, 3), (911, 13)]


def test_raise_stops_at_what_was_there_when_the_session_began() -> None:
    """The ceiling is the charger's maximum."""
    balancer = Dirkgroenen(site(ChargerPlan(maximum=10)))
    limit = 10.0
    for now in range(1200):
        call = told(balancer, at(now, 38.0 if now < 11 else 2.0, charger(limit)))
        limit = limit if call is None else call[0]
    assert limit == 10


def test_late_readback_is_taken_for_a_wish() -> None:
    """A charger that still tells the old limit after 15 s raises the balancer's idea of it."""
    balancer = Dirkgroenen(site())
    for now in range(11):
        told(balancer, at(now, 38.0, charger(16)))
    calls = [told(balancer, at(now, 38.0, charger(16))) for now in range(11, 32)]
    assert calls[-1] == on_all(3), "13 A less than what is read back, not than the 3 A that were written"


def test_lower_readback_becomes_the_ceiling() -> None:
    """Nothing above it is ever written again in this session."""
    balancer = Dirkgroenen(site())
    assert all(told(balancer, at(now, 2.0, charger(16))) is None for now in range(20))
    assert all(told(balancer, at(now, 2.0, charger(9))) is None for now in range(20, 2000))


def test_every_charger_has_an_instance_of_its_own() -> None:
    """Both cut for the same overload."""
    balancer = Dirkgroenen(site(ChargerPlan(id="a"), ChargerPlan(id="b")))
    calls = [balancer.step(at(now, 28.4, charger(), charger())) for now in range(61)]
    assert calls[-1] == [on_all(13), on_all(13)]


def test_repeated_value_is_a_value() -> None:
    """Nothing looks at the age of a measurement."""
    balancer = Dirkgroenen(site())
    calls = [told(balancer, at(now, 28.4, reported_at=0)) for now in range(61)]
    assert calls[-1] == on_all(13)
