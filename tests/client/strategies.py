"""Any model there may be, for property tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from evmeter_client import (
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    EvStatus,
    GridType,
    MqttState,
    PerPhase,
    PhaseType,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

U8 = st.integers(0, 2**8 - 1)
U16 = st.integers(0, 2**16 - 1)
U32 = st.integers(0, 2**32 - 1)
MACS = st.binary(min_size=6, max_size=6).map(lambda mac: mac.hex().upper())
JSON_IDS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
MOMENTS = st.integers(0, 4_000_000_000_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms))


def per_phase(scale: int) -> st.SearchStrategy[PerPhase]:
    """Three values a 16-bit field with this scale can hold."""
    value = U16.map(lambda raw: raw / scale)
    return st.tuples(value, value, value)


@st.composite
def readings(draw: st.DrawFn, ids: st.SearchStrategy[str] = MACS) -> ChargerReading:
    """Draw a reading that both dialects can carry without loss."""
    charger_id = draw(ids)
    temperature = draw(U8)
    status = ChargerStatus(
        charger_id=charger_id,
        ev_status=draw(st.sampled_from(EvStatus)),
        charging_state=draw(st.sampled_from(ChargingState)),
        phase_type=draw(st.sampled_from(PhaseType)),
        grid_type=draw(st.sampled_from(GridType)),
        mqtt_state=draw(st.sampled_from(MqttState)),
        warnings=draw(U8),
        errors=draw(U8),
        set_current=float(draw(U8)),
        circuit_breaker=float(draw(U32)),
        limit=draw(st.none() | st.integers(0, 2**32 - 2)),
        start_time=draw(st.none() | MOMENTS),
        temperature=float(temperature) if temperature <= 100 else None,
        temperature_raw=temperature,
        kubis_version=draw(st.text(st.characters(max_codepoint=127), max_size=20)),
        firmware_version=draw(U16),
        scheduler_version=draw(U32),
        wifi_network=draw(st.binary(max_size=32)).decode("utf-8", "surrogateescape"),
        peer_serial_number=draw(U32),
        evse=draw(U32),
        ping_latency_ms=draw(U32),
        result=draw(U8),
    )
    metrics = ChargerMetrics(
        charger_id=charger_id,
        voltages=draw(per_phase(4)),
        currents=draw(per_phase(10)),
        dlm_currents=draw(per_phase(10)),
        session_energy_wh=draw(U32),
        total_energy_wh=draw(U32),
        phases_in_use=status.phases_in_use,
    )
    return ChargerReading(status=status, metrics=metrics)
