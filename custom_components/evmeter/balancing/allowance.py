"""A budget that fills up steadily: so much an hour, and only so much of it can be saved."""

from __future__ import annotations

from dataclasses import dataclass

HOUR = 3600.0
OWED = 2.0
"""How much can be owed, as a multiple of what can be saved."""


@dataclass(frozen=True, slots=True)
class Income:
    """What comes in.

    Attributes:
        per_hour: how much.
        most: how much of it can be saved.
    """

    per_hour: float
    most: float


class Allowance:
    """What may be spent before it has to be earned again.

    It may be overdrawn by twice as much as can be saved: what could not be avoided is paid back later, but a
    bad hour does not weigh on the rest of the day.

    Attributes:
        left: what is left, negative = overdrawn.
    """

    __slots__ = ("left",)

    def __init__(self, left: float) -> None:
        """Start with this much."""
        self.left = left

    def earn(self, seconds: float, income: Income) -> None:
        """Let time pass [s]; what is beyond the most that can be saved or owed is forgotten."""
        earned = self.left + income.per_hour * seconds / HOUR
        self.left = max(-OWED * income.most, min(income.most, earned))

    def spend(self, amount: float) -> None:
        """Use some of it up."""
        self.left -= amount
