"""Fair shares in the steps that chargers know, without leaving a step of room unused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .allocation import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .allocation import Constraint, Grant
    from .charger_state import ChargerTrack


def whole_steps(
    tracks: Sequence[ChargerTrack], grants: Sequence[Grant], constraints: Sequence[Constraint]
) -> list[float]:
    """Return what each charger gets in whole steps [A].

    All shares are rounded down. What that leaves goes to those that lost by it, one step each and as far as
    it fits, so that equal chargers differ by one step at most. Among equals it stays with who has it.

    Args:
        tracks: the chargers.
        grants: the share of each of them.
        constraints: what they share, naming them by their place in the list.
    """
    levels = [track.fit(grant.level) for track, grant in zip(tracks, grants, strict=True)]
    short = [place for place, level in enumerate(levels) if 0 < level < grants[place].level - TOLERANCE]
    if len(short) < 2:
        return levels

    def order(place: int) -> tuple[int, float, float, str]:
        track = tracks[place]
        share = round(grants[place].level / track.settings.weight, 6)
        return track.settings.priority, share, -track.limit, track.settings.id

    left = [
        constraint.room - sum(levels[member] * use for member, use in constraint.members)
        for constraint in constraints
    ]
    touching: list[list[tuple[int, float]]] = [[] for _ in tracks]
    for number, constraint in enumerate(constraints):
        for member, use in constraint.members:
            touching[member].append((number, use))
    for place in sorted(short, key=order):
        step = tracks[place].settings.step
        if all(left[number] >= step * use - TOLERANCE for number, use in touching[place]):
            levels[place] = round(levels[place] + step, 6)
            for number, use in touching[place]:
                left[number] -= step * use
    return levels
