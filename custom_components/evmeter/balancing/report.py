"""Putting a step into words: why each limit is what it is, and what the whole site does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .charger_state import Tier
from .model import (
    ChargerDecision,
    Decision,
    Phase,
    PhaseDecision,
    Reason,
    ReasonCode,
    SiteState,
)
from .obedience import must_pause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mains_phase import MainsPhase
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


def explain(context: StepContext, index: int) -> Reason:
    """Return what binds the limit of a charger."""
    track, cap = context.tracks[index], context.caps[index]
    bound_by = context.bound_by.get(index)
    code: ReasonCode | None = None
    if index in context.fallback:
        code = ReasonCode.STALE_METER
    elif must_pause(track):
        code = ReasonCode.NOT_OBEYING
    elif index in context.cut_by:
        return context.cut_by[index]
    elif track.limit >= cap.current:
        code = cap.code
    elif track.held:
        code = ReasonCode.RESTART_HOLD
    if code is not None:
        return Reason(code=code)
    if bound_by is not None:
        return bound_by
    return track.reason if track.reason.code in WANT_OF_ROOM else _tightest(context, index)


def _tightest(context: StepContext, index: int) -> Reason:
    """Return the mains phase with the least room: what a charger waits for that may not rise yet."""

    def peak(phase: Phase) -> float:
        track = context.phases[phase]
        highest = track.background.peak(context.longest_window)
        return (0.0 if highest is None else highest) - track.target

    return Reason(code=ReasonCode.MAINS_PHASE, phase=max(sorted(context.counted[index]), key=peak))


def describe_phase(context: StepContext, phase: MainsPhase) -> PhaseDecision:
    """Return the view of one mains phase."""
    meter = phase.meter
    stale = meter.is_soft_stale(context.now, context.period)
    value = None if stale or meter.silent else meter.value
    return PhaseDecision(
        mains=value,
        background=phase.background.peak(context.longest_window),
        headroom=None if value is None else phase.target - value,
        load=phase.load,
        age=meter.age(context.now),
        stale=stale,
    )


def describe_site(context: StepContext, chargers: Sequence[ChargerDecision]) -> Decision:
    """Return the view of the whole site."""
    phases = tuple(describe_phase(context, phase) for phase in context.phases)
    return Decision(
        now=context.now,
        chargers=tuple(chargers),
        phases=phases,
        state=_site_state(context, chargers),
        limiting_phase=_limiting_phase(context, chargers),
        overload=any(
            view.mains is not None and view.mains > phase.limit
            for view, phase in zip(phases, context.phases, strict=True)
        ),
        fail_safe=bool(context.fallback),
    )


def _site_state(context: StepContext, chargers: Sequence[ChargerDecision]) -> SiteState:
    codes = {decision.reason.code for decision in chargers}
    with_car = [chargers[index] for index in context.tiers[Tier.CONNECTED] + context.tiers[Tier.SILENT]]
    if context.fallback:
        state = SiteState.FAIL_SAFE
    elif codes == {ReasonCode.OFF}:
        state = SiteState.OFF
    elif not with_car:
        state = SiteState.IDLE
    elif all(decision.reason.code is ReasonCode.MANUAL for decision in with_car):
        state = SiteState.MANUAL
    elif all(decision.current == 0 for decision in with_car):
        state = SiteState.PAUSED
    elif any(decision.reason.code in WANT_OF_ROOM for decision in with_car):
        state = SiteState.LIMITED
    else:
        state = SiteState.BALANCING
    return state


def _limiting_phase(context: StepContext, chargers: Sequence[ChargerDecision]) -> Phase | None:
    """Return the phase of the mains that binds the charger with the smallest share of its maximum."""
    bound = [
        (0 if track.tier is Tier.CONNECTED else 1, decision.current / track.largest, decision.reason.phase)
        for track, decision in zip(context.tracks, chargers, strict=True)
        if decision.reason.phase is not None and decision.reason.circuit is None
    ]
    return min(bound)[2] if bound else None
