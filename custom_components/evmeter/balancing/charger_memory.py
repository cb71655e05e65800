"""Storing what is remembered of one charger, and taking it over again."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .charger_state import POINTS_IN_TIME
from .model import ChargerState, Phase, Reason, ReasonCode
from .tuning import MOST_PAUSES

if TYPE_CHECKING:
    from .charger_state import ChargerTrack
    from .stored_state import JsonObject, StateReader

OPTIONAL = (*POINTS_IN_TIME, "learned_draw", "readback")
"""Attributes that are a number or None."""
NUMBERS = ("limit", "previous", "committed", "waited", "served")
COUNTS = ("turns", "raises_today", "cuts_today", "misses", "corrections")
FLAGS = ("adopted", "must_write", "lowered", "rose", "resumed", "draw_known", "held")


def store_charger(track: ChargerTrack) -> JsonObject:
    """Return everything remembered of a charger."""
    stored: JsonObject = {name: getattr(track, name) for name in (*OPTIONAL, *NUMBERS, *COUNTS, *FLAGS)}
    stored["id"] = track.settings.id
    stored["state"] = track.state.value
    stored["draw_at_change"] = list(track.draw_at_change)
    stored["mains_at_change"] = list(track.mains_at_change)
    stored["reason"] = {
        "code": track.reason.code.value,
        "phase": None if track.reason.phase is None else track.reason.phase.name,
        "circuit": track.reason.circuit,
    }
    stored["pauses"] = track.pauses.left
    stored["writes"] = track.writes.left
    stored["paused_at"] = list(track.paused_at)
    stored["draws"] = track.draws.as_dict()
    stored["phases"] = track.phases.as_dict()
    stored["effect"] = track.effect.as_dict()
    return stored


def restore_charger(track: ChargerTrack, stored: StateReader) -> None:
    """Take over a stored state; a limit that the settings do not allow any more is lowered.

    Raises:
        StateError: for a value that cannot be read.
    """
    for name in OPTIONAL:
        setattr(track, name, stored.number_or_none(name))
    for name in NUMBERS:
        setattr(track, name, stored.number(name))
    for name in COUNTS:
        setattr(track, name, stored.count(name))
    for name in FLAGS:
        setattr(track, name, stored.flag(name))
    track.state = stored.member("state", ChargerState)
    track.draw_at_change = stored.amps("draw_at_change", len(track.draw_at_change))
    track.mains_at_change = stored.amps("mains_at_change", len(track.mains_at_change))
    reason = stored.child("reason")
    phase = reason.text_or_none("phase")
    track.reason = Reason(
        code=reason.member("code", ReasonCode),
        phase=next((known for known in Phase if known.name == phase), None),
        circuit=reason.text_or_none("circuit"),
    )
    track.pauses.left = stored.number("pauses")
    track.writes.left = stored.number("writes")
    track.paused_at = deque(stored.numbers("paused_at"), maxlen=MOST_PAUSES)
    track.draws.restore(stored.child("draws"))
    track.phases.restore(stored.child("phases"))
    track.effect.restore(stored.child("effect"))
    _fit(track)


def _fit(track: ChargerTrack) -> None:
    """Lower a limit that the settings do not allow any more."""
    told, fitting = track.told, track.fit(track.limit)
    if fitting != track.limit or (track.lowered and not track.settings.rearm_by_step):
        track.limit, track.lowered = fitting, False
    if track.lowered and track.told < track.smallest:
        track.lowered = False
    track.must_write = track.must_write or track.told != told
