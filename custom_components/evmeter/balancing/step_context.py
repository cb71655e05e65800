"""What the parts of one step share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .charger_state import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .allocation import Constraint, Grant
    from .charger_state import ChargerTrack
    from .mains_phase import MainsPhase
    from .model import Amps, Phase, Reason, ReasonCode
    from .overload_budget import OverloadBudget
    from .pace import Pace
    from .topology import Topology
    from .tuning import Tolerance


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest limit a charger may have at all.

    Attributes:
        current: [A].
        code: whose limit that is.
    """

    current: float
    code: ReasonCode


@dataclass(slots=True)
class StepContext:
    """One step of the balancer.

    Attributes:
        now: time of the step [s].
        elapsed: time since the last step [s].
        period: of the meter [s].
        caution: half the resolution of the meter: a reading may be too low by this much [A].
        topology: who shares what.
        phases: the mains.
        tracks: the chargers.
        paces: the times of each charger.
        counted: the mains phases that count for each charger.
        caps: the highest limit of each charger.
        fallback: the chargers that are held at their fallback current because the meter is silent.
        tiers: index of the chargers by the order in which they are served.
        alignment: longest time by which any reported draw may be off [s].
        longest_window: that any charger asks for [s].
        overloads: what is left of the time above the rating that the mode tolerates.
        tolerance: of the mode.
        cut_by: what lowered a charger in this step.
        charging: the priorities of which some charger charges.
        shares: the fair share of each charger, and what bounds it.
        shared: what the chargers of a tier share by the evidence for a raise.
        limiting: what bounds a charger that is ready to rise by its own evidence, None = nothing.
    """

    now: float
    elapsed: float
    period: float
    caution: float
    topology: Topology
    phases: Sequence[MainsPhase]
    tracks: Sequence[ChargerTrack]
    paces: Sequence[Pace]
    counted: list[frozenset[Phase]]
    caps: list[Cap]
    fallback: frozenset[int]
    alignment: float
    longest_window: float
    overloads: OverloadBudget
    tolerance: Tolerance
    tiers: dict[Tier, list[int]] = field(init=False)
    cut_by: dict[int, Reason] = field(default_factory=dict)
    charging: set[int] = field(default_factory=set)
    shares: dict[int, Grant] = field(default_factory=dict)
    shared: dict[Tier, list[Constraint]] = field(default_factory=dict)
    limiting: dict[int, Constraint | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the chargers into their tiers."""
        self.tiers = {tier: [] for tier in Tier}
        for index, track in enumerate(self.tracks):
            self.tiers[track.tier].append(index)

    @property
    def mains(self) -> Amps:
        """Last good reading per mains phase, 0 where there never was one [A]."""
        return tuple(phase.meter.value or 0.0 for phase in self.phases)

    def limits(self, *tiers: Tier) -> dict[int, float]:
        """Return the limits of all chargers of some tiers, by index [A]."""
        return {index: self.tracks[index].limit for tier in tiers for index in self.tiers[tier]}

    def committed(self) -> dict[int, float]:
        """Return what the chargers that are not heard from may take, by index [A]."""
        return {index: self.tracks[index].committed for index in self.tiers[Tier.SILENT]}

    def others(self, tier: Tier) -> dict[int, float]:
        """Return what all chargers served before a tier may take, by index [A]."""
        if tier is Tier.CONNECTED:
            return self.committed()
        if tier is Tier.SILENT:
            return self.limits(Tier.CONNECTED)
        return self.limits(Tier.CONNECTED) | self.committed()

    def raise_step(self, index: int) -> float:
        """Return the smallest raise of a charger that is worth a write [A]."""
        return max(self.paces[index].timing.raise_step, self.tracks[index].settings.step)

    def command(self, index: int, limit: float) -> None:
        """Change the limit of a charger [A]."""
        self.tracks[index].command(self.now, limit, self.mains, self.paces[index])
