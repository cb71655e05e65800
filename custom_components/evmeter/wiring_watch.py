"""Checks the wiring of every charger of a site: learns from what it does anyway, and detects when asked."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final

from homeassistant.core import HomeAssistant, callback

from .balancing.model import ChargerState, MainsReading, Phase
from .chargers import Charger
from .const import LOGGER
from .exceptions import DetectionError
from .issues import Issue
from .managed_charger import ManagedCharger
from .snapshot import WiringCheck
from .wiring import (
    METER_GRACE,
    DetectionFailure,
    DetectionResult,
    Measured,
    PhaseDetection,
    Wiring,
    WiringLearner,
    WiringVerdict,
)

ISSUE: Final = "wiring_contradicts"

MOVED: Final = 1.2
"""A charger whose current or limit changes by more makes a step that may be taken for another's [A]."""

SETTLING: Final = 20.0
"""So long after a charger was seen to move, beside its own delays, its current may still change [s]."""

UNKNOWN_PHASE: Final = "?"

type OnProgress = Callable[[float], None]


@dataclass(slots=True)
class Watched:
    """One charger under watch.

    Attributes:
        managed: the charger.
        measured: what is known of its current.
        learner: what it does anyway.
        still: its current or limit per terminal when it moved last [A].
        quiet_at: what it did last is over by then [s].
    """

    managed: ManagedCharger
    measured: Measured
    learner: WiringLearner
    still: tuple[float, ...] = ()
    quiet_at: float = -inf

    @property
    def level(self) -> tuple[float, ...] | None:
        """What is to be watched of it: current, or limit, per terminal [A]; None = not known."""
        charger = self.managed.charger
        reading = charger.reading
        if reading.state is ChargerState.UNAVAILABLE:
            return None
        if self.measured is not Measured.LIMIT_ONLY:
            return None if reading.current is None else charger.settings.to_terminals(reading.current)
        if reading.state is not ChargerState.CHARGING or reading.limit is None:
            return None
        return (reading.limit,) * len(charger.settings.wiring)

    def notice_move(self, now: float, level: tuple[float, ...] | None) -> None:
        """Remember until when a step of this charger may disturb what is seen of the others."""
        decision = self.managed.decision
        told = () if decision is None else (decision.current,)
        new = (*(level or ()), *told)
        if len(new) == len(self.still) and all(
            abs(a - b) <= MOVED for a, b in zip(new, self.still, strict=True)
        ):
            return
        reaction = self.managed.charger.settings.reaction
        delays = reaction.command_latency + reaction.report_latency + reaction.report_period
        self.still, self.quiet_at = new, now + delays + SETTLING


@dataclass(slots=True)
class Run:
    """A detection that is going on.

    Attributes:
        charger_id: whose phases are detected.
        detection: how far it is.
        result: for whoever waits.
        on_progress: told how far it is, 0 to 1.
        report: what is found is shown as an issue: nobody waits for it.
    """

    charger_id: str
    detection: PhaseDetection
    result: asyncio.Future[DetectionResult]
    on_progress: OnProgress
    report: bool
    told: float = field(default=-1.0)


