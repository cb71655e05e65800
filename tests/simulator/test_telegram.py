"""Telegrams are what a DSMR 5 parser expects, value by value and down to the checksum."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from math import inf, nan
from types import SimpleNamespace

import pytest
from dsmr_parser.exceptions import InvalidChecksumError
from dsmr_parser.parsers import TelegramParser
from dsmr_parser.telegram_specifications import V5
from hypothesis import given, settings, strategies as st

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import PerPhase
from evmeter_client.simulator import DsmrReading, encode_telegram
from evmeter_client.simulator.telegram import crc16, tariff

READING = DsmrReading(
    at=datetime(2026, 7, 1, 12, 34, 56, tzinfo=UTC),
    currents=(12.4, -3.6, 0.2),
    voltages=(229.87, 231.2, 228.0),
    imported_wh=(1_234_567.8, 99),
    exported_wh=(0, 5_000_000),
)
LINES = """
1-3:0.2.8(50)
0-0:1.0.0(260701143456S)
0-0:96.1.1(4530303432)
1-0:1.8.1(001234.567*kWh)
1-0:1.8.2(000000.099*kWh)
1-0:2.8.1(000000.000*kWh)
1-0:2.8.2(005000.000*kWh)
0-0:96.14.0(0002)
1-0:1.7.0(02.064*kW)
1-0:2.7.0(00.000*kW)
0-0:96.7.21(00000)
0-0:96.7.9(00000)
1-0:99.97.0(0)(0-0:96.7.19)
1-0:32.32.0(00000)
1-0:52.32.0(00000)
1-0:72.32.0(00000)
1-0:32.36.0(00000)
1-0:52.36.0(00000)
1-0:72.36.0(00000)
0-0:96.13.0()
1-0:32.7.0(229.9*V)
1-0:52.7.0(231.2*V)
1-0:72.7.0(228.0*V)
1-0:31.7.0(012*A)
1-0:51.7.0(004*A)
1-0:71.7.0(000*A)
1-0:21.7.0(02.850*kW)
1-0:41.7.0(00.000*kW)
1-0:61.7.0(00.046*kW)
1-0:22.7.0(00.000*kW)
1-0:42.7.0(00.832*kW)
1-0:62.7.0(00.000*kW)
"""
"""All that the standard has for a three-phase meter without a gas meter, in its order and formats."""


def parse(telegram: bytes) -> SimpleNamespace:
    """Return the values of a telegram by the parser's names in lower case; the checksum is checked."""
    parsed = TelegramParser(V5).parse(telegram.decode("ascii"), throw_ex=True)
    return SimpleNamespace(**{name.lower(): item.value for name, item in parsed if hasattr(item, "value")})


def per_phase(telegram: SimpleNamespace, name: str) -> list[Decimal]:
    """Return the values of L1, L2, L3 under a name with a place for the phase."""
    return [getattr(telegram, name.format(phase)) for phase in (1, 2, 3)]


def test_a_telegram_has_every_line_of_the_standard_in_order() -> None:
    telegram = encode_telegram(READING, equipment_id="E0042")
    lines = telegram.decode("ascii").split("\r\n")
    assert lines[0].startswith("/")
    assert lines[0][4] == "5"
    assert lines[1:-2] == ["", *LINES.split()]
    assert lines[-2].startswith("!")
    assert lines[-1] == ""


def test_a_parser_reads_every_value() -> None:
    telegram = parse(encode_telegram(READING, equipment_id="E0042"))
    assert telegram.p1_message_header == "50"
    assert telegram.p1_message_timestamp == READING.at
    assert bytes.fromhex(telegram.equipment_identifier) == b"E0042"
    assert telegram.electricity_used_tariff_1 == Decimal("1234.567")
    assert telegram.electricity_used_tariff_2 == Decimal("0.099")
    assert telegram.electricity_delivered_tariff_1 == 0
    assert telegram.electricity_delivered_tariff_2 == 5000
    assert telegram.electricity_active_tariff == "0002"
    assert telegram.current_electricity_usage == Decimal("2.064")
    assert telegram.current_electricity_delivery == 0
    assert telegram.long_power_failure_count == 0
    assert telegram.short_power_failure_count == 0
    assert per_phase(telegram, "voltage_sag_l{}_count") == [0, 0, 0]
    assert per_phase(telegram, "voltage_swell_l{}_count") == [0, 0, 0]
    assert per_phase(telegram, "instantaneous_voltage_l{}") == [Decimal("229.9"), Decimal("231.2"), 228]
    assert per_phase(telegram, "instantaneous_current_l{}") == [12, 4, 0]
    assert per_phase(telegram, "instantaneous_active_power_l{}_positive") == [
        Decimal("2.850"),
        0,
        Decimal("0.046"),
    ]
    assert per_phase(telegram, "instantaneous_active_power_l{}_negative") == [0, Decimal("0.832"), 0]


def test_the_highest_currents_still_fit_the_fields() -> None:
    telegram = parse(
        encode_telegram(DsmrReading(at=READING.at, currents=(130, 130, 130), voltages=(255, 255, 255)))
    )
    assert telegram.current_electricity_usage == Decimal("99.450")


def test_export_of_the_whole_house_shows_as_delivery() -> None:
    telegram = parse(
        encode_telegram(DsmrReading(at=READING.at, currents=(-10, 2, 2), voltages=(230, 230, 230)))
    )
    assert telegram.current_electricity_usage == 0
    assert telegram.current_electricity_delivery == Decimal("1.380")


