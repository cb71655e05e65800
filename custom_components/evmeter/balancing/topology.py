"""Which chargers share what: the phases of the mains, the circuits above each charger, and power caps."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

from .allocation import Constraint
from .model import Phase, Reason, ReasonCode, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .model import ChargerSettings, CircuitSettings, SiteSettings


def check_settings(site: SiteSettings, chargers: Sequence[ChargerSettings]) -> None:
    """Check what only the whole of the settings can tell.

    Raises:
        SettingsError: naming the value that cannot be used.
    """
    circuits = {circuit.id: circuit for circuit in site.circuits}
    if len(circuits) != len(site.circuits):
        raise SettingsError("circuits", "two circuits have the same id")
    for circuit in site.circuits:
        _check_circuit(circuit, site, circuits)
    if len({charger.id for charger in chargers}) != len(chargers):
        raise SettingsError("chargers", "two chargers have the same id")
    for charger in chargers:
        _check_charger(charger, site, circuits)


def _check_circuit(
    circuit: CircuitSettings, site: SiteSettings, circuits: Mapping[str, CircuitSettings]
) -> None:
    if len(circuit.rating) != site.phase_count:
        raise SettingsError("circuit_rating", f"of {circuit.id} needs one value per phase of the site")
    if not all(isfinite(rating) and rating > 0 for rating in circuit.rating):
        raise SettingsError("circuit_rating", f"of {circuit.id} must be above 0")
    if circuit.power_cap is not None and not (isfinite(circuit.power_cap) and circuit.power_cap >= 0):
        raise SettingsError("circuit_power_cap", f"of {circuit.id} must be 0 or more")
    seen = {circuit.id}
    parent = circuit.parent
    while parent is not None:
        if parent not in circuits:
            raise SettingsError("circuit_parent", f"{circuit.id} is below {parent}, which does not exist")
        if parent in seen:
            raise SettingsError("circuit_parent", f"{circuit.id} is below itself")
        seen.add(parent)
        parent = circuits[parent].parent


def _check_charger(
    charger: ChargerSettings, site: SiteSettings, circuits: Mapping[str, CircuitSettings]
) -> None:
    name = charger.id
    if charger.circuit is not None and charger.circuit not in circuits:
        raise SettingsError("circuit", f"{name} is on {charger.circuit}, which does not exist")
    if any(phase >= site.phase_count for phase in charger.wiring):
        raise SettingsError("wiring", f"{name} is on a phase that the site does not have")
    if smallest_limit(charger) > largest_limit(charger):
        raise SettingsError("step", f"{name} has no step between its minimum and its maximum")
    delays = (
        charger.reaction.command_latency,
        charger.reaction.report_latency,
        charger.reaction.report_period,
        charger.minimum_gap,
    )
    if not all(isfinite(delay) and delay >= 0 for delay in delays):
        raise SettingsError("reaction", f"{name} needs delays of 0 or more")
    if charger.rearm_after is not None and not charger.rearm_after > 0:
        raise SettingsError("rearm_after", f"{name} needs a time above 0")
    if charger.daily_budget is not None and charger.daily_budget < 0:
        raise SettingsError("daily_budget", f"{name} needs a budget of 0 or more")


def round_down(current: float, step: float) -> float:
    """Return the largest multiple of a step that is not above a current [A]."""
    return round(int(current / step + 1e-6) * step, 6) if current > 0 else 0.0


def smallest_limit(charger: ChargerSettings) -> float:
    """Return the smallest multiple of the step that is not below the minimum [A]."""
    below = round_down(charger.min_current, charger.step)
    return below if below >= charger.min_current - 1e-6 else round(below + charger.step, 6)


def largest_limit(charger: ChargerSettings) -> float:
    """Return the largest multiple of the step that is not above the maximum [A]."""
    return round_down(charger.max_current, charger.step)


MAINS_REASONS = tuple((phase, Reason(code=ReasonCode.MAINS_PHASE, phase=phase)) for phase in Phase)


class Topology:
    """Builds the constraints between chargers."""

    def __init__(self, site: SiteSettings, chargers: Sequence[ChargerSettings]) -> None:
        """Check the settings and find out who shares what.

        Raises:
            SettingsError: naming the value that cannot be used.
        """
        check_settings(site, chargers)
        self._site = site
        circuits = {circuit.id: circuit for circuit in site.circuits}
        self._below: dict[str, set[int]] = {circuit.id: set() for circuit in site.circuits}
        for index, charger in enumerate(chargers):
            above = charger.circuit
            while above is not None:
                self._below[above].add(index)
                above = circuits[above].parent
        self._everybody = set(range(len(chargers)))
        self._ratings = {
            circuit.id: [
                (Reason(code=ReasonCode.CIRCUIT, phase=phase, circuit=circuit.id), phase, rating)
                for phase, rating in zip(Phase, circuit.rating, strict=False)
            ]
            for circuit in site.circuits
        }

    def constraints(
        self,
        members: Sequence[int],
        phases: Sequence[frozenset[Phase]],
        mains_room: Sequence[float],
        others: Mapping[int, float],
    ) -> list[Constraint]:
        """Return what the members share.

        Args:
            members: index of each charger that takes part; constraints name them by their place in this list.
            phases: per charger of the site, the mains phases that count.
            mains_room: per mains phase, what there is for all chargers [A]; infinite = binds nobody.
            others: current that chargers outside of the members may take, by index [A].
        """
        found = []
        for (phase, reason), room in zip(MAINS_REASONS, mains_room, strict=False):
            if room != inf:
                found.append(_on_phase(reason, room, phase, members, phases, others, measured=True))
        for circuit in self._site.circuits:
            below = self._below[circuit.id]
            inside = [index for index in members if index in below]
            if inside:
                beside = {index: amps for index, amps in others.items() if index in below}
                found.extend(self._within(circuit, members, inside, phases, beside))
        if self._site.group_power_cap is not None:
            reason = Reason(code=ReasonCode.GROUP_CAP)
            found.append(
                self._on_power(reason, self._site.group_power_cap, members, self._everybody, phases, others)
            )
        return [constraint for constraint in found if constraint.members]

    def _within(
        self,
        circuit: CircuitSettings,
        members: Sequence[int],
        inside: Sequence[int],
        phases: Sequence[frozenset[Phase]],
        beside: Mapping[int, float],
    ) -> Iterable[Constraint]:
        below = self._below[circuit.id]
        for reason, phase, rating in self._ratings[circuit.id]:
            yield _on_phase(reason, rating, phase, members, phases, beside, below)
        if circuit.power_cap is not None and inside:
            reason = Reason(code=ReasonCode.CIRCUIT, circuit=circuit.id)
            yield self._on_power(reason, circuit.power_cap, members, below, phases, beside)

    def _on_power(
        self,
        reason: Reason,
        cap: float,
        members: Sequence[int],
        below: set[int],
        phases: Sequence[frozenset[Phase]],
        others: Mapping[int, float],
    ) -> Constraint:
        voltage = self._site.voltage
        used = sum(amps * voltage * len(phases[index]) for index, amps in others.items())
        uses = tuple(
            (place, voltage * len(phases[index])) for place, index in enumerate(members) if index in below
        )
        return Constraint(reason, cap - used, uses)


def _on_phase(
    reason: Reason,
    room: float,
    phase: Phase,
    members: Sequence[int],
    phases: Sequence[frozenset[Phase]],
    others: Mapping[int, float],
    below: set[int] | None = None,
    *,
    measured: bool = False,
) -> Constraint:
    used = sum(amps for index, amps in others.items() if phase in phases[index]) if others else 0.0
    uses = tuple(
        (place, 1.0)
        for place, index in enumerate(members)
        if phase in phases[index] and (below is None or index in below)
    )
    return Constraint(reason, room - used, uses, measured)
