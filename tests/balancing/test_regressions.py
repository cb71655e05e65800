"""Faults that balancers have had in the field, each named: this one must not have them.

The numbers are those of issues and pull requests in the trackers of other projects.
"""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerReading,
    ChargerState,
    FuseType,
    MainsReading,
    Mode,
    Phase,
    ReactionProfile,
    ReasonCode,
    SettingsError,
    SiteSettings,
    WriteClass,
)

from .desk import ALL, CHARGER, L1, L2, L3, ONE_PHASE, SITE, Desk, Socket, charger
from .plant import Car, Plant


@pytest.mark.parametrize("fuse", FuseType)
@pytest.mark.parametrize("mode", Mode)
def test_overload_must_reduce_in_every_mode(mode: Mode, fuse: FuseType) -> None:
    """PR #92 of another balancer: its careful mode clamped all results at 0, so no cut was ever made."""
    site = SiteSettings(fuse_rating=(25.0,) * 3, mode=mode, fuse_type=fuse)
    desk = Desk(site=site, sockets=[Socket(limit=16.0)])
    desk.wait(5)
    desk.house = (14.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 10


def test_zero_amps_is_a_valid_reading() -> None:
    """A meter adapter took 0.0 A for "nothing": the cycle was left out, or the charger locked at 0."""
    desk = Desk(house=(0.0, 0.0, 0.0))
    desk.wait(40)
    assert desk.limit() == 16
    assert desk.last.phases[0].background == 0
    assert not desk.last.phases[0].stale


def test_sign_of_export_is_kept() -> None:
    """Meters tell currents without a sign (#234 of a meter's library): what is exported counted as load."""
    desk = Desk(house=(-20.0, -20.0, -20.0))
    desk.wait(40)
    assert desk.limit() == 16
    assert desk.last.phases[0].mains == pytest.approx(-4.0)
    assert desk.last.phases[0].headroom == pytest.approx(28.5)
    assert not desk.last.overload


@pytest.mark.parametrize(
    ("wiring", "from_terminals", "from_mains"),
    [
        ((L1, L2, L3), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0)),
        ((L2, L1, L3), (2.0, 1.0, 3.0), (2.0, 1.0, 3.0)),
        ((L2, L3, L1), (3.0, 1.0, 2.0), (2.0, 3.0, 1.0)),
        ((L3, L1, L2), (2.0, 3.0, 1.0), (3.0, 1.0, 2.0)),
    ],
)
def test_three_cycle_of_phases_is_not_turned_the_wrong_way(
    wiring: tuple[Phase, ...], from_terminals: tuple[float, ...], from_mains: tuple[float, ...]
) -> None:
    """A phase map that was read backwards: right for straight wires and for two swapped, wrong for three."""
    turned = charger(wiring=wiring)
    assert turned.to_mains((1.0, 2.0, 3.0), 3) == from_terminals
    assert turned.to_terminals((1.0, 2.0, 3.0)) == from_mains
    assert turned.to_terminals(turned.to_mains((1.0, 2.0, 3.0), 3)) == (1.0, 2.0, 3.0)


def test_limit_follows_the_phase_the_car_is_wired_to() -> None:
    """The same fault as seen by a car with one phase: it was limited by a phase it does not use."""
    desk = Desk(sockets=[Socket(charger(wiring=(L2,)), phases=frozenset({L2}))])
    desk.house = (20.0, 9.0, 3.0)
    desk.wait(60)
    assert desk.last.charger("a").limit == (0.0, 15.0, 0.0)


def test_the_highest_phase_is_found_by_number_not_by_text() -> None:
    """A blueprint took the maximum of the states as texts: "9.8" is more than "15.5" there."""
    desk = Desk(house=(9.8, 15.5, 10.0))
    desk.wait(60)
    assert desk.limit() == 8
    assert desk.last.charger("a").reason.phase is L2


def test_power_taken_for_current_is_silence_not_a_current() -> None:
    """Units mixed up (#66, #75): a thousand times too much is no reading, whatever phase it is on."""
    desk = Desk(sockets=[Socket(limit=10.0)])
    desk.wait(5)
    desk.house = (2300.0, 3.0, 3.0)
    desk.step()
    assert desk.limit() == 10
    assert desk.last.phases[0].mains is None
    desk.wait(40)
    assert desk.last.fail_safe


