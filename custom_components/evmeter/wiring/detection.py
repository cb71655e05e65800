"""Guided detection: a charger is lowered and let go a few times, and the mains are watched.

It only asks for a ceiling: the limit that was in force when it began, or the charger's minimum current.
Whoever balances stays in charge, and what it allows can only be less. A charger is never paused for it: some
cars do not wake up again, and a charger that is left alone in the middle is left at its minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..balancing.model import ChargerSettings, MainsReading
from .evidence import WiringEvidence, WiringVerdict
from .observer import StepObserver, Timing
from .steps import SMALLEST_STEP, Measured

FEWEST_STEPS = 4
FEWEST_WITHOUT_SENSORS = 6
"""Where the terminals are not measured one by one, an appliance that joins in can look like a car's phase."""

MOST_STEPS = 10

STAGE_LIMIT = 240.0
"""The charger must be at its next level within this time, and six meter periods [s]."""

LONGEST_DETECTION = 1500.0
"""No detection lasts longer [s]."""

CAR_GRACE = 30.0
"""A car that stops charging for longer has stopped [s]."""

METER_GRACE = 60.0
"""A meter that is silent for longer is too silent [s]; a slow one may take three periods."""


class DetectionFailure(StrEnum):
    """Why a detection cannot begin or did not come to its end."""

    ONE_PHASE = "one_phase"
    ONLY_WATCHED = "only_watched"
    ALREADY_RUNNING = "already_running"
    BALANCING_OFF = "balancing_off"
    NOT_CHARGING = "not_charging"
    NO_METER = "no_meter"
    NO_ROOM = "no_room"
    NO_RESPONSE = "no_response"
    STOPPED = "stopped"


class DetectionOutcome(StrEnum):
    """What a detection found."""

    FOUND = "found"
    """The phase of every terminal."""
    PARTLY = "partly"
    """The phase of some terminals: the car does not use the others."""
    ALL_ALIKE = "all_alike"
    """The car loads every phase alike: nothing tells the terminals apart."""
    NOT_SEEN = "not_seen"
    """The mains do not follow the charger."""
    UNCLEAR = "unclear"
    """Too much else was going on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionResult:
    """What a detection found.

    Attributes:
        outcome: in one word.
        verdict: in detail.
        seconds: it took [s].
    """

    outcome: DetectionOutcome
    verdict: WiringVerdict
    seconds: float


class PhaseDetection:
    """One run of the detection for one charger.

    Attributes:
        ceiling: the charger must not be allowed more now [A].
        result: what was found, None before the end.
        failure: why it ended early, None while it did not.
    """

    def __init__(
        self, now: float, settings: ChargerSettings, measured: Measured, phase_count: int, limit: float
    ) -> None:
        """Begin with the charger as it is.

        Args:
            now: [s].
            settings: of the charger.
            measured: what is known of its current.
            phase_count: of the site.
            limit: in force now [A].
        """
        timing = Timing.of(settings, measured)
        self._observer = StepObserver(measured, timing)
        self._evidence = WiringEvidence(len(settings.wiring), phase_count)
        self._lowest = settings.min_current
        self._highest = limit
        self._patience = STAGE_LIMIT + timing.lead + timing.lag
        each = measured is Measured.EACH_TERMINAL
        self._fewest = FEWEST_STEPS if each else FEWEST_WITHOUT_SENSORS
        self._lowered = False
        self._began = self._stage_began = self._charged_at = self._heard_at = now
        self.ceiling = limit
        self.result: DetectionResult | None = None
        self.failure: DetectionFailure | None = None
        if limit - self._lowest < SMALLEST_STEP:
            self.failure = DetectionFailure.NO_ROOM

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self.result is not None or self.failure is not None

    @property
    def progress(self) -> float:
        """How far it is, 0 to 1."""
        return 1.0 if self.done else min(0.95, (self._evidence.steps + 0.5) / (self._fewest + 1))

    def step(
        self, now: float, mains: MainsReading, level: tuple[float, ...] | None, *, charging: bool
    ) -> None:
        """Take what is known now; moves the ceiling.

        Args:
            now: [s].
            mains: the newest reading, on the same clock.
            level: current per charger terminal, or the limit on every terminal [A]; None = not known.
            charging: the car is charging.
        """
        if self.done:
            return
        made = self._observer.observe(now, mains, level)
        if made is not None:
            self._evidence.add(made)
        self._look_after(now, mains, charging)
        if self.done:
            return
        verdict = self._evidence.verdict()
        enough = verdict.settled and verdict.steps >= self._fewest
        if enough or verdict.steps >= MOST_STEPS or now - self._began > LONGEST_DETECTION:
            self._finish(now, verdict)
        elif charging and level is not None and self._observer.ready(now) and self._at_its_level(level):
            self._turn(now, level)
        elif now - self._stage_began > self._patience + 6 * mains.period:
            self._give_up(now, verdict)

    def disturbed(self, until: float) -> None:
        """Leave out what is seen until a moment [s]: another charger moves."""
        self._observer.forget(until)

    def stop(self, failure: DetectionFailure = DetectionFailure.STOPPED) -> None:
        """End it where it is."""
        if not self.done:
            self.failure = failure

    def _look_after(self, now: float, mains: MainsReading, charging: bool) -> None:
        """End where there is no car or no meter any more."""
        if charging:
            self._charged_at = now
        if all(current is not None for current in mains.current):
            self._heard_at = max(self._heard_at, min(mains.measured_at))
        if now - self._charged_at > CAR_GRACE:
            self.failure = DetectionFailure.NOT_CHARGING
        elif now - self._heard_at > max(METER_GRACE, 3 * mains.period):
            self.failure = DetectionFailure.NO_METER

    def _at_its_level(self, level: tuple[float, ...]) -> bool:
        low = max(level) < self._lowest + SMALLEST_STEP
        return low or not self._lowered

    def _turn(self, now: float, level: tuple[float, ...]) -> None:
        """Ask for the other level; a car that takes hardly more than the minimum can make no step."""
        if not self._lowered and max(level) < self._lowest + SMALLEST_STEP:
            if self._evidence.steps == 0:
                self.failure = DetectionFailure.NO_ROOM
            elif now - self._stage_began > self._patience:
                self._give_up(now, self._evidence.verdict())
            return
        self._lowered = not self._lowered
        self._stage_began = now
        self.ceiling = self._lowest if self._lowered else self._highest

    def _give_up(self, now: float, verdict: WiringVerdict) -> None:
        """End with what there is, or say why there is nothing."""
        if verdict.steps >= self._fewest:
            self._finish(now, verdict)
        else:
            self.failure = DetectionFailure.NO_RESPONSE if self._lowered else DetectionFailure.NO_ROOM

    def _finish(self, now: float, verdict: WiringVerdict) -> None:
        outcome = DetectionOutcome.UNCLEAR
        if verdict.invisible:
            outcome = DetectionOutcome.NOT_SEEN
        elif verdict.found == len(verdict.terminals):
            outcome = DetectionOutcome.FOUND
        elif verdict.found:
            outcome = DetectionOutcome.PARTLY
        elif verdict.settled and verdict.alike:
            outcome = DetectionOutcome.ALL_ALIKE
        self.result = DetectionResult(outcome=outcome, verdict=verdict, seconds=now - self._began)
