"""What a write costs: the gap between two raises, and the hour's and the day's budget of them.

Cuts are free, they are only counted. A limit that is written again, for a watchdog or because it was not
obeyed, is no change and costs nothing: a charger that must be told often would never be raised otherwise.

A budget is spread over the day: what is left of it is compared with what is left of the day, and the scarcer
it is the more a raise must bring. So it is never used up early, and a charger is not stuck at a low limit for
the rest of the day: the demand grows with the cube of the scarcity, so that even a stream of the largest
raises leaves a quarter of what the plan has for the rest of the day.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from .tuning import DAY

if TYPE_CHECKING:
    from .charger_state import ChargerTrack

RESUME_WORTH = 2.0
"""An ampere at the end of a pause is worth this many of a charger that charges already."""


def may_write(track: ChargerTrack, now: float) -> bool:
    """Return whether the charger's gap between raises, its hour and its daily budget allow one more."""
    settings = track.settings
    if track.writes.left < 1:
        return False
    if track.raised_at is not None and now - track.raised_at < settings.minimum_gap:
        return False
    return settings.daily_budget is None or _raises_today(track, now) < settings.daily_budget


def is_worth(track: ChargerTrack, limit: float, step: float, cap: float, now: float) -> bool:
    """Return whether a raise brings enough for what a write costs.

    Args:
        track: the charger.
        limit: after the raise [A].
        step: a raise by less is not worth a write, unless it is all that is missing [A].
        cap: highest limit the charger may have [A].
        now: time of the step [s].
    """
    gain = limit - track.limit
    if gain <= 0 or limit < min(track.limit + step, cap):
        return False
    scarce = scarcity(track, now)
    return scarce <= 1 or gain * (RESUME_WORTH if track.limit == 0 else 1.0) >= step * scarce**3


def scarcity(track: ChargerTrack, now: float) -> float:
    """Return the share left of the day over the share left of its budget: 1 = on plan, more = scarce."""
    budget = track.settings.daily_budget
    if budget is None:
        return 0.0
    left = budget - _raises_today(track, now)
    if left <= 0:
        return inf
    day_left = 1.0 if track.day_started is None else max(0.0, 1.0 - (now - track.day_started) / DAY)
    return day_left * budget / left


def count_write(track: ChargerTrack, now: float, *, changed: bool, raising: bool) -> None:
    """Book a write on the budgets of the hour and of the day.

    Args:
        track: the charger.
        now: time of the step [s].
        changed: the limit is another than before; one that is written again costs nothing.
        raising: it is higher than before.
    """
    track.told_at = now
    track.must_write = False
    if not changed:
        return
    if track.day_started is None or now - track.day_started >= DAY:
        track.day_started = now
        track.raises_today = track.cuts_today = 0
    track.writes.spend(1)
    if raising:
        track.raised_at = now
        track.raises_today += 1
    else:
        track.cuts_today += 1


def _raises_today(track: ChargerTrack, now: float) -> int:
    today = track.day_started is not None and now - track.day_started < DAY
    return track.raises_today if today else 0
