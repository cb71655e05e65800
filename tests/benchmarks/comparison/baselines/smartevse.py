"""The smart mode of dingo35/SmartEVSE-3.5, as read at commit 2d95cf0, outside its wallbox.

Followed, rule by rule, in whole tenths of an ampere:

- A loop of 2 s. The chargers of a group share one current, and the *limits* of those that charge count as
  their draw: ``base load = highest phase of the mains - limits``.
- On a fresh measurement only: room is the least of mains and circuit. Above zero a quarter of it is added,
  below zero all of it is taken away. Then at most what the base load leaves, of the mains and of the
  circuit.
- A charger that begins gets the current computed anew.
- Less than 6 A each: 6 A each all the same. When that does not fit more than twice in a row, or when the
  mains carry twice their limit, all stop.
- A stop for want of current ends when 6 A for one more fit under the base load; then 60 s pass. When 6 A for
  one more still fit then, a charger begins; else the stop goes on.
- The current is shared equally; who can take less than an equal share gets what it can.
- 11 s without a measurement: all stop.

Chosen for the plant: only changes are written. Chargers on a circuit are a group of their own beside the
others, since a group knows one circuit; nothing but the group is on it. The operator's dimming bounds the
current that the group shares, as if every charger had three phases. Silence ends with the next measurement,
and 60 s pass as above. What it does lives in a wallbox: a restart of Home Assistant leaves its memory alone.
"""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING, ClassVar, Final, override

from tests.benchmarks.comparison.controller import Controller, on_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase
    from tests.benchmarks.comparison.controller import Seen
    from tests.benchmarks.comparison.scenario import Scenario

LOOP: Final = 2.0
"""From one computation to the next [s]."""
SILENCE: Final = 11.0
"""Without a measurement for so long nobody charges [s]."""
CHARGE_DELAY: Final = 60.0
"""From the end of a want of current to the next charge [s]."""
MINIMUM: Final = 60
MOST: Final = 800
"""Of the current that a group shares [0.1 A]."""
RAISE_DIVISOR: Final = 4
SHORTAGES: Final = 2
"""So many computations in a row may find less than the minimum."""
THREE_PHASE_VOLTAGE: Final = 690.0
"""Power per ampere on three phases [V]."""


def tenths(amps: float) -> int:
    """Return a current in tenths of an ampere, fractions dropped."""
    return int(round(amps, 6) * 10)


def shares(current: int, maxima: Sequence[int]) -> list[int]:
    """Share a current equally; who can take less than an equal share gets what it can.

    Args:
        current: for all [0.1 A].
        maxima: of each [0.1 A].
    """
    given = [0] * len(maxima)
    left = min(current, sum(maxima))
    waiting = sorted(range(len(maxima)), key=lambda index: maxima[index])
    while waiting:
        share = left // len(waiting)
        index = waiting.pop(0)
        given[index] = min(share, maxima[index])
        left -= given[index]
    return given


