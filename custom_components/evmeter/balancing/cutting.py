"""Lowering limits: once, in the step that sees the overload, straight to the level that fits."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from .allocation import TOLERANCE, Demand, allocate
from .charger_state import Tier
from .model import Reason, ReasonCode
from .reserve import cut_above
from .riding import observe_peaks, ride
from .rotation import rank
from .rounding import whole_steps
from .tuning import LAST_KNOWN, TRIM_AFTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .allocation import Constraint
    from .charger_state import ChargerTrack
    from .step_context import StepContext

EFFECT = 0.5
"""A cut whose effect on the mains is a smaller share of what was expected missed the car's own draw."""

ASKED_FOR = frozenset(
    {
        ReasonCode.CABLE,
        ReasonCode.CHARGER_MAXIMUM,
        ReasonCode.MANUAL,
        ReasonCode.OFF,
        ReasonCode.SCHEDULE,
        ReasonCode.WIRING,
    }
)
"""Whoever sets a ceiling may lift it at any time."""


def cut(context: StepContext) -> None:
    """Lower every limit that does not fit any more, tier by tier, each beside those before it."""
    observe_peaks(context)
    for tier in (Tier.CONNECTED, Tier.SILENT, Tier.IDLE):
        members = context.tiers[tier]
        if members:
            _cut_tier(context, tier, members)


def _cut_tier(context: StepContext, tier: Tier, members: Sequence[int]) -> None:
    others = context.others(tier)
    loads = others | context.limits(tier)
    rooms = [_room(context, place, loads) for place in range(len(context.phases))]
    constraints = context.topology.constraints(members, context.counted, rooms, others)
    if _all_fit(context, members, constraints):
        return
    grants = allocate([_demand(context, index) for index in members], constraints)
    levels = whole_steps([context.tracks[index] for index in members], grants, constraints)
    riding = ride(context, members, levels, grants)
    for index, grant, share in zip(members, grants, levels, strict=True):
        track = context.tracks[index]
        level, reason = riding.get(index, (share, grant.reason))
        if level > track.smallest and level < track.limit and _missed_its_draw(context, track):
            level = track.smallest
        if level < track.limit:
            _lower(context, index, level, reason)


def _all_fit(context: StepContext, members: Sequence[int], constraints: Sequence[Constraint]) -> bool:
    """Return whether every limit may stay as it is."""
    limits = [context.tracks[index].limit for index in members]
    if any(limit > context.caps[index].current for index, limit in zip(members, limits, strict=True)):
        return False
    return all(
        sum(limits[member] * use for member, use in constraint.members) <= constraint.room + TOLERANCE
        for constraint in constraints
    )


def _demand(context: StepContext, index: int) -> Demand:
    track = context.tracks[index]
    return Demand(
        track.smallest,
        min(track.limit, context.caps[index].current),
        track.smallest,
        track.settings.weight,
        track.settings.priority,
        rank(context, index),
    )


def _lower(context: StepContext, index: int, level: float, reason: Reason | None) -> None:
    """Lower a limit; a pause lasts for the minimum off time, unless somebody asked for it."""
    track = context.tracks[index]
    if reason is None:
        reason = Reason(code=context.caps[index].code)
    if level == 0 and reason.code not in ASKED_FOR:
        track.pause(context.now, context.paces[index].timing.minimum_off)
    context.command(index, level)
    context.cut_by[index] = reason


def _room(context: StepContext, place: int, loads: Mapping[int, float]) -> float:
    """Return what all chargers may take of one phase [A], infinite when there is nothing to react to.

    A measured overload counts at once and until the next reading: nobody rides on without one. A possible one
    (cars could draw more than they do) counts when it has been possible for as long as reported draws may be
    late, and a small excess above the target when it stays.
    """
    phase = context.phases[place]
    background = phase.background
    if phase.meter.is_hard_stale(context.now, context.period):
        peak = background.peak(LAST_KNOWN)
        return inf if peak is None else phase.limit - peak
    if background.lowest is None:
        return inf
    room = inf
    target = phase.target - context.caution
    trigger = cut_above(context, place) - context.caution
    if phase.meter.value is not None and phase.meter.value > trigger:
        room = target - background.lowest
    committed = sum(amps for index, amps in loads.items() if place in context.counted[index])
    possible = background.valley(context.now, context.alignment)
    if possible is not None and possible + committed > trigger:
        room = min(room, target - possible)
    lasting = background.valley(context.now, TRIM_AFTER)
    if lasting is not None and lasting + committed > target:
        room = min(room, target - lasting)
    return room


def _missed_its_draw(context: StepContext, track: ChargerTrack) -> bool:
    """Return whether the last cut of a charger without a draw sensor went by what its car really draws.

    What the car draws at most follows from the fall of the mains current and is remembered.
    """
    if track.draw_known or track.rose or track.changed_at is None:
        return False
    expected = track.previous - track.limit
    for phase in track.phases.counted:
        mains = context.phases[phase]
        value, measured_at = mains.meter.value, mains.meter.measured_at
        if value is None or measured_at is None or value <= mains.trigger or not mains.sampled:
            continue
        fall = track.mains_at_change[phase] - value
        if fall < EFFECT * expected:
            track.learned_draw = track.limit + max(0.0, fall)
            track.learned_at = context.now
            return True
    return False