def test_source_that_was_renamed_or_disabled_is_a_silent_one() -> None:
    """Renamed keys (#25, #51) and disabled entities: no cycle was run and the last high limit stayed."""
    balancer = Balancer(SITE, [CHARGER])
    said = [ChargerReading(id="a", state=ChargerState.CHARGING, current=(16.0,) * 3, limit=16.0)]
    gone = MainsReading(current=(None, None, None), measured_at=(0.0, 0.0, 0.0))
    decisions = [balancer.step(float(now), gone, said) for now in range(60)]
    assert decisions[-1].fail_safe
    assert decisions[-1].charger("a").current == 6


def test_one_phase_that_is_missing_is_not_an_empty_one() -> None:
    """A load manager took a failed meter for no load at all (#14248)."""
    desk = Desk(sockets=[Socket(limit=16.0)])
    desk.wait(60)
    for _ in range(60):
        desk.house = (3.0, float("nan"), 3.0)
        desk.step()
    assert desk.limit() == 6
    assert desk.last.charger("a").reason.code is ReasonCode.STALE_METER


@pytest.mark.parametrize("house", [(40.0, 40.0, 40.0), (24.5, 24.5, 24.5), (25.0, 25.0, 25.0)])
def test_negative_headroom_on_all_phases_pauses(house: tuple[float, float, float]) -> None:
    """Issue #49: shares of a negative headroom were divided by a sum that was 0, and it never paused."""
    desk = Desk(sockets=[Socket(limit=16.0)])
    desk.wait(5)
    desk.house = house
    desk.step()
    assert desk.limit() == 0
    desk.wait(600)
    assert desk.limit() == 0


def test_cut_is_followed_by_a_raise_when_the_load_is_gone() -> None:
    """Issue #60: the limit was remembered as a maximum, so that after a cut it never rose again."""
    desk = Desk(sockets=[Socket(limit=16.0)])
    for _ in range(3):
        desk.house = (14.0, 3.0, 3.0)
        desk.wait(40)
        assert desk.limit() == 10
        desk.house = (3.0, 3.0, 3.0)
        desk.wait(60)
        assert desk.limit() == 16


def test_late_read_back_is_no_wish_of_the_user() -> None:
    """A cloud charger reads back its old limit for 30 s: taken for a wish, it ratcheted the limit down."""
    slow = ReactionProfile(command_latency=30.0, report_latency=30.0, report_period=30.0)
    settings = charger(write_class=WriteClass.CLOUD, reaction=slow)
    cars = [Car(settings, ALL, latency=30, report_latency=30, report_period=30)]
    plant = Plant(house=lambda now: (14.0 if now % 900 < 300 else 3.0, 3.0, 3.0), cars=cars)
    record = plant.run(Balancer(SITE, [settings]), 5400)
    for start in (900, 1800, 2700, 3600, 4500):
        limits = [each.charger("a").current for each in record.decisions[start : start + 900]]
        assert (min(limits), max(limits)) == (10, 16)


@pytest.mark.parametrize("told", [32.0, None])
def test_new_session_begins_with_a_limit_that_fits(told: float | None) -> None:
    """A session began at full current on stale headroom (#26380); some chargers forget limits unplugged."""
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(state=ChargerState.DISCONNECTED, limit=32.0)])
    desk.wait(60)
    assert desk.limit() == 10
    writes = len(desk.writes)
    desk.sockets[0].limit = told
    desk.sockets[0].state = ChargerState.READY
    desk.wait(10)
    assert desk.sockets[0].limit == desk.limit() == 10
    assert len(desk.writes) == writes + 1


@pytest.mark.parametrize("house", [3.0, 10.0, 18.0])
def test_watchdog_that_ignores_unchanged_values_does_not_run_out(house: float) -> None:
    """Issue #684 of a charger's integration: a write of a known value is dropped, the time to live ends.

    At its minimum a limit has no lower value to alternate with.
    """
    time_to_live = 60.0
    desk = Desk(
        house=(house, 3.0, 3.0),
        sockets=[Socket(charger(rearm_after=45.0, rearm_by_step=True), limit=min(16.0, 24.0 - house))],
    )
    rearmed, known = 0.0, desk.sockets[0].limit
    for _ in range(600):
        verdict = desk.step().charger("a")
        if verdict.write and verdict.current != known:
            rearmed, known = desk.now, verdict.current
        assert desk.now - rearmed < time_to_live or known == 6
    assert len(desk.writes) >= 600 // 45
    assert max(desk.load()) <= 24.5


