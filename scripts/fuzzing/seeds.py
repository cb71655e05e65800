"""Valid messages to start from: the captured frames, and what the dialects themselves write."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from evmeter_client import (
    BlewifiDialect,
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    EvStatus,
    JsonDialect,
    PhaseType,
)
from evmeter_client.dialects.base import Command, ErrorCode, RefusedRequest, Request

ROOT = Path(__file__).parents[2]
_CAPTURED = ROOT / "tests" / "fixtures" / "blewifi" / "working_info.json"

CHARGER = "240AC4000001"
JSON = JsonDialect()
BLEWIFI = BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(range(48)))

REQUESTS = {
    f"0123456789ab-{number}": Request(
        charger_id=CHARGER,
        command=command,
        request_id=f"0123456789ab-{number}",
        limits=(16.0, 16.0, 10.5) if command is Command.SET_CURRENT_LIMITS else None,
        ttl=60.0 if command is Command.SET_CURRENT_LIMITS else None,
    )
    for number, command in enumerate(Command, start=1)
}
"""One open request of each command, by its id."""

READ = Request(charger_id=CHARGER, command=Command.GET_READING)
"""A read as the binary dialect has it: without an id."""

READING = ChargerReading(
    status=ChargerStatus(
        charger_id=CHARGER,
        ev_status=EvStatus.WANTS_TO_CHARGE,
        charging_state=ChargingState.CHARGING_3_PHASE,
        phase_type=PhaseType.THREE_PHASE,
        set_current=16.0,
        circuit_breaker=25.0,
        start_time=datetime(2025, 7, 10, 10, 20, 43, 500_000, tzinfo=UTC),
        temperature=31.5,
        temperature_raw=31,
        kubis_version="7.10.3",
        wifi_network="home\udcff5",
        unknown_values=("grid_type=9",),
    ),
    metrics=ChargerMetrics(
        charger_id=CHARGER,
        voltages=(230.0, 231.25, 229.5),
        currents=(15.5, 15.7, 15.5),
        session_energy_wh=1_234,
        total_energy_wh=1_357_673,
    ),
    limits=(16.0, 16.0, 10.5),
)
_IDLE = replace(READING, status=replace(READING.status, start_time=None, limit=10, unknown_values=()))


def json_responses() -> tuple[bytes, ...]:
    """An answer to each command, and a refusal."""
    status, metrics, reading, limits = REQUESTS.values()
    refused = RefusedRequest(
        charger_id=CHARGER, request_id=limits.request_id, code=ErrorCode.BUSY, message="not now"
    )
    refusal = JSON.encode_refusal(refused)
    return (
        JSON.encode_answer(status, READING.status).payload,
        JSON.encode_answer(metrics, READING.metrics).payload,
        JSON.encode_answer(reading, READING).payload,
        JSON.encode_answer(limits, (16.0, 16.0, 10.0)).payload,
        refusal.payload if refusal else b"",
    )


def json_states() -> tuple[bytes, ...]:
    """A reading while charging, and one without a session."""
    return JSON.encode_reading(READING).payload, JSON.encode_reading(_IDLE).payload


def json_requests() -> tuple[bytes, ...]:
    """A request of each command."""
    return tuple(JSON.encode_request(request).payload for request in REQUESTS.values())


def working_infos() -> tuple[bytes, ...]:
    """The frames captured from real chargers."""
    frames = json.loads(_CAPTURED.read_text(encoding="utf-8"))["frames"]
    return tuple(bytes.fromhex(frame["payload_hex"]) for frame in frames)


def blewifi_requests() -> tuple[bytes, ...]:
    """The only request the binary dialect has."""
    return (BLEWIFI.encode_request(READ).payload,)
