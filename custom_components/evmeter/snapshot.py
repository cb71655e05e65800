"""What the user interface sees: one immutable picture of the site, made after every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evmeter_client.models import ChargerReading as ChargerDetails

from .balancing.model import (
    Amps,
    ChargerDecision,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    Decision,
    MainsReading,
    Phase,
    PhaseDecision,
    Reason,
    ReasonCode,
    SiteState,
)
from .chargers import ChargerDevice, ChargerProblem

__all__ = [
    "ChargerDevice",
    "ChargerMode",
    "ChargerProblem",
    "ChargerView",
    "CircuitView",
    "Snapshot",
    "WiringCheck",
]


class ChargerMode(StrEnum):
    """What the user wants of a charger."""

    BALANCED = "balanced"
    PAUSED = "paused"
    MANUAL = "manual"


class WiringCheck(StrEnum):
    """What the detection of a charger's phases came to."""

    NOT_RUN = "not_run"
    RUNNING = "running"
    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerView:
    """One charger.

    Attributes:
        id: of its subentry.
        name: as the user calls it.
        device: the charger as a device.
        can_limit: limits can be written; False = it is only watched.
        settings: as the balancer has them.
        mode: what the user wants.
        maximum_current: the user's own limit [A].
        problem: why it cannot be talked to.
        write_failures: failed writes in a row.
        reading: as the balancer sees it.
        details: everything an EV-Meter charger told.
        decision: the balancer's word; None before the first step, while balancing is off, and for a charger
            that is only watched.
        wiring_check: what the last detection of its phases came to.
    """

    id: str
    name: str
    device: ChargerDevice
    can_limit: bool
    settings: ChargerSettings
    mode: ChargerMode
    maximum_current: float
    problem: ChargerProblem
    write_failures: int
    reading: ChargerReading
    details: ChargerDetails | None
    decision: ChargerDecision | None
    wiring_check: WiringCheck = WiringCheck.NOT_RUN

    @property
    def available(self) -> bool:
        """Whether the charger tells anything."""
        return self.reading.state is not ChargerState.UNAVAILABLE

    @property
    def limit(self) -> float | None:
        """The limit in force on every wired phase [A], None = not known; 0 = paused."""
        return self.reading.limit if self.decision is None else self.decision.current

    @property
    def active(self) -> bool:
        """Whether a limit means anything now: a car is there."""
        return self.reading.state in (ChargerState.READY, ChargerState.CHARGING, ChargerState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitView:
    """A circuit below the mains.

    Attributes:
        name: as the user calls it.
        rating: of its fuse per mains phase [A].
        chargers: on it and on the circuits below it, by the ids of their subentries.
    """

    name: str
    rating: Amps
    chargers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole site.

    Attributes:
        mains: what the meter says.
        decision: what the balancer made of it, None before the first step.
        chargers: by the id of their subentry.
        enabled: limits are written.
        limit_changed_at: last change of any limit, None = none yet.
        writes_today: limits written since midnight.
        decision_time: duration of the last step [ms], None before the first.
        circuits: below the mains, by the id of their subentry.
        steps: steps taken since the site was set up.
    """

    mains: MainsReading
    decision: Decision | None
    chargers: Mapping[str, ChargerView]
    enabled: bool
    limit_changed_at: datetime | None
    writes_today: int
    decision_time: float | None
    circuits: Mapping[str, CircuitView]
    steps: int

    @property
    def state(self) -> SiteState | None:
        """What the balancing does, None before the first step."""
        if not self.enabled:
            return SiteState.OFF
        return None if self.decision is None else self.decision.state

    @property
    def meter_age(self) -> float | None:
        """Age of the oldest phase's value [s], None before the first step."""
        return None if self.decision is None else max(phase.age for phase in self.decision.phases)

    @property
    def meter_silent(self) -> bool | None:
        """Whether some phase has no value that a raise could rest on, None before the first step."""
        return None if self.decision is None else any(phase.stale for phase in self.decision.phases)

    @property
    def binding(self) -> Reason | None:
        """What binds the most limited charger with a car, None where there is none."""
        decisions = [
            view.decision for view in self.chargers.values() if view.active and view.decision is not None
        ]
        return min(decisions, key=lambda decision: decision.current).reason if decisions else None

    def reason(self, charger_id: str) -> Reason | None:
        """Return what binds a charger's limit, None where nothing is known."""
        if not self.enabled:
            return Reason(code=ReasonCode.OFF)
        decision = self.chargers[charger_id].decision
        return None if decision is None else decision.reason

    def where(self, reason: Reason | None) -> dict[str, str]:
        """Return where a limit binds: the mains phase, and the circuit where it is not the mains."""
        if reason is None:
            return {}
        phase = {} if reason.phase is None else {"phase": reason.phase.name}
        circuit = self.circuits.get(reason.circuit or "")
        return phase if circuit is None else phase | {"circuit": circuit.name}

    def circuit_current(self, circuit_id: str, phase: Phase) -> float:
        """Return what the chargers on a circuit draw on a phase [A]; their limit where it is not told."""
        return sum(self._draw(charger_id, phase) for charger_id in self.circuits[circuit_id].chargers)

    def _draw(self, charger_id: str, phase: Phase) -> float:
        view = self.chargers[charger_id]
        if view.reading.current is not None:
            return view.reading.current[phase]
        return 0.0 if view.decision is None else view.decision.limit[phase]

    def phase(self, phase: int) -> PhaseDecision | None:
        """Return the balancer's view of one mains phase, None before the first step."""
        return None if self.decision is None else self.decision.phases[phase]