class WiringWatch:
    """Watches the chargers of one site; at a site of one phase there is nothing to find."""

    def __init__(self, hass: HomeAssistant, chargers: Mapping[str, ManagedCharger], phase_count: int) -> None:
        """Know nothing yet.

        Args:
            hass: the running Home Assistant.
            chargers: by id.
            phase_count: of the site.
        """
        self._hass = hass
        self._chargers = chargers
        self._phase_count = phase_count
        self._meter_silent = True
        self._watched: dict[str, Watched] = {}
        if phase_count > 1:
            for charger_id, managed in chargers.items():
                measured = _measured(managed.charger)
                learner = WiringLearner(managed.charger.settings, measured, phase_count)
                self._watched[charger_id] = Watched(managed, measured, learner)
        self._run: Run | None = None
        self._reported: dict[str, WiringVerdict] = {}

    @property
    def possible(self) -> bool:
        """Whether there is a wiring to find."""
        return self._phase_count > 1

    @callback
    def observe(self, mains: MainsReading, *, balancing: bool) -> bool:
        """Take what meter and chargers say now; returns whether a detection began, moved or ended.

        Args:
            mains: the newest reading, on the event loop's clock.
            balancing: limits are written.
        """
        now = self._hass.loop.time()
        self._meter_silent = any(current is None for current in mains.current) or (
            now - min(mains.measured_at) > max(METER_GRACE, 3 * mains.period)
        )
        levels = {charger_id: watched.level for charger_id, watched in self._watched.items()}
        for charger_id, watched in self._watched.items():
            watched.notice_move(now, levels[charger_id])
        latest = sorted(watched.quiet_at for watched in self._watched.values())[-2:]
        for charger_id, watched in self._watched.items():
            others = latest[0] if watched.quiet_at == latest[-1] else latest[-1]
            disturbed = len(self._watched) > 1 and others > now
            level = levels[charger_id]
            if disturbed:
                watched.learner.disturbed(others)
            watched.learner.step(now, mains, level)
            if self._run is not None and self._run.charger_id == charger_id:
                if disturbed:
                    self._run.detection.disturbed(others)
                charging = watched.managed.charger.reading.state is ChargerState.CHARGING
                self._run.detection.step(now, mains, level, charging=charging)
        return self._go_on(balancing=balancing)

    @callback
    def async_start(self, charger_id: str) -> None:
        """Begin a detection whose result is shown as an issue where it differs from the settings.

        Raises:
            DetectionError: it cannot run now.
        """
        self._begin(charger_id, lambda _progress: None, report=True)

    async def async_detect(self, charger_id: str, on_progress: OnProgress) -> DetectionResult:
        """Run a detection to its end; when this is cancelled, it ends at once.

        Raises:
            DetectionError: it cannot run now, or did not come to its end.
        """
        run = self._begin(charger_id, on_progress, report=False)
        try:
            return await run.result
        finally:
            if self._run is run:
                run.detection.stop()
                self._end(run)

    @callback
    def stop(self) -> None:
        """End what is going on, when the site is unloaded."""
        if self._run is not None:
            self._run.detection.stop()
            self._end(self._run)

    def issues(self) -> Iterator[Issue]:
        """Yield the wirings that are not as configured."""
        for charger_id, watched in self._watched.items():
            verdict = self._reported.get(charger_id)
            contradiction = watched.learner.contradiction
            if verdict is None and contradiction is not None:
                verdict = contradiction.verdict
            if verdict is not None:
                yield _issue(watched.managed, verdict)

    def _begin(self, charger_id: str, on_progress: OnProgress, *, report: bool) -> Run:
        managed = self._chargers[charger_id]
        failure = self._obstacle(managed)
        if failure is not None:
            raise DetectionError(failure, managed.name)
        watched = self._watched[charger_id]
        limit = 0.0 if managed.decision is None else managed.decision.current
        now = self._hass.loop.time()
        detection = PhaseDetection(now, managed.charger.settings, watched.measured, self._phase_count, limit)
        if detection.failure is not None:
            raise DetectionError(detection.failure, managed.name)
        run = Run(charger_id, detection, self._hass.loop.create_future(), on_progress, report)
        self._run = run
        self._reported.pop(charger_id, None)
        managed.wiring_check = WiringCheck.RUNNING
        # What this charger leaves must not go to the others: their steps would hide its own.
        for other in self._watched.values():
            decision = other.managed.decision
            other.managed.detection_ceiling = None if decision is None else decision.current
        managed.detection_ceiling = detection.ceiling
        return run

    def _obstacle(self, managed: ManagedCharger) -> DetectionFailure | None:
        """Return why a detection cannot begin, None = nothing is in the way."""
        obstacles = {
            DetectionFailure.ONE_PHASE: not self._watched,
            DetectionFailure.ALREADY_RUNNING: self._run is not None,
            DetectionFailure.ONLY_WATCHED: not managed.charger.can_limit,
            DetectionFailure.BALANCING_OFF: managed.decision is None,
            DetectionFailure.NOT_CHARGING: managed.charger.reading.state is not ChargerState.CHARGING,
            DetectionFailure.NO_METER: self._meter_silent,
        }
        return next((failure for failure, stands in obstacles.items() if stands), None)

    def _go_on(self, *, balancing: bool) -> bool:
        """Move the ceiling, or end; returns whether anything changed."""
        run = self._run
        if run is None:
            return False
        if not balancing:
            run.detection.stop(DetectionFailure.BALANCING_OFF)
        if run.detection.done:
            self._end(run)
            return True
        managed = self._watched[run.charger_id].managed
        moved = managed.detection_ceiling != run.detection.ceiling
        managed.detection_ceiling = run.detection.ceiling
        if run.detection.progress != run.told:
            run.told = run.detection.progress
            run.on_progress(run.told)
        return moved

    def _end(self, run: Run) -> None:
        """Give every charger back, and tell what came out."""
        self._run = None
        for watched in self._watched.values():
            watched.managed.detection_ceiling = None
        managed = self._watched[run.charger_id].managed
        result, failure = run.detection.result, run.detection.failure
        if result is not None:
            managed.wiring_check = _check(result.verdict, managed.charger.settings.wiring)
            if run.report and managed.wiring_check is WiringCheck.DIFFERS:
                self._reported[run.charger_id] = result.verdict
            if not run.result.done():
                run.result.set_result(result)
            LOGGER.info(
                "Detection of the phases of %s: %s, %s",
                managed.name,
                result.outcome,
                seen_text(result.verdict),
            )
        else:
            managed.wiring_check = WiringCheck.FAILED
            failure = failure or DetectionFailure.STOPPED
            if not run.report and not run.result.done():
                run.result.set_exception(DetectionError(failure, managed.name))
            LOGGER.info("Detection of the phases of %s ended early: %s", managed.name, failure)


