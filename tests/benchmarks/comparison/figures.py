"""The figures of a run: energy on one side, safety on the other, never added into one number."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing.fuse import Grade, ThermalState, device_model
from custom_components.evmeter.balancing.model import FuseType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.simulator.basics import Window

    from .plant import Run

TOLERANCE = 0.25
"""A phase is above its limit from this excess on [A]."""
CONVENTIONAL = 1.13
"""Multiple of its rating that a breaker never trips at within an hour (IEC 60898-1)."""
HOUR = 3600.0
VOLTAGE = 230.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run, or the runs of one controller over all seeds, came to.

    Attributes:
        energy: of all chargers, as a share of the oracle's; None = there was never room for any.
        over: time with any phase above its limit [s/h].
        over_113: time with any phase above 1.13 times its limit [s/h].
        excess: largest current above the limit of a phase [A], negative = never above.
        theta_weak: highest thermal state of the weakest breaker; 1.0 = trips.
        theta_typical: of a typical one.
        theta_gg: of the weakest gG fuse.
        recovery: longest time from a scripted step until every phase was back under its limit [s].
        writes: commands to the busiest charger [1/h].
        pauses: of the charger with the most of them [1/h].
        jain: Jain's index of the charge of the chargers, 1 = all the same; None = one charger.
        below_minimum: commands above 0 and below the minimum.
        over_while_deaf: the part of the time above the limit in which a charger ignored commands [s/h].
        over_while_silent: the part of it in which the meter was frozen [s/h].
    """

    energy: float | None
    over: float
    over_113: float
    excess: float
    theta_weak: float
    theta_typical: float
    theta_gg: float
    recovery: float | None
    writes: float
    pauses: float
    jain: float | None
    below_minimum: int
    over_while_deaf: float
    over_while_silent: float


def figures_of(run: Run, oracle: Sequence[Sequence[float]]) -> Figures:
    """Measure one run.

    Args:
        run: what really flowed.
        oracle: what a clairvoyant would have drawn, per charger and second [A].
    """
    scenario = run.scenario
    hours = scenario.seconds / HOUR
    excess = [_excess(run, second) for second in range(len(run.mains))]
    over = [second for second, amps in enumerate(excess) if amps > TOLERANCE]
    limit_113 = (CONVENTIONAL - 1.0) * scenario.fuse
    plans = scenario.chargers
    drawn = [sum(each.draws) * len(plan.mains_phases) for each, plan in zip(run.chargers, plans, strict=True)]
    best = [sum(each) * len(plan.mains_phases) for each, plan in zip(oracle, plans, strict=True)]
    deaf = [window for plan in plans for window in plan.deaf]
    return Figures(
        energy=sum(drawn) / sum(best) if sum(best) else None,
        over=len(over) / hours,
        over_113=sum(_mains_excess(run, second) > limit_113 for second in range(len(run.mains))) / hours,
        excess=max(excess),
        theta_weak=_hottest(run, FuseType.B, Grade.WEAK),
        theta_typical=_hottest(run, FuseType.B, Grade.TYPICAL),
        theta_gg=_hottest(run, FuseType.GG, Grade.WEAK),
        recovery=_recovery(run, excess),
        writes=max(each.writes for each in run.chargers) / hours,
        pauses=max(each.pauses for each in run.chargers) / hours,
        jain=_jain([sum(each.draws) for each in run.chargers]),
        below_minimum=sum(each.below_minimum for each in run.chargers),
        over_while_deaf=sum(any(w.start <= second < w.end for w in deaf) for second in over) / hours,
        over_while_silent=sum(
            any(w.start <= second < w.end for w in scenario.meter.frozen) for second in over
        )
        / hours,
    )


def combine(runs: Sequence[Figures]) -> Figures:
    """Sum up the runs of all seeds: energy and fairness as their mean, everything else at its worst."""
    energies = [each.energy for each in runs if each.energy is not None]
    jains = [each.jain for each in runs if each.jain is not None]
    recoveries = [each.recovery for each in runs if each.recovery is not None]
    return Figures(
        energy=fmean(energies) if energies else None,
        over=max(each.over for each in runs),
        over_113=max(each.over_113 for each in runs),
        excess=max(each.excess for each in runs),
        theta_weak=max(each.theta_weak for each in runs),
        theta_typical=max(each.theta_typical for each in runs),
        theta_gg=max(each.theta_gg for each in runs),
        recovery=max(recoveries, default=None),
        writes=max(each.writes for each in runs),
        pauses=max(each.pauses for each in runs),
        jain=fmean(jains) if jains else None,
        below_minimum=sum(each.below_minimum for each in runs),
        over_while_deaf=max(each.over_while_deaf for each in runs),
        over_while_silent=max(each.over_while_silent for each in runs),
    )


def _mains_excess(run: Run, second: int) -> float:
    """Return by how much the worst phase of the mains is above its limit [A]."""
    return max(run.mains[second]) - run.scenario.fuse


def _excess(run: Run, second: int) -> float:
    """Return by how much the worst phase of the mains or of any circuit is above its limit [A]."""
    worst = _mains_excess(run, second)
    for circuit in run.scenario.circuits:
        loads = [0.0, 0.0, 0.0]
        for plan, charger in zip(run.scenario.chargers, run.chargers, strict=True):
            if plan.circuit == circuit.id:
                for phase in plan.mains_phases:
                    loads[phase] += charger.draws[second]
        worst = max(worst, max(loads) - circuit.rating)
    return worst


def _hottest(run: Run, fuse_type: FuseType, grade: Grade) -> float:
    """Return the highest thermal state that a device of this kind would have reached on any phase."""
    rating = run.scenario.fuse
    hottest = 0.0
    for phase in range(3):
        state = ThermalState(device_model(fuse_type, rating, grade), rating)
        for currents in run.mains:
            state.advance(currents[phase], 1.0)
            hottest = max(hottest, state.theta)
    return hottest


def _recovery(run: Run, excess: Sequence[float]) -> float | None:
    """Return the longest time from a scripted event until nothing was above its limit any more [s]."""
    scenario = run.scenario
    times = [
        _first(window, [amps <= TOLERANCE for amps in excess[int(window.start) : int(window.end)]])
        for window in scenario.shocks
    ]
    for dimming in scenario.dimmings:
        seconds = range(int(dimming.window.start), int(dimming.window.end))
        times.append(_first(dimming.window, [_power(run, now) <= dimming.power * 1.01 for now in seconds]))
    return max(times, default=None)


def _first(window: Window, well: Sequence[bool]) -> float:
    """Return the time to the first second that was well again after one that was not [s]."""
    if False not in well:
        return 0.0
    bad = well.index(False)
    return float(well.index(True, bad)) if True in well[bad:] else window.end - window.start


def _power(run: Run, second: int) -> float:
    """Return what all chargers take together [W]."""
    return VOLTAGE * sum(
        charger.draws[second] * len(plan.mains_phases)
        for plan, charger in zip(run.scenario.chargers, run.chargers, strict=True)
    )


def _jain(charges: Sequence[float]) -> float | None:
    """Return Jain's fairness index of the charge of all chargers (R. Jain et al., DEC-TR-301, 1984)."""
    if len(charges) < 2:
        return None
    squares = sum(charge**2 for charge in charges)
    return sum(charges) ** 2 / (len(charges) * squares) if squares else 1.0