class Group:
    """Chargers that share one current; all currents in tenths of an ampere."""

    def __init__(self, max_mains: int, max_circuit: int | None, maxima: Sequence[int]) -> None:
        """Begin with every car connected and none charging.

        Args:
            max_mains: limit of the mains.
            max_circuit: limit of the circuit around this group, None = no circuit.
            maxima: of each charger.
        """
        self._max_mains = max_mains
        self._max_circuit = max_circuit
        self._maxima = maxima
        self._current = 0
        self._shortages = 0
        self._starved = False
        self._begin_at = -inf
        self.balanced = [0] * len(maxima)
        """Limit of each charger, 0 = it does not charge."""

    def loop(self, now: float, mains: int | None, dimmed: int | None) -> None:
        """Compute all limits.

        Args:
            now: the second [s].
            mains: highest phase if freshly measured, None = nothing fresh.
            dimmed: most that the group may share, None = any current.
        """
        if mains is None:
            return
        rooms = self._rooms(mains, dimmed)
        self._begin_waiting(now, rooms)
        if any(self.balanced):
            self._adjust(mains, rooms)

    def stop(self) -> None:
        """Let nobody charge for want of current."""
        self.balanced = [0] * len(self._maxima)
        self._shortages = 0
        self._starved = True

    def _rooms(self, mains: int, dimmed: int | None) -> tuple[int, ...]:
        """Return what mains, circuit and dimming leave for all chargers of the group together."""
        rooms = [self._max_mains - (mains - sum(self.balanced))]
        rooms += [limit for limit in (self._max_circuit, dimmed) if limit is not None]
        return tuple(rooms)

    def _begin_waiting(self, now: float, rooms: Sequence[int]) -> None:
        """Let those begin that 6 A are there for."""
        for index, limit in enumerate(self.balanced):
            if limit:
                continue
            charging = [each for each, balanced in enumerate(self.balanced) if balanced]
            fits = min(rooms) >= (len(charging) + 1) * MINIMUM
            if self._starved and fits:
                self._starved = False
                self._begin_at = now + CHARGE_DELAY
            elif not self._starved and now >= self._begin_at:
                self._starved = not fits
                if fits:
                    self._current = min(MOST, *rooms)
                    self._share([*charging, index])

    def _adjust(self, mains: int, rooms: Sequence[int]) -> None:
        """Follow a fresh measurement: a quarter up, all of it down."""
        charging = [index for index, limit in enumerate(self.balanced) if limit]
        room = min(rooms) - sum(self.balanced)
        self._current += room // RAISE_DIVISOR if room > 0 else room
        self._current = min(max(0, min(MOST, self._current)), *rooms)
        if self._current < len(charging) * MINIMUM:
            self._current = len(charging) * MINIMUM
            if self._current > min(rooms):
                self._shortages += 1
        else:
            self._shortages = 0
        if self._shortages > SHORTAGES or mains > 2 * self._max_mains:
            self.stop()
        else:
            self._share(charging)

    def _share(self, charging: Sequence[int]) -> None:
        maxima = [self._maxima[index] for index in charging]
        self._current = min(self._current, sum(maxima))
        for index, limit in zip(charging, shares(self._current, maxima), strict=True):
            self.balanced[index] = limit


class SmartEVSE(Controller):
    """A quarter of the room up, all of it down, several times a minute."""

    name: ClassVar[str] = "smartevse"

    def __init__(self, scenario: Scenario) -> None:
        """Make one group of the chargers on each circuit, and one of the others."""
        super().__init__(scenario)
        members: dict[str | None, list[int]] = defaultdict(list)
        for index, plan in enumerate(scenario.chargers):
            members[plan.circuit].append(index)
        limits = {circuit.id: tenths(circuit.rating) for circuit in scenario.circuits}
        self._groups = [
            (
                Group(
                    tenths(scenario.fuse),
                    None if circuit is None else limits[circuit],
                    [tenths(scenario.chargers[index].maximum) for index in indices],
                ),
                indices,
            )
            for circuit, indices in members.items()
        ]
        self._next = 0.0
        self._calculated_for = -1.0
        self._written: list[int | None] = [None] * len(scenario.chargers)

    @override
    def restart(self, *, keeps_state: bool) -> Controller:
        return self

    @override
    def step(self, seen: Seen) -> Sequence[PerPhase | None]:
        if seen.mains is None:
            return [None] * len(self._written)
        if seen.now - seen.reported_at > SILENCE:
            for group, _ in self._groups:
                group.stop()
        elif seen.now >= self._next:
            self._next = seen.now + LOOP
            fresh = seen.reported_at > self._calculated_for
            self._calculated_for = seen.reported_at
            dimmed = None if seen.power_cap is None else tenths(seen.power_cap / THREE_PHASE_VOLTAGE)
            for group, _ in self._groups:
                group.loop(seen.now, tenths(max(seen.mains)) if fresh else None, dimmed)
        return self._changes()

    def _changes(self) -> list[PerPhase | None]:
        """Return the limits that differ from the written ones."""
        changes: list[PerPhase | None] = [None] * len(self._written)
        for group, indices in self._groups:
            for index, limit in zip(indices, group.balanced, strict=True):
                if limit != self._written[index]:
                    self._written[index] = limit
                    changes[index] = on_all(limit / 10)
        return changes
