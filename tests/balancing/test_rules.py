"""One charger: each rule of the control law in a few steps."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import (
    Ceiling,
    ChargerState,
    Mode,
    Phase,
    Reason,
    ReasonCode,
    SiteSettings,
    SiteState,
)
from custom_components.evmeter.balancing.tuning import TIMINGS, Chain

from .desk import L1, L3, ONE_PHASE, SITE, Desk, Socket, charger

WINDOW = 30
MINIMUM_OFF = int(TIMINGS[Mode.BALANCED, Chain.LOCAL].minimum_off)


def running(socket: Socket | None = None, house: tuple[float, float, float] = (3.0, 3.0, 3.0)) -> Desk:
    """Return a site whose car has been charging for some minutes."""
    desk = Desk(house=house, sockets=[socket or Socket()])
    desk.wait(120)
    return desk


def test_raise_goes_to_the_highest_background_of_the_window() -> None:
    desk = Desk(house=(8.0, 12.0, 3.0))
    desk.wait(WINDOW - 1)
    desk.house = (8.0, 15.0, 3.0)
    desk.step()
    desk.house = (8.0, 12.0, 3.0)
    desk.step()
    assert desk.limit() == 9
    desk.wait(WINDOW)
    assert desk.limit() == 12


def test_overload_is_cut_once_in_the_same_step_to_the_computed_level() -> None:
    desk = running()
    assert desk.limit() == 16
    before = len(desk.writes)
    desk.house = (14.0, 3.0, 3.0)
    decision = desk.step()
    assert decision.overload
    assert decision.phases[0].headroom == pytest.approx(-5.5)
    assert desk.limit() == 10
    desk.wait(30)
    assert len(desk.writes) == before + 1
    assert not desk.last.overload


def test_no_second_cut_while_the_car_follows_unless_the_overload_grows() -> None:
    desk = running()
    socket = desk.sockets[0]
    socket.draw = 16.0
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 10
    desk.wait(3)
    assert desk.limit() == 10
    desk.house = (17.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 7


def test_what_survives_the_reaction_time_is_a_new_overload() -> None:
    desk = running()
    desk.sockets[0].draw = 16.0
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    desk.wait(10)
    assert desk.limit() < 10


def test_car_that_draws_less_neither_winds_the_limit_up_nor_down() -> None:
    desk = running(Socket(charger(max_current=32.0), most=10.0), house=(8.0, 8.0, 8.0))
    assert desk.limit() == 16
    desk.wait(600)
    assert desk.limit() == 16
    desk.house = (15.0, 8.0, 8.0)
    desk.wait(20)
    assert desk.limit() == 9


def test_pause_below_the_minimum_and_resume_with_hysteresis_after_the_minimum_off_time() -> None:
    desk = running(Socket(charger(min_current=8.0, fallback_current=8.0)))
    desk.house = (17.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 0
    assert desk.last.state is SiteState.PAUSED
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.MAINS_PHASE, phase=L1)
    desk.house = (15.7, 3.0, 3.0)
    desk.wait(200)
    assert desk.limit() == 0
    desk.house = (15.4, 3.0, 3.0)
    desk.wait(WINDOW + 1)
    assert desk.limit() == 9


def test_pause_lasts_for_the_minimum_off_time() -> None:
    desk = running()
    desk.house = (20.0, 3.0, 3.0)
    desk.step()
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(MINIMUM_OFF - 1)
    assert desk.limit() == 0
    desk.step()
    assert desk.limit() == 16


def test_small_excess_that_stays_is_trimmed() -> None:
    desk = running(house=(8.4, 3.0, 3.0))
    assert desk.limit() == 16
    desk.house = (8.7, 3.0, 3.0)
    desk.wait(10)
    assert desk.limit() == 16
    desk.wait(WINDOW)
    assert desk.limit() == 15


def test_phase_without_the_car_never_binds_it() -> None:
    desk = Desk(sockets=[Socket(phases=ONE_PHASE, limit=6.0)])
    desk.wait(60)
    assert desk.last.charger("a").active_phases == ONE_PHASE
    desk.house = (3.0, 3.0, 40.0)
    desk.wait(10)
    assert desk.limit() == 16


def test_draw_on_a_phase_believed_unused_counts_at_once() -> None:
    desk = Desk(sockets=[Socket(phases=ONE_PHASE, limit=6.0)])
    desk.wait(60)
    desk.sockets[0].phases = frozenset({L1, L3})
    desk.house = (3.0, 3.0, 20.0)
    desk.step()
    assert desk.last.charger("a").active_phases == {L1, L3}
    assert desk.limit() == 0


def test_phases_are_learned_anew_when_the_car_was_unplugged() -> None:
    desk = Desk(sockets=[Socket(phases=ONE_PHASE, limit=6.0)])
    desk.wait(60)
    socket = desk.sockets[0]
    socket.state = ChargerState.DISCONNECTED
    desk.step()
    assert desk.last.charger("a").active_phases == frozenset(Phase)


def test_pause_keeps_what_is_known_of_the_phases() -> None:
    desk = Desk(sockets=[Socket(phases=ONE_PHASE, limit=6.0)])
    desk.wait(60)
    desk.house = (23.0, 3.0, 22.0)
    desk.step()
    assert desk.limit() == 0
    desk.house = (3.0, 3.0, 22.0)
    desk.wait(MINIMUM_OFF + 1)
    assert desk.limit() == 16


def test_soft_age_stops_raises_and_hard_age_takes_the_fallback() -> None:
    desk = running(house=(12.0, 3.0, 3.0))
    assert desk.limit() == 12
    desk.silent = True
    desk.wait(30)
    assert desk.last.phases[0].stale
    assert not desk.last.fail_safe
    assert desk.limit() == 12
    desk.step()
    assert desk.limit() == 6
    assert desk.last.fail_safe
    assert desk.last.state is SiteState.FAIL_SAFE
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.STALE_METER)
    desk.silent = False
    desk.wait(WINDOW)
    assert desk.limit() == 6
    desk.step()
    assert desk.limit() == 12


def test_fallback_that_would_not_fit_the_last_known_house_is_a_pause() -> None:
    desk = running(Socket(limit=6.0), house=(18.0, 3.0, 3.0))
    assert desk.limit() == 6
    desk.house = (22.0, 3.0, 3.0)
    desk.silent = False
    desk.step()
    desk.house = (10.0, 3.0, 3.0)
    desk.step()
    desk.silent = True
    desk.wait(40)
    assert desk.limit() == 0


def test_meter_that_never_speaks_is_silent_from_the_first_step() -> None:
    desk = Desk(sockets=[Socket(limit=16.0)], silent=True)
    desk.wait(31)
    assert desk.limit() == 16
    desk.step()
    assert desk.limit() == 6
    assert desk.last.fail_safe


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -float("inf"), -300.0, 251.0])
def test_nonsense_is_silence_never_an_empty_house(nonsense: float) -> None:
    desk = running(house=(12.0, 3.0, 3.0))
    desk.house = (nonsense, 3.0, 3.0)
    desk.wait(31)
    assert desk.limit() == 6
    assert desk.last.fail_safe
    assert desk.last.phases[0].mains is None
    assert desk.last.phases[1].mains is not None


def test_ceiling_cuts_at_once_and_its_end_is_a_raise() -> None:
    desk = running()
    desk.sockets[0].ceiling = Ceiling(current=10.0, reason=ReasonCode.SCHEDULE)
    desk.step()
    assert desk.limit() == 10
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.SCHEDULE)
    desk.sockets[0].ceiling = None
    desk.step()
    assert desk.limit() == 10
    desk.wait(15)
    assert desk.limit() == 16


@pytest.mark.parametrize(("current", "reason"), [(0.0, ReasonCode.MANUAL), (5.0, ReasonCode.CABLE)])
def test_ceiling_below_the_minimum_pauses(current: float, reason: ReasonCode) -> None:
    desk = running()
    desk.sockets[0].ceiling = Ceiling(current=current, reason=reason)
    desk.step()
    assert desk.limit() == 0
    assert desk.last.charger("a").reason == Reason(code=reason)


def test_charger_that_does_not_obey_is_told_again_then_paused_and_forgiven() -> None:
    desk = running()
    socket = desk.sockets[0]
    socket.draw = 16.0
    desk.sockets[0].ceiling = Ceiling(current=8.0, reason=ReasonCode.MANUAL)
    desk.step()
    before = len(desk.writes)
    desk.wait(10)
    assert len(desk.writes) == before + 1
    assert not desk.last.charger("a").obeying
    desk.wait(20)
    assert desk.limit() == 0
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.NOT_OBEYING)
    socket.draw = None
    socket.ceiling = None
    desk.step()
    assert desk.last.charger("a").obeying
    desk.wait(MINIMUM_OFF)
    assert desk.limit() == 16


def test_limit_changed_by_somebody_else_is_written_again_but_no_storm() -> None:
    desk = running()
    before = len(desk.writes)
    for _ in range(600):
        desk.sockets[0].limit = 32.0
        desk.sockets[0].most = 16.0
        desk.step()
    assert 1 <= len(desk.writes) - before <= 8
    assert all(decision.current == 16 for _, decision in desk.writes[before:])


def test_only_changes_are_written_and_the_watchdog_is_kept_quiet() -> None:
    desk = running(Socket(charger(rearm_after=60.0)))
    before = len(desk.writes)
    desk.wait(180)
    times = [time for time, _ in desk.writes[before:]]
    assert len(times) == 3
    assert times[1] - times[0] == times[2] - times[1] == 60
    quiet = running()
    before = len(quiet.writes)
    quiet.wait(180)
    assert len(quiet.writes) == before


def test_raises_respect_the_gap_and_cuts_do_not() -> None:
    desk = running(Socket(charger(minimum_gap=900.0)))
    raised = desk.now
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 10
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(700)
    assert desk.limit() == 10
    desk.wait(200)
    assert desk.limit() == 16
    assert desk.writes[-1][0] - raised < 900


def test_raises_respect_the_daily_budget_and_cuts_do_not() -> None:
    desk = running(Socket(charger(daily_budget=2)))
    for _ in range(3):
        desk.house = (14.0, 3.0, 3.0)
        desk.wait(40)
        assert desk.limit() == 10
        desk.house = (3.0, 3.0, 3.0)
        desk.wait(60)
    assert 1 <= sum(decision.raising for _, decision in desk.writes) <= 2
    desk.now += 86400
    desk.wait(100)
    assert desk.limit() == 16


def test_plugged_in_car_starts_with_a_limit_that_fits() -> None:
    desk = Desk(house=(12.0, 3.0, 3.0), sockets=[Socket(state=ChargerState.DISCONNECTED)])
    desk.wait(40)
    assert desk.limit() == 12
    assert desk.last.state is SiteState.IDLE
    desk.sockets[0].state = ChargerState.CHARGING
    assert desk.wait(5).state is SiteState.LIMITED
    assert desk.limit() == 12


def test_thermal_state_settles_where_the_load_drives_it() -> None:
    desk = running()
    desk.wait(900)
    assert desk.last.phases[0].load == pytest.approx((19.0 / (1.28 * 25)) ** 2, rel=0.01)


@pytest.mark.parametrize(("house", "seconds"), [(12.0, 7), (18.4, 5)])
def test_wait_for_an_effect_is_shorter_when_the_fuse_is_about_to_trip(house: float, seconds: int) -> None:
    desk = running(Socket(charger(max_current=32.0)))
    desk.wait(600)
    desk.sockets[0].draw = desk.limit()
    desk.house = (house, 3.0, 3.0)
    desk.step()
    first = desk.limit()
    assert 6 <= first < 21
    desk.wait(seconds - 1)
    assert desk.limit() == first
    desk.step()
    assert desk.limit() < first


@pytest.mark.parametrize("mode", Mode)
def test_modes_differ_in_how_long_they_look(mode: Mode) -> None:
    site = SiteSettings(fuse_rating=(25.0, 25.0, 25.0), mode=mode)
    desk = Desk(site=site, sockets=[Socket(limit=6.0)])
    windows = {Mode.GENTLE: 60, Mode.BALANCED: 30, Mode.FAST: 15}
    desk.wait(windows[mode])
    assert desk.limit() == 6
    desk.step()
    assert desk.limit() == 16


def test_whole_amp_meter_is_read_at_its_upper_edge() -> None:
    desk = Desk(house=(10.0, 3.0, 3.0), resolution=1.0)
    desk.wait(120)
    assert desk.limit() == 14
    assert SITE.fuse_rating[0] - 0.5 - 0.5 - 10 == 14


def test_export_on_one_phase_is_no_credit_for_another() -> None:
    desk = Desk(house=(-10.0, 12.0, 3.0))
    desk.wait(120)
    assert desk.limit() == 12
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L2)


@pytest.mark.parametrize(("calm", "kept"), [(90, 6), (30, 0)])
def test_silent_house_is_judged_by_its_last_minute(calm: int, kept: float) -> None:
    desk = Desk(house=(20.0, 3.0, 3.0))
    desk.wait(60)
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(calm)
    desk.silent = True
    desk.wait(60)
    assert desk.last.fail_safe
    assert desk.limit() == kept