@pytest.mark.parametrize("place", [1, 30, 400, -8])
def test_a_changed_byte_breaks_the_checksum(place: int) -> None:
    telegram = bytearray(encode_telegram(READING))
    telegram[place] ^= 0x01
    with pytest.raises(InvalidChecksumError):
        parse(bytes(telegram))


def test_the_checksum_is_that_of_its_definition() -> None:
    assert crc16(b"123456789") == 0xBB3D
    assert crc16(b"") == 0


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 1, 15, 12, tzinfo=UTC), b"(260115130000W)"),
        (datetime(2026, 7, 15, 12, tzinfo=UTC), b"(260715140000S)"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), b"(261025023000S)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), b"(261025023000W)"),
        (datetime(2026, 7, 15, 12, tzinfo=timezone(timedelta(hours=-7))), b"(260715210000S)"),
    ],
)
def test_timestamps_are_dutch_time_and_tell_the_season(at: datetime, shown: bytes) -> None:
    telegram = encode_telegram(DsmrReading(at=at, currents=(0, 0, 0), voltages=(230, 230, 230)))
    assert b"0-0:1.0.0" + shown in telegram
    assert parse(telegram).p1_message_timestamp == at


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 7, 1, 4, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 7, 1, 5, 0, tzinfo=UTC), 2),
        (datetime(2026, 7, 1, 20, 59, 59, tzinfo=UTC), 2),
        (datetime(2026, 7, 1, 21, 0, tzinfo=UTC), 1),
        (datetime(2026, 7, 4, 12, 0, tzinfo=UTC), 1),
        (datetime(2026, 7, 5, 12, 0, tzinfo=UTC), 1),
    ],
)
def test_the_normal_tariff_is_on_working_days_from_seven_to_eleven(at: datetime, expected: int) -> None:
    assert tariff(at) == expected


def test_energy_counters_roll_over() -> None:
    reading = DsmrReading(
        at=READING.at, currents=(0, 0, 0), voltages=(230, 230, 230), imported_wh=(1e9 + 5, 999_999_999)
    )
    telegram = parse(encode_telegram(reading))
    assert telegram.electricity_used_tariff_1 == Decimal("0.005")
    assert telegram.electricity_used_tariff_2 == Decimal("999999.999")


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (
            lambda: DsmrReading(at=READING.at.replace(tzinfo=None), currents=(0, 0, 0), voltages=(0, 0, 0)),
            "at",
        ),
        (lambda: DsmrReading(at=READING.at, currents=(nan, 0, 0), voltages=(0, 0, 0)), "currents"),
        (lambda: DsmrReading(at=READING.at, currents=(0, -131, 0), voltages=(0, 0, 0)), "currents"),
        (lambda: DsmrReading(at=READING.at, currents=(0, 0, 0), voltages=(0, 0, -1)), "voltages"),
        (
            lambda: DsmrReading(at=READING.at, currents=(0, 0, 0), voltages=(0, 0, 0), imported_wh=(inf, 0)),
            "imported_wh",
        ),
    ],
)
def test_what_no_meter_shows_is_refused(make: Callable[[], DsmrReading], key: str) -> None:
    with pytest.raises(EVMeterConfigError) as error:
        make()
    assert error.value.key == key


CURRENT = st.floats(-130, 130)
VOLTAGE = st.floats(0, 255)
EARLIEST = READING.at.replace(year=2020, tzinfo=None)
LATEST = READING.at.replace(year=2040, tzinfo=None)
ENERGY = st.floats(0, 9e8)


@given(
    at=st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)),
    currents=st.tuples(CURRENT, CURRENT, CURRENT),
    voltages=st.tuples(VOLTAGE, VOLTAGE, VOLTAGE),
    energy=st.tuples(ENERGY, ENERGY),
)
@settings(deadline=None)
def test_whatever_the_meter_shows_comes_back(
    at: datetime, currents: PerPhase, voltages: PerPhase, energy: tuple[float, float]
) -> None:
    reading = DsmrReading(at=at, currents=currents, voltages=voltages, imported_wh=energy)
    telegram = parse(encode_telegram(reading))
    assert telegram.p1_message_timestamp == at.replace(microsecond=0)
    shown = per_phase(telegram, "instantaneous_current_l{}")
    assert all(abs(abs(real) - value) <= 0.5 for real, value in zip(currents, map(float, shown), strict=True))
    shown = per_phase(telegram, "instantaneous_voltage_l{}")
    assert [float(value) for value in shown] == pytest.approx(voltages, abs=0.0501)
    positive = per_phase(telegram, "instantaneous_active_power_l{}_positive")
    negative = per_phase(telegram, "instantaneous_active_power_l{}_negative")
    powers = [float(taken - fed) * 1000 for taken, fed in zip(positive, negative, strict=True)]
    assert powers == pytest.approx(reading.powers, abs=0.501)
    net = telegram.current_electricity_usage - telegram.current_electricity_delivery
    assert float(net) * 1000 == pytest.approx(sum(powers), abs=0.001)
    assert float(telegram.electricity_used_tariff_1) * 1000 == pytest.approx(energy[0], abs=1)
    assert float(telegram.electricity_used_tariff_2) * 1000 == pytest.approx(energy[1], abs=1)
