"""Peaks that leave no room for charging: how long this one has lasted, and how long the last one did.

A hob is on for seconds, a kettle for minutes. A first peak is given a few seconds to be a short one; when the
last peaks were short, the next one is expected to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tuning import (
    SHORT_PEAK,
    SHORT_PEAK_PATIENCE,
    SHORT_PEAK_PATIENCE_PERIODS,
    SHORT_PEAK_PERIODS,
    SHORT_PEAK_REMEMBERED,
    UNKNOWN_PEAK_PATIENCE,
    UNKNOWN_PEAK_PERIODS,
)

if TYPE_CHECKING:
    from .stored_state import JsonObject, StateReader


class Crowding:
    """The peaks of one phase during which the chargers' minimum does not fit."""

    __slots__ = ("_ended_at", "_lasted", "_since")

    def __init__(self) -> None:
        """Start with room."""
        self._since: float | None = None
        self._ended_at: float | None = None
        self._lasted = 0.0

    def see(self, now: float, *, crowded: bool) -> None:
        """Take whether the minimum fits at a sample."""
        if crowded:
            self._since = now if self._since is None else self._since
        elif self._since is not None:
            self._ended_at, self._lasted = now, now - self._since
            self._since = None

    def is_expected_to_pass(self, now: float, period: float) -> bool:
        """Return whether this peak may still be one of the short ones, seen by a meter of this period [s]."""
        if self._since is None:
            return True
        known = (
            self._ended_at is not None
            and now - self._ended_at <= SHORT_PEAK_REMEMBERED
            and self._lasted <= max(SHORT_PEAK, SHORT_PEAK_PERIODS * period)
        )
        if known:
            patience = max(SHORT_PEAK_PATIENCE, SHORT_PEAK_PATIENCE_PERIODS * period)
        else:
            patience = max(UNKNOWN_PEAK_PATIENCE, UNKNOWN_PEAK_PERIODS * period)
        return now - self._since < patience

    def clear(self) -> None:
        """Begin anew, after a gap."""
        self._since = self._ended_at = None

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {"since": self._since, "ended_at": self._ended_at, "lasted": self._lasted}

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self._since = stored.number_or_none("since")
        self._ended_at = stored.number_or_none("ended_at")
        self._lasted = stored.number("lasted")
