"""A site of any size on which something always happens: noise, appliances, cars that follow their limits."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    CircuitSettings,
    MainsReading,
    Phase,
    SiteSettings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custom_components.evmeter.balancing import Decision

SEED: Final = 1
SMALLEST_FUSE: Final = 25.0
LARGEST_FUSE: Final = 250.0
SHARE: Final = 8.0
"""What the fuse has for each car on a phase [A]: enough to charge, too little for its maximum."""
CIRCUIT_SHARE: Final = 0.9
"""Of the share that a circuit has for each car below it."""
APPLIANCE: Final = 0.4
"""What an appliance takes of the fuse."""
SWITCHING: Final = 0.05
"""Chance that an appliance switches in a second."""
FALL: Final = 8.0
RISE: Final = 2.0
"""How fast a car follows its limit [A/s]."""


class LivelySite:
    """A balancer with chargers of one phase each, spread over the phases and over a tree of circuits.

    Attributes:
        balancer: of the site.
        decision: its last one.
    """

    def __init__(self, chargers: int, circuits: int) -> None:
        """Build the site with every car plugged in.

        Args:
            chargers: their number.
            circuits: their number, each but the first below another one, two below each.
        """
        on_phase = -(-chargers // 3)
        fuse = min(LARGEST_FUSE, max(SMALLEST_FUSE, 10.0 + SHARE * on_phase))
        below = -(-on_phase // circuits)
        self._appliance = fuse * APPLIANCE
        self._random = Random(SEED)
        self._on = [False, False, False]
        self._now = 0.0
        self._chargers = [
            ChargerSettings(
                id=f"charger {number}",
                wiring=(Phase(number % 3),),
                priority=1 + number % 2,
                circuit=str(number % circuits),
            )
            for number in range(chargers)
        ]
        tree = [
            CircuitSettings(
                id=str(number),
                parent=str((number - 1) // 2) if number else None,
                rating=(_rating(number, circuits, below),) * 3,
            )
            for number in range(circuits)
        ]
        self._draws = [0.0] * chargers
        self.balancer = Balancer(SiteSettings(fuse_rating=(fuse,) * 3, circuits=tuple(tree)), self._chargers)
        self.decision = self.balancer.step(*self.next_second([0.0] * chargers))

    def next_second(self, limits: Sequence[float]) -> tuple[float, MainsReading, list[ChargerReading]]:
        """Let a second pass and return what the balancer is told then.

        Args:
            limits: in force, of each charger [A].
        """
        random = self._random
        self._now += 1
        mains = [2.0, 2.0, 2.0]
        for phase in Phase:
            if random.random() < SWITCHING:
                self._on[phase] = not self._on[phase]
            mains[phase] += self._appliance * self._on[phase] + random.uniform(-0.5, 0.5)
        readings = []
        for index, (charger, limit) in enumerate(zip(self._chargers, limits, strict=True)):
            change = limit - self._draws[index]
            draw = self._draws[index] = self._draws[index] + max(-FALL, min(RISE, change))
            mains[charger.wiring[0]] += draw
            readings.append(self._reading(charger, limit, draw))
        current = (mains[0], mains[1], mains[2])
        return self._now, MainsReading(current=current, measured_at=(self._now,) * 3), readings

    @property
    def limits(self) -> list[float]:
        """Limits that the balancer decided on last, of each charger [A]."""
        return [charger.current for charger in self.decision.chargers]

    @staticmethod
    def changes(decision: Decision) -> int:
        """Return how many limits are to be written."""
        return sum(charger.write for charger in decision.chargers)

    def _reading(self, charger: ChargerSettings, limit: float, draw: float) -> ChargerReading:
        if draw > 0:
            state = ChargerState.CHARGING
        else:
            state = ChargerState.READY if limit > 0 else ChargerState.PAUSED
        return ChargerReading(
            id=charger.id,
            state=state,
            current=charger.to_mains((draw,), 3),
            measured_at=self._now,
            limit=limit,
        )


def _rating(number: int, circuits: int, below: int) -> float:
    """Return the rating of a circuit of the tree: something for each car in it and below it [A]."""
    inside, level = 0, [number]
    while level:
        inside += len(level)
        level = [child for each in level for child in (2 * each + 1, 2 * each + 2) if child < circuits]
    return max(SHARE * 2, CIRCUIT_SHARE * SHARE * below * inside)
