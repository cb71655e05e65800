"""What the mains shows of a change of a limit, where no sensor tells what the car draws.

A car that follows a cut is seen as a fall of the mains current, one that follows a raise as a rise. Both are
measured from any high or low since the change, so that an appliance that is switched on before or after the
car moves hides nothing. What a car is proven to draw is the least that its rises have shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Amps
    from .stored_state import JsonObject, StateReader


class CommandEffect:
    """The course of the mains since the last change of one charger.

    Attributes:
        falls: largest fall since the change per mains phase [A].
        rises: largest rise since the change per mains phase [A].
        proven_draw: least current that the car was seen to draw [A], 0 = it was never seen to draw.
        judged: there is nothing to be judged any more.
    """

    __slots__ = ("_highs", "_lows", "falls", "judged", "proven_draw", "rises")

    def __init__(self, phase_count: int) -> None:
        """Start without any change to be judged."""
        self.falls = [0.0] * phase_count
        self.rises = [0.0] * phase_count
        self.proven_draw = 0.0
        self.judged = True
        self._highs = [0.0] * phase_count
        self._lows = [0.0] * phase_count

    def begin(self, mains: Amps) -> None:
        """Begin to look for the effect of a change, at a mains current per phase [A]."""
        self._highs, self._lows = list(mains), list(mains)
        self.falls, self.rises = [0.0] * len(mains), [0.0] * len(mains)
        self.judged = False

    def see(self, place: int, current: float) -> None:
        """Take a new sample of one mains phase [A]."""
        self._highs[place] = max(self._highs[place], current)
        self._lows[place] = min(self._lows[place], current)
        self.falls[place] = max(self.falls[place], self._highs[place] - current)
        self.rises[place] = max(self.rises[place], current - self._lows[place])

    def believe(self, limit: float) -> None:
        """Take a cut for followed: the car draws no more than its limit [A]."""
        self.proven_draw = min(self.proven_draw, limit)
        self.judged = True

    def forget(self) -> None:
        """Begin anew: another car may come."""
        self.proven_draw = 0.0
        self.judged = True

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "falls": list(self.falls),
            "rises": list(self.rises),
            "highs": list(self._highs),
            "lows": list(self._lows),
            "proven_draw": self.proven_draw,
            "judged": self.judged,
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        width = len(self.falls)
        self.falls = list(stored.amps("falls", width))
        self.rises = list(stored.amps("rises", width))
        self._highs = list(stored.amps("highs", width))
        self._lows = list(stored.amps("lows", width))
        self.proven_draw = stored.number("proven_draw")
        self.judged = stored.flag("judged")
