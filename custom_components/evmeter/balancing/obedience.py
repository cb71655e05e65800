"""Does a charger do what it was told? What is not followed is told again, counted, and in the end paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .charger_state import NOT_DRAWING
from .model import ChargerState, WriteClass
from .tuning import (
    CAR_REACTION,
    CAR_WAKE_UP,
    MISSES_TO_PAUSE,
    OBEY_PATIENCE,
    OBEY_TOLERANCE,
    READBACK_LONGEST_WAIT,
    READBACK_TOLERANCE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .charger_state import ChargerTrack
    from .mains_phase import MainsPhase
    from .pace import Pace

SHOWN = 0.5
"""A change is followed when a phase of the mains shows at least this share of it."""
REPEAT_AFTER = 60.0
"""How often a cut is repeated while an overload lasts that may as well be the house's own [s]."""
INSIST_AFTER = 5.0
"""How often a charger found deaf is told to pause while a phase is overloaded, where writes are free [s]."""
WORTH_A_JUDGEMENT = 3.0
"""A change by less is lost in the noise of a house [A]."""


def check_obedience(
    track: ChargerTrack, now: float, pace: Pace, mains: Sequence[MainsPhase], *, hurried: bool
) -> bool:
    """Compare what a charger draws and tells with what it was told; return whether to tell it again.

    Args:
        track: the charger.
        now: time of the step [s].
        pace: its times.
        mains: the phases of the mains.
        hurried: the fuse is about to trip: a first miss counts as the last.
    """
    if track.state is ChargerState.UNAVAILABLE or not track.adopted:
        return False
    check = _check_draw if track.draw_known else _check_effect
    return check(track, now, pace, mains, hurried=hurried) or _check_readback(track, now, pace)


def must_pause(track: ChargerTrack) -> bool:
    """Return whether a charger has ignored its limit so often that it is told to pause."""
    return track.misses >= MISSES_TO_PAUSE


def _check_draw(
    track: ChargerTrack, now: float, pace: Pace, mains: Sequence[MainsPhase], *, hurried: bool
) -> bool:
    """Judge by what the charger says the car draws."""
    track.effect.forget()
    draw = track.draws.last
    if draw is None or max(draw) <= track.limit + OBEY_TOLERANCE:
        track.misses = 0
        return False
    followed_by = _latest(track.changed_at, None) + track.settings.reaction.command_latency + CAR_REACTION
    insisting = must_pause(track) and _is_overloaded(track, mains)
    if track.draws.reported_at < followed_by or _is_too_soon(track, now, pace, insisting=insisting):
        return False
    _count_miss(track, now, hurried=hurried)
    return True


def _check_effect(
    track: ChargerTrack, now: float, pace: Pace, mains: Sequence[MainsPhase], *, hurried: bool
) -> bool:
    """Judge by what the mains shows, where nobody says what the car draws.

    Only a car that was seen to draw is blamed, and only when some phase shows nothing of a cut. While a phase
    stays overloaded a charger is told again in any case.
    """
    effect = track.effect
    waking_up = track.rose and _is_too_soon(track, now, pace)
    if track.state in NOT_DRAWING and not waking_up:
        track.misses = 0
        effect.forget()
        return False
    if effect.judged:
        watched = not track.rose and _was_seen(track, mains)
        return watched and _is_overloaded(track, mains) and _repeat(track, now, pace)
    places = sorted(track.phases.counted)
    for place in places:
        value = mains[place].meter.value
        if mains[place].sampled and value is not None:
            effect.see(place, value)
    if track.rose:
        if not waking_up:
            _believe_rise(track, min(effect.rises[place] for place in places))
        return False
    return _judge_cut(track, now, pace, mains, hurried=hurried)


def _judge_cut(
    track: ChargerTrack, now: float, pace: Pace, mains: Sequence[MainsPhase], *, hurried: bool
) -> bool:
    effect = track.effect
    missing = effect.proven_draw - track.limit
    if not _was_seen(track, mains):
        effect.believe(track.limit)
        return False
    if missing < WORTH_A_JUDGEMENT and track.obeying:
        if now - _latest(track.changed_at, None) >= 2 * (pace.wait + OBEY_PATIENCE):
            effect.believe(track.limit)
        return False
    fall = min(effect.falls[place] for place in track.phases.counted)
    if fall >= SHOWN * missing or _has_no_room(track, mains, missing):
        effect.believe(track.limit)
        track.misses = 0
        return False
    insisting = must_pause(track) and _is_overloaded(track, mains)
    if _is_too_soon(track, now, pace, insisting=insisting):
        return False
    _count_miss(track, now, hurried=hurried)
    return True


def _was_seen(track: ChargerTrack, mains: Sequence[MainsPhase]) -> bool:
    """Return whether the meter has spoken without a gap since the last change."""
    since = [mains[place].meter.fresh_since for place in track.phases.counted]
    changed = _latest(track.changed_at, None)
    return all(fresh is not None and fresh <= changed for fresh in since)


def _is_overloaded(track: ChargerTrack, mains: Sequence[MainsPhase]) -> bool:
    """Return whether a phase that the car may use carries more than it should."""
    values = [(mains[place].meter.value, mains[place].trigger) for place in track.phases.counted]
    return any(value is not None and value > trigger for value, trigger in values)


def _repeat(track: ChargerTrack, now: float, pace: Pace) -> bool:
    """Return whether to repeat a cut that may not have been heard: after the reaction time, then rarely."""
    changed, corrected = _latest(track.changed_at, None), _latest(track.corrected_at, None)
    patience = pace.wait + OBEY_PATIENCE
    if now - max(changed, corrected) < (max(patience, REPEAT_AFTER) if corrected > changed else patience):
        return False
    track.corrected_at = now
    return True


def _has_no_room(track: ChargerTrack, mains: Sequence[MainsPhase], missing: float) -> bool:
    """Return whether some phase carries less than a car that does not obey would draw on it."""
    values = [mains[place].meter.value for place in track.phases.counted]
    return any(value is not None and value < track.limit + SHOWN * missing for value in values)


def _believe_rise(track: ChargerTrack, rise: float) -> None:
    """Take the smallest rise of all phases after a raise for the car's [A]."""
    track.effect.judged = True
    gain = track.limit - track.previous
    enough = track.smallest - OBEY_TOLERANCE if track.resumed else SHOWN * gain
    if gain >= WORTH_A_JUDGEMENT and rise >= enough:
        track.effect.proven_draw = min(track.limit, track.previous + rise)


def _is_too_soon(track: ChargerTrack, now: float, pace: Pace, *, insisting: bool = False) -> bool:
    """Return whether the last change or correction need not be followed yet, or may not have been heard."""
    told = _latest(track.changed_at, track.corrected_at)
    if insisting and track.settings.write_class is WriteClass.VOLATILE and told != track.changed_at:
        return now - told < INSIST_AFTER
    return now - told < pace.wait + OBEY_PATIENCE + (CAR_WAKE_UP if track.resumed and track.rose else 0.0)


def _count_miss(track: ChargerTrack, now: float, *, hurried: bool) -> None:
    track.misses = MISSES_TO_PAUSE if hurried else track.misses + 1
    track.corrected_at = now


def _check_readback(track: ChargerTrack, now: float, pace: Pace) -> bool:
    if track.readback is None:
        return False
    lowest = track.limit - (track.settings.step if track.settings.rearm_by_step else 0.0)
    if lowest - READBACK_TOLERANCE <= track.readback <= track.limit + READBACK_TOLERANCE:
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
