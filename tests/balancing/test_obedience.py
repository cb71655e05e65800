"""Does a charger do what it was told? By the draw it reports, and by the mains where it reports none."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from custom_components.evmeter.balancing import (
    Balancer,
    Ceiling,
    ChargerState,
    Mode,
    Phase,
    Reason,
    ReasonCode,
    SiteSettings,
    WriteClass,
)

from .desk import ALL, L1, ONE_PHASE, SITE, Desk, Socket, charger
from .plant import Car, NoisyHouse, Plant

if TYPE_CHECKING:
    from custom_components.evmeter.balancing import Amps, ChargerDecision

    from .plant import Record

HOUR = 3600
NOT_OBEYING = Reason(code=ReasonCode.NOT_OBEYING)
DEAF = (1200, 1380)
FAST_SITE = SiteSettings(fuse_rating=(25.0,) * 3, mode=Mode.FAST)


def car_on(phases: int, *, sensor: bool, deaf: tuple[int, int] = (0, 0)) -> Car:
    """Return a car on one or three phases, whose draw is told or not."""
    wiring = tuple(Phase)[:phases]
    return Car(charger(has_draw_sensor=sensor, wiring=wiring), frozenset(wiring), deaf=deaf)


def verdicts(record: Record) -> list[ChargerDecision]:
    return [decision.charger("a") for decision in record.decisions]


def stepping(now: int) -> Amps:
    """A house that steps up on L1 just after the charger went deaf."""
    return (14.0 if 1205 <= now < 2400 else 5.0, 5.0, 5.0)


def blind(house: Amps = (5.0, 5.0, 5.0), phases: frozenset[Phase] = ALL) -> Desk:
    """Return a desk whose car has begun to charge before the eyes of the balancer, but tells no draw."""
    socket = Socket(charger(has_draw_sensor=False), phases=phases, tells_draw=False)
    desk = Desk(house=house, sockets=[socket])
    desk.wait(120)
    return desk


@pytest.mark.parametrize("sensor", [True, False])
@pytest.mark.parametrize("phases", [1, 3])
def test_deaf_charger_is_told_again_counted_paused_reported_and_forgiven(sensor: bool, phases: int) -> None:
    car = car_on(phases, sensor=sensor, deaf=DEAF)
    record = Plant(house=stepping, cars=[car]).run(Balancer(SITE, [car.settings]), HOUR)
    said = verdicts(record)
    assert all(verdict.obeying for verdict in said[:1215])
    assert said[1235].obeying is False
    assert said[1260].reason == NOT_OBEYING
    assert said[1260].current == 0
    assert sum(verdict.write for verdict in said[1215:1380]) >= 10
    assert record.over <= DEAF[1] - 1205 + 10
    assert all(verdict.obeying for verdict in said[1400:])
    assert said[-1].current == 16


@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize(("seed", "period", "mode"), [(1, 1, Mode.BALANCED), (2, 10, Mode.FAST)])
def test_noisy_house_is_not_blamed_on_a_charger_that_obeys(
    phases: int, seed: int, period: int, mode: Mode
) -> None:
    car = car_on(phases, sensor=False)
    plant = Plant(house=NoisyHouse(seed, HOUR), cars=[car], period=period, delay=1 if period == 1 else 3)
    balancer = Balancer(SiteSettings(fuse_rating=(25.0,) * 3, mode=mode), [car.settings])
    record = plant.run(balancer, HOUR)
    assert car.writes > 5
    assert all(verdict.obeying for verdict in verdicts(record))


@pytest.mark.parametrize("seed", [1, 6])
def test_deaf_charger_is_found_in_a_noisy_house_too(seed: int) -> None:
    """An induction hob falls and rises on two phases all the time; on the third nothing shows of the cut."""
    car = car_on(3, sensor=False, deaf=(1500, 2400))
    record = Plant(house=NoisyHouse(seed, 5400), cars=[car]).run(Balancer(SITE, [car.settings]), 2700)
    said = verdicts(record)
    assert any(verdict.reason == NOT_OBEYING for verdict in said[1800:2400])
    assert all(verdict.obeying for verdict in said[:1500])
    assert all(verdict.obeying for verdict in said[2450:])


def test_house_that_rises_while_the_car_falls_costs_no_more_than_a_cut() -> None:
    desk = blind(phases=ONE_PHASE)
    assert desk.limit() == 16
    desk.house = (14.0, 5.0, 5.0)
    desk.step()
    assert desk.limit() == 10
    desk.house = (20.0, 5.0, 5.0)
    for _ in range(60):
        desk.step()
        assert desk.last.charger("a").reason != NOT_OBEYING
    desk.house = (5.0, 5.0, 5.0)
    desk.wait(120)
    assert desk.limit() == 16


def test_full_car_is_not_blamed_for_an_overloaded_house() -> None:
    """A car that was never seen to draw cannot be told from one that obeys; it is told again, but rarely."""
    socket = Socket(charger(has_draw_sensor=False), tells_draw=False, draw=0.0)
    desk = Desk(house=(5.0, 5.0, 5.0), sockets=[socket])
    desk.wait(120)
    before = len(desk.writes)
    desk.house = (32.0, 5.0, 5.0)
    for _ in range(600):
        assert desk.step().charger("a").obeying
    assert desk.limit() == 0
    assert 3 <= len(desk.writes) - before <= 14


def test_car_that_became_full_unseen_is_cleared_by_a_phase_with_less_than_it_would_draw() -> None:
    desk = blind()
    desk.sockets[0].draw = 0.0
    desk.house = (20.0, 5.0, 5.0)
    for _ in range(120):
        assert desk.step().charger("a").obeying


def test_car_that_draws_less_than_allowed_is_not_blamed_for_the_cut_it_did_not_feel() -> None:
    car = Car(charger(max_current=32.0, has_draw_sensor=False), ALL, most=10.0)
    plant = Plant(house=lambda now: (22.0 if 1200 <= now < 2400 else 8.0, 8.0, 8.0), cars=[car])
    record = plant.run(Balancer(SITE, [car.settings]), HOUR)
    assert all(verdict.obeying for verdict in verdicts(record))
    assert record.over <= 20


@pytest.mark.parametrize("state", [ChargerState.READY, ChargerState.PAUSED, ChargerState.FAULT])
def test_charger_that_says_it_does_not_charge_is_not_blamed(state: ChargerState) -> None:
    desk = blind()
    desk.sockets[0].draw = 16.0
    desk.sockets[0].ceiling = Ceiling(current=8.0, reason=ReasonCode.MANUAL)
    desk.wait(30)
    assert not desk.last.charger("a").obeying
    desk.sockets[0].state = state
    assert desk.step().charger("a").obeying


def test_ceiling_that_is_not_obeyed_is_noticed_without_any_overload() -> None:
    desk = blind()
    desk.sockets[0].draw = 16.0
    desk.sockets[0].ceiling = Ceiling(current=8.0, reason=ReasonCode.MANUAL)
    desk.wait(12)
    assert not desk.last.charger("a").obeying
    desk.wait(40)
    assert desk.last.charger("a").reason == NOT_OBEYING
    desk.sockets[0].draw = None
    desk.wait(3)
    assert desk.last.charger("a").obeying


def test_small_cuts_that_nobody_follows_add_up() -> None:
    desk = blind(house=(8.0, 8.0, 8.0))
    desk.sockets[0].draw = 16.0
    for ceiling in (14.0, 12.0, 10.0):
        desk.sockets[0].ceiling = Ceiling(current=ceiling, reason=ReasonCode.MANUAL)
        desk.wait(12)
    assert not desk.last.charger("a").obeying


def test_small_cuts_that_are_followed_never_add_up() -> None:
    desk = blind(house=(8.0, 8.0, 8.0))
    for ceiling in (15.0, 13.0, 12.0, 10.0, 9.0, 7.0, 6.0, 0.0):
        desk.sockets[0].ceiling = Ceiling(current=ceiling, reason=ReasonCode.MANUAL)
        for _ in range(60):
            assert desk.step().charger("a").obeying


def test_unplugged_car_takes_what_was_proven_with_it() -> None:
    desk = blind()
    desk.sockets[0].state = ChargerState.DISCONNECTED
    desk.wait(5)
    desk.sockets[0].state = ChargerState.CHARGING
    desk.sockets[0].draw = 0.0
    desk.sockets[0].ceiling = Ceiling(current=6.0, reason=ReasonCode.MANUAL)
    for _ in range(60):
        assert desk.step().charger("a").obeying


def test_car_that_does_not_obey_is_background_for_the_others_without_a_sensor_too() -> None:
    sockets = [
        Socket(charger(id=name, has_draw_sensor=False), tells_draw=False, state=ChargerState.DISCONNECTED)
        for name in "ab"
    ]
    desk = Desk(house=(4.0, 4.0, 4.0), sockets=sockets)
    for socket in sockets:
        socket.state = ChargerState.CHARGING
        desk.wait(120)
    assert [desk.limit("a"), desk.limit("b")] == [10, 10]
    sockets[0].draw = 16.0
    desk.wait(120)
    assert max(desk.load()) <= 24.5


def test_state_in_the_middle_of_a_judgement_is_kept() -> None:
    car, twin = car_on(3, sensor=False, deaf=DEAF), car_on(3, sensor=False, deaf=DEAF)

    def restart(now: int, balancer: Balancer) -> Balancer:
        if now % 50:
            return balancer
        return Balancer.from_dict(SITE, [twin.settings], json.loads(json.dumps(balancer.as_dict())))

    straight = Plant(house=stepping, cars=[car]).run(Balancer(SITE, [car.settings]), 1500)
    broken = Plant(house=stepping, cars=[twin]).run(Balancer(SITE, [twin.settings]), 1500, restart)
    assert straight.decisions == broken.decisions


def test_sensor_that_falls_silent_leaves_the_judgement_to_the_mains() -> None:
    desk = Desk(house=(5.0, 5.0, 5.0), sockets=[Socket(limit=10.0)])
    desk.wait(60)
    socket = desk.sockets[0]
    socket.tells_draw = False
    desk.wait(60)
    assert desk.limit() == 16
    socket.draw, socket.ceiling = 0.0, Ceiling(current=6.0, reason=ReasonCode.MANUAL)
    for _ in range(60):
        assert desk.step().charger("a").obeying


@pytest.mark.parametrize("silence", [60, 300])
def test_silent_meter_is_no_witness_against_a_charger(silence: int) -> None:
    """The fallback current is a cut whose fall nobody saw; meanwhile the house may have risen."""
    desk = blind(house=(8.0, 3.0, 3.0), phases=ONE_PHASE)
    assert desk.limit() == 16
    desk.silent = True
    for _ in range(silence):
        assert desk.step().charger("a").obeying
    assert desk.limit() <= 6
    desk.silent = False
    desk.house = (18.0, 13.0, 13.0)
    for _ in range(120):
        assert desk.step().charger("a").obeying


def test_limit_that_reads_back_wrong_is_written_again_at_growing_intervals() -> None:
    desk = Desk(sockets=[Socket(limit=16.0, most=16.0)])
    desk.wait(60)
    times = []
    for _ in range(1200):
        desk.sockets[0].limit = 20.0
        if desk.step().charger("a").write:
            times.append(desk.now)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[0] < 20
    assert len(times) <= 9
    assert desk.last.charger("a").limit[L1] == 16


@pytest.mark.parametrize(("write_class", "gap"), [(WriteClass.VOLATILE, 5), (WriteClass.PERSISTENT, 10)])
@pytest.mark.parametrize("sensor", [True, False])
def test_deaf_charger_is_insisted_on_while_it_overloads_and_writes_are_free(
    sensor: bool, write_class: WriteClass, gap: int
) -> None:
    """Whenever it hears again, the overload has seconds left, not a whole reaction time."""
    settings = charger(has_draw_sensor=sensor, write_class=write_class)
    car = Car(settings, ALL, deaf=DEAF)
    said = verdicts(Plant(house=stepping, cars=[car]).run(Balancer(FAST_SITE, [car.settings]), DEAF[1]))
    told = [now for now, verdict in enumerate(said) if verdict.write and now > 1270]
    assert {later - earlier for earlier, later in pairwise(told)} == {gap}
