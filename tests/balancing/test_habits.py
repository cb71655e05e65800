"""What the law learns of a house: how soon loads come back, how long peaks last, and what it may spend."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import Balancer, Mode
from custom_components.evmeter.balancing.allowance import HOUR, Allowance, Income
from custom_components.evmeter.balancing.charger_state import ChargerTrack
from custom_components.evmeter.balancing.crowding import Crowding
from custom_components.evmeter.balancing.recurrence import Recurrence
from custom_components.evmeter.balancing.tuning import (
    HOLD_FACTOR,
    HOLD_LONGEST,
    HOLD_REMEMBERED,
    HOLD_SPARE,
    LOAD_GONE,
    MOST_PAUSES,
    MOST_PAUSES_WITHIN,
    PAUSES,
    PAUSES_OWED,
    PAUSES_SCARCE,
    SHORT_PEAK,
    SHORT_PEAK_PATIENCE,
    TIMINGS,
    TOLERANCES,
    UNKNOWN_PEAK_PATIENCE,
    Chain,
)

from .desk import Desk, Socket, charger


def course(recurrence: Recurrence, *stretches: tuple[float, int]) -> float:
    """Show a load in stretches of (current, seconds); return the time at the end."""
    now = 0.0
    for load, seconds in stretches:
        for _ in range(seconds):
            recurrence.see(now, load)
            now += 1
    return now - 1


def test_load_that_never_came_back_is_not_waited_for() -> None:
    recurrence = Recurrence()
    now = course(recurrence, (12.0, 60), (2.0, 30))
    assert recurrence.hold(now, HOLD_LONGEST) == 0


def test_peak_is_held_for_as_long_as_the_load_was_away() -> None:
    recurrence = Recurrence()
    now = course(recurrence, (15.0, 10), (1.0, 8), (15.0, 10), (1.0, 3))
    assert recurrence.hold(now, HOLD_LONGEST) == pytest.approx(8 * HOLD_FACTOR + HOLD_SPARE)


def test_longest_absence_counts_but_none_beyond_what_is_asked_for() -> None:
    recurrence = Recurrence()
    now = course(recurrence, (15.0, 9), (1.0, 6), (15.0, 9), (1.0, 12), (15.0, 9), (1.0, 60), (15.0, 5))
    assert recurrence.hold(now, HOLD_LONGEST) == pytest.approx(12 * HOLD_FACTOR + HOLD_SPARE)
    assert recurrence.hold(now, LOAD_GONE) == pytest.approx(60 * HOLD_FACTOR + HOLD_SPARE)


def test_small_load_cycles_within_the_absence_of_a_large_one() -> None:
    recurrence = Recurrence()
    now = course(recurrence, (24.0, 30), (15.0, 8), (1.0, 7), (15.0, 8), (1.0, 4))
    assert recurrence.hold(now, HOLD_LONGEST) == pytest.approx(7 * HOLD_FACTOR + HOLD_SPARE)


def test_return_is_forgotten() -> None:
    recurrence = Recurrence()
    now = course(recurrence, (15.0, 9), (1.0, 6), (15.0, 9))
    assert recurrence.hold(now, HOLD_LONGEST) > 0
    assert recurrence.hold(now + HOLD_REMEMBERED + 20, HOLD_LONGEST) == 0


@given(st.lists(st.floats(0, 40), max_size=60))
def test_hold_is_never_longer_than_asked_for(loads: list[float]) -> None:
    recurrence = Recurrence()
    for now, load in enumerate(loads):
        recurrence.see(float(now), load)
        assert 0 <= recurrence.hold(float(now), HOLD_LONGEST) <= HOLD_LONGEST


def test_peak_is_given_the_time_of_a_short_one_only_after_a_short_one() -> None:
    crowding = Crowding()
    crowding.see(0.0, crowded=True)
    assert crowding.is_expected_to_pass(UNKNOWN_PEAK_PATIENCE - 1, 1.0)
    assert not crowding.is_expected_to_pass(UNKNOWN_PEAK_PATIENCE, 1.0)
    crowding.see(SHORT_PEAK, crowded=False)
    crowding.see(30.0, crowded=True)
    assert crowding.is_expected_to_pass(30.0 + SHORT_PEAK_PATIENCE - 1, 1.0)
    assert not crowding.is_expected_to_pass(30.0 + SHORT_PEAK_PATIENCE, 1.0)


@given(
    st.floats(0.1, 500),
    st.floats(0.1, 500),
    st.lists(st.tuples(st.floats(0, 900), st.floats(0, 900)), max_size=20),
)
def test_allowance_never_lets_more_be_spent_than_was_saved_and_earned(
    per_hour: float, most: float, course: list[tuple[float, float]]
) -> None:
    income, allowance, spent, lasted = Income(per_hour, most), Allowance(most), 0.0, 0.0
    for seconds, wish in course:
        allowance.earn(seconds, income)
        lasted += seconds
        assert -most <= allowance.left <= most
        affordable = min(wish, max(0.0, allowance.left))
        allowance.spend(affordable)
        spent += affordable
    assert spent <= most + per_hour * lasted / 3600 + 1e-6


@pytest.mark.parametrize("chain", Chain)
def test_faster_modes_tolerate_more(chain: Chain) -> None:
    rows = [TOLERANCES[mode, chain] for mode in (Mode.GENTLE, Mode.BALANCED, Mode.FAST)]
    assert [row.any.per_hour for row in rows] == sorted(row.any.per_hour for row in rows)
    assert [row.strong.per_hour for row in rows] == sorted(row.strong.per_hour for row in rows)
    assert rows[0].ride_below == 0


def resumes_after(pauses: float) -> int:
    """Return how long a charger with so many pauses left stays off when there is room again [s]."""
    desk = Desk(house=(20.0, 3.0, 3.0))
    desk.wait(120)
    stored = desk.balancer.as_dict()
    chargers = stored["chargers"]
    assert isinstance(chargers, list)
    assert isinstance(chargers[0], dict)
    chargers[0]["pauses"] = pauses
    desk.balancer = Balancer.from_dict(desk.site, [charger()], stored)
    desk.house = (3.0, 3.0, 3.0)
    return next(second for second in range(600) if desk.step().charger("a").current > 0)


def test_the_fewer_pauses_are_left_the_longer_one_lasts() -> None:
    assert resumes_after(PAUSES_SCARCE + 1) < resumes_after(PAUSES_SCARCE - 1) < resumes_after(0)


def test_charger_that_was_paused_too_often_stays_off_until_it_has_earned_a_pause() -> None:
    earned = 0.5 * HOUR / PAUSES.per_hour
    assert resumes_after(-PAUSES_OWED - 0.5) >= earned - 1 > resumes_after(0)


def test_no_charger_is_paused_more_often_than_a_contactor_bears() -> None:
    memory = ChargerTrack.create(charger(), 3)
    for pause in range(MOST_PAUSES):
        assert memory.may_pause_again(60.0 * pause)
        memory.pauses.left = PAUSES.most
        memory.pause(60.0 * pause, 15.0)
    memory.pauses.left = PAUSES.most
    assert not memory.may_pause_again(MOST_PAUSES_WITHIN - 1)
    assert memory.may_pause_again(MOST_PAUSES_WITHIN)


@pytest.mark.parametrize("told", [True, False])
def test_raise_is_patient_where_nobody_tells_what_the_car_draws(told: bool) -> None:
    settings = charger(has_draw_sensor=told)
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(settings, tells_draw=told, limit=10.0)])
    desk.wait(60)
    desk.house = (3.0, 3.0, 3.0)
    timing = TIMINGS[Mode.BALANCED, Chain.LOCAL]
    after = next(second for second in range(1, 200) if desk.step().charger("a").current > 10)
    assert after <= timing.raise_window + 2 if told else after > timing.wary_window


def test_bad_hour_is_owed_but_does_not_weigh_on_the_rest_of_the_day() -> None:
    income, allowance = Income(10, 20), Allowance(20)
    allowance.spend(1000)
    allowance.earn(0.0, income)
    assert allowance.left == -40
    allowance.earn(4 * HOUR, income)
    assert allowance.left == 0
