"""The rows of a comparison as text and as JSON."""

from __future__ import annotations

import json
from statistics import fmean
from typing import TYPE_CHECKING

from .gates import ENERGY_FLOORS, best_rival, is_behind
from .ours import Ours
from .scenarios import MEAN_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custom_components.evmeter.balancing import Mode

    from .rows import Row

HEADER = (
    f"{'scenario':<9}{'controller':<13}{'seeds':>5}{'energy':>8}{'over':>6}{'>1.13':>6}{'excess':>8}{'weak':>6}"
    f"{'typ':>6}{'gG':>6}{'recov':>6}{'writes':>8}{'pauses':>8}{'jain':>6}{'(0,min)':>8}  gates"
)
LEGEND = """\
energy and jain are the mean over the seeds, everything else is the worst seed:
  energy   charged by all cars, as a share of what a clairvoyant would have charged
  over     time with any phase of mains or circuit above its limit + 0.25 A [s/h]
  >1.13    time with a phase of the mains above 1.13 times its limit [s/h]
  excess   largest current above a limit [A]
  weak, typ, gG   highest thermal state of a weak breaker, a typical one and a weak gG fuse; 1 = trips
  recov    longest time until a scripted step was recovered from [s]
  writes, pauses  of the busiest charger [1/h]
  jain     fairness between the chargers' Ah, 1 = all the same
  (0,min)  limits commanded between 0 and the minimum
  gates    ok, or what some seed missed"""


def as_text(rows: Sequence[Row], mode: Mode, *, changed: bool) -> str:
    """Return the table, its legend and what it comes to.

    Args:
        rows: in the order of the scenarios.
        mode: whose gates count.
        changed: options changed the scenarios.
    """
    lines = [HEADER]
    for scenario in _scenarios(rows):
        mine = [row for row in rows if row.scenario.name == scenario]
        lines += [f"{scenario}: {mine[0].scenario.what}", *map(_line, mine)]
    lines += ["", LEGEND, ""]
    if changed:
        lines += ["The gates are those of the scenarios without the changes made on the command line.", ""]
    lines += [*_means(rows, mode), "", *_rivals(rows, mode)]
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> str:
    """Return a list of objects, null where a figure does not apply."""
    return json.dumps([_object(row) for row in rows], indent=2)


def _scenarios(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.scenario.name for row in rows))


def _line(row: Row) -> str:
    figures = row.figures
    return (
        f"{row.scenario.name:<9}{row.controller:<13}{row.seeds:>5}{_number(figures.energy, 8, 3)}"
        f"{figures.over:>6.0f}{figures.over_113:>6.0f}{figures.excess:>8.1f}{figures.theta_weak:>6.2f}"
        f"{figures.theta_typical:>6.2f}{figures.theta_gg:>6.2f}{_number(figures.recovery, 6, 0)}"
        f"{figures.writes:>8.1f}{figures.pauses:>8.1f}{_number(figures.jain, 6, 2)}{figures.below_minimum:>8}"
        f"  {', '.join(row.missed) or 'ok'}"
    )


def _number(value: float | None, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _means(rows: Sequence[Row], mode: Mode) -> Iterator[str]:
    """Yield the mean energy of every controller over the scenarios that count for it."""
    counted = [name for name in _scenarios(rows) if name in MEAN_OF]
    if not counted:
        return
    which = "S1 to S12" if len(counted) == len(MEAN_OF) else ", ".join(counted)
    yield f"mean energy over {which}, and in how many of all scenarios every gate was held:"
    for controller in dict.fromkeys(row.controller for row in rows):
        mine = [row for row in rows if row.controller == controller]
        energies = [
            row.figures.energy
            for row in mine
            if row.scenario.name in counted and row.figures.energy is not None
        ]
        mean = _number(fmean(energies) if energies else None, 7, 3)
        line = f"  {controller:<13}{mean}{sum(not row.missed for row in mine):>5} of {len(mine)}"
        if controller == Ours.name and mode in ENERGY_FLOORS and len(counted) == len(MEAN_OF):
            floor = ENERGY_FLOORS[mode]
            line += f"   required in {mode} mode: {floor.mean:.2f}, and {floor.s2:.2f} in S2"
        yield line


def _rivals(rows: Sequence[Row], mode: Mode) -> Iterator[str]:
    """Yield, for every scenario, the best baseline that holds the gates beside ours."""
    yield f"the baseline with the most energy among those that hold every gate of {mode} mode:"
    for name in _scenarios(rows):
        mine = [row for row in rows if row.scenario.name == name]
        ours = next(row for row in mine if row.controller == Ours.name)
        rival = best_rival(mine)
        beside = f"{Ours.name} {_number(ours.figures.energy, 6, 3)}"
        if rival is None:
            yield f"  {name:<5}{'none':<20}   {beside}"
        else:
            verdict = "   behind" if is_behind(ours, rival) else ""
            energy = _number(rival.figures.energy, 7, 3)
            yield f"  {name:<5}{rival.controller:<13}{energy}   {beside}{verdict}"


def _object(row: Row) -> dict[str, str | int | float | None]:
    figures = row.figures
    return {
        "scenario": row.scenario.name,
        "controller": row.controller,
        "mode": row.mode,
        "seeds": row.seeds,
        "energy_ratio": _rounded(figures.energy),
        "over_s_per_h": _rounded(figures.over),
        "over_113_s_per_h": _rounded(figures.over_113),
        "max_excess_a": _rounded(figures.excess),
        "theta_weak": _rounded(figures.theta_weak),
        "theta_typical": _rounded(figures.theta_typical),
        "theta_gg_weak": _rounded(figures.theta_gg),
        "recovery_s": _rounded(figures.recovery),
        "writes_per_h": _rounded(figures.writes),
        "pauses_per_h": _rounded(figures.pauses),
        "jain": _rounded(figures.jain),
        "below_min_commands": figures.below_minimum,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
