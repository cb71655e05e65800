"""What every run must hold before its energy counts, and which baseline ours is measured against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custom_components.evmeter.balancing.terms import Mode

from .ours import Ours
from .scenarios import LOCAL_CHAINS, NOISY_LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .figures import Figures
    from .rows import Row
    from .scenario import Scenario

type Figure = Callable[[Scenario, Figures], float]
type Where = Callable[[Scenario], bool]

ORACLE: Final = "oracle"
"""The row of the clairvoyant: a measure, no rival."""
HOUR: Final = 3600.0
CAUTIOUS: Final = frozenset({Mode.GENTLE, Mode.BALANCED})
FAST: Final = frozenset({Mode.FAST})
RIVAL_TOLERANCE: Final = 0.02
"""Share of the oracle's energy by which a baseline that holds every gate may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on one figure.

    Attributes:
        name: in the table.
        figure: that is bound.
        most: its highest value that holds the gate.
        where: the scenarios it stands for.
        modes: it stands for.
        below: the figure must be below the bound, not at it.
    """

    name: str
    figure: Figure
    most: float
    where: Where
    modes: frozenset[Mode] = frozenset(Mode)
    below: bool = False

    def holds(self, scenario: Scenario, figures: Figures) -> bool:
        """Tell whether figures of this scenario are within the bound."""
        value = self.figure(scenario, figures)
        return value < self.most if self.below else value <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyFloor:
    """The least energy as a share of the oracle's, with every gate held.

    Attributes:
        mean: over S1 to S12.
        s2: of the noisy house with a local charger.
    """

    mean: float
    s2: float


ENERGY_FLOORS: Final[Mapping[Mode, EnergyFloor]] = {
    Mode.BALANCED: EnergyFloor(mean=0.87, s2=0.80),
    Mode.FAST: EnergyFloor(mean=0.90, s2=0.85),
}


def _everywhere(_scenario: Scenario) -> bool:
    return True


def _in(*names: str) -> Where:
    return lambda scenario: scenario.name in names


def _has_cloud(scenario: Scenario) -> bool:
    return any(plan.is_cloud for plan in scenario.chargers)


def _over_after_deaf(scenario: Scenario, figures: Figures) -> float:
    """Return the time above the limit that no deaf charger excuses, per window of deafness [s]."""
    windows = {window for plan in scenario.chargers for window in plan.deaf}
    return (figures.over - figures.over_while_deaf) * scenario.seconds / HOUR / len(windows)


GATES: Final = (
    Gate("(0,min)", lambda _, figures: figures.below_minimum, 0, _everywhere),
    Gate("weak", lambda _, figures: figures.theta_weak, 0.95, _in(*LOCAL_CHAINS), below=True),
    Gate("weak", lambda _, figures: figures.theta_weak, 1.0, _in("S3"), below=True),
    Gate("typical", lambda _, figures: figures.theta_typical, 0.95, _everywhere, below=True),
    Gate("stale", lambda _, figures: figures.over_while_silent, 0, _everywhere),
    Gate("over", lambda _, figures: figures.over, 20, _in("S1")),
    Gate("over", lambda _, figures: figures.over, 5, _in("S10")),
    Gate("over", lambda _, figures: figures.over, 100, _in(*NOISY_LOCAL), CAUTIOUS),
    Gate(">1.13", lambda _, figures: figures.over_113, 60, _in(*NOISY_LOCAL), CAUTIOUS),
    Gate("over", lambda _, figures: figures.over, 180, _in(*NOISY_LOCAL), FAST),
    Gate(">1.13", lambda _, figures: figures.over_113, 120, _in(*NOISY_LOCAL), FAST),
    Gate("deaf", _over_after_deaf, 10, _in("S7")),
    Gate("pauses", lambda _, figures: figures.pauses, 8, _everywhere),
    Gate("writes", lambda _, figures: figures.writes, 60, _has_cloud),
    Gate("writes", lambda _, figures: figures.writes, 720, lambda scenario: not _has_cloud(scenario)),
)


def missed(scenario: Scenario, figures: Figures, mode: Mode) -> list[str]:
    """Return the names of the gates that figures miss, none = all are held.

    Args:
        scenario: that was run.
        figures: of one run, or of the runs over all seeds at their worst.
        mode: whose bounds count.
    """
    return [
        gate.name
        for gate in GATES
        if mode in gate.modes and gate.where(scenario) and not gate.holds(scenario, figures)
    ]


def best_rival(rows: Sequence[Row]) -> Row | None:
    """Return the baseline with the most energy among those that hold every gate, None = none holds them.

    Args:
        rows: of one scenario.
    """
    rivals = [
        row
        for row in rows
        if row.controller not in {Ours.name, ORACLE} and not row.missed and row.figures.energy is not None
    ]
    return max(rivals, key=lambda row: row.figures.energy or 0.0, default=None)


def is_behind(ours: Row, rival: Row | None) -> bool:
    """Tell whether a rival that holds every gate is ahead by more than the tolerance."""
    if rival is None or rival.figures.energy is None:
        return False
    return (ours.figures.energy or 0.0) < rival.figures.energy - RIVAL_TOLERANCE
