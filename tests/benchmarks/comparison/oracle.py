"""What a clairvoyant could charge: every second filled to the limit, without any delay.

Nobody can reach it: it sees a kettle before it is switched on, and its cars follow at once. It is the measure
of all energies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase

    from .plant import Run
    from .scenario import ChargerPlan, Scenario

MINIMUM = 6.0
"""No car charges below this [A]."""
VOLTAGE = 230.0
TOLERANCE = 1e-9


def oracle_draws(run: Run) -> list[list[float]]:
    """Return what each charger could have drawn on each phase it uses, second by second [A].

    Args:
        run: any run of the scenario; only its house counts.
    """
    draws: list[list[float]] = [[] for _ in run.scenario.chargers]
    order = sorted(range(len(draws)), key=lambda index: (run.scenario.chargers[index].priority, index))
    for second, background in enumerate(run.background):
        levels = _fill(run.scenario, order, background, run.scenario.dimmed_to(float(second)))
        for draw, level in zip(draws, levels, strict=True):
            draw.append(level)
    return draws


def _fill(scenario: Scenario, order: Sequence[int], background: PerPhase, power: float | None) -> list[float]:
    """Admit in the order of priority at the minimum, then raise all together until something binds."""
    room = _Room(scenario, background, power)
    levels = [0.0] * len(scenario.chargers)
    rising = []
    for index in order:
        plan = scenario.chargers[index]
        if room.for_all([plan]) >= MINIMUM - TOLERANCE:
            levels[index] = MINIMUM
            room.take([plan], MINIMUM)
            rising.append(index)
    while rising:
        plans = [scenario.chargers[index] for index in rising]
        rise = min(
            room.for_all(plans),
            *(plan.most - levels[index] for index, plan in zip(rising, plans, strict=True)),
        )
        for index in rising:
            levels[index] += max(0.0, rise)
        room.take(plans, max(0.0, rise))
        rising = [
            index
            for index in rising
            if levels[index] < scenario.chargers[index].most - TOLERANCE
            and room.for_all([scenario.chargers[index]]) > TOLERANCE
        ]
    return levels


class _Room:
    """What is left of everything that the chargers share."""

    def __init__(self, scenario: Scenario, background: PerPhase, power: float | None) -> None:
        self._mains = [scenario.fuse - amps for amps in background]
        self._circuits = {circuit.id: [circuit.rating] * 3 for circuit in scenario.circuits}
        self._power = power

    def for_all(self, plans: Sequence[ChargerPlan]) -> float:
        """Return by how much all of these chargers can rise together [A]."""
        uses = [0, 0, 0]
        inside = {name: [0, 0, 0] for name in self._circuits}
        phases = 0
        for plan in plans:
            for phase in plan.mains_phases:
                uses[phase] += 1
                phases += 1
                if plan.circuit is not None:
                    inside[plan.circuit][phase] += 1
        rooms = [left / use for left, use in zip(self._mains, uses, strict=True) if use]
        for name, used in inside.items():
            rooms += [left / use for left, use in zip(self._circuits[name], used, strict=True) if use]
        if self._power is not None:
            rooms.append(self._power / (VOLTAGE * phases))
        return min(rooms)

    def take(self, plans: Sequence[ChargerPlan], amps: float) -> None:
        """Give so much to each of these chargers [A]."""
        for plan in plans:
            for phase in plan.mains_phases:
                self._mains[phase] -= amps
                if plan.circuit is not None:
                    self._circuits[plan.circuit][phase] -= amps
            if self._power is not None:
                self._power -= amps * VOLTAGE * len(plan.mains_phases)
