"""The WorkingInfo frame: captured frames, every byte of them, and anything that is not one."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from evmeter_client import (
    ChargerReading,
    ChargingState,
    EVMeterProtocolError,
    EvStatus,
    GridType,
    MqttState,
    PhaseType,
)
from evmeter_client.dialects.working_info import (
    MAX_FRAME,
    WorkingInfo,
    decode_working_info,
    encode_working_info,
    open_envelope,
    seal_envelope,
)
from tests.client.strategies import readings

FIXTURE = Path(__file__).parent.parent / "fixtures" / "blewifi" / "working_info.json"
FRAMES: list[dict[str, object]] = json.loads(FIXTURE.read_text(encoding="utf-8"))["frames"]
GOLDEN = [bytes.fromhex(str(frame["payload_hex"])) for frame in FRAMES]

# Where the fields stand in the second captured frame: offset in the payload, size.
LAYOUT = {
    "N": (0, 2), "type": (2, 1), "result": (3, 1), "evse": (4, 4), "kubis_version": (8, 8),
    "ev_status": (16, 1), "charging_state": (17, 1), "warnings": (18, 1), "errors": (19, 1),
    "voltages": (20, 6), "currents": (26, 6), "session_energy_wh": (32, 4), "total_energy_wh": (36, 4),
    "phase_type": (40, 1), "set_current": (41, 1), "firmware_version": (42, 2), "limit": (44, 4),
    "wifi_network": (48, 7), "grid_type": (55, 1), "mqtt_state": (56, 1), "charger_id": (57, 6),
    "padding": (63, 2), "start_time": (65, 8), "scheduler_version": (73, 4), "circuit_breaker": (77, 4),
    "dlm_currents": (81, 6), "temperature": (87, 1), "peer_serial_number": (88, 4),
    "ping_latency_ms": (92, 4), "trailer": (96, 2),
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: str(frame["name"]))
def test_captured_frames_are_read_as_documented(frame: dict[str, object]) -> None:
    info = decode_working_info(bytes.fromhex(str(frame["payload_hex"])))
    status, metrics = info.reading.status, info.reading.metrics
    assert {
        "result": status.result,
        "evse": status.evse,
        "kubis_version": status.kubis_version,
        "ev_status": status.ev_status,
        "charging_state": status.charging_state,
        "warnings": status.warnings,
        "errors": status.errors,
        "voltages": list(metrics.voltages),
        "currents": list(metrics.currents),
        "session_energy_wh": metrics.session_energy_wh,
        "total_energy_wh": metrics.total_energy_wh,
        "phase_type": status.phase_type,
        "set_current": status.set_current,
        "firmware_version": status.firmware_version,
        "limit_raw": status.limit,
        "wifi_network": status.wifi_network,
        "grid_type": status.grid_type,
        "mqtt_state": status.mqtt_state,
        "charger_id": status.charger_id,
        "start_time": status.start_time,
        "scheduler_version": status.scheduler_version,
        "circuit_breaker": status.circuit_breaker,
        "dlm_currents": list(metrics.dlm_currents),
        "temperature_raw": status.temperature_raw,
        "peer_serial_number": status.peer_serial_number,
        "ping_latency_ms": status.ping_latency_ms,
        "trailer_hex": info.trailer.hex(),
    } == frame["expected"]
    assert status.temperature is None, "C5 makes no sense as a temperature"
    assert status.unknown_values == ()
    assert info.reading.limits is None


@pytest.mark.parametrize("payload", GOLDEN)
def test_captured_frames_are_written_byte_for_byte(payload: bytes) -> None:
    assert encode_working_info(decode_working_info(payload)) == payload


@pytest.mark.parametrize("payload", GOLDEN)
def test_every_shorter_frame_is_refused(payload: bytes) -> None:
    body = payload[2:]
    for length in range(len(body) - 2):  # without the trailer it is still complete
        with pytest.raises(EVMeterProtocolError):
            decode_working_info(seal_envelope(body[:length]))
    for length in range(len(payload)):
        with pytest.raises(EVMeterProtocolError):
            decode_working_info(payload[:length])


def test_the_layout_leaves_no_byte_out() -> None:
    covered = [offset + i for offset, size in LAYOUT.values() for i in range(size)]
    assert covered == list(range(len(GOLDEN[1])))


@pytest.mark.parametrize("name", LAYOUT)
def test_every_byte_has_a_meaning(name: str) -> None:
    """Each single byte changed is either refused or told, and written again as it was."""
    offset, size = LAYOUT[name]
    original = decode_working_info(GOLDEN[1])
    for position in range(offset, offset + size):
        changed = bytearray(GOLDEN[1])
        changed[position] ^= 0x01
        try:
            info = decode_working_info(bytes(changed))
        except EVMeterProtocolError:
            assert name in {"N", "type", "kubis_version", "wifi_network", "padding"}
            continue
        assert info != original
        assert encode_working_info(info) == bytes(changed)


def changed(name: str, value: bytes) -> WorkingInfo:
    """Return the second captured frame with other bytes in one field."""
    offset, size = LAYOUT[name]
    assert len(value) == size
    payload = GOLDEN[1][:offset] + value + GOLDEN[1][offset + size :]
    info = decode_working_info(payload)
    assert encode_working_info(info) == payload
    return info


@pytest.mark.parametrize("enum", [EvStatus, ChargingState, PhaseType, GridType, MqttState])
def test_every_enum_number_is_known_or_kept(enum: type[EvStatus]) -> None:
    name = {
        "EvStatus": "ev_status",
        "ChargingState": "charging_state",
        "PhaseType": "phase_type",
        "GridType": "grid_type",
        "MqttState": "mqtt_state",
    }[enum.__name__]
    known = {member.wire: member for member in enum}
    for number in range(256):
        status = changed(name, bytes([number])).reading.status
        if number in known:
            assert getattr(status, name) is known[number]
            assert status.unknown_values == ()
        else:
            assert getattr(status, name) == "unknown"
            assert status.unknown_values == (f"{name}={number}",)


def test_limit_all_ones_is_unlimited() -> None:
    assert changed("limit", b"\xff" * 4).reading.status.limit is None
    assert changed("limit", struct.pack("<I", 20)).reading.status.limit == 20


def test_start_time_is_milliseconds_since_1970() -> None:
    start_time = changed("start_time", struct.pack("<Q", 1_752_142_843_845)).reading.status.start_time
    assert start_time is not None
    assert start_time.isoformat() == "2025-07-10T10:20:43.845000+00:00"


def test_start_time_outside_the_calendar_is_kept() -> None:
    status = changed("start_time", struct.pack("<Q", 2**64 - 2)).reading.status
    assert status.start_time is None
    assert status.unknown_values == (f"start_time={2**64 - 2}",)


@pytest.mark.parametrize(("raw", "expected"), [(0, 0.0), (100, 100.0), (101, None), (0xC5, None)])
def test_temperature_is_told_only_where_it_makes_sense(raw: int, expected: float | None) -> None:
    status = changed("temperature", bytes([raw])).reading.status
    assert status.temperature == expected
    assert status.temperature_raw == raw


def test_a_network_name_need_not_be_utf_8() -> None:
    name = changed("wifi_network", b"\x05\x00h\xffm\xc3\xa9").reading.status.wifi_network
    assert name == "h\udcffmé"


@given(st.binary(max_size=100))
def test_surplus_bytes_are_kept(surplus: bytes) -> None:
    payload = seal_envelope(GOLDEN[0][2:] + surplus)
    info = decode_working_info(payload)
    assert info.trailer == b"\x00\x00" + surplus
    assert encode_working_info(info) == payload


@given(readings(), st.binary(max_size=20))
def test_what_is_written_is_read_again(reading: ChargerReading, trailer: bytes) -> None:
    info = WorkingInfo(reading, trailer)
    assert decode_working_info(encode_working_info(info)) == info


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda body: seal_envelope(b"\x03" + body)))
@example(b"")
@example(b"\x00")
@example(b"\x00\x00")
@example(b"\x00" * (MAX_FRAME + 1))
def test_noise_is_refused_or_read_without_loss(payload: bytes) -> None:
    try:
        info = decode_working_info(payload)
    except EVMeterProtocolError:
        return
    assert encode_working_info(info) == payload


@given(st.sampled_from(GOLDEN), st.lists(st.tuples(st.integers(0, 101), st.integers(0, 255)), max_size=8))
def test_damaged_frames_are_refused_or_read_without_loss(
    payload: bytes, damage: list[tuple[int, int]]
) -> None:
    damaged = bytearray(payload)
    for position, value in damage:
        damaged[position % len(damaged)] = value
    try:
        info = decode_working_info(bytes(damaged))
    except EVMeterProtocolError:
        return
    assert encode_working_info(info) == bytes(damaged)


def test_envelopes_have_a_bound() -> None:
    assert open_envelope(seal_envelope(b"x" * (MAX_FRAME - 2))) == b"x" * (MAX_FRAME - 2)
    with pytest.raises(EVMeterProtocolError):
        seal_envelope(b"x" * (MAX_FRAME - 1))
