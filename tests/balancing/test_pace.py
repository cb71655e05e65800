"""The times of a charger and of a site: what follows from reaction, mode and meter."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import Mode, ReactionProfile, WriteClass
from custom_components.evmeter.balancing.pace import chain_of, pace_of, site_pace
from custom_components.evmeter.balancing.tuning import (
    LEARNED_DRAW_LIFETIME,
    LOAD_GONE,
    SCARCE_RESUME,
    SCARCE_RESUME_WAITS,
    TIMINGS,
    TOLERANCES,
    Chain,
)

from .desk import Desk, Socket, charger

LOCAL = charger(id="local")
FAR = charger(
    id="far",
    write_class=WriteClass.CLOUD,
    reaction=ReactionProfile(command_latency=30.0, report_latency=30.0, report_period=30.0),
)
SLUGGISH = charger(reaction=ReactionProfile(command_latency=11.0))


def test_chain_follows_from_charger_and_meter() -> None:
    assert chain_of(LOCAL, 1.0) is Chain.LOCAL
    assert chain_of(LOCAL, 10.0) is Chain.SLOW_METER
    assert chain_of(FAR, 1.0) is Chain.CLOUD
    assert chain_of(SLUGGISH, 1.0) is Chain.CLOUD


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("period", [1.0, 2.0, 10.0, 30.0, 60.0])
def test_no_window_is_shorter_than_two_readings(mode: Mode, period: float) -> None:
    timing = pace_of(LOCAL, mode, period).timing
    assert min(timing.raise_window, timing.resume_window) >= period
    assert timing.wary_window >= 2 * period


def test_reaction_is_meter_command_and_car() -> None:
    near, far = pace_of(LOCAL, Mode.BALANCED, 1.0), pace_of(FAR, Mode.BALANCED, 1.0)
    profile = LOCAL.reaction
    assert far.reaction - near.reaction == 30 - profile.command_latency
    assert near.wait == near.reaction + 1
    assert near.quick_wait < near.reaction


def test_pauses_that_are_scarce_are_ended_later_where_they_cost_more() -> None:
    near, far = pace_of(LOCAL, Mode.FAST, 1.0), pace_of(FAR, Mode.FAST, 10.0)
    assert near.scarce_resume == SCARCE_RESUME
    assert far.scarce_resume == SCARCE_RESUME_WAITS * far.wait > SCARCE_RESUME


@pytest.mark.parametrize("mode", Mode)
def test_slowest_charger_decides_what_a_site_tolerates(mode: Mode) -> None:
    assert site_pace(mode, [LOCAL], 1.0).tolerance == TOLERANCES[mode, Chain.LOCAL]
    both = site_pace(mode, [LOCAL, FAR], 1.0)
    assert both.tolerance == TOLERANCES[mode, Chain.CLOUD]
    assert both.alignment == both.chargers[1].alignment > both.chargers[0].alignment
    assert both.longest >= max(LOAD_GONE, *(pace.timing.wary_window for pace in both.chargers))


def test_site_without_chargers_has_times_too() -> None:
    pace = site_pace(Mode.BALANCED, [], 1.0)
    assert pace.chargers == ()
    assert pace.alignment == 0
    assert pace.tolerance == TOLERANCES[Mode.BALANCED, Chain.LOCAL]


def test_draw_found_by_the_mains_counts_as_a_told_one_for_an_hour() -> None:
    """No sensor: as long as the car's draw is known from a cut, a raise waits no longer than others."""
    desk = Desk(sockets=[Socket(charger(has_draw_sensor=False), tells_draw=False, most=10.0)])
    desk.wait(120)
    assert desk.limit() == 16
    desk.house = (17.0, 3.0, 3.0)
    desk.wait(60)
    assert desk.limit() == 7
    timing = TIMINGS[Mode.BALANCED, Chain.LOCAL]
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(int(timing.raise_window) + 10)
    assert desk.limit() == 16
    desk.wait(int(LEARNED_DRAW_LIFETIME))
    desk.house = (12.0, 3.0, 3.0)
    desk.wait(60)
    low = desk.limit()
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(int(timing.raise_window) + 10)
    assert desk.limit() == low
    desk.wait(int(timing.wary_window))
    assert desk.limit() == 16
