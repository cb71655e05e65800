"""Passive learning: the steps a charger makes anyway keep checking its configured wiring.

Nothing is moved for it, and a false alarm is worse than silence: a wiring is contradicted only by many
steps, up and down, over a while, that fit another wiring far better, and only while the mains follow the
charger at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..balancing.model import ChargerSettings, MainsReading
from .evidence import Wiring, WiringEvidence, WiringVerdict
from .observer import StepObserver, Timing
from .steps import Measured

FEWEST_STEPS = 5
"""Steps a contradiction needs."""

EACH_WAY = 2
"""Of them, those upwards and those downwards."""

LEAD = 16.0
"""A terminal must be so much likelier to hang on another phase [nats]: four steps without any doubt."""

SHORTEST = 1200.0
"""Time the steps must be spread over [s]: what runs in a fixed rhythm does so for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A wiring that what was seen speaks against.

    Attributes:
        configured: the wiring in the settings.
        proposal: the wiring to use instead.
        verdict: what was seen of each terminal.
    """

    configured: Wiring
    proposal: Wiring
    verdict: WiringVerdict


class WiringLearner:
    """Watches one charger as long as it is there.

    Attributes:
        contradiction: what speaks against the configured wiring, None = nothing.
    """

    def __init__(self, settings: ChargerSettings, measured: Measured, phase_count: int) -> None:
        """Know nothing yet.

        Args:
            settings: of the charger, with the configured wiring.
            measured: what is known of its current.
            phase_count: of the site.
        """
        self._configured = settings.wiring
        self._observer = StepObserver(measured, Timing.of(settings, measured))
        self._evidence = WiringEvidence(len(settings.wiring), phase_count)
        self._first_step_at: float | None = None
        self.contradiction: Contradiction | None = None

    @property
    def steps(self) -> int:
        """Steps seen so far."""
        return self._evidence.steps

    def step(self, now: float, mains: MainsReading, level: tuple[float, ...] | None) -> None:
        """Take what is known now.

        Args:
            now: [s].
            mains: the newest reading, on the same clock.
            level: current per charger terminal, or the limit on every terminal [A]; None = not known.
        """
        made = self._observer.observe(now, mains, level)
        if made is None:
            return
        self._evidence.add(made)
        if self._first_step_at is None:
            self._first_step_at = now
        self.contradiction = self._judge(now - self._first_step_at)

    def disturbed(self, until: float) -> None:
        """Leave out what is seen until a moment [s]: another charger moves."""
        self._observer.forget(until)

    def _judge(self, seconds: float) -> Contradiction | None:
        evidence = self._evidence
        falls = evidence.steps - evidence.rises
        if evidence.steps < FEWEST_STEPS or min(evidence.rises, falls) < EACH_WAY or seconds < SHORTEST:
            return None
        verdict = evidence.verdict()
        sure = any(
            seen.phase is not None
            and seen.phase is not meant
            and evidence.lead(terminal, seen.phase, meant) >= LEAD
            for terminal, (seen, meant) in enumerate(zip(verdict.terminals, self._configured, strict=True))
        )
        if not sure:
            return None
        return Contradiction(
            configured=self._configured, proposal=verdict.proposal(self._configured), verdict=verdict
        )
