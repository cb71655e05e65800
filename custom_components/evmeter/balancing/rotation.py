"""Whose turn it is: chargers of equal priority that cannot all charge take turns.

The turn of a charger lasts at least `TURN`. Two times are kept for each charger, and both run only while
somebody really has to wait: how long it has waited for its turn, and how long it has been served while
another one of its priority waited for what it uses. Whoever has waited for a whole turn goes before those
that have been served for one: the longest-waiting before the longest-served. No mode rotates any sooner.

The swap itself is left to the raising of limits: the one that is relieved is paused first, and the other one
goes on when that must have shown its effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .charger_state import DRAWS
from .model import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .allocation import Constraint, Grant, Rank
    from .charger_state import ChargerTrack
    from .model import Phase
    from .step_context import StepContext

type _Place = tuple[Phase | None, str | None]
"""What names a constraint: its phase and its circuit."""

TURN = 900.0
"""A turn lasts this long: chargers are not switched on and off any sooner to be fair [s]."""
ALIKE = 60.0
"""Who has waited longer by less than this is in no better place: whole turns decide [s]."""
IDLE_AFTER = 90.0
"""A car that does not draw this long after it may wants nothing: it does not keep others waiting [s]."""


def rank(context: StepContext, index: int) -> Rank:
    """Return the place of a charger in the order of admission among those of its priority.

    First those whose turn it is, then those whose turn is due, then those that charge because nobody is due,
    then those that wait, at last those that are offered a current which their car does not take.
    """
    track = context.tracks[index]
    if track.limit == 0:
        place = 1 if is_due(track) else 3
    elif is_idle(track, context.now):
        place = 4
    else:
        place = 0 if track.served < TURN else 2
    balance = (track.served - track.waited) // ALIKE
    return place, balance, track.turns, track.settings.id


def is_due(track: ChargerTrack) -> bool:
    """Return whether a charger has waited for a whole turn."""
    return track.waited >= TURN


def is_idle(track: ChargerTrack, now: float) -> bool:
    """Return whether a car is known to leave what it is offered."""
    if track.limit == 0 or not track.draw_known or max(track.draws.highest) > DRAWS:
        return False
    return not track.held if track.on_since is None else now - track.on_since >= IDLE_AFTER


def book_time(
    context: StepContext, members: Sequence[int], grants: Sequence[Grant], constraints: Iterable[Constraint]
) -> None:
    """Book the time of this step on those that wait for a turn and on those that are served meanwhile.

    A car that leaves what it is offered has had its turn.
    """
    if len(members) < 2:
        return
    tracks = context.tracks
    refused: dict[_Place, set[int]] = {}
    for index, grant in zip(members, grants, strict=True):
        track = tracks[index]
        if is_idle(track, context.now):
            track.waited = 0.0
        reason = track.reason if _must_stay_off(track, context.now) else grant.reason
        if track.limit == 0 and reason is not None and reason.code is ReasonCode.WAITING_TURN:
            _wait(track, context.elapsed)
            refused.setdefault((reason.phase, reason.circuit), set()).add(track.settings.priority)
    if not refused:
        return
    served: set[int] = set()
    for constraint in constraints:
        priorities = refused.get((constraint.reason.phase, constraint.reason.circuit), set())
        served.update(
            members[place]
            for place, _ in constraint.members
            if tracks[members[place]].settings.priority in priorities and tracks[members[place]].limit > 0
        )
    for index in served:
        _serve(tracks[index], context.elapsed)


def _must_stay_off(track: ChargerTrack, now: float) -> bool:
    """Return whether a charger was paused so lately that it takes no part in sharing yet."""
    return track.off_until is not None and now < track.off_until


def _wait(track: ChargerTrack, seconds: float) -> None:
    """Let a charger wait; when its turn is due it will be a whole one."""
    track.waited += seconds
    if is_due(track):
        track.served = 0.0


def _serve(track: ChargerTrack, seconds: float) -> None:
    """Let a charger be served; a whole turn makes up for all waiting."""
    before = track.served
    track.served += seconds
    if before < TURN <= track.served:
        track.turns += 1
    if track.served >= TURN:
        track.waited = 0.0
