"""Putting a step into words: what the mains carries and what the whole site does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .charger_state import Tier
from .model import (
    ChargerDecision,
    Decision,
    Phase,
    PhaseDecision,
    ReasonCode,
    SiteState,
)
from .reasons import WANT_OF_ROOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mains_phase import MainsPhase
    from .step_context import StepContext


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
