"""A silent meter is never an empty house: how old the last word of a source is, phase by phase."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from .tuning import LONGEST_PERIOD, hard_age, soft_age

if TYPE_CHECKING:
    from .stored_state import JsonObject, StateReader

SENSIBLE_FACTOR = 10.0
"""A current beyond this many times the rating is a fault of the source."""
FUTURE_TOLERANCE = 1.0
"""A reading may be dated this far ahead of the clock [s]."""
DEFAULT_PERIOD = 1.0
DEFAULT_RESOLUTION = 1.0


def usable_period(period: float) -> float:
    """Return a meter period that can be reckoned with, whatever was given [s]."""
    return min(period, LONGEST_PERIOD) if isfinite(period) and period > 0 else DEFAULT_PERIOD


def usable_resolution(resolution: float) -> float:
    """Return a resolution that can be reckoned with, whatever was given: whole amps when in doubt [A]."""
    return (
        resolution if isfinite(resolution) and 0 <= resolution <= DEFAULT_RESOLUTION else DEFAULT_RESOLUTION
    )


class MeterAge:
    """The last good reading of one phase and since when readings have come without a gap.

    Attributes:
        value: last good reading [A], None = never any.
        measured_at: when the source reported it [s].
        fresh_since: since when no gap was longer than the soft age [s], None = silent.
        silent: the last step brought no good reading.
    """

    __slots__ = ("_first_step", "_sensible", "fresh_since", "measured_at", "silent", "value")

    def __init__(self, rating: float) -> None:
        """Start without any reading, for a phase of this rating [A]."""
        self._sensible = SENSIBLE_FACTOR * rating
        self._first_step: float | None = None
        self.value: float | None = None
        self.measured_at: float | None = None
        self.fresh_since: float | None = None
        self.silent = True

    def update(self, now: float, value: float | None, measured_at: float | None, period: float) -> bool:
        """Take one reading; return whether it is a new one.

        Args:
            now: time of the step [s].
            value: what the source says [A].
            measured_at: when it said so [s].
            period: of the meter [s].
        """
        if self._first_step is None:
            self._first_step = now
        is_new = self._accept(now, value, measured_at, period)
        if self.age(now) > soft_age(period):
            self.fresh_since = None
        return is_new

    def _accept(self, now: float, value: float | None, measured_at: float | None, period: float) -> bool:
        self.silent = (
            value is None
            or measured_at is None
            or not isfinite(value)
            or not isfinite(measured_at)
            or abs(value) > self._sensible
            or measured_at > now + FUTURE_TOLERANCE
        )
        if self.silent or value is None or measured_at is None:
            return False
        before = self.measured_at
        if before is not None and (measured_at < before or (measured_at == before and value == self.value)):
            return False
        if self.fresh_since is None or before is None or measured_at - before > soft_age(period):
            self.fresh_since = now
        self.value = value
        self.measured_at = min(measured_at, now)
        return True

    def age(self, now: float) -> float:
        """Return the age of the last good reading; counted from the first step while there is none [s]."""
        since = self.measured_at if self.measured_at is not None else self._first_step
        return 0.0 if since is None else max(0.0, now - since)

    def is_soft_stale(self, now: float, period: float) -> bool:
        """Return whether there is nothing young enough to raise on."""
        return self.fresh_since is None or self.age(now) > soft_age(period)

    def is_hard_stale(self, now: float, period: float) -> bool:
        """Return whether the fallback currents are called for."""
        return self.age(now) > hard_age(period)

    def has_evidence(self, now: float, window: float) -> bool:
        """Return whether readings came without a gap for a whole window [s]."""
        return self.fresh_since is not None and now - self.fresh_since >= window

    def restart(self, now: float) -> None:
        """Forget when anything happened: the clock has jumped back. What was read last is kept."""
        self._first_step = now
        self.measured_at = None
        self.fresh_since = None

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "first_step": self._first_step,
            "value": self.value,
            "measured_at": self.measured_at,
            "fresh_since": self.fresh_since,
            "silent": self.silent,
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self._first_step = stored.number_or_none("first_step")
        self.value = stored.number_or_none("value")
        self.measured_at = stored.number_or_none("measured_at")
        self.fresh_since = stored.number_or_none("fresh_since")
        self.silent = stored.flag("silent")
