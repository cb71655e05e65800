"""What the balancer remembers of one charger: its limit, what is in flight, what it draws."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING

from .allowance import Allowance
from .command_effect import CommandEffect
from .draw import SENSIBLE_DRAW, ActivePhases, DrawHistory, usable_draw
from .model import ChargerReading, ChargerSettings, ChargerState, Phase, Reason, ReasonCode
from .topology import largest_limit, round_down, smallest_limit
from .tuning import (
    CAR_RISE,
    CAR_WAKE_UP,
    LEARNED_DRAW_LIFETIME,
    MOST_PAUSES,
    MOST_PAUSES_WITHIN,
    PAUSES,
    PAUSES_OWED,
    READBACK_TOLERANCE,
    WRITES,
)

if TYPE_CHECKING:
    from .model import Amps
    from .pace import Pace

NOT_DRAWING = frozenset(
    {ChargerState.DISCONNECTED, ChargerState.READY, ChargerState.PAUSED, ChargerState.FAULT}
)
WITHOUT_CAR = frozenset({ChargerState.DISCONNECTED, ChargerState.FAULT})
RESTART_HOLD = Reason(code=ReasonCode.RESTART_HOLD)
LANDED = 0.3
"""A draw above a limit by this much follows it: whole amperes and pilots are not exact [A]."""
DRAWS = 1.0
"""A charger with more than this on any phase has a car, whatever its state says [A]."""

POINTS_IN_TIME = (
    "changed_at",
    "told_at",
    "raised_at",
    "off_until",
    "on_since",
    "day_started",
    "corrected_at",
    "learned_at",
)
"""Attributes that are a point in time or None."""


class Tier(StrEnum):
    """In which order chargers are served."""

    CONNECTED = "connected"
    SILENT = "silent"
    IDLE = "idle"


@dataclass(slots=True)
class ChargerTrack:
    """The memory of one charger.

    Attributes:
        settings: of the charger.
        draws: its last reported draws.
        phases: the mains phases its car uses.
        pauses: how often it may still be paused for want of room.
        writes: how often it may still be written to for a raise; cuts are counted, and never wait.
        paused_at: times of the last pauses, those in favour of another charger among them [s].
        effect: what the mains shows of the last change, for a car whose draw is not told.
        state: last one heard, UNAVAILABLE = not heard from.
        limit: commanded [A], 0 = pause.
        previous: commanded before [A].
        adopted: the limit in force has been taken over.
        must_write: the charger does not know its limit.
        lowered: it was told one step less than its limit, for its watchdog.
        rose: the last change was a raise.
        resumed: the last change ended a pause.
        draw_known: its reported draw is young enough to be believed.
        draw_at_change: drawn at the last change, per mains phase [A].
        mains_at_change: of the mains at the last change, per phase [A].
        changed_at: time of the last change of the limit [s], None = never; likewise the following.
        told_at: time of the last write of any kind.
        raised_at: time of the last raising write.
        off_until: the current pause lasts at least until then.
        on_since: end of the last pause.
        day_started: begin of the day of the write budget.
        corrected_at: time the same limit was last written again because it was not followed.
        learned_draw: the most the car draws, found by the fall of the mains current [A].
        learned_at: when that was found.
        readback: limit in force as the charger tells it [A].
        waited: time it has waited for its turn, see `rotation` [s].
        served: time it has been served while others waited [s].
        turns: whole turns it has had.
        raises_today: raising writes since the day started.
        cuts_today: other writes since the day started.
        misses: writes in a row that the draw did not follow.
        corrections: writes in a row that the read-back limit did not follow.
        committed: current an unavailable charger may take [A].
        held: not one full window of readings has been seen since the start.
        reason: what bound the limit last.
        smallest: limit above 0 [A].
        largest: limit [A].
    """

    settings: ChargerSettings
    draws: DrawHistory
    phases: ActivePhases
    pauses: Allowance
    writes: Allowance
    paused_at: deque[float]
    effect: CommandEffect
    state: ChargerState = ChargerState.UNAVAILABLE
    limit: float = 0.0
    previous: float = 0.0
    adopted: bool = False
    must_write: bool = False
    lowered: bool = False
    rose: bool = False
    resumed: bool = False
    draw_known: bool = False
    draw_at_change: Amps = ()
    mains_at_change: Amps = ()
    changed_at: float | None = None
    told_at: float | None = None
    raised_at: float | None = None
    off_until: float | None = None
    on_since: float | None = None
    day_started: float | None = None
    corrected_at: float | None = None
    learned_draw: float | None = None
    learned_at: float | None = None
    readback: float | None = None
    waited: float = 0.0
    served: float = 0.0
    turns: int = 0
    raises_today: int = 0
    cuts_today: int = 0
    misses: int = 0
    corrections: int = 0
    committed: float = 0.0
    held: bool = True
    reason: Reason = RESTART_HOLD
    smallest: float = field(init=False)
    largest: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the fallback current, until the limit in force is known."""
        self.smallest = smallest_limit(self.settings)
        self.largest = largest_limit(self.settings)
        self.limit = self.previous = self.fit(self.settings.fallback_current)
        self.committed = self.limit

    @classmethod
    def create(cls, settings: ChargerSettings, phase_count: int) -> ChargerTrack:
        """Begin without any memory of a charger."""
        nothing = (0.0,) * phase_count
        return cls(
            settings,
            DrawHistory(phase_count),
            ActivePhases(settings.wiring),
            Allowance(PAUSES.most),
            Allowance(WRITES[settings.write_class].most),
            deque(maxlen=MOST_PAUSES),
            CommandEffect(phase_count),
            draw_at_change=nothing,
            mains_at_change=nothing,
        )

    @property
    def is_heard(self) -> bool:
        """Whether the charger is heard from."""
        return self.state is not ChargerState.UNAVAILABLE

    @property
    def told(self) -> float:
        """What the charger is told: its limit, or one step less to keep its watchdog quiet [A]."""
        return round(self.limit - self.settings.step, 6) if self.lowered else self.limit

    @property
    def obeying(self) -> bool:
        """Whether the car draws no more than it is allowed."""
        return self.misses == 0

    @property
    def tier(self) -> Tier:
        """In which order the charger is served."""
        if self.state is ChargerState.UNAVAILABLE:
            return Tier.SILENT
        if self.state in WITHOUT_CAR and not (self.draw_known and max(self.draws.highest) > DRAWS):
            return Tier.IDLE
        return Tier.CONNECTED

    def fit(self, current: float) -> float:
        """Return the highest limit the charger knows that is not above a current [A]."""
        fitting = round_down(min(current, self.largest), self.settings.step)
        return fitting if fitting >= self.smallest else 0.0

    def hear(self, now: float, reading: ChargerReading | None, pace: Pace) -> None:
        """Take a reading, None = not heard from."""
        state = reading.state if reading is not None else ChargerState.UNAVAILABLE
        if state is ChargerState.UNAVAILABLE or reading is None:
            self._lose(pace, now)
            return
        returned = self.adopted and self.state is ChargerState.UNAVAILABLE
        plugged_in = self.state is ChargerState.DISCONNECTED and state is not ChargerState.DISCONNECTED
        self.state = state
        self.readback = _usable_limit(reading.limit)
        draw = usable_draw(reading.current, len(self.draw_at_change))
        self._hear_draw(now, draw, reading, pace)
        if state is ChargerState.DISCONNECTED:
            self.phases.forget()
            self.effect.forget()
            self.waited = self.served = 0.0
            self.turns = 0
        self.phases.learn(now, draw, reading.active_phases)
        if not self.adopted or self._is_found_lower():
            self._adopt()
        elif self.readback is None and (returned or plugged_in):
            self.must_write = True
        if self.learned_at is not None and now - self.learned_at > LEARNED_DRAW_LIFETIME:
            self.learned_draw = self.learned_at = None

    def _lose(self, pace: Pace, now: float) -> None:
        if self.state is not ChargerState.UNAVAILABLE:
            drawn = max(self.draws.highest) if self.draw_known else 0.0
            in_force = 0.0 if self.readback is None else min(self.readback, self.largest)
            self.committed = max(self.reserve(now, pace), drawn, in_force)
        self.state = ChargerState.UNAVAILABLE

    def _hear_draw(self, now: float, draw: Amps | None, reading: ChargerReading, pace: Pace) -> None:
        measured_at = reading.measured_at
        if measured_at is None or not isfinite(measured_at):
            measured_at = now - self.settings.reaction.report_latency
        self.draws.add(now, draw, min(measured_at, now), pace.alignment)
        self.draw_known = self.draws.last is not None and now - self.draws.reported_at <= pace.draw_age

    def _adopt(self) -> None:
        self.adopted = True
        self.lowered = False
        if self.readback is None:
            self.limit = min(self.limit, self.fit(self.settings.fallback_current))
            self.must_write = True
            return
        self.limit = self.previous = self.fit(self.readback)
        self.must_write = abs(self.limit - self.readback) > READBACK_TOLERANCE

    def _is_found_lower(self) -> bool:
        """Return whether the limit in force is below the one taken over, and nothing was decided since.

        The first word of a charger may be an old one, kept by its broker; its limit must not be written back.
        """
        if not self.held or self.changed_at is not None or self.readback is None:
            return False
        return self.readback < self.told - READBACK_TOLERANCE

    def is_in_flight(self, measured_at: float, reaction: float) -> bool:
        """Return whether something measured at a time need not show the last change yet."""
        if self.changed_at is None:
            return False
        return measured_at < self.changed_at + reaction + (CAR_WAKE_UP if self.resumed else 0.0)

    def _has_landed(self) -> bool:
        """Return whether every draw that a sample of the mains may belong to is within a lower limit."""
        return (
            self.changed_at is not None
            and not self.rose
            and self.draw_known
            and self.draws.reported_at > self.changed_at
            and max(self.draws.highest) <= self.limit + LANDED
        )

    def pause(self, now: float, minimum_off: float) -> None:
        """Note a pause for want of room, which lasts at least so long [s]."""
        self.off_until = now + minimum_off
        self.pauses.spend(1)
        self.paused_at.append(now)

    def may_pause_again(self, now: float) -> bool:
        """Return whether another pause would not be one too many: only then the last one may end."""
        crowded = len(self.paused_at) == MOST_PAUSES and now - self.paused_at[0] < MOST_PAUSES_WITHIN
        return self.pauses.left >= -PAUSES_OWED and not crowded

    def is_falling(self, now: float, pace: Pace) -> bool:
        """Return whether the last cut need not have been followed yet, and was not seen to be."""
        return not self.rose and self.is_in_flight(now, pace.wait) and not self._has_landed()

    def reserve(self, now: float, pace: Pace) -> float:
        """Return what the car may take as long as a cut is on its way [A]."""
        if self.rose or not self.is_in_flight(now, pace.wait):
            return self.limit
        return max(self.limit, self.previous)

    def draw_range(self, phase: Phase, measured_at: float, reaction: float) -> tuple[float, float]:
        """Return the lowest and highest draw that may be part of a sample of the mains [A].

        Args:
            phase: of the mains.
            measured_at: when the mains was measured [s].
            reaction: from a write to a reading that must show its effect [s].
        """
        counted = phase in self.phases.counted
        if self.state is ChargerState.UNAVAILABLE:
            return (self.committed, self.committed) if counted else (0.0, 0.0)
        if self.draw_known:
            low, high = self.draws.lowest[phase], self.draws.highest[phase]
        else:
            low = high = self._assumed_draw() if counted else 0.0
        before = self.draw_at_change[phase]
        if self.changed_at is None or self._has_landed() or not self.is_in_flight(measured_at, reaction):
            high = min(high, self.limit)
            low = min(low, high)
        elif not self.rose:
            high = max(high, before)
            low = min(low, self.limit)
        elif counted:
            risen = min(self.limit, before + CAR_RISE * max(0.0, measured_at - self.changed_at))
            low, high = (low, max(high, risen)) if self.draw_known else (min(low, before), risen)
        return low, high

    def _assumed_draw(self) -> float:
        if self.state in NOT_DRAWING:
            return 0.0
        return self.told if self.learned_draw is None else min(self.told, self.learned_draw)

    def command(self, now: float, limit: float, mains: Amps, pace: Pace) -> None:
        """Change the limit [A]; the mains current [A] is kept to see the effect of the change."""
        if limit == self.limit:
            return
        if self.draw_known:
            drawn = self.draws.highest
        else:
            assumed = self._assumed_draw()
            drawn = tuple(
                assumed if phase in self.phases.counted else 0.0 for phase in list(Phase)[: len(mains)]
            )
        falling = limit < self.limit
        if falling and not self.rose and self.is_in_flight(now, pace.wait):
            self.draw_at_change = tuple(map(max, self.draw_at_change, drawn, strict=True))
            self.previous = max(self.previous, self.limit)
        else:
            self.draw_at_change = drawn
            self.previous = self.limit
        if not falling or self.rose or self.effect.judged:
            self.effect.begin(mains)
        self.rose = not falling
        self.resumed = self.limit == 0
        if self.resumed:
            self.on_since = now
        self.mains_at_change = mains
        self.limit = limit
        self.lowered = False
        self.changed_at = now

    def rearm(self) -> None:
        """Choose what is written to keep the watchdog of the charger quiet.

        Where it ignores unchanged values that is one step less every other time, never below the minimum:
        at the minimum and in a pause the same value is all there is to write.
        """
        lower = round(self.limit - self.settings.step, 6)
        self.lowered = self.settings.rearm_by_step and not self.lowered and lower >= self.smallest

    def begin_again(self) -> None:
        """Nothing was decided for so long that the limit in force must be taken over anew."""
        self.adopted = False
        self.held = True

    def restart(self, now: float) -> None:
        """The clock has jumped back: what happened in the future happened now."""
        self.begin_again()
        for name in POINTS_IN_TIME:
            value: float | None = getattr(self, name)
            if value is not None:
                setattr(self, name, min(value, now))
        self.paused_at.clear()
        self.draws.restart(now)
        self.phases.restart()


def _usable_limit(limit: float | None) -> float | None:
    """Return a read-back limit that can be reckoned with [A]."""
    if limit is None or not isfinite(limit) or not 0 <= limit <= SENSIBLE_DRAW:
        return None
    return limit
