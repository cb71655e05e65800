"""Raising limits: only on fresh evidence of a whole window, then straight to the level the window allows."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from .allocation import Constraint, Demand, Grant, allocate
from .charger_state import Tier
from .model import ChargerState, WriteClass
from .reserve import reserve
from .rotation import book_time, is_due, is_idle, rank
from .rounding import whole_steps
from .tuning import (
    HOLD_LONGEST,
    HOLD_PERIODS,
    PAUSES_SCARCE,
    RESUME_HYSTERESIS,
)
from .write_budget import is_worth, may_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .step_context import StepContext

UNABLE = frozenset({ChargerState.UNAVAILABLE, ChargerState.FAULT})


def raise_limits(context: StepContext) -> None:
    """Raise what may be raised; chargers without a car get what is left beside those that have one."""
    context.charging = {
        context.tracks[index].settings.priority
        for index in context.tiers[Tier.CONNECTED]
        if context.tracks[index].limit > 0
    }
    for tier in (Tier.CONNECTED, Tier.IDLE):
        members = context.tiers[tier]
        if members:
            _raise_tier(context, tier, members)


def _raise_tier(context: StepContext, tier: Tier, members: Sequence[int]) -> None:
    ready = {index for index in members if _may_rise(context, index)}
    others = context.others(tier)
    shortest = min(_window(context, index) for index in members)

    def over(window: float) -> list[Constraint]:
        return context.topology.constraints(members, context.counted, _rooms(context, window), others)

    def evidence(index: int) -> list[Constraint]:
        window = _window(context, index)
        return constraints if window == shortest else over(window)

    constraints = context.shared[tier] = over(shortest)
    grants = _share(context, members, ready, constraints)
    context.shares.update(zip(members, grants, strict=True))
    book_time(context, members, grants, constraints)
    if ready and not context.cut_by:
        levels = whole_steps([context.tracks[index] for index in members], grants, constraints)
        paused = {place for place, index in enumerate(members) if context.tracks[index].limit == 0}
        waiting = _raise_ready(context, members, ready, levels, evidence)
        is_settled = not any(_is_rising(context, index) for index in members)
        if paused.intersection(waiting) or (waiting and is_settled):
            _make_room(context, members, levels, constraints, waiting)


def _share(
    context: StepContext, members: Sequence[int], ready: set[int], constraints: Sequence[Constraint]
) -> list[Grant]:
    """Share what there is; whose pause is not worth a write at its share is not ready, and claims nothing."""
    grants = allocate([_demand(context, index, ready) for index in members], constraints)
    spared = set()
    for index, grant in zip(members, grants, strict=True):
        track, cap = context.tracks[index], context.caps[index].current
        level = track.fit(grant.level)
        if track.limit == 0 < level and not is_worth(
            track, level, context.raise_step(index), cap, context.now
        ):
            spared.add(index)
    if not spared:
        return grants
    ready -= spared
    return allocate([_demand(context, index, ready) for index in members], constraints)


def _window(context: StepContext, index: int) -> float:
    """Return how long the evidence for the next raise of a charger must be [s].

    It is longer where overloads were many, where nobody tells what the car draws, and where writes are dear.
    """
    pace, track = context.paces[index], context.tracks[index]
    timing = pace.timing
    drawn = track.draw_known or track.learned_draw is not None
    dear = track.settings.daily_budget is not None or track.settings.write_class is WriteClass.PERSISTENT
    if context.overloads.is_used_up or dear or not drawn:
        window = timing.wary_window
    else:
        window = timing.resume_window if track.limit == 0 else timing.raise_window
    if track.limit == 0:
        window += pace.scarce_resume * max(0.0, PAUSES_SCARCE - track.pauses.left)
    return window


def _rooms(context: StepContext, window: float) -> list[float]:
    """Return what chargers may take of each phase at the highest background of a window [A].

    A phase whose loads have come back lately is seen at its peak for as long as they may be away.
    """
    rooms = []
    longest = context.tolerance.wary_hold if context.overloads.is_used_up else HOLD_LONGEST
    longest = max(longest, HOLD_PERIODS * context.period)
    for place, phase in enumerate(context.phases):
        hold = phase.background.recurrence.hold(context.now, longest)
        peak = phase.background.peak(max(window, hold))
        rooms.append(
            -inf if peak is None else phase.target - reserve(context, place) - context.caution - peak
        )
    return rooms


def _demand(context: StepContext, index: int, ready: set[int]) -> Demand:
    """Return what a charger could use: a paused one that may not resume yet claims nothing."""
    track = context.tracks[index]
    paused = track.limit == 0
    able = index in ready or not (paused or track.state in UNABLE or index in context.fallback)
    most = context.caps[index].current if able else min(track.limit, context.caps[index].current)
    return Demand(
        track.smallest,
        most,
        min(track.smallest + RESUME_HYSTERESIS, most) if paused and not is_due(track) else track.smallest,
        track.settings.weight,
        track.settings.priority,
        rank(context, index),
    )


def _may_rise(context: StepContext, index: int) -> bool:
    """Return whether the evidence, the hold time and the write budget allow a raise now."""
    track, pace, now = context.tracks[index], context.paces[index], context.now
    timing = pace.timing
    if _is_barred(context, index):
        return False
    paused = track.limit == 0
    window = _window(context, index)
    phases = [context.phases[phase] for phase in context.counted[index]]
    if not all(
        phase.meter.has_evidence(now, max(window, timing.wary_window))
        and phase.meter.age(now) <= window
        and not phase.meter.is_soft_stale(now, context.period)
        for phase in phases
    ):
        return False
    track.held = False
    if track.changed_at is not None and now - track.changed_at < timing.raise_hold:
        return False
    if track.is_falling(now, pace):
        return False
    return may_write(track, now) and (not paused or _may_resume(context, index, window))


def _is_barred(context: StepContext, index: int) -> bool:
    """Return whether a charger may have no more whatever the house draws."""
    track = context.tracks[index]
    if track.limit >= context.caps[index].current or track.state in UNABLE or not track.obeying:
        return True
    if index in context.fallback or context.overloads.is_overdrawn(context.tolerance):
        return True
    return track.settings.has_draw_sensor and not track.draw_known


def _may_resume(context: StepContext, index: int, window: float) -> bool:
    """Return whether a pause has lasted long enough and its end would fit beside the house alone.

    What an equal holds may be taken over as it is, without the room that keeps a pause from ending too soon.
    """
    track = context.tracks[index]
    if not track.may_pause_again(context.now) or (
        track.off_until is not None and context.now < track.off_until
    ):
        return False
    rooms = _rooms(context, window)
    taking_over = is_due(track) or track.settings.priority in context.charging
    hysteresis = 0.0 if taking_over else RESUME_HYSTERESIS
    needed = min(track.smallest + hysteresis, context.caps[index].current)
    return all(rooms[phase] >= needed for phase in context.counted[index])


def _raise_ready(
    context: StepContext,
    members: Sequence[int],
    ready: set[int],
    levels: Sequence[float],
    evidence: Callable[[int], Sequence[Constraint]],
) -> list[int]:
    """Raise whoever is ready to its share, as far as the others leave room; return who has to wait for it.

    A cut that is on its way frees nothing yet: the charger may still take what it was allowed before.
    """
    reserved = [context.tracks[index].reserve(context.now, context.paces[index]) for index in members]
    waiting = []
    for place in sorted(range(len(members)), key=lambda place: _order(context, members[place])):
        index = members[place]
        track = context.tracks[index]
        step = context.raise_step(index)
        wanted = levels[place]
        cap = context.caps[index].current
        if index not in ready or not is_worth(track, wanted, step, cap, context.now):
            continue
        free, context.limiting[index] = _free(place, reserved, evidence(index))
        level = track.fit(min(wanted, free))
        if level < wanted:
            waiting.append(place)
        if is_worth(track, level, step, cap, context.now):
            context.command(index, level)
            reserved[place] = level
    return waiting


def _order(context: StepContext, index: int) -> tuple[int, int, str]:
    settings = context.tracks[index].settings
    return settings.priority, 1 if context.tracks[index].limit == 0 else 0, settings.id


def _free(
    place: int, reserved: Sequence[float], constraints: Iterable[Constraint]
) -> tuple[float, Constraint | None]:
    """Return what one charger may take beside all others [A], and what bounds it."""
    free, limiting = inf, None
    for constraint in constraints:
        use = next((use for member, use in constraint.members if member == place), None)
        if use is not None:
            beside = sum(reserved[member] * share for member, share in constraint.members if member != place)
            left = (constraint.room - beside) / use
            if left < free:
                free, limiting = left, constraint
    return free, limiting


def _is_rising(context: StepContext, index: int) -> bool:
    """Return whether a raise is on its way: until its draw is reported it looks like the house's own."""
    track, pace = context.tracks[index], context.paces[index]
    return track.rose and track.is_in_flight(context.now, pace.wait + pace.alignment)


def _make_room(
    context: StepContext,
    members: Sequence[int],
    levels: Sequence[float],
    constraints: Iterable[Constraint],
    waiting: Sequence[int],
) -> None:
    """Lower whoever has more than its share of something that a waiting charger needs."""
    sharing = {
        member
        for constraint in constraints
        if any(member in waiting for member, _ in constraint.members)
        for member, _ in constraint.members
    }
    for place in sorted(sharing):
        index = members[place]
        track, timing = context.tracks[index], context.paces[index].timing
        level = levels[place]
        protected = track.on_since is not None and context.now - track.on_since < timing.minimum_on
        if level >= track.limit or (level == 0 and protected and not is_idle(track, context.now)):
            continue
        if level == 0:
            track.off_until = context.now + timing.minimum_off
            track.paused_at.append(context.now)
        context.command(index, level)
        reason = context.shares[index].reason
        if reason is not None:
            context.cut_by[index] = reason
