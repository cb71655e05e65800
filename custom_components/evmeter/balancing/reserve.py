"""What is kept free beside the safety margin: for what the noise of a house adds until a cut is felt.

Close to its minimum current a charger gains or loses a tenth of its power and more with every ampere. There
nothing is kept, and in a mode that rides peaks a breaker is let carry a hair more than its rating until the
excess has lasted: it would carry that for ever. A charger that has plenty loses little by an ampere, so it
keeps clear of the rating. So does everything behind a gG fuse, behind a meter too coarse to tell, and in a
house that has used up what its mode tolerates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .charger_state import Tier
from .riding import RIDDEN
from .tuning import DEADBAND, HAIR, LOW_CURRENT, RESERVE

if TYPE_CHECKING:
    from .step_context import StepContext


def reserve(context: StepContext, place: int) -> float:
    """Return what a raise must leave free of a phase beside its safety margin [A]."""
    phase = context.phases[place]
    kept = max(0.0, RESERVE - (phase.limit - phase.target))
    return 0.0 if _counts_every_ampere(context, place) else kept


def cut_above(context: StepContext, place: int) -> float:
    """Return the current of a phase above which limits are lowered at once [A]."""
    phase = context.phases[place]
    if context.tolerance.ride_below == 0 or not _counts_every_ampere(context, place):
        return phase.trigger
    return min(phase.target + DEADBAND, HAIR * phase.limit)


def _counts_every_ampere(context: StepContext, place: int) -> bool:
    """Return whether all that charge on a phase are close to their minimum, and it may be filled up."""
    if context.overloads.is_used_up or context.phases[place].fuse_type not in RIDDEN:
        return False
    if context.caution >= RESERVE:
        return False
    limits = [
        context.tracks[index].limit
        for index in context.tiers[Tier.CONNECTED]
        if place in context.counted[index]
    ]
    return 0 < max(limits, default=0.0) <= LOW_CURRENT
