"""What a simulated charger measures and how it tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from evmeter_client.models import (
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    EvStatus,
    GridType,
    MqttState,
    PhaseType,
)

if TYPE_CHECKING:
    from datetime import datetime

    from evmeter_client.models import PerPhase

KUBIS_VERSION = "7.10.3"
FIRMWARE_VERSION = 49
"""Versions of the firmware whose behaviour is simulated."""
FAULT_BIT = 1
"""Error bits of a charger with a fault."""
PING_LATENCY_MS = 8

VOLTAGE_SAG = 0.15
"""Fall of the voltage per ampere drawn: resistance of the cable and the street [V/A]."""
PHASE_OFFSETS: PerPhase = (0.0, 1.2, -0.8)
"""How far the phases of a street lie from their nominal voltage [V]."""


class Observation(NamedTuple):
    """What a charger measured and did at one moment.

    Attributes:
        time: the moment [s].
        currents: drawn by the car, per terminal [A].
        voltages: per terminal [V].
        clamp_currents: seen by the charger's mains clamps, per terminal [A].
        limits: in force, per terminal [A].
        pilot: current offered to the car [A].
        ev_status: what the car says.
        charging_state: what the charger does.
        faulty: whether it has a fault.
        temperature: inside [deg C].
        session_wh: energy of this session, or of the last one [Wh].
        total_wh: energy counter [Wh].
        session_start: start of the session, None = no session.
    """

    time: float
    currents: PerPhase
    voltages: PerPhase
    clamp_currents: PerPhase
    limits: PerPhase
    pilot: float
    ev_status: EvStatus
    charging_state: ChargingState
    faulty: bool
    temperature: float
    session_wh: float
    total_wh: float
    session_start: datetime | None


class Identity(NamedTuple):
    """What never changes in a charger's readings.

    Attributes:
        charger_id: as in its topics.
        serial: serial number.
        terminals: phases it has, 1 or 3.
        circuit_breaker: rating of the breaker it was installed behind [A].
        wifi_network: name of its network.
    """

    charger_id: str
    serial: int
    terminals: int
    circuit_breaker: float
    wifi_network: str


def terminal_voltages(supply: float, currents: PerPhase) -> PerPhase:
    """Return the voltages at the terminals [V] for the supply's voltage [V] and the currents drawn [A]."""
    return (
        supply + PHASE_OFFSETS[0] - VOLTAGE_SAG * currents[0],
        supply + PHASE_OFFSETS[1] - VOLTAGE_SAG * currents[1],
        supply + PHASE_OFFSETS[2] - VOLTAGE_SAG * currents[2],
    )


def reading_of(identity: Identity, seen: Observation) -> ChargerReading:
    """Return an observation as the charger reports it: 0.1 A, 0.25 V, whole Wh and deg C."""
    single = identity.terminals == 1
    status = ChargerStatus(
        charger_id=identity.charger_id,
        ev_status=seen.ev_status,
        charging_state=seen.charging_state,
        phase_type=PhaseType.SINGLE_PHASE if single else PhaseType.THREE_PHASE,
        grid_type=GridType.TN_S,
        mqtt_state=MqttState.WORKING_PROPERLY,
        errors=FAULT_BIT if seen.faulty else 0,
        set_current=seen.pilot,
        circuit_breaker=identity.circuit_breaker,
        start_time=seen.session_start,
        temperature=float(round(seen.temperature)),
        temperature_raw=round(seen.temperature),
        kubis_version=KUBIS_VERSION,
        firmware_version=FIRMWARE_VERSION,
        scheduler_version=1,
        wifi_network=identity.wifi_network,
        evse=identity.serial,
        ping_latency_ms=PING_LATENCY_MS,
    )
    metrics = ChargerMetrics(
        charger_id=identity.charger_id,
        voltages=_rounded((seen.voltages[0], 0.0, 0.0) if single else seen.voltages, 4),
        currents=_rounded(seen.currents, 10),
        dlm_currents=_rounded(seen.clamp_currents, 10),
        session_energy_wh=int(seen.session_wh),
        total_energy_wh=int(seen.total_wh),
        phases_in_use=identity.terminals,
    )
    return ChargerReading(status=status, metrics=metrics, limits=seen.limits)


def _rounded(values: PerPhase, parts: int) -> PerPhase:
    """Round each value to the nearest of so many parts of one."""
    first, second, third = values
    return (round(first * parts) / parts, round(second * parts) / parts, round(third * parts) / parts)
