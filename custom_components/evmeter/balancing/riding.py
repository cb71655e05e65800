"""Riding through a peak: at the minimum current, instead of pausing, while fuse and mode allow it.

A pause costs a car a minute or more. A breaker carries a small excess for longer than most peaks last: its
thermal state says for how long, and the mode says how much time above the rating it tolerates. A gG fuse is
never ridden, nor anything that is not measured, nor a limit that is not the mains'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .charger_state import Tier
from .model import FuseType, Phase, Reason, ReasonCode
from .tuning import RIDE_BUDGET, STRONG_OVERLOAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .allocation import Grant
    from .mains_phase import MainsPhase
    from .step_context import StepContext

RIDDEN = frozenset({FuseType.B, FuseType.C, FuseType.D})
"""Devices whose bimetal takes its time."""


def observe_peaks(context: StepContext) -> None:
    """Note on every phase whether the minimum of the chargers that are connected fits."""
    for place, phase in enumerate(context.phases):
        if phase.sampled and phase.background.highest is not None:
            needed = sum(
                context.tracks[index].smallest
                for index in context.tiers[Tier.CONNECTED]
                if place in context.counted[index]
            )
            phase.crowding.see(
                context.now, crowded=phase.background.highest + needed > phase.target - context.caution
            )


def ride(
    context: StepContext, members: Sequence[int], levels: Sequence[float], grants: Sequence[Grant]
) -> Mapping[int, tuple[float, Reason]]:
    """Return what a ride makes of the chargers: those that are spared a pause, and those beside them.

    A rider stays at its minimum although the mains has no room for it. So does whoever shares a phase with
    it, to keep the excess as small as it can be. All ride or none: who is paused must not make room for
    others.

    Args:
        context: of the step.
        members: index of each charger of a tier.
        levels: what each of them would get [A].
        grants: what binds each of them.

    Returns:
        The level [A] and the reason of every charger that a ride gives another level, by index.
    """
    wanting = {
        index: Reason(code=ReasonCode.MAINS_PHASE, phase=grant.reason.phase)
        for index, level, grant in zip(members, levels, grants, strict=True)
        if level == 0 < context.tracks[index].limit and grant.reason and _is_bound_by_mains(grant.reason)
    }
    if not wanting or not all(_may_ride(context, index) for index in wanting):
        return {}
    used = frozenset[Phase]().union(*(context.counted[index] for index in wanting))
    reason = next(iter(wanting.values()))
    beside = {
        index: reason
        for index, level in zip(members, levels, strict=True)
        if level > context.tracks[index].smallest and used & context.counted[index]
    }
    held = {index: (context.tracks[index].smallest, why) for index, why in (beside | wanting).items()}
    currents = dict(zip(members, levels, strict=True)) | {index: level for index, (level, _) in held.items()}
    loads = context.others(Tier.CONNECTED) | currents
    wait = max(context.paces[index].wait for index in wanting)
    return held if all(_phase_allows(context, place, loads, wait) for place in used) else {}


def _phase_allows(context: StepContext, place: Phase, loads: Mapping[int, float], wait: float) -> bool:
    """Return whether a phase may carry what the chargers would take [A] until a pause could end it [s]."""
    phase = context.phases[place]
    background = phase.background.highest
    if background is None:
        return False
    load = background + sum(amps for index, amps in loads.items() if place in context.counted[index])
    return _fuse_allows(context, phase, load, wait)


def _is_bound_by_mains(reason: Reason) -> bool:
    return reason.phase is not None and reason.circuit is None


def _may_ride(context: StepContext, index: int) -> bool:
    """Return whether a charger is one that can be trusted to draw its minimum."""
    track = context.tracks[index]
    return (
        track.pauses.left < context.tolerance.ride_below
        and track.draw_known
        and track.obeying
        and context.caps[index].current >= track.smallest
    )


def _fuse_allows(context: StepContext, phase: MainsPhase, load: float, wait: float) -> bool:
    """Return whether a phase may carry a load [A] until a pause could end it [s]."""
    if load <= phase.target - context.caution:
        return True
    overloads = context.overloads
    if not phase.crowding.is_expected_to_pass(context.now, context.period):
        return False
    if phase.meter.is_soft_stale(context.now, context.period) or phase.fuse_type not in RIDDEN:
        return False
    if overloads.any.left <= 0 or (load > STRONG_OVERLOAD * phase.limit and overloads.strong.left <= 0):
        return False
    return phase.can_carry(load, wait, RIDE_BUDGET)
