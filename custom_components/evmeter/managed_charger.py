"""One charger under the coordinator: it is polled, told its limits, and seen."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .balancing.model import Amps, Ceiling, ChargerDecision, ChargerReading, ReasonCode
from .chargers import Charger, ChargerProblem
from .const import LOGGER
from .issues import (
    PROBLEM_GRACE,
    ForeignWrites,
    Issue,
    configured_rivals,
    not_obeying_issue,
    problem_issue,
    rival_issues,
    suspected_rivals,
)
from .limit_writer import LimitWriter
from .snapshot import ChargerMode, ChargerView, WiringCheck

MANY_FAILURES: Final = 3
"""Failed writes in a row after which the user is told."""

LATE_REPORTS: Final = 3
"""A charger may tell of an old limit for this many times as long as it usually takes."""


class ManagedCharger:
    """A charger with its writer, and with what the user wants of it.

    Attributes:
        charger: the charger.
        name: as the user calls it.
        mode: what the user wants.
        maximum_current: the user's own limit [A].
        decision: the balancer's last word, None before the first and while balancing is off.
        detection_ceiling: what the detection of a wiring leaves for now [A], None = there is none running.
        wiring_check: what the last detection of its phases came to.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        charger: Charger,
        name: str,
        start: Callable[[Coroutine[None, None, None], str], asyncio.Task[None]],
        on_written: Callable[[bool], None],
    ) -> None:
        """Keep a charger that is not started yet.

        Args:
            hass: the running Home Assistant.
            entry: the config entry of its site.
            charger: the charger.
            name: as the user calls it.
            start: starts a background task of the config entry.
            on_written: told after every write whether it succeeded.
        """
        self._hass = hass
        self._entry = entry
        self.charger = charger
        self.name = name
        self.mode = ChargerMode.BALANCED
        self.maximum_current = charger.settings.max_current
        self.decision: ChargerDecision | None = None
        self.detection_ceiling: float | None = None
        self.wiring_check = WiringCheck.NOT_RUN
        self._start = start
        self._writer = LimitWriter(name, self._write, start, on_written)
        reaction = charger.settings.reaction
        delay = reaction.command_latency + reaction.report_latency + reaction.report_period
        self._foreign = ForeignWrites(LATE_REPORTS * delay)
        self._poller: asyncio.Task[None] | None = None
        self._on_reading: Callable[[], None] | None = None
        self._logged_problem = ChargerProblem.NONE

    async def async_start(self, on_reading: Callable[[], None]) -> None:
        """Connect in the background and start to poll; ``on_reading`` is called on everything fresh."""
        self._on_reading = on_reading
        await self.charger.async_start(self._heard)
        interval = self.charger.poll_interval
        if interval is not None:
            self._poller = self._start(self._poll(interval), f"EV-Meter poll of {self.name}")

    async def async_stop(self) -> None:
        """Stop everything; the charger keeps its limit until its watchdog ends it."""
        self._on_reading = None
        self._writer.cancel()
        if self._poller is not None:
            self._poller.cancel()
            self._poller = None
        await self.charger.async_stop()

    @property
    def reading(self) -> ChargerReading:
        """What the balancer needs, with what the user wants."""
        return replace(self.charger.reading, ceiling=self._ceiling)

    @callback
    def apply(self, decision: ChargerDecision | None) -> None:
        """Take the balancer's word and write it where it must be written; None = balancing is off."""
        self.decision = decision
        if decision is None:
            self._writer.cancel()
            self._foreign.forget()
        elif decision.write:
            self._writer.submit(decision.limit, raising=decision.raising)

    def view(self) -> ChargerView:
        """Return the charger as the user interface sees it."""
        return ChargerView(
            id=self.charger.settings.id,
            name=self.name,
            device=self.charger.device,
            can_limit=self.charger.can_limit,
            settings=self.charger.settings,
            mode=self.mode,
            maximum_current=self.maximum_current,
            problem=self.charger.problem,
            write_failures=self._writer.failures,
            reading=self.reading,
            details=self.charger.details,
            decision=self.decision,
            wiring_check=self.wiring_check,
        )

    def issues(self) -> Iterator[Issue]:
        """Yield what is wrong with the charger."""
        subject = self.charger.settings.id
        if self.charger.problem in PROBLEM_GRACE:
            yield problem_issue(self._hass, self.charger, self.name)
        elif self._writer.failures >= MANY_FAILURES:
            placeholders = {"charger": self.name, "reason": self._writer.error or ""}
            yield Issue(key="charger_write_failed", subject=subject, placeholders=placeholders)
        if self.decision is not None and not self.decision.obeying:
            yield not_obeying_issue(subject, self.name)
        yield from self._rival_issues()

    @callback
    def forget_rivals(self) -> None:
        """Begin anew to watch for somebody else who writes the limit: the user has put it right."""
        self._foreign.forget()

    def _rival_issues(self) -> Iterator[Issue]:
        if not self.charger.can_limit:
            return
        now = self._hass.loop.time()
        entities = self.charger.entities
        seen = self._foreign.has_rival(now)
        yield from rival_issues(
            self.charger.settings.id,
            self.name,
            configured=configured_rivals(
                self._hass, self._entry.entry_id, self.charger.settings.id, entities
            ),
            values=self._foreign.values(now) if seen else (),
            suspects=suspected_rivals(self._hass, entities) if seen else (),
        )

    @property
    def _ceiling(self) -> Ceiling | None:
        """The lowest limit that anybody asks for: a detection never lifts what the user wants."""
        wanted, detecting = self._wanted_ceiling, self.detection_ceiling
        if detecting is None or (wanted is not None and wanted.current <= detecting):
            return wanted
        return Ceiling(current=detecting, reason=ReasonCode.WIRING)

    @property
    def _wanted_ceiling(self) -> Ceiling | None:
        if self.mode is ChargerMode.PAUSED:
            return Ceiling(current=0.0, reason=ReasonCode.OFF)
        if self.mode is ChargerMode.MANUAL:
            return Ceiling(current=self.maximum_current, reason=ReasonCode.MANUAL)
        if self.maximum_current < self.charger.settings.max_current:
            return Ceiling(current=self.maximum_current, reason=ReasonCode.CHARGER_MAXIMUM)
        return None

    async def _poll(self, interval: float) -> None:
        while True:
            await self.charger.async_poll()
            await asyncio.sleep(interval)

    async def _write(self, limit: Amps) -> None:
        # What is written over now may not have been heard yet.
        self._note_limit()
        self._foreign.told(self._hass.loop.time(), min(self.charger.settings.to_terminals(limit)))
        await self.charger.async_write(limit)

    def _note_limit(self) -> None:
        self._foreign.reported(self._hass.loop.time(), self.charger.reading.limit)

    @callback
    def _heard(self) -> None:
        self._note_limit()
        self._log_problem()
        if self._on_reading is not None:
            self._on_reading()

    def _log_problem(self) -> None:
        """Say once when a charger goes away, and once when it is back."""
        problem = self.charger.problem
        if problem is self._logged_problem:
            return
        if problem is ChargerProblem.NONE:
            LOGGER.info("%s is back", self.name)
        else:
            LOGGER.warning("%s cannot be used: %s", self.name, problem.replace("_", " "))
        self._logged_problem = problem
