"""Does a charger do what it was told? What is not followed is told again, counted, and in the end paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import ChargerState
from .tuning import (
    CAR_REACTION,
    MISSES_TO_PAUSE,
    OBEY_PATIENCE,
    OBEY_TOLERANCE,
    READBACK_LONGEST_WAIT,
    READBACK_TOLERANCE,
)

if TYPE_CHECKING:
    from .charger_state import ChargerTrack
    from .tuning import Pace


def check_obedience(track: ChargerTrack, now: float, pace: Pace, *, hurried: bool) -> bool:
    """Compare what a charger draws and tells with what it was told; return whether to tell it again.

    Args:
        track: the charger.
        now: time of the step [s].
        pace: its times.
        hurried: the fuse is about to trip: a first miss counts as the last.
    """
    if track.state is ChargerState.UNAVAILABLE or not track.adopted:
        return False
    return _check_draw(track, now, pace, hurried=hurried) or _check_readback(track, now, pace)


def must_pause(track: ChargerTrack) -> bool:
    """Return whether a charger has ignored its limit so often that it is told to pause."""
    return track.misses >= MISSES_TO_PAUSE


def _check_draw(track: ChargerTrack, now: float, pace: Pace, *, hurried: bool) -> bool:
    if not track.draw_known:
        return False
    draw = track.draws.last
    if draw is None or max(draw) <= track.limit + OBEY_TOLERANCE:
        track.misses = 0
        return False
    changed = _latest(track.changed_at, None)
    told = _latest(track.changed_at, track.corrected_at)
    followed_by = changed + track.settings.reaction.command_latency + CAR_REACTION
    if track.draws.reported_at < followed_by or now - told < pace.wait + OBEY_PATIENCE:
        return False
    track.misses = MISSES_TO_PAUSE if hurried else track.misses + 1
    track.corrected_at = now
    return True


def _check_readback(track: ChargerTrack, now: float, pace: Pace) -> bool:
    if track.readback is None:
        return False
    if abs(track.readback - track.limit) <= READBACK_TOLERANCE:
        track.corrections = 0
        return False
    patience = min(pace.wait * 2**track.corrections, max(READBACK_LONGEST_WAIT, pace.wait))
    if now - _latest(track.changed_at, track.corrected_at) < patience:
        return False
    track.corrections = min(track.corrections + 1, 16)
    track.corrected_at = now
    return True


def _latest(first: float | None, second: float | None) -> float:
    """Return the later of two times; long ago when there is none."""
    return max((time for time in (first, second) if time is not None), default=-1e12)