def test_watchdog_is_rearmed_although_nothing_changed() -> None:
    """A balancer left every equal write out: the charger's time to live ran out in a quiet house."""
    desk = Desk(sockets=[Socket(charger(rearm_after=60.0), limit=16.0)])
    desk.wait(200)
    assert [(time, decision.current) for time, decision in desk.writes] == [(61, 16), (121, 16), (181, 16)]


def test_stale_value_never_becomes_an_empty_house() -> None:
    """A wallbox firmware (#71) set values that had become stale to 0 A, and charged with all it had."""
    desk = Desk(house=(18.0, 3.0, 3.0), sockets=[Socket(limit=6.0)])
    desk.wait(60)
    desk.silent = True
    desk.wait(600)
    assert desk.limit() == 6
    assert all(phase.mains is None and phase.headroom is None for phase in desk.last.phases)


def test_meter_period_of_10_s_is_not_a_silence() -> None:
    """A firmware with a time limit of 10 s stopped over and over on a meter that sends every 10 s (#105)."""
    balancer = Balancer(SITE, [CHARGER])
    said = [ChargerReading(id="a", state=ChargerState.CHARGING, current=(16.0,) * 3, limit=16.0)]
    for now in range(300):
        heard = float(now - now % 10)
        mains = MainsReading(current=(20.0, 20.0, 20.0), measured_at=(heard,) * 3, period=10.0)
        decision = balancer.step(float(now), mains, said)
        assert not decision.fail_safe
        assert not any(phase.stale for phase in decision.phases)
        assert decision.charger("a").current == 16


def test_meter_that_speaks_every_10_s_gets_one_cut_not_ten() -> None:
    """The same firmware stepped down every second on one and the same telegram until it stopped (#123)."""
    cars = [Car(CHARGER, ALL)]
    plant = Plant(house=lambda now: (14.0 if now >= 600 else 3.0, 3.0, 3.0), cars=cars, period=10, delay=3)
    record = plant.run(Balancer(SITE, [CHARGER]), 900)
    limits = [decision.charger("a").current for decision in record.decisions[590:]]
    assert sorted(set(limits)) == [10, 16]
    assert cars[0].pauses == 0


def test_limit_above_the_maximum_is_lowered_in_the_first_write() -> None:
    """Issue #39: the first write was the rating of the main fuse, above what the charger may have."""
    desk = Desk(sockets=[Socket(limit=32.0, most=16.0)])
    desk.step()
    assert desk.limit() == 16
    assert [(decision.current, decision.raising) for _, decision in desk.writes] == [(16.0, False)]


@pytest.mark.parametrize("fuse", FuseType)
@pytest.mark.parametrize("mode", Mode)
def test_no_raise_during_a_tolerated_overload(fuse: FuseType, mode: Mode) -> None:
    """A balancer that let an overload ride kept its last positive headroom, and raised on that meanwhile."""
    site = SiteSettings(fuse_rating=(25.0,) * 3, mode=mode, fuse_type=fuse)
    desk = Desk(site=site, sockets=[Socket(limit=8.0)])
    for second in range(200):
        desk.house = (17.4 if second % 20 < 12 else 14.0, 3.0, 3.0)
        before = desk.limit() if second else 8.0
        overloaded = max(desk.load()) > 25
        desk.step()
        assert desk.limit() <= before or not overloaded


def test_no_raise_during_an_overload_of_another_phase() -> None:
    """A sum over the phases hides an overload: a free or exporting phase must not pay for another."""
    desk = Desk(sockets=[Socket(limit=8.0)])
    desk.house = (16.6, -20.0, -20.0)
    for _ in range(120):
        desk.step()
        assert desk.limit() <= 8


def test_one_phase_car_on_l1_is_not_bothered_by_l3() -> None:
    """A load manager (#26037, #29532) takes the highest phase: an overload on L3 stopped a car on L1."""
    desk = Desk(sockets=[Socket(phases=ONE_PHASE, limit=16.0)])
    desk.wait(60)
    writes = len(desk.writes)
    desk.house = (3.0, 3.0, 60.0)
    desk.wait(60)
    assert desk.limit() == 16
    assert len(desk.writes) == writes
    assert desk.last.overload
    assert desk.last.charger("a").reason.phase is not Phase.L3


