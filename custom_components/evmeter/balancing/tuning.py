"""Every time and threshold of the control law, in one place.

`TIMINGS` and `TOLERANCES` hold one row per mode and kind of control chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from .allowance import Income
from .model import Mode, WriteClass

DEADBAND = 0.3
"""Excess over rating - margin that is not worth a cut, never reaching above the rating [A]."""
RESERVE = 0.25
"""A raise leaves so much free below the rating, unless the safety margin does already [A]."""
LOW_CURRENT = 9.0
"""At a limit up to this a single ampere is a tenth of the power or more [A]."""
HAIR = 1.005
"""An excess that may last for a moment where every ampere counts, as a multiple of the rating."""
CERTAIN_SPREAD = 1.5
"""The background counts as known while its lowest and highest possible value differ by no more [A]."""
RESUME_HYSTERESIS = 1.0
"""Room above the minimum current that a paused charger needs before it resumes [A]."""
OBEY_TOLERANCE = 1.0
"""Draw above the limit that is still obedience: cars and their meters are not exact [A]."""
OBEY_PATIENCE = 2.0
"""Time beyond the reaction time before a draw above the limit is held against a charger [s]."""
MISSES_TO_PAUSE = 3
"""Unheeded writes after which a charger is told to pause."""
READBACK_TOLERANCE = 0.5
"""Difference between the limit written and the one read back that is rounding [A]."""
READBACK_LONGEST_WAIT = 600.0
"""The wait between two corrections of a read-back limit doubles up to this [s]."""
METER_DELAY = 1.0
"""From the moment a current flows to the moment its reading is here [s]; meters do not tell."""
CAR_REACTION = 5.0
"""A car follows the control pilot within this time (IEC 61851-1:2017, table A.6) [s]."""
CAR_QUICK_REACTION = 3.0
"""What most cars need; all the time there is when the fuse is about to trip [s]."""
CAR_WAKE_UP = 20.0
"""What a car may take in addition to draw again after a pause [s]."""
CAR_RISE = 4.0
"""No car raises its draw faster than this [A/s]."""
THERMAL_BUDGET = 0.92
"""Thermal state of a weak device that no wait may let it reach; 1.0 = trips."""
LEARNED_DRAW_LIFETIME = 3600.0
"""How long a draw found by the fall of the mains current is believed [s]."""
SOFT_AGE = 10.0
"""A reading older than this, or than `SOFT_PERIODS` meter periods, is no ground for a raise [s]."""
SOFT_PERIODS = 3
HARD_AGE = 30.0
"""A reading older than this, or than `HARD_PERIODS` meter periods, calls for the fallback currents [s]."""
HARD_PERIODS = 6
DRAW_AGE = 30.0
"""A reported draw older than this, or than `HARD_PERIODS` of its own periods, is not known any more [s]."""
LONGEST_PERIOD = 60.0
"""A meter that reports less often than this counts as silent in between [s]."""
SLOW_METER = 3.0
"""A meter period above this makes a slow chain [s]."""
SLOW_COMMAND = 10.0
"""A command latency above this makes a cloud chain [s]."""
DAY = 86400.0
LAST_KNOWN = 60.0
"""When the meter falls silent the house is taken for what it was at most in this time before [s]."""
TRIM_AFTER = 30.0
"""An excess above rating - margin that is not worth a cut at once is one when it has lasted this long [s]."""
LOAD_SWITCHED = 1.5
"""A background that falls by this much from one sample to the next has lost a load [A]."""
LOAD_GONE = 120.0
"""A load that has not come back after this time is not waited for [s]."""
HOLD_FACTOR = 1.2
HOLD_SPARE = 4.0
"""A peak is held for this many times the longest absence of its load, and this much longer [s]."""
HOLD_LONGEST = 20.0
HOLD_PERIODS = 2
"""No peak is held for longer because its load may come back [s, or meter periods if that is more]."""
HOLD_REMEMBERED = 300.0
"""A return is remembered for this long [s]."""
STRONG_OVERLOAD = 1.13
"""What a breaker carries for an hour, as a multiple of its rating (IEC 60898-1)."""
SLIGHT_OVERLOAD = 1.01
"""An excess that no meter tells for sure and no device notices, as a multiple of the rating."""
SLIGHT_SHARE = 0.1
"""Share of the time of a slight excess that is booked on what a mode tolerates."""
UNKNOWN_PEAK_PATIENCE = 15.0
UNKNOWN_PEAK_PERIODS = 4
"""A peak that may be a short one is ridden for this long [s, or meter periods if that is more]."""
SHORT_PEAK = 16.0
SHORT_PEAK_PERIODS = 4
"""A peak that lasted no longer was a short one [s, or meter periods if that is more]."""
SHORT_PEAK_PATIENCE = 20.0
SHORT_PEAK_PATIENCE_PERIODS = 5
"""After a short peak the next one is ridden for this long [s, or meter periods if that is more]."""
SHORT_PEAK_REMEMBERED = 60.0
"""The length of a peak is remembered for this long [s]."""
RIDE_BUDGET = 0.93
"""Thermal state of a weak device that riding through a peak may never let it reach; 1.0 = trips."""
PAUSES = Income(per_hour=6, most=5)
"""How often a charger may be paused for want of room: contactors and cars wear."""
WRITES = {
    WriteClass.VOLATILE: Income(600, 60),
    WriteClass.PERSISTENT: Income(50, 10),
    WriteClass.CLOUD: Income(50, 10),
}
"""How often a charger may be written to: memories wear, and vendors' clouds refuse whoever asks too often."""
PAUSES_OWED = 1.0
"""A charger that has been paused this much more often than that stays off until it has earned a pause."""
MOST_PAUSES = 16
MOST_PAUSES_WITHIN = 7200.0
"""No charger is paused more often within this time [s]."""
PAUSES_SCARCE = 3.0
"""With fewer pauses left than this their end needs more evidence."""
SCARCE_RESUME = 4.0
SCARCE_RESUME_WAITS = 0.25
"""Longer evidence per missing pause [s, or reaction times R if that is more]."""


