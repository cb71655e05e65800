"""Why each limit is what it is: what truly keeps it from being one step higher."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from .allocation import NOTHING, TOLERANCE
from .model import Reason, ReasonCode
from .obedience import must_pause
from .tuning import RESUME_HYSTERESIS
from .write_budget import is_worth, may_write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .allocation import Constraint
    from .model import Phase
    from .step_context import StepContext

WANT_OF_ROOM = frozenset(
    {
        ReasonCode.MAINS_PHASE,
        ReasonCode.CIRCUIT,
        ReasonCode.GROUP_CAP,
        ReasonCode.PRIORITY,
        ReasonCode.WAITING_TURN,
    }
)

LASTING = WANT_OF_ROOM - {ReasonCode.PRIORITY, ReasonCode.WAITING_TURN}
"""What may bind without anybody else."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a charger could have beside what the others hold.

    Attributes:
        level: the most it could have [A].
        reason: what leaves no room for its next step, None = there is room.
    """

    level: float
    reason: Reason | None


NO_BOUND = Bound(inf, None)


def explain_all(context: StepContext) -> list[Reason]:
    """Return what binds the limit of each charger."""
    bounds: dict[int, Bound] = {}
    for tier, constraints in context.shared.items():
        bounds.update(_find_bounds(context, context.tiers[tier], constraints))
    return [_explain(context, index, bounds.get(index, NO_BOUND)) for index in range(len(context.tracks))]


def _explain(context: StepContext, index: int, bound: Bound) -> Reason:
    code = _find_code(context, index)
    if code is not None:
        return Reason(code=code)
    return (
        context.cut_by.get(index)
        or _find_share(context, index)
        or bound.reason
        or _explain_delay(context, index, bound.level)
    )


def _find_code(context: StepContext, index: int) -> ReasonCode | None:
    """Return what binds a limit other than want of room, None = nothing."""
    track, cap = context.tracks[index], context.caps[index]
    paused_for_room = track.limit == 0 and track.reason.code in WANT_OF_ROOM
    code = None
    if index in context.fallback:
        code = ReasonCode.STALE_METER
    elif must_pause(track):
        code = ReasonCode.NOT_OBEYING
    elif index in context.cut_by:
        code = None
    elif track.limit >= cap.current:
        code = cap.code
    elif track.held and not paused_for_room:
        code = ReasonCode.RESTART_HOLD
    return code


def _find_share(context: StepContext, index: int) -> Reason | None:
    """Return what bounds the fair share of a charger: room that is left may be another's."""
    share = context.shares.get(index, NOTHING)
    if context.tracks[index].limit == 0:
        return share.reason if share.level == 0 else None
    return share.reason if share.level < _next(context, index) - TOLERANCE else None


def _explain_delay(context: StepContext, index: int, level: float) -> Reason:
    """Return why a limit is not raised yet although there is room for it."""
    track, cap, now = context.tracks[index], context.caps[index].current, context.now
    if any(
        context.phases[phase].meter.is_soft_stale(now, context.period) for phase in context.counted[index]
    ):
        return Reason(code=ReasonCode.STALE_METER)
    if context.overloads.is_overdrawn(context.tolerance):
        return Reason(code=ReasonCode.OVERLOADS)
    share = context.shares.get(index, NOTHING).level or level
    wanted = track.fit(min(level, share, cap))
    if wanted >= _next(context, index) and not is_worth(track, wanted, context.raise_step(index), cap, now):
        return Reason(code=ReasonCode.WRITE_BUDGET)
    if not may_write(track, now):
        return Reason(code=ReasonCode.WRITE_BUDGET)
    is_kept_off = track.off_until is not None and now < track.off_until
    kept = WANT_OF_ROOM if is_kept_off else LASTING
    return track.reason if track.reason.code in kept else _tightest(context, index)


def _tightest(context: StepContext, index: int) -> Reason:
    """Return the mains phase with the least room: the one a charger will be bound by first."""

    def peak(phase: Phase) -> float:
        track = context.phases[phase]
        highest = track.background.peak(context.longest_window)
        return (0.0 if highest is None else highest) - track.target

    return Reason(code=ReasonCode.MAINS_PHASE, phase=max(sorted(context.counted[index]), key=peak))


def _find_bounds(
    context: StepContext, members: Sequence[int], constraints: Sequence[Constraint]
) -> dict[int, Bound]:
    """Return for each member how far it could go beside what the others hold, and what stops it there."""
    held = [context.tracks[index].reserve(context.now, context.paces[index]) for index in members]
    level = [inf] * len(members)
    tightest: list[Constraint | None] = [None] * len(members)
    for constraint in constraints:
        left = constraint.room - sum(held[place] * use for place, use in constraint.members)
        for place, use in constraint.members:
            free = held[place] + left / use
            if free < level[place]:
                level[place], tightest[place] = free, constraint
    bounds = {}
    for place, index in enumerate(members):
        own = context.limiting.get(index)
        if own is not None:
            beside = sum(held[other] * use for other, use in own.members if other != place)
            free = (own.room - beside) / dict(own.members)[place]
            if free < level[place]:
                level[place], tightest[place] = free, own
        bound = tightest[place]
        reason = None
        if bound is not None and level[place] < _next(context, index) - TOLERANCE:
            reason = _name(context, members, held, place, bound)
        bounds[index] = Bound(level[place], reason)
    return bounds


def _next(context: StepContext, index: int) -> float:
    """Return the next limit worth a raise [A]; after a pause the room that it takes to resume."""
    track, cap = context.tracks[index], context.caps[index].current
    if track.limit == 0:
        return min(track.smallest + RESUME_HYSTERESIS, cap)
    return min(track.limit + context.raise_step(index), cap)


def _name(
    context: StepContext, members: Sequence[int], held: Sequence[float], place: int, bound: Constraint
) -> Reason:
    """Name what leaves a charger no room: for one that is paused that may be another charger."""
    track = context.tracks[members[place]]
    use = dict(bound.members)[place]
    if track.limit > 0 or bound.room / use < track.smallest - TOLERANCE:
        return bound.reason
    served = {
        other: context.tracks[members[other]].settings.priority
        for other, _ in bound.members
        if other != place and held[other] > 0
    }
    if not served:
        return bound.reason
    urgent = sum(
        held[other] * share
        for other, share in bound.members
        if other in served and served[other] < track.settings.priority
    )
    beside = (bound.room - urgent) / use >= track.smallest - TOLERANCE
    waits = beside and max(served.values()) >= track.settings.priority
    code = ReasonCode.WAITING_TURN if waits else ReasonCode.PRIORITY
    return Reason(code=code, phase=bound.reason.phase, circuit=bound.reason.circuit)
