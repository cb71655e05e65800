"""The BLEWIFI WorkingInfo frame, bytes <-> model, both ways without loss.

Envelope: ``u16 N``, then exactly N bytes of body, all little-endian and unsigned. The layout comes from
frames captured from real chargers; what is not understood (trailer, temperature, result, bits) is kept.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evmeter_client.exceptions import EVMeterProtocolError
from evmeter_client.models import (
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    EvStatus,
    GridType,
    MqttState,
    PerPhase,
    PhaseType,
    WireEnum,
)

MAX_FRAME = 1024
"""Largest frame accepted [bytes]; the captured ones have about 100."""

_TYPE = 3
_LENGTH = struct.Struct("<H")
_HEAD = struct.Struct("<BBI")
_MIDDLE = struct.Struct("<4B6H2I2BHI")
_TAIL = struct.Struct("<2B6sHQ2I3HB2I")

_VOLTAGE_SCALE = 4
_CURRENT_SCALE = 10
_UNLIMITED = 0xFFFF_FFFF
_NO_START_TIME = 0xFFFF_FFFF_FFFF_FFFF
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEMPERATURE_RANGE = range(-40, 101)


@dataclass(frozen=True, slots=True)
class WorkingInfo:
    """One WorkingInfo frame.

    Attributes:
        reading: what it tells.
        trailer: bytes after the last known field; ``00 00`` in every captured frame.
    """

    reading: ChargerReading
    trailer: bytes = bytes(2)


def open_envelope(payload: bytes) -> bytes:
    """Return the body of a message.

    Raises:
        EVMeterProtocolError: the message is too long, or its length field does not match.
    """
    if not _LENGTH.size <= len(payload) <= MAX_FRAME:
        raise EVMeterProtocolError(f"a frame has {_LENGTH.size} to {MAX_FRAME} bytes, not {len(payload)}")
    (length,) = _LENGTH.unpack_from(payload)
    body = payload[_LENGTH.size :]
    if length != len(body):
        raise EVMeterProtocolError(f"the frame announces {length} bytes and has {len(body)}")
    return body


def seal_envelope(body: bytes) -> bytes:
    """Return a message with this body.

    Raises:
        EVMeterProtocolError: the body is too long.
    """
    if len(body) > MAX_FRAME - _LENGTH.size:
        raise EVMeterProtocolError("the frame is too long")
    return _LENGTH.pack(len(body)) + body


class _Cursor:
    """Reads a body from front to back and never past its end."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    def take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._body):
            raise EVMeterProtocolError("the frame is cut short")
        piece = self._body[self._position : end]
        self._position = end
        return piece

    def text(self) -> bytes:
        (length,) = _LENGTH.unpack(self.take(_LENGTH.size))
        return self.take(length)

    def rest(self) -> bytes:
        return self.take(len(self._body) - self._position)


def decode_working_info(payload: bytes) -> WorkingInfo:
    """Read a WorkingInfo frame.

    Raises:
        EVMeterProtocolError: it is not a WorkingInfo frame, or is cut short, or has a wrong length.
    """
    cursor = _Cursor(open_envelope(payload))
    kind, result, evse = _HEAD.unpack(cursor.take(_HEAD.size))
    if kind != _TYPE:
        raise EVMeterProtocolError(f"not a WorkingInfo frame but type {kind}")
    try:
        kubis_version = cursor.text().decode("ascii")
    except UnicodeDecodeError:
        raise EVMeterProtocolError("the version is not ASCII") from None
    (
        ev_status, charging_state, warnings, errors,
        v1, v2, v3, i1, i2, i3,
        session_energy, total_energy,
        phase_type, set_current, firmware_version, limit,
    ) = _MIDDLE.unpack(cursor.take(_MIDDLE.size))  # fmt: skip
    # A network's name is bytes chosen by people: surrogateescape keeps those that are not UTF-8.
    wifi_network = cursor.text().decode("utf-8", "surrogateescape")
    (
        grid_type, mqtt_state, mac, padding, start_time,
        scheduler_version, circuit_breaker, dlm1, dlm2, dlm3,
        temperature, peer_serial_number, ping_latency,
    ) = _TAIL.unpack(cursor.take(_TAIL.size))  # fmt: skip
    if padding:
        raise EVMeterProtocolError("the charger id is not a MAC address")

    unknown: list[str] = []
    status = ChargerStatus(
        charger_id=mac.hex().upper(),
        ev_status=_member("ev_status", EvStatus, ev_status, unknown),
        charging_state=_member("charging_state", ChargingState, charging_state, unknown),
        phase_type=_member("phase_type", PhaseType, phase_type, unknown),
        grid_type=_member("grid_type", GridType, grid_type, unknown),
        mqtt_state=_member("mqtt_state", MqttState, mqtt_state, unknown),
        warnings=warnings,
        errors=errors,
        set_current=float(set_current),
        circuit_breaker=float(circuit_breaker),
        limit=None if limit == _UNLIMITED else limit,
        start_time=_moment(start_time, unknown),
        temperature=float(temperature) if temperature in _TEMPERATURE_RANGE else None,
        temperature_raw=temperature,
        kubis_version=kubis_version,
        firmware_version=firmware_version,
        scheduler_version=scheduler_version,
        wifi_network=wifi_network,
        peer_serial_number=peer_serial_number,
        evse=evse,
        ping_latency_ms=ping_latency,
        result=result,
        unknown_values=tuple(unknown),
    )
    metrics = ChargerMetrics(
        charger_id=status.charger_id,
        voltages=(v1 / _VOLTAGE_SCALE, v2 / _VOLTAGE_SCALE, v3 / _VOLTAGE_SCALE),
        currents=(i1 / _CURRENT_SCALE, i2 / _CURRENT_SCALE, i3 / _CURRENT_SCALE),
        dlm_currents=(dlm1 / _CURRENT_SCALE, dlm2 / _CURRENT_SCALE, dlm3 / _CURRENT_SCALE),
        session_energy_wh=session_energy,
        total_energy_wh=total_energy,
        phases_in_use=status.phases_in_use,
    )
    return WorkingInfo(ChargerReading(status=status, metrics=metrics), cursor.rest())


