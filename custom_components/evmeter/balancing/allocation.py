"""Who gets how much: weighted max-min fair shares by progressive filling.

First every charger is admitted at its minimum in the order of priority, as far as the constraints allow.
Then the levels of all admitted ones rise together, each at the pace of its weight, until a constraint or
their own maximum binds; those it touches are frozen and the others go on (D. Bertsekas and R. Gallager,
Data Networks, section 6.5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from .model import Reason, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Sequence

TOLERANCE = 1e-9

type Rank = tuple[float | str, ...]
"""A place in an order: compared value by value."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What one charger could use.

    Attributes:
        minimum: it gets this or nothing [A].
        maximum: it gets no more [A]; below its minimum it gets nothing.
        needed: room that must be measured for it to be admitted [A], at least its minimum.
        weight: share against others.
        priority: 1 is admitted first.
        rank: order of admission among equals.
    """

    minimum: float
    maximum: float
    needed: float
    weight: float
    priority: int
    rank: Rank


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that several chargers share.

    Attributes:
        reason: how to name it to people.
        room: what there is to share [A, or W for a power cap].
        members: index of each demand it touches and what one ampere of it uses up of the room.
        measured: the room is measured and may be less the next moment; otherwise it is exact.
    """

    reason: Reason
    room: float
    members: tuple[tuple[int, float], ...]
    measured: bool = False

    def needed(self, demand: Demand) -> float:
        """Return the room for one charger that it needs to be admitted [A]."""
        return demand.needed if self.measured else demand.minimum


@dataclass(frozen=True, slots=True)
class Grant:
    """What one charger gets.

    Attributes:
        level: its share [A]: 0, or between its minimum and its maximum.
        reason: what binds it, None = its own maximum.
    """

    level: float
    reason: Reason | None


NOTHING = Grant(0.0, None)


def allocate(demands: Sequence[Demand], constraints: Sequence[Constraint]) -> list[Grant]:
    """Share the room of all constraints; one grant per demand, in the same order."""
    filling = _Filling(demands, constraints)
    filling.admit()
    filling.rise()
    return filling.grants


class _Filling:
    """One progressive filling: what is left of each constraint, and how high the water stands."""

    def __init__(self, demands: Sequence[Demand], constraints: Sequence[Constraint]) -> None:
        self._demands = demands
        self._constraints = constraints
        self._slack = [constraint.room for constraint in constraints]
        self._slopes = [0.0] * len(constraints)
        self._touching: list[list[tuple[int, float]]] = [[] for _ in demands]
        for index, constraint in enumerate(constraints):
            for member, use in constraint.members:
                self._touching[member].append((index, use))
        self._admitted: list[int] = []
        self._rising: set[int] = set()
        self._line = 0.0
        self.grants = [NOTHING] * len(demands)

    def admit(self) -> None:
        """Reserve the minimum of whoever fits, in the order of priority; say why not to the others."""
        demands, slack = self._demands, self._slack
        for member in sorted(
            range(len(demands)), key=lambda index: (demands[index].priority, demands[index].rank)
        ):
            demand, touching = demands[member], self._touching[member]
            if demand.maximum < demand.minimum - TOLERANCE:
                continue
            refusal = self._refusal(demand, touching)
            if refusal is not None:
                self.grants[member] = Grant(0.0, refusal)
                continue
            self._admitted.append(member)
            for index, use in touching:
                slack[index] -= use * demand.minimum

    def _refusal(self, demand: Demand, touching: Sequence[tuple[int, float]]) -> Reason | None:
        """Return why a charger is not admitted: for want of room, or because of those served before it."""
        lacking = [
            (self._constraints[index].needed(demand) - self._slack[index] / use, index, use)
            for index, use in touching
        ]
        lack, index, use = max(lacking, default=(0.0, 0, 1.0))
        if lack <= TOLERANCE:
            return None
        constraint = self._constraints[index]
        is_free = self._slack[index] == constraint.room
        if is_free or constraint.room / use < demand.minimum - TOLERANCE:
            return constraint.reason
        equals = sum(
            share * self._demands[member].minimum
            for member, share in constraint.members
            if member in self._admitted and self._demands[member].priority == demand.priority
        )
        waits = equals > 0 and (self._slack[index] + equals) / use >= demand.minimum - TOLERANCE
        code = ReasonCode.WAITING_TURN if waits else ReasonCode.PRIORITY
        return Reason(code=code, phase=constraint.reason.phase, circuit=constraint.reason.circuit)

    def rise(self) -> None:
        """Raise a common water line; a charger's level is line x weight, but at least its minimum."""
        demands, rising = self._demands, self._rising
        starts = sorted(
            ((demands[member].minimum / demands[member].weight, member) for member in self._admitted),
            reverse=True,
        )
        ends = {member: demands[member].maximum / demands[member].weight for member in self._admitted}
        while starts or rising:
            self._rise_to(min([starts[-1][0] if starts else inf, *(ends[member] for member in rising)]))
            while starts and starts[-1][0] <= self._line + TOLERANCE:
                self._start(starts.pop()[1])
            for member in [member for member in rising if ends[member] <= self._line + TOLERANCE]:
                self._freeze(member, None)
            self._freeze_bound()

    def _rise_to(self, line: float) -> None:
        """Raise the water line to a level, or to where the first constraint binds."""
        for index, slope in enumerate(self._slopes):
            if slope > TOLERANCE:
                line = min(line, self._line + max(0.0, self._slack[index]) / slope)
        for index, slope in enumerate(self._slopes):
            self._slack[index] -= slope * (line - self._line)
        self._line = line

    def _start(self, member: int) -> None:
        self._rising.add(member)
        for index, use in self._touching[member]:
            self._slopes[index] += use * self._demands[member].weight

    def _freeze(self, member: int, reason: Reason | None) -> None:
        demand = self._demands[member]
        self.grants[member] = Grant(
            min(max(demand.minimum, self._line * demand.weight), demand.maximum), reason
        )
        self._rising.remove(member)
        for index, use in self._touching[member]:
            self._slopes[index] -= use * demand.weight

    def _freeze_bound(self) -> None:
        """Freeze whoever touches a constraint that binds."""
        for index, constraint in enumerate(self._constraints):
            if self._slopes[index] > TOLERANCE and self._slack[index] <= TOLERANCE:
                for member, _ in constraint.members:
                    if member in self._rising:
                        self._freeze(member, constraint.reason)