def test_car_that_draws_less_than_its_limit_is_cut_once_not_five_times() -> None:
    """A balancer cut the limit instead of the draw: five cuts, 20 s apart, before the car noticed any."""
    settings = charger(max_current=32.0)
    cars = [Car(settings, ALL, most=10.0)]
    plant = Plant(house=lambda now: (19.0 if now >= 600 else 2.0, 2.0, 2.0), cars=cars)
    record = plant.run(Balancer(SITE, [settings]), 900)
    assert record.over <= 10
    assert cars[0].limit == 0
    assert cars[0].writes <= 3


@pytest.mark.parametrize("stored", [True, False])
def test_restart_mid_session_adopts_what_runs(stored: bool) -> None:
    """Stuck (#68) or back at 32 A (#148) after a restart, at full power after an outage (#8018)."""
    desk = Desk(house=(12.0, 3.0, 3.0), sockets=[Socket(limit=11.0)])
    desk.wait(5)
    memory = desk.balancer.as_dict()
    desk.balancer = Balancer.from_dict(SITE, [CHARGER], memory) if stored else Balancer(SITE, [CHARGER])
    desk.now += 60
    for _ in range(30):
        desk.step()
        assert desk.limit() == 11
        assert desk.writes == []
        assert desk.last.charger("a").reason.code is ReasonCode.RESTART_HOLD
    desk.wait(10)
    assert desk.limit() == 12


def test_charger_that_comes_back_with_its_factory_limit_is_told_again() -> None:
    """A charger that lost its power resumed without its limit (#155)."""
    desk = Desk(house=(12.0, 3.0, 3.0), sockets=[Socket(limit=12.0)])
    desk.wait(60)
    desk.sockets[0].gone = True
    desk.wait(60)
    desk.sockets[0].gone = False
    desk.sockets[0].limit = 32.0
    desk.sockets[0].draw = 0.0
    desk.step()
    assert desk.sockets[0].limit == 12


@pytest.mark.parametrize("least", [7.0, 8.0])
def test_car_that_needs_more_than_6_a_is_never_offered_less(least: float) -> None:
    """Some cars do not charge below 7 or 8 A (#335, #13543): 6 A held them awake without charging."""
    desk = Desk(sockets=[Socket(charger(min_current=least, fallback_current=0.0))])
    offered = set()
    for base in range(3, 20):
        desk.house = (float(base) + 0.3, 3.0, 3.0)
        desk.wait(100)
        offered.add(desk.limit())
    assert 0 in offered
    assert min(offered - {0}) == least


def test_fallback_outside_of_the_range_is_refused() -> None:
    """A minimum of 8 A (#13543) and a fallback of 6 A contradict each other: that is said, not guessed."""
    with pytest.raises(SettingsError) as error:
        charger(min_current=8.0)
    assert error.value.key == "fallback_current"
    assert charger(min_current=8.0, fallback_current=0.0).fallback_current == 0


def test_second_balancer_does_not_change_the_first() -> None:
    """A balancer kept its pairs of phases in the class: a second one cleared those of the first."""
    first, second = Desk(sockets=[Socket(limit=16.0)]), Desk(house=(20.0, 20.0, 20.0))
    alone = Desk(sockets=[Socket(limit=16.0)])
    for second_passed in range(100):
        first.house = alone.house = (14.0, 3.0, 3.0) if second_passed > 50 else (3.0, 3.0, 3.0)
        second.step()
        assert first.step() == alone.step()


def test_reading_of_an_unknown_charger_is_ignored() -> None:
    """Two instances on one charger fought over it: what belongs to nobody here changes nothing."""
    desk = Desk(sockets=[Socket(limit=16.0)])
    desk.wait(5)
    stranger = ChargerReading(id="stranger", state=ChargerState.CHARGING, current=(30.0,) * 3)
    decision = desk.balancer.step(desk.now + 1, desk.mains, [*desk.readings(), stranger])
    assert [each.id for each in decision.chargers] == ["a"]
    with pytest.raises(KeyError):
        decision.charger("stranger")
    assert decision.charger("a").limit[L1] == 16