def encode_working_info(info: WorkingInfo) -> bytes:
    """Write a WorkingInfo frame; limits in force have no place in it.

    Raises:
        EVMeterProtocolError: a value does not fit its field.
    """
    status, metrics = info.reading.status, info.reading.metrics
    raw = dict(entry.split("=", 1) for entry in status.unknown_values)
    try:
        mac = bytes.fromhex(status.charger_id)
        if len(mac) != 6:
            raise EVMeterProtocolError("the charger id is not a MAC address")
        body = b"".join((
            _HEAD.pack(_TYPE, status.result, status.evse),
            _counted(status.kubis_version.encode("ascii")),
            _MIDDLE.pack(
                _number("ev_status", status.ev_status, raw),
                _number("charging_state", status.charging_state, raw),
                status.warnings,
                status.errors,
                *_scaled(metrics.voltages, _VOLTAGE_SCALE),
                *_scaled(metrics.currents, _CURRENT_SCALE),
                metrics.session_energy_wh,
                metrics.total_energy_wh,
                _number("phase_type", status.phase_type, raw),
                round(status.set_current),
                status.firmware_version,
                _UNLIMITED if status.limit is None else status.limit,
            ),
            _counted(status.wifi_network.encode("utf-8", "surrogateescape")),
            _TAIL.pack(
                _number("grid_type", status.grid_type, raw),
                _number("mqtt_state", status.mqtt_state, raw),
                mac,
                0,
                _milliseconds(status.start_time, raw),
                status.scheduler_version,
                round(status.circuit_breaker),
                *_scaled(metrics.dlm_currents, _CURRENT_SCALE),
                status.temperature_raw,
                status.peer_serial_number,
                status.ping_latency_ms,
            ),
            info.trailer,
        ))  # fmt: skip
    except (struct.error, ValueError, OverflowError) as error:
        raise EVMeterProtocolError(f"a value does not fit the frame: {error}") from error
    return seal_envelope(body)


def _member[E: WireEnum](name: str, kind: type[E], number: int, unknown: list[str]) -> E:
    member = kind.from_wire(number)
    if member.wire != number:
        unknown.append(f"{name}={number}")
    return member


def _number(name: str, member: WireEnum, raw: dict[str, str]) -> int:
    """Return an enum's number on the wire; the raw one where this version does not know it."""
    text = raw.get(name, "")
    return int(text) if member == "unknown" and text.isdecimal() else member.wire


def _moment(milliseconds: int, unknown: list[str]) -> datetime | None:
    if milliseconds == _NO_START_TIME:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        unknown.append(f"start_time={milliseconds}")
        return None


def _milliseconds(moment: datetime | None, raw: dict[str, str]) -> int:
    if moment is not None:
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    return int(raw.get("start_time", _NO_START_TIME))


def _scaled(values: PerPhase, scale: int) -> tuple[int, int, int]:
    l1, l2, l3 = values
    return round(l1 * scale), round(l2 * scale), round(l3 * scale)


def _counted(text: bytes) -> bytes:
    return _LENGTH.pack(len(text)) + text
