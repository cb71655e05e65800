"""Faults that balancers have had in the field, each named: this one must not have them."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerReading,
    ChargerState,
    MainsReading,
    Mode,
    Phase,
    ReasonCode,
    SettingsError,
    SiteSettings,
)

from .desk import CHARGER, L1, L2, L3, ONE_PHASE, SITE, Desk, Socket, charger


@pytest.mark.parametrize("mode", Mode)
def test_overload_must_reduce_in_every_mode(mode: Mode) -> None:
    desk = Desk(site=SiteSettings(fuse_rating=(25.0,) * 3, mode=mode), sockets=[Socket(limit=16.0)])
    desk.wait(5)
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 10


def test_zero_amps_is_a_valid_reading() -> None:
    desk = Desk(house=(0.0, 0.0, 0.0))
    desk.wait(40)
    assert desk.limit() == 16
    assert desk.last.phases[0].background == 0
    assert not desk.last.phases[0].stale


def test_sign_of_export_is_kept() -> None:
    desk = Desk(house=(-20.0, -20.0, -20.0))
    desk.wait(40)
    assert desk.last.phases[0].mains == pytest.approx(-20.0, abs=16.1)
    assert desk.last.phases[0].headroom is not None
    assert desk.last.phases[0].headroom > 24
    assert not desk.last.overload


def test_three_cycle_phase_rotation_limits_the_right_car() -> None:
    turned = charger(wiring=(L2, L3, L1))
    assert turned.to_mains((1.0, 2.0, 3.0), 3) == (3.0, 1.0, 2.0)
    assert turned.to_terminals((3.0, 1.0, 2.0)) == (1.0, 2.0, 3.0)
    desk = Desk(sockets=[Socket(charger(wiring=(L2,)), phases=frozenset({L2}))])
    desk.house = (20.0, 9.0, 3.0)
    desk.wait(60)
    assert desk.last.charger("a").limit == (0.0, 15.0, 0.0)


def test_the_smallest_phase_decides_by_number_not_by_text() -> None:
    desk = Desk(house=(9.0, 15.5, 10.0))
    desk.wait(60)
    assert desk.limit() == 8


def test_power_taken_for_current_is_silence_not_a_current() -> None:
    desk = Desk(sockets=[Socket(limit=10.0)])
    desk.wait(5)
    desk.house = (2300.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 10
    assert desk.last.phases[0].mains is None


def test_source_that_was_renamed_is_a_silent_one() -> None:
    balancer = Balancer(SITE, [CHARGER])
    said = [ChargerReading(id="a", state=ChargerState.CHARGING, current=(16.0,) * 3, limit=16.0)]
    gone = MainsReading(current=(None, None, None), measured_at=(0.0, 0.0, 0.0))
    decisions = [balancer.step(float(now), gone, said) for now in range(60)]
    assert decisions[-1].fail_safe
    assert decisions[-1].charger("a").current == 6


def test_negative_headroom_on_all_phases_pauses() -> None:
    desk = Desk(sockets=[Socket(limit=16.0)])
    desk.wait(5)
    desk.house = (40.0, 40.0, 40.0)
    desk.step()
    assert desk.limit() == 0
    desk.wait(600)
    assert desk.limit() == 0


def test_new_session_begins_with_a_limit_that_fits() -> None:
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(state=ChargerState.DISCONNECTED, limit=32.0)])
    desk.wait(10)
    assert desk.limit() == 10
    desk.sockets[0].limit = 32.0
    desk.sockets[0].state = ChargerState.READY
    desk.wait(10)
    assert desk.sockets[0].limit == desk.limit() == 10


def test_watchdog_is_rearmed_although_nothing_changed() -> None:
    desk = Desk(sockets=[Socket(charger(rearm_after=60.0), limit=16.0)])
    desk.wait(200)
    times = [time for time, _ in desk.writes]
    assert times == [61, 121, 181]


def test_stale_value_never_becomes_an_empty_house() -> None:
    desk = Desk(house=(18.0, 3.0, 3.0), sockets=[Socket(limit=6.0)])
    desk.wait(60)
    desk.silent = True
    desk.wait(600)
    assert desk.limit() == 6
    assert all(phase.mains is None and phase.headroom is None for phase in desk.last.phases)


def test_meter_period_of_10_s_is_not_a_silence() -> None:
    balancer = Balancer(SITE, [CHARGER])
    said = [ChargerReading(id="a", state=ChargerState.CHARGING, current=(16.0,) * 3, limit=16.0)]
    for now in range(300):
        heard = float(now - now % 10)
        mains = MainsReading(current=(20.0, 20.0, 20.0), measured_at=(heard,) * 3, period=10.0)
        decision = balancer.step(float(now), mains, said)
        assert not decision.fail_safe
        assert not any(phase.stale for phase in decision.phases)
        assert decision.charger("a").current == 16


def test_limit_above_the_maximum_is_lowered_in_the_first_write() -> None:
    desk = Desk(sockets=[Socket(limit=32.0, most=16.0)])
    desk.step()
    assert desk.limit() == 16
    assert [(decision.current, decision.raising) for _, decision in desk.writes] == [(16.0, False)]


def test_no_raise_during_an_overload_of_another_phase() -> None:
    desk = Desk(sockets=[Socket(limit=8.0)])
    desk.house = (16.6, 3.0, 3.0)
    for _ in range(120):
        desk.step()
        assert desk.limit() <= 8


def test_one_phase_car_on_l1_is_not_bothered_by_l3() -> None:
    desk = Desk(sockets=[Socket(phases=ONE_PHASE, limit=16.0)])
    desk.wait(60)
    writes = len(desk.writes)
    desk.house = (3.0, 3.0, 60.0)
    desk.wait(60)
    assert desk.limit() == 16
    assert len(desk.writes) == writes
    assert desk.last.overload
    assert desk.last.charger("a").reason.phase is not Phase.L3


def test_restart_mid_session_adopts_what_runs() -> None:
    desk = Desk(sockets=[Socket(limit=11.0)])
    desk.step()
    assert desk.limit() == 11
    assert desk.writes == []
    assert desk.last.charger("a").reason.code is ReasonCode.RESTART_HOLD
    desk.wait(40)
    assert desk.limit() == 16


def test_charger_that_comes_back_with_its_factory_limit_is_told_again() -> None:
    desk = Desk(house=(12.0, 3.0, 3.0), sockets=[Socket(limit=12.0)])
    desk.wait(60)
    desk.sockets[0].gone = True
    desk.wait(60)
    desk.sockets[0].gone = False
    desk.sockets[0].limit = 32.0
    desk.sockets[0].draw = 0.0
    desk.step()
    assert desk.sockets[0].limit == 12


def test_fallback_outside_of_the_range_is_refused() -> None:
    with pytest.raises(SettingsError) as error:
        charger(min_current=8.0)
    assert error.value.key == "fallback_current"
    assert charger(min_current=8.0, fallback_current=0.0).fallback_current == 0


def test_reading_of_an_unknown_charger_is_ignored() -> None:
    desk = Desk(sockets=[Socket(limit=16.0)])
    desk.wait(5)
    stranger = ChargerReading(id="stranger", state=ChargerState.CHARGING, current=(30.0,) * 3)
    decision = desk.balancer.step(desk.now + 1, desk.mains, [*desk.readings(), stranger])
    assert [each.id for each in decision.chargers] == ["a"]
    with pytest.raises(KeyError):
        decision.charger("stranger")
    assert decision.charger("a").limit[L1] == 16
