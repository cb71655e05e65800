"""What must be known about a type of charger to limit it through its entities: data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..balancing.model import ChargerState, ReactionProfile, WriteClass

SLOW: Final = ReactionProfile(command_latency=5.0, report_latency=5.0, report_period=10.0)
"""Times of a charger of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseStates:
    """The two states of the switch (or select) that pauses and resumes.

    Attributes:
        paused: set to pause.
        resumed: set to charge again.
        tells: it says ``paused`` only while charging is paused; False = also while no car wants to charge.
    """

    paused: str = "off"
    resumed: str = "on"
    tells: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A type of charger.

    Attributes:
        states: states of its state entity, as slugs, and what they mean.
        pause: the states of its pause switch.
        step: limits are multiples of this [A], None = as the number says.
        write_class: what a write costs.
        minimum_gap: between two raising writes [s].
        reaction: how fast it follows and tells.
        rearm_after: write the same limit again after this time [s], None = never.
        rearm_by_step: an unchanged limit is not written: every other time one step less is.
        draw_attributes: its draw is in these attributes of its sensors [A], empty = in their states.
    """

    states: Mapping[str, ChargerState]
    pause: PauseStates = PauseStates()
    step: float | None = None
    write_class: WriteClass = WriteClass.PERSISTENT
    minimum_gap: float = 60.0
    reaction: ReactionProfile = SLOW
    rearm_after: float | None = None
    rearm_by_step: bool = False
    draw_attributes: tuple[str, ...] = ()


USUAL_STATES: Final[Mapping[str, ChargerState]] = {
    **dict.fromkeys(
        ("disconnected", "not_connected", "no_ev_connected", "unplugged", "available", "idle", "standby"),
        ChargerState.DISCONNECTED,
    ),
    **dict.fromkeys(
        ("connected", "ready", "waiting", "awaiting_start", "finished", "completed", "complete", "off"),
        ChargerState.READY,
    ),
    **dict.fromkeys(("charging", "starting", "on"), ChargerState.CHARGING),
    **dict.fromkeys(("paused", "suspended", "stopped", "disabled", "sleeping"), ChargerState.PAUSED),
    **dict.fromkeys(("error", "fault", "faulted"), ChargerState.FAULT),
}
"""States that most chargers call alike; a binary sensor is on while the car charges."""

PICKED_BY_HAND: Final = Traits(states=USUAL_STATES)
"""A charger of which nothing is known: assumed to be slow, and to keep every limit in its flash memory."""

PICKED_BY_HAND_INVERTED: Final = Traits(states=USUAL_STATES, pause=PauseStates(paused="on", resumed="off"))
"""The same, with a switch that is on while charging is paused."""