def wiring_text(wiring: Wiring) -> str:
    """Return a wiring in arrows from terminal to mains phase: the same in every language."""
    return ", ".join(
        f"{terminal.name} → {phase.name}" for terminal, phase in zip(Phase, wiring, strict=False)
    )


def seen_text(verdict: WiringVerdict) -> str:
    """Return what is known of every terminal, with a question mark where nothing is."""
    return ", ".join(
        f"{terminal.name} → {UNKNOWN_PHASE if seen.phase is None else seen.phase.name}"
        for terminal, seen in zip(Phase, verdict.terminals, strict=False)
    )


def wiring_string(wiring: Wiring) -> str:
    """Return a wiring as it is stored."""
    return ",".join(phase.name for phase in wiring)


def _measured(charger: Charger) -> Measured:
    if not charger.settings.has_draw_sensor:
        return Measured.LIMIT_ONLY
    return Measured.EACH_TERMINAL if charger.measures_each_terminal else Measured.ONE_CURRENT


def _check(verdict: WiringVerdict, configured: Wiring) -> WiringCheck:
    if verdict.found == 0:
        return WiringCheck.UNKNOWN
    return WiringCheck.DIFFERS if verdict.contradicts(configured) else WiringCheck.AGREES


def _issue(managed: ManagedCharger, verdict: WiringVerdict) -> Issue:
    settings = managed.charger.settings
    proposal = verdict.proposal(settings.wiring)
    return Issue(
        key=ISSUE,
        subject=settings.id,
        placeholders={
            "charger": managed.name,
            "configured": wiring_text(settings.wiring),
            "seen": seen_text(verdict),
            "proposal": wiring_text(proposal),
        },
        fixable=True,
        data={"subentry_id": settings.id, "wiring": wiring_string(proposal)},
    )
