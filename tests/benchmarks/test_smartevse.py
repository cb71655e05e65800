"""Every rule of SmartEVSE's smart mode, and of the limit that never changes, one by one."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from .comparison.baselines import Fixed6A, SmartEVSE
from .comparison.baselines.smartevse import shares, tenths
from .comparison.controller import on_all
from .comparison.scenario import ChargerPlan, CircuitPlan
from .seen import at, charger, site, told


def begun(balancer: SmartEVSE, mains: float = 5.0) -> SmartEVSE:
    """Let the charger begin at second 0 with what the mains leave."""
    balancer.step(at(0, mains, *[charger(0) for _ in balancer.scenario.chargers]))
    return balancer


def limits(balancer: SmartEVSE, mains: float, seconds: Iterable[int]) -> list[float]:
    """Return the limits that are written while the mains do not change [A]."""
    calls = [told(balancer, at(now, mains)) for now in seconds]
    return [call[0] for call in calls if call is not None]


@pytest.mark.parametrize(
    ("current", "maxima", "given"),
    [
        (200, [160, 160], [100, 100]),
        (200, [60, 320], [60, 140]),
        (400, [160, 160], [160, 160]),
        (181, [60, 60, 320], [60, 60, 61]),
    ],
)
def test_current_is_shared_equally_up_to_each_maximum(
    current: int, maxima: list[int], given: list[int]
) -> None:
    """What one cannot take is shared among the others."""
    assert shares(current, maxima) == given


def test_currents_are_whole_tenths() -> None:
    """Fractions are dropped."""
    assert [tenths(amps) for amps in (16.0, 15.99, 0.3, 25.1)] == [160, 159, 3, 251]


def test_beginning_takes_what_the_base_load_leaves() -> None:
    """17.5 A of the house leave 7.5 A."""
    assert told(SmartEVSE(site()), at(0, 17.5, charger(0))) == on_all(7.5)


def test_quarter_of_the_room_is_added_every_other_second() -> None:
    """8 A of room: 2 A, and again from what the limit then leaves of it."""
    balancer = begun(SmartEVSE(site()), 19.0)
    assert limits(balancer, 17.0, range(1, 8)) == [8, 10, 12]


def test_overload_is_taken_away_at_once_and_again_until_it_shows() -> None:
    """There is no dead time in the rule: the second loop subtracts the same overload once more."""
    balancer = begun(SmartEVSE(site()))
    assert limits(balancer, 28.0, range(1, 5)) == [13, 10]


def test_same_measurement_changes_nothing() -> None:
    """Only a fresh one counts."""
    balancer = begun(SmartEVSE(site()))
    assert told(balancer, at(2, 28.0, reported_at=2)) == on_all(13)
    assert [told(balancer, at(now, 28.0, reported_at=2)) for now in range(3, 13)] == [None] * 10


def test_quarter_of_less_than_four_tenths_is_nothing() -> None:
    """The division drops what is left of it."""
    balancer = begun(SmartEVSE(site()), 15.0)
    assert limits(balancer, 24.7, range(1, 20)) == []
    assert limits(balancer, 24.6, range(20, 22)) == [10.1]


def test_third_shortage_in_a_row_stops_all() -> None:
    """Twice it holds 6 A all the same."""
    balancer = begun(SmartEVSE(site()), 19.0)
    assert limits(balancer, 26.0, range(1, 6)) == []
    assert limits(balancer, 26.0, [6]) == [0]


def test_twice_the_mains_stops_at_once() -> None:
    """No counting then."""
    assert limits(begun(SmartEVSE(site())), 50.1, [2]) == [0]


def test_stop_ends_a_minute_after_there_is_current() -> None:
    """And the charger begins with what is there then."""
    balancer = begun(SmartEVSE(site()))
    limits(balancer, 50.1, [2])
    assert limits(balancer, 19.1, range(4, 100)) == []
    assert limits(balancer, 18.0, range(100, 160)) == []
    assert limits(balancer, 18.0, [160]) == [7]


def test_stop_goes_on_when_the_current_is_gone_after_the_minute() -> None:
    """Then another minute passes."""
    balancer = begun(SmartEVSE(site()))
    limits(balancer, 50.1, [2])
    assert limits(balancer, 18.0, range(100, 160)) == []
    assert limits(balancer, 20.0, [160]) == []
    assert limits(balancer, 18.0, range(162, 222)) == []
    assert limits(balancer, 18.0, [222]) == [7]


def test_eleven_seconds_of_silence_stop_all() -> None:
    """Until then the last limit stays."""
    balancer = begun(SmartEVSE(site()))
    calls = [told(balancer, at(now, 5.0, reported_at=0)) for now in range(1, 13)]
    assert calls == [None] * 11 + [on_all(0)]


def test_highest_phase_counts_for_all() -> None:
    """An overload on L3 limits a car on L1."""
    balancer = begun(SmartEVSE(site()))
    assert told(balancer, at(2, (16.0, 1.0, 28.0), charger(16, phases=1))) == on_all(13)


def test_group_shares_one_current() -> None:
    """Two chargers begin together."""
    balancer = SmartEVSE(site(ChargerPlan(id="a"), ChargerPlan(id="b")))
    assert balancer.step(at(0, 5.0, charger(0), charger(0))) == [on_all(10), on_all(10)]


def test_second_charger_waits_for_a_minimum_of_its_own() -> None:
    """11 A are not enough for two."""
    balancer = SmartEVSE(site(ChargerPlan(id="a"), ChargerPlan(id="b")))
    assert balancer.step(at(0, 14.0, charger(0), charger(0))) == [on_all(11), on_all(0)]


def test_circuit_bounds_its_own_group_only() -> None:
    """The charger outside is another group."""
    plans = (ChargerPlan(id="a", circuit="garage"), ChargerPlan(id="b"))
    balancer = SmartEVSE(replace(site(*plans), circuits=(CircuitPlan(id="garage", rating=9),)))
    assert balancer.step(at(0, 5.0, charger(0), charger(0))) == [on_all(9), on_all(16)]


def test_operator_dims_the_group() -> None:
    """4.2 kW are 6 A on three phases, whatever the cars use."""
    balancer = begun(SmartEVSE(site()))
    assert told(balancer, at(2, 20.0, power_cap=4200)) == on_all(6)


def test_restart_of_home_assistant_leaves_it_alone() -> None:
    """It lives in a wallbox."""
    balancer = SmartEVSE(site())
    assert balancer.restart(keeps_state=False) is balancer


def test_fixed_limit_is_written_once() -> None:
    """To every charger, and not again after a restart."""
    fixed = Fixed6A(site(ChargerPlan(id="a"), ChargerPlan(id="b")))
    both = (charger(), charger())
    assert fixed.step(at(0, 30.0, *both)) == [on_all(6), on_all(6)]
    assert fixed.restart(keeps_state=False).step(at(1, 60.0, *both)) == [None, None]
