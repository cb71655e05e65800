"""One step of a charger's current beside what the mains did meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

SMALLEST_STEP = 3.0
"""A step of the charger that is smaller says too little [A]: appliances make such steps all the time."""

EQUAL = 1.5
"""Terminals whose steps differ by less are taken for equal [A]."""

EQUAL_SHARE = 0.15
"""The same as a share of the largest step: current transformers differ by several percent."""


class Measured(StrEnum):
    """What is known of a charger's current."""

    EACH_TERMINAL = "each_terminal"
    """Every terminal has a sensor of its own."""
    ONE_CURRENT = "one_current"
    """One sensor for all terminals that carry; which ones do is not told."""
    LIMIT_ONLY = "limit_only"
    """Only the limit; a car may take less, and on fewer terminals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WiringStep:
    """A change of a charger's current, and of the mains over the same time.

    Attributes:
        terminals: change per charger terminal [A]; without a sensor per terminal the same for all.
        measured: what that is known from.
        mains: change per mains phase [A]; None = not seen, the meter may have hidden it behind a zero.
        resolution: of the mains [A].
    """

    terminals: tuple[float, ...]
    measured: Measured
    mains: tuple[float | None, ...]
    resolution: float = 0.01

    @property
    def size(self) -> float:
        """The change of the terminal that changed most, with its sign [A]."""
        return max(self.terminals, key=abs)


def without_small_differences(terminals: tuple[float, ...]) -> tuple[float, ...]:
    """Return the steps of the terminals with those that are about equal made equal [A].

    Equal terminals can be exchanged without a trace: so a small difference, which may come from the current
    transformers alone, is evidence for no wiring, however often it is seen.
    """
    tolerance = max(EQUAL, EQUAL_SHARE * max(abs(step) for step in terminals))
    order = sorted(range(len(terminals)), key=terminals.__getitem__)
    groups: list[list[int]] = [[order[0]]]
    for before, terminal in pairwise(order):
        if terminals[terminal] - terminals[before] < tolerance:
            groups[-1].append(terminal)
        else:
            groups.append([terminal])
    equal = list(terminals)
    for group in groups:
        mean = sum(terminals[terminal] for terminal in group) / len(group)
        for terminal in group:
            equal[terminal] = mean
    return tuple(equal)
