"""The times of one charger, and of a site, behind one meter.

They are those of the mode, and what follows from the charger's reaction profile and the period of the
meter: a slow chain never gets a window shorter than it takes to see an effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .model import WriteClass
from .tuning import (
    CAR_QUICK_REACTION,
    CAR_REACTION,
    DRAW_AGE,
    HARD_PERIODS,
    LOAD_GONE,
    METER_DELAY,
    PAUSES,
    SCARCE_RESUME,
    SCARCE_RESUME_WAITS,
    SLOW_COMMAND,
    SLOW_METER,
    TIMINGS,
    TOLERANCES,
    Chain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .model import ChargerSettings, Mode
    from .tuning import Timing, Tolerance


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of one charger behind one meter [s].

    Attributes:
        timing: how much evidence a raise needs.
        reaction: from a write to a reading that must show its effect.
        wait: the reaction time R: reaction + one meter period.
        quick_wait: like `reaction`, when the fuse leaves no more time.
        scarce_resume: longer evidence for the end of a pause, per pause that is missing.
        alignment: by how much a reported draw may be older or younger than the mains reading.
        draw_age: a reported draw is believed for this long.
    """

    timing: Timing
    reaction: float
    wait: float
    quick_wait: float
    scarce_resume: float
    alignment: float
    draw_age: float


def chain_of(charger: ChargerSettings, meter_period: float) -> Chain:
    """Return how fast a charger can be seen to follow, given the period of the meter [s]."""
    if charger.write_class is WriteClass.CLOUD or charger.reaction.command_latency > SLOW_COMMAND:
        return Chain.CLOUD
    return Chain.SLOW_METER if meter_period > SLOW_METER else Chain.LOCAL


def pace_of(charger: ChargerSettings, mode: Mode, meter_period: float) -> Pace:
    """Return the times of one charger behind a meter of the given period [s].

    No window is shorter than that period: so it holds two readings at least.
    """
    profile = charger.reaction
    reaction = METER_DELAY + profile.command_latency + CAR_REACTION
    wait = reaction + meter_period
    timing = TIMINGS[mode, chain_of(charger, meter_period)]
    return Pace(
        timing=replace(
            timing,
            raise_window=max(timing.raise_window, meter_period),
            wary_window=max(timing.wary_window, 2 * meter_period),
            resume_window=max(timing.resume_window, meter_period),
        ),
        reaction=reaction,
        wait=wait,
        quick_wait=METER_DELAY + profile.command_latency + CAR_QUICK_REACTION,
        scarce_resume=max(SCARCE_RESUME, SCARCE_RESUME_WAITS * wait),
        alignment=abs(profile.report_latency - METER_DELAY) + profile.report_period + meter_period,
        draw_age=max(DRAW_AGE, HARD_PERIODS * profile.report_period + profile.report_latency),
    )


def longest_window(paces: Iterable[Pace]) -> float:
    """Return the longest time over which any charger may ask for the background [s]."""
    return max(
        (
            max(
                pace.timing.raise_window,
                pace.timing.wary_window,
                _longest_resume(pace),
                LOAD_GONE,
            )
            for pace in paces
        ),
        default=60.0,
    )


def _longest_resume(pace: Pace) -> float:
    timing = pace.timing
    return max(timing.resume_window, timing.wary_window) + pace.scarce_resume * 2 * PAUSES.most


def tolerance_of(mode: Mode, chargers: Iterable[ChargerSettings], meter_period: float) -> Tolerance:
    """Return how much overload a mode lets happen on a site with these chargers."""
    chains = {chain_of(charger, meter_period) for charger in chargers}
    return TOLERANCES[mode, max(chains, key=list(Chain).index, default=Chain.LOCAL)]


@dataclass(frozen=True, slots=True)
class SitePace:
    """The times of a whole site behind one meter.

    Attributes:
        chargers: the times of each charger.
        tolerance: how much overload the mode lets happen.
        longest: longest time over which any charger may ask for the background [s].
        alignment: longest time by which any reported draw may be off [s].
    """

    chargers: tuple[Pace, ...]
    tolerance: Tolerance
    longest: float
    alignment: float


def site_pace(mode: Mode, chargers: Sequence[ChargerSettings], meter_period: float) -> SitePace:
    """Return the times of a site with these chargers behind a meter of the given period [s]."""
    paces = tuple(pace_of(charger, mode, meter_period) for charger in chargers)
    return SitePace(
        chargers=paces,
        tolerance=tolerance_of(mode, chargers, meter_period),
        longest=longest_window(paces),
        alignment=max((pace.alignment for pace in paces), default=0.0),
    )
