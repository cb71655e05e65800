"""A budget that fills up steadily: so much an hour, and only so much of it can be saved."""

from __future__ import annotations

HOUR = 3600.0


class Allowance:
    """What may be spent before it has to be earned again.

    It may be overdrawn by as much as can be saved: what could not be avoided is paid back later, but a bad
    hour does not weigh on the rest of the day.

    Attributes:
        left: what is left, negative = overdrawn.
    """

    __slots__ = ("_most", "_per_second", "left")

    def __init__(self, per_hour: float, most: float) -> None:
        """Start with all that can be saved.

        Args:
            per_hour: what comes in.
            most: what can be saved.
        """
        self._per_second = per_hour / HOUR
        self._most = most
        self.left = most

    def earn(self, seconds: float) -> None:
        """Let time pass."""
        self.left = min(self._most, self.left + self._per_second * seconds)

    def spend(self, amount: float) -> None:
        """Use some of it up."""
        self.left = max(-self._most, self.left - amount)

    def restore(self, left: float) -> None:
        """Take over a stored state."""
        self.left = max(-self._most, min(self._most, left))
