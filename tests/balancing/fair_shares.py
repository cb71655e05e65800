"""Fair shares from first principles: what is shared, who is admitted, and linear programs for the rest.

Written from the settings alone, as a judge of the control law: nothing here comes from the law.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custom_components.evmeter.balancing import Amps, ChargerSettings, SiteSettings

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]

ROUNDING = 1e-6
RISE = 1e-4
"""Whoever can rise at all can rise by this, together with all others that can [A]."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that several chargers share.

    Attributes:
        room: what there is [A or W].
        uses: what an ampere of each charger uses up, by id [1 or V].
        measured: the house is part of it.
    """

    room: float
    uses: Mapping[str, float]
    measured: bool = False

    def left(self, levels: Mapping[str, float]) -> float:
        """Return what some levels leave of it [A or W]."""
        return self.room - sum(levels.get(name, 0.0) * use for name, use in self.uses.items())


def everything_shared(
    site: SiteSettings, chargers: Sequence[ChargerSettings], mains_room: Amps
) -> list[Shared]:
    """Return all that limits the chargers, given what the mains has left for them per phase [A]."""
    parents = {circuit.id: circuit.parent for circuit in site.circuits}
    inside: dict[str, list[ChargerSettings]] = {circuit.id: [] for circuit in site.circuits}
    for charger in chargers:
        circuit = charger.circuit
        while circuit is not None:
            inside[circuit].append(charger)
            circuit = parents[circuit]
    found = [Shared(room, _amps(chargers, phase), measured=True) for phase, room in enumerate(mains_room)]
    for settings in site.circuits:
        members = inside[settings.id]
        found += [Shared(rating, _amps(members, phase)) for phase, rating in enumerate(settings.rating)]
        if settings.power_cap is not None:
            found.append(Shared(settings.power_cap, _watts(members, site.voltage)))
    if site.group_power_cap is not None:
        found.append(Shared(site.group_power_cap, _watts(chargers, site.voltage)))
    return [shared for shared in found if shared.uses]


def _amps(chargers: Sequence[ChargerSettings], phase: int) -> dict[str, float]:
    return {charger.id: 1.0 for charger in chargers if phase in charger.wiring}


def _watts(chargers: Sequence[ChargerSettings], voltage: float) -> dict[str, float]:
    return {charger.id: voltage * len(charger.wiring) for charger in chargers}


def minimum(charger: ChargerSettings) -> float:
    """Return the lowest limit above 0 that the charger knows [A]."""
    return round(ceil(charger.min_current / charger.step - ROUNDING) * charger.step, 6)


def best_admission(chargers: Sequence[ChargerSettings], shared: Sequence[Shared]) -> frozenset[str]:
    """Return who is admitted, of all subsets that fit at their minima the one that serves the first first.

    The chargers are given in the order in which they are served.
    """
    for chosen in product((True, False), repeat=len(chargers)):
        levels = {
            charger.id: minimum(charger)
            for charger, admitted in zip(chargers, chosen, strict=True)
            if admitted
        }
        if all(each.left(levels) >= -ROUNDING for each in shared if not levels.keys().isdisjoint(each.uses)):
            return frozenset(levels)
    raise AssertionError("nobody always fits")


def max_min_shares(chargers: Sequence[ChargerSettings], shared: Sequence[Shared]) -> dict[str, float]:
    """Return the weighted max-min fair levels of chargers that are all admitted [A].

    The lowest level per weight is raised as far as it goes; whoever can then rise no further is fixed, and it
    begins anew with the others.
    """
    names = [charger.id for charger in chargers]
    weights = np.array([charger.weight for charger in chargers])
    levels = np.array([minimum(charger) for charger in chargers])
    highest = np.array([charger.max_current for charger in chargers])
    largest = [max(each.uses.values()) for each in shared]
    uses = np.array(
        [
            [each.uses.get(name, 0.0) / most for name in names]
            for each, most in zip(shared, largest, strict=True)
        ]
    ).reshape(-1, len(names))
    rooms = np.array([each.room / most for each, most in zip(shared, largest, strict=True)])
    rising = np.ones(len(names), dtype=bool)
    while rising.any():
        line = _highest_line(levels, highest, uses, rooms, np.where(rising, weights, 0.0))
        levels = np.where(rising, np.maximum(levels, weights * line), levels)
        stuck = rising & ~_can_rise(levels, highest, uses, rooms, rising)
        assert stuck.any()
        highest = np.where(stuck, levels, highest)
        rising &= ~stuck
    return {name: float(level) for name, level in zip(names, levels, strict=True)}


def _highest_line(lowest: Floats, highest: Floats, uses: Floats, rooms: Floats, weights: Floats) -> float:
    """Return how high the lowest level per weight can be; a weight of 0 does not count."""
    count = len(lowest)
    above_the_line = np.column_stack([-np.eye(count), weights])[weights > 0]
    solution = _maximise(
        np.append(np.zeros(count), 1.0),
        np.vstack([np.column_stack([uses, np.zeros(len(uses))]), above_the_line]),
        np.append(rooms, np.zeros(len(above_the_line))),
        [*zip(lowest, highest, strict=True), (0.0, None)],
    )
    return float(solution[-1])


def _can_rise(levels: Floats, highest: Floats, uses: Floats, rooms: Floats, rising: Booleans) -> Booleans:
    """Return who can rise beyond these levels without anybody falling.

    One program is enough for all: if each of two can rise alone, both can rise by half as much together.
    """
    most = np.where(rising, np.clip(highest - levels, 0.0, RISE), 0.0)
    left = np.maximum(0.0, rooms - uses @ levels)
    rise = _maximise(np.ones(len(levels)), uses, left, [(0.0, each) for each in most])
    return np.asarray(rise > RISE / 2)


def _maximise(worth: Floats, uses: Floats, rooms: Floats, bounds: list[tuple[float, float | None]]) -> Floats:
    """Solve one linear program."""
    solved = linprog(-worth, A_ub=uses, b_ub=rooms, bounds=bounds)
    assert solved.x is not None, solved.message
    return solved.x