class Chain(StrEnum):
    """How fast a charger can be seen to follow."""

    LOCAL = "local"
    SLOW_METER = "slow_meter"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much overload a mode lets happen before it becomes patient.

    Attributes:
        any: time above the rating [s].
        strong: time above `STRONG_OVERLOAD` times the rating [s].
        wary_hold: no peak is held for longer because its load may come back, when all this is used up [s].
        owed: nothing is raised while the time above the rating exceeds the allowance by more than this [s].
        ride_below: a peak is ridden at the minimum current when fewer pauses than this are left; 0 = never.
    """

    any: Income
    strong: Income
    wary_hold: float
    owed: float
    ride_below: float


ALWAYS = 99.0

TOLERANCES = {
    (Mode.GENTLE, Chain.LOCAL): Tolerance(Income(60, 30), Income(34, 14), 120, 10, 0),
    (Mode.GENTLE, Chain.SLOW_METER): Tolerance(Income(60, 60), Income(30, 30), 120, inf, 0),
    (Mode.GENTLE, Chain.CLOUD): Tolerance(Income(100, 100), Income(50, 50), 120, inf, 0),
    (Mode.BALANCED, Chain.LOCAL): Tolerance(Income(80, 42), Income(42, 18), 120, 10, 3),
    (Mode.BALANCED, Chain.SLOW_METER): Tolerance(Income(700, 400), Income(400, 200), 60, inf, ALWAYS),
    (Mode.BALANCED, Chain.CLOUD): Tolerance(Income(120, 80), Income(70, 40), 120, inf, 3),
    (Mode.FAST, Chain.LOCAL): Tolerance(Income(150, 80), Income(91, 46), 60, 10, ALWAYS),
    (Mode.FAST, Chain.SLOW_METER): Tolerance(Income(900, 500), Income(500, 250), 60, inf, ALWAYS),
    (Mode.FAST, Chain.CLOUD): Tolerance(Income(500, 300), Income(300, 160), 60, inf, ALWAYS),
}
"""What the slowest charger of a site decides: where a cut takes longer to be felt, overloads last longer.

Where a single one may use up an hour's allowance, none is waited for: a car would never charge.
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """How much evidence is gathered before a limit goes up [s, A].

    Attributes:
        raise_window: the highest background of this time decides a raise.
        wary_window: the same when the time above the rating that the mode tolerates is used up.
        raise_hold: no raise sooner after any change of the same charger.
        minimum_off: a pause lasts at least this long.
        resume_window: the highest background of this time decides the end of a pause.
        minimum_on: a charger is not paused in favour of another one sooner.
        raise_step: smaller raises are not worth a write [A].
    """

    raise_window: float
    wary_window: float
    raise_hold: float
    minimum_off: float
    resume_window: float
    minimum_on: float
    raise_step: float


TIMINGS = {
    (Mode.GENTLE, Chain.LOCAL): Timing(30, 60, 10, 60, 30, 900, 1),
    (Mode.GENTLE, Chain.SLOW_METER): Timing(60, 120, 15, 60, 60, 900, 1),
    (Mode.GENTLE, Chain.CLOUD): Timing(120, 240, 60, 120, 180, 900, 2),
    (Mode.BALANCED, Chain.LOCAL): Timing(3, 30, 3, 15, 6, 300, 1),
    (Mode.BALANCED, Chain.SLOW_METER): Timing(10, 30, 5, 15, 10, 300, 1),
    (Mode.BALANCED, Chain.CLOUD): Timing(30, 120, 20, 60, 30, 300, 1),
    (Mode.FAST, Chain.LOCAL): Timing(2, 15, 1, 15, 5, 120, 1),
    (Mode.FAST, Chain.SLOW_METER): Timing(10, 30, 5, 15, 10, 120, 1),
    (Mode.FAST, Chain.CLOUD): Timing(20, 60, 40, 45, 20, 120, 2),
}


def soft_age(meter_period: float) -> float:
    """Return the age beyond which a mains reading is no ground for a raise [s]."""
    return max(SOFT_AGE, SOFT_PERIODS * meter_period)


def hard_age(meter_period: float) -> float:
    """Return the age beyond which the fallback currents are called for [s]."""
    return max(HARD_AGE, HARD_PERIODS * meter_period)
