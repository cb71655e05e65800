"""Balancers that know one charger only: a site with several has one of them for each, side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, override

from tests.benchmarks.comparison.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase
    from tests.benchmarks.comparison.controller import ChargerSeen, Seen
    from tests.benchmarks.comparison.scenario import ChargerPlan, Scenario


class Entry(ABC):
    """What one of them does for its charger."""

    @abstractmethod
    def __init__(self, fuse: float, plan: ChargerPlan, rated: float) -> None:
        """Begin without any memory.

        Args:
            fuse: rating of the main fuse [A].
            plan: the charger.
            rated: the least of the charger's maximum and the rating of its circuit [A].
        """

    @abstractmethod
    def step(self, now: float, mains: PerPhase, charger: ChargerSeen) -> PerPhase | None:
        """Return a limit per terminal to be written [A], or None for no write.

        Args:
            now: the second [s].
            mains: last report of the meter per phase [A].
            charger: as it is seen.
        """


class PerCharger(Controller):
    """One entry for each charger; none of them knows of the others."""

    entry: ClassVar[type[Entry]]

    def __init__(self, scenario: Scenario) -> None:
        """Set every entry up."""
        super().__init__(scenario)
        ratings = {circuit.id: circuit.rating for circuit in scenario.circuits}
        self._entries = [
            self.entry(
                scenario.fuse,
                plan,
                plan.maximum if plan.circuit is None else min(plan.maximum, ratings[plan.circuit]),
            )
            for plan in scenario.chargers
        ]

    @override
    def step(self, seen: Seen) -> Sequence[PerPhase | None]:
        if seen.mains is None:
            return [None] * len(self._entries)
        return [
            entry.step(seen.now, seen.mains, charger)
            for entry, charger in zip(self._entries, seen.chargers, strict=True)
        ]
