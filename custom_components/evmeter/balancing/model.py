"""What goes into the balancer and what comes out: plain values, no behaviour beyond their own checks.

Every per-phase tuple is in the order L1, L2, L3 of the **mains** and has as many values as the site has
phases (1 or 3). Currents are in A, import positive. Times are seconds on one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from .terms import ChargerState, FuseType, Mode, Phase, ReasonCode, SiteState, WriteClass

__all__ = [
    "Amps",
    "Ceiling",
    "ChargerDecision",
    "ChargerReading",
    "ChargerSettings",
    "ChargerState",
    "CircuitSettings",
    "Decision",
    "FuseType",
    "MainsReading",
    "Mode",
    "Phase",
    "PhaseDecision",
    "ReactionProfile",
    "Reason",
    "ReasonCode",
    "SettingsError",
    "SiteSettings",
    "SiteState",
    "WriteClass",
]

type Amps = tuple[float, ...]
"""One current per mains phase L1, L2, L3 [A]."""


class SettingsError(ValueError):
    """A setting that cannot be used.

    Attributes:
        key: name of the setting at fault.
    """

    def __init__(self, key: str, message: str) -> None:
        """Name the setting and say what is wrong with it."""
        super().__init__(f"{key}: {message}")
        self.key = key


def _check(condition: bool, key: str, message: str) -> None:
    if not condition:
        raise SettingsError(key, message)


def _check_range(value: float, key: str, low: float, high: float) -> None:
    _check(
        isfinite(value) and low <= value <= high, key, f"must be between {low:g} and {high:g}, is {value:g}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitSettings:
    """A sub-circuit below the mains.

    Attributes:
        id: its own name.
        parent: id of the circuit above, None = directly below the mains.
        rating: of its fuse per mains phase [A].
        power_cap: highest power of everything in it [W], None = none.
    """

    id: str
    rating: Amps
    parent: str | None = None
    power_cap: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """One mains connection.

    Attributes:
        fuse_rating: rating of the main fuse per phase [A]; its length is the number of phases (1 or 3).
        fuse_type: the protecting device.
        margin: kept free below the rating [A].
        voltage: nominal voltage between phase and neutral [V].
        mode: how eagerly to raise.
        derating: share of the rating that may be used, for hot boards (0 < derating <= 1).
        circuits: sub-circuits.
        group_power_cap: highest power of all chargers together [W], None = none.

    Raises:
        SettingsError: naming the value that cannot be used.
    """

    fuse_rating: Amps
    fuse_type: FuseType = FuseType.B
    margin: float = 0.0
    voltage: float = 230.0
    mode: Mode = Mode.BALANCED
    derating: float = 1.0
    circuits: tuple[CircuitSettings, ...] = ()
    group_power_cap: float | None = None

    def __post_init__(self) -> None:
        """Check every value."""
        _check(len(self.fuse_rating) in (1, 3), "fuse_rating", "needs one value per phase, for 1 or 3 phases")
        for phase, rating in zip(Phase, self.fuse_rating, strict=False):
            _check_range(rating, f"fuse_{phase.name.lower()}", 6, 250)
        _check_range(self.margin, "margin", 0, min(self.fuse_rating) - 1)
        _check_range(self.voltage, "voltage", 100, 300)
        _check_range(self.derating, "derating", 0.5, 1)
        if self.group_power_cap is not None:
            _check_range(self.group_power_cap, "group_power_cap", 0, 1e6)

    @property
    def phase_count(self) -> int:
        """Number of mains phases, 1 or 3."""
        return len(self.fuse_rating)

    @property
    def limit(self) -> Amps:
        """What the mains may carry per phase: rating x derating [A]."""
        return tuple(rating * self.derating for rating in self.fuse_rating)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionProfile:
    """How fast a charger follows and tells.

    Attributes:
        command_latency: from our write to the pilot signal [s].
        report_latency: age of a reported current when it reaches us [s].
        report_period: time between two reports [s].
    """

    command_latency: float = 1.0
    report_latency: float = 1.0
    report_period: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerSettings:
    """One charger as the balancer sees it.

    Attributes:
        id: its own name.
        wiring: the mains phase each charger terminal L1, L2, L3 is wired to (1 to 3 terminals).
        min_current: below this the charger can only pause [A]; IEC 61851-1 allows no less than 6.
        max_current: of charger and cable [A].
        step: limits are multiples of this above 0 [A].
        priority: 1 is served first.
        weight: share against others of the same priority.
        circuit: id of the sub-circuit it hangs on, None = the mains.
        reaction: how fast it follows and tells.
        write_class: what a write costs.
        minimum_gap: between two raising writes [s].
        daily_budget: raising writes per day, None = any number.
        fallback_current: limit while the meter is silent [A], 0 = pause.
        rearm_after: write the same limit again after this time, for the charger's watchdog [s], None = never.
        rearm_by_step: the watchdog ignores an unchanged value: every other time one step less is written.
        has_draw_sensor: the charger tells what the car draws.

    Raises:
        SettingsError: naming the value that cannot be used.
    """

    id: str
    wiring: tuple[Phase, ...] = (Phase.L1, Phase.L2, Phase.L3)
    min_current: float = 6.0
    max_current: float = 16.0
    step: float = 1.0
    priority: int = 1
    weight: float = 1.0
    circuit: str | None = None
    reaction: ReactionProfile = ReactionProfile()
    write_class: WriteClass = WriteClass.VOLATILE
    minimum_gap: float = 0.0
    daily_budget: int | None = None
    fallback_current: float = 6.0
    rearm_after: float | None = None
    rearm_by_step: bool = False
    has_draw_sensor: bool = True

    def __post_init__(self) -> None:
        """Check every value."""
        _check(1 <= len(self.wiring) <= 3, "wiring", "needs 1 to 3 terminals")
        _check(len(set(self.wiring)) == len(self.wiring), "wiring", "names a phase twice")
        _check_range(self.min_current, "min_current", 6, 32)
        _check_range(self.max_current, "max_current", self.min_current, 80)
        _check_range(self.step, "step", 0.1, 6)
        _check_range(self.priority, "priority", 1, 100)
        _check_range(self.weight, "weight", 0.01, 100)
        _check(
            self.fallback_current == 0 or self.min_current <= self.fallback_current <= self.max_current,
            "fallback_current",
            f"must be 0 or between the minimum and the maximum, is {self.fallback_current:g}",
        )

    def to_mains(self, terminals: tuple[float, ...], phase_count: int) -> Amps:
        """Map one value per charger terminal to one value per mains phase; phases not wired get 0."""
        mains = [0.0] * phase_count
        for phase, value in zip(self.wiring, terminals, strict=False):
            mains[phase] = value
        return tuple(mains)

    def to_terminals(self, mains: Amps) -> tuple[float, ...]:
        """Map one value per mains phase to one value per charger terminal that is wired."""
        return tuple(mains[phase] for phase in self.wiring)


@dataclass(frozen=True, slots=True, kw_only=True)
class MainsReading:
    """What the house draws from the mains, charging included.

    Attributes:
        current: per phase, import positive [A]; None = the source has no value for this phase.
        measured_at: per phase, when the source reported it (even if the value did not change) [s].
        resolution: smallest step of the source [A]; half of it is added as a precaution.
        period: time between two reports, as learned [s].
    """

    current: tuple[float | None, ...]
    measured_at: tuple[float, ...]
    resolution: float = 0.01
    period: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """A limit somebody asked for: never exceeded, whatever the room.

    Attributes:
        current: [A]; 0 pauses.
        reason: who asks: MANUAL, SCHEDULE, CABLE, CHARGER_MAXIMUM, WIRING or OFF.
    """

    current: float
    reason: ReasonCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerReading:
    """What is known of one charger now.

    Attributes:
        id: the charger's id in its settings.
        state: what it does.
        current: drawn by the car per mains phase [A], None = not known.
        measured_at: when that was measured [s].
        limit: limit in force as read back, the smallest over the wired phases [A], None = not known.
        ceiling: a limit asked for by a person or a schedule.
        active_phases: mains phases the car is known to use, None = to be learned from the draw.
    """

    id: str
    state: ChargerState
    current: Amps | None = None
    measured_at: float | None = None
    limit: float | None = None
    ceiling: Ceiling | None = None
    active_phases: frozenset[Phase] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a limit is what it is.

    Attributes:
        code: what binds.
        phase: the mains phase or the circuit's phase that binds, where one does.
        circuit: id of the circuit that binds, where one does.
    """

    code: ReasonCode
    phase: Phase | None = None
    circuit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerDecision:
    """The balancer's word on one charger.

    Attributes:
        id: the charger's id in its settings.
        limit: per mains phase [A], the same on every wired phase, 0 on phases not wired; all 0 = pause.
        reason: what binds it.
        write: it must be written now.
        raising: this write is a raise (cuts bypass every gap and budget).
        obeying: False when the charger draws more than it was allowed for longer than its reaction time.
        active_phases: mains phases that count for this charger.
    """

    id: str
    limit: Amps
    reason: Reason
    write: bool = False
    raising: bool = False
    obeying: bool = True
    active_phases: frozenset[Phase] = frozenset()

    @property
    def current(self) -> float:
        """The limit as one number, as the control pilot carries it [A]; 0 = pause."""
        return max(self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDecision:
    """The balancer's view of one mains phase.

    Attributes:
        mains: measured current [A], None while silent.
        background: what the house uses without the chargers, highest over the window [A], None = not known.
        headroom: left below rating - margin at the measured current [A], negative = overload, None = silent.
        load: thermal state of a typical device of the site's type; 1.0 = trips.
        age: of the measurement [s].
        stale: too old for any raise.
    """

    mains: float | None
    background: float | None
    headroom: float | None
    load: float
    age: float
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one step of the balancer decided.

    Attributes:
        now: time of the step [s].
        chargers: one per charger, in the order of the settings.
        phases: one per mains phase.
        state: of the whole site.
        limiting_phase: the mains phase that binds the most limited charger, where one does.
        overload: some phase is above its rating.
        fail_safe: the meter has been silent past the hard age; fallback currents are in force.
    """

    now: float
    chargers: tuple[ChargerDecision, ...]
    phases: tuple[PhaseDecision, ...]
    state: SiteState
    limiting_phase: Phase | None = None
    overload: bool = False
    fail_safe: bool = False

    def charger(self, charger_id: str) -> ChargerDecision:
        """Return the decision on one charger.

        Raises:
            KeyError: for an id the balancer does not have.
        """
        for decision in self.chargers:
            if decision.id == charger_id:
                return decision
        raise KeyError(charger_id)
