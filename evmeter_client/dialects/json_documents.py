"""Statuses, metrics and readings as JSON documents, both ways.

The member names are the models' attribute names. What a charger must tell (its state, what it measures) is
required; what only describes it (versions, serial numbers) may be missing. Members not named here are
ignored, so that a later version may add some.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evmeter_client.dialects.strict_json import Fields, JsonObject, JsonValue
from evmeter_client.exceptions import EVMeterProtocolError
from evmeter_client.models import (
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    EvStatus,
    GridType,
    MqttState,
    PhaseType,
    WireEnum,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evmeter_client.models import PerPhase

_MAX_UNKNOWN_VALUE = 64


def _by_name[E: WireEnum](kind: type[E]) -> Mapping[str, E]:
    return {member.value: member for member in kind}


_EV_STATUS = _by_name(EvStatus)
_CHARGING_STATE = _by_name(ChargingState)
_PHASE_TYPE = _by_name(PhaseType)
_GRID_TYPE = _by_name(GridType)
_MQTT_STATE = _by_name(MqttState)
_UNKNOWABLE = ("ev_status", "charging_state", "phase_type", "grid_type", "mqtt_state", "start_time")


def status_to_json(status: ChargerStatus) -> JsonObject:
    """Return a status as a JSON document."""
    return {
        "charger_id": status.charger_id,
        "ev_status": status.ev_status.value,
        "charging_state": status.charging_state.value,
        "phase_type": status.phase_type.value,
        "grid_type": status.grid_type.value,
        "mqtt_state": status.mqtt_state.value,
        "warnings": status.warnings,
        "errors": status.errors,
        "set_current": status.set_current,
        "circuit_breaker": status.circuit_breaker,
        "limit": status.limit,
        "start_time": None if status.start_time is None else status.start_time.astimezone(UTC).isoformat(),
        "temperature": status.temperature,
        "temperature_raw": status.temperature_raw,
        "kubis_version": status.kubis_version,
        "firmware_version": status.firmware_version,
        "scheduler_version": status.scheduler_version,
        "wifi_network": status.wifi_network,
        "peer_serial_number": status.peer_serial_number,
        "evse": status.evse,
        "ping_latency_ms": status.ping_latency_ms,
        "result": status.result,
        "unknown_values": list(status.unknown_values),
    }


def status_from_json(value: JsonValue, charger_id: str) -> ChargerStatus:
    """Read a status of this charger.

    Raises:
        EVMeterProtocolError: it is not a status, or another charger's.
    """
    fields = _of_charger(value, "status", charger_id)
    unknown = _unknown_values(fields)
    return ChargerStatus(
        charger_id=charger_id,
        ev_status=_member(fields, "ev_status", _EV_STATUS, unknown),
        charging_state=_member(fields, "charging_state", _CHARGING_STATE, unknown),
        phase_type=_member(fields, "phase_type", _PHASE_TYPE, unknown),
        grid_type=_member(fields, "grid_type", _GRID_TYPE, unknown, default=GridType.UNKNOWN),
        mqtt_state=_member(fields, "mqtt_state", _MQTT_STATE, unknown, default=MqttState.UNKNOWN),
        warnings=fields.integer("warnings"),
        errors=fields.integer("errors"),
        set_current=fields.number("set_current"),
        circuit_breaker=fields.number("circuit_breaker"),
        limit=None if fields.is_null("limit") else fields.integer("limit"),
        start_time=_moment(fields, "start_time", unknown),
        temperature=None if fields.is_null("temperature") else fields.number("temperature"),
        temperature_raw=fields.integer("temperature_raw", 0),
        kubis_version=fields.text("kubis_version", ""),
        firmware_version=fields.integer("firmware_version", 0),
        scheduler_version=fields.integer("scheduler_version", 0),
        wifi_network=fields.text("wifi_network", ""),
        peer_serial_number=fields.integer("peer_serial_number", 0),
        evse=fields.integer("evse", 0),
        ping_latency_ms=fields.integer("ping_latency_ms", 0),
        result=fields.integer("result", 1),
        unknown_values=tuple(f"{name}={unknown[name]}" for name in _UNKNOWABLE if name in unknown)
        if unknown
        else (),
    )


def metrics_to_json(metrics: ChargerMetrics) -> JsonObject:
    """Return metrics as a JSON document."""
    return {
        "charger_id": metrics.charger_id,
        "voltages": list(metrics.voltages),
        "currents": list(metrics.currents),
        "dlm_currents": list(metrics.dlm_currents),
        "session_energy_wh": metrics.session_energy_wh,
        "total_energy_wh": metrics.total_energy_wh,
        "phases_in_use": metrics.phases_in_use,
    }


def metrics_from_json(value: JsonValue, charger_id: str) -> ChargerMetrics:
    """Read metrics of this charger.

    Raises:
        EVMeterProtocolError: they are not metrics, or another charger's.
    """
    fields = _of_charger(value, "metrics", charger_id)
    phases_in_use = fields.integer("phases_in_use")
    if phases_in_use not in {1, 3}:
        raise fields.wrong("phases_in_use", "1 or 3")
    return ChargerMetrics(
        charger_id=charger_id,
        voltages=fields.per_phase("voltages"),
        currents=fields.per_phase("currents"),
        dlm_currents=fields.per_phase("dlm_currents") if fields.has("dlm_currents") else (0.0, 0.0, 0.0),
        session_energy_wh=fields.integer("session_energy_wh"),
        total_energy_wh=fields.integer("total_energy_wh"),
        phases_in_use=phases_in_use,
    )


def reading_to_json(reading: ChargerReading) -> JsonObject:
    """Return a reading as a JSON document."""
    return {
        "status": status_to_json(reading.status),
        "metrics": metrics_to_json(reading.metrics),
        "limits": None if reading.limits is None else list(reading.limits),
    }


def reading_from_json(value: JsonValue, charger_id: str) -> ChargerReading:
    """Read a reading of this charger.

    Raises:
        EVMeterProtocolError: it is not a reading, or another charger's.
    """
    fields = Fields(value, "reading")
    return ChargerReading(
        status=status_from_json(fields.raw("status"), charger_id),
        metrics=metrics_from_json(fields.raw("metrics"), charger_id),
        limits=None if fields.is_null("limits") else fields.per_phase("limits"),
    )


def limits_to_json(limits: PerPhase) -> JsonObject:
    """Return the limits that were applied as a JSON document."""
    return {"limits": list(limits)}


def limits_from_json(value: JsonValue) -> PerPhase:
    """Read the limits that were applied [A].

    Raises:
        EVMeterProtocolError: they are not three numbers.
    """
    return Fields(value, "result").per_phase("limits")


def _of_charger(value: JsonValue, where: str, charger_id: str) -> Fields:
    fields = Fields(value, where)
    if fields.text("charger_id") != charger_id:
        raise EVMeterProtocolError(f"{where} of another charger")
    return fields


def _unknown_values(fields: Fields) -> dict[str, str]:
    """Return the raw values the charger itself could not express, by field."""
    if not fields.has("unknown_values"):
        return {}
    found: dict[str, str] = {}
    for entry in fields.items("unknown_values", len(_UNKNOWABLE)):
        name, separator, raw = entry.partition("=") if isinstance(entry, str) else ("", "", "")
        if name not in _UNKNOWABLE or not separator or len(raw) > _MAX_UNKNOWN_VALUE:
            raise fields.wrong("unknown_values", "a list of field=value")
        found[name] = raw
    return found


def _member[E: WireEnum](
    fields: Fields, name: str, members: Mapping[str, E], unknown: dict[str, str], default: E | None = None
) -> E:
    """Return an enum member; a name this version does not know is ``unknown``, with the name kept."""
    text = fields.text(name, None if default is None else default.value)
    member = members.get(text)
    if member is None:
        if len(text) > _MAX_UNKNOWN_VALUE:
            raise fields.wrong(name, f"a name of at most {_MAX_UNKNOWN_VALUE} characters")
        unknown[name] = text
        return members["unknown"]
    if unknown and text != "unknown":
        unknown.pop(name, None)
    return member


def _moment(fields: Fields, name: str, unknown: dict[str, str]) -> datetime | None:
    if fields.is_null(name):
        return None
    unknown.pop(name, None)
    try:
        moment = datetime.fromisoformat(fields.text(name))
        if moment.tzinfo is None:
            raise fields.wrong(name, "a time with its zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise fields.wrong(name, "an ISO 8601 time") from None
