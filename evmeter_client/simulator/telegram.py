"""The telegram of a Dutch smart meter: DSMR 5, as sent by its customer port (P1).

Format: P1 Companion Standard 5.0.2 of Netbeheer Nederland. A telegram is ASCII lines ending in CR LF from
``/`` to ``!``, and a CRC16 (x16+x15+x2+1, least significant bit first, start 0) over all that.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import float_info
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from evmeter_client.exceptions import EVMeterConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from evmeter_client.models import PerPhase

HEADER = r"/EVM5\2SIMULATED-METER"
VERSION = "50"
EQUIPMENT_ID = "E0000000000000001"
METER_ZONE = "Europe/Amsterdam"
ENERGY_DIGITS = 1_000_000_000
"""The energy counters roll over at a million kWh [Wh]."""
CURRENT_MAX = 130.0
VOLTAGE_MAX = 255.0
"""Together, on three phases, the most that two digits of kW can show [A, V]."""
HIGH_TARIFF_HOURS = range(7, 23)
SATURDAY = 5
CRC_POLYNOMIAL = 0xA001
PHASES_OF_VOLTAGE_AND_CURRENT = (3, 5, 7)
PHASES_OF_POWER = (2, 4, 6)
"""First digit of value group C for L1, L2, L3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DsmrReading:
    """What a DSMR 5 meter shows at one moment.

    Attributes:
        at: the moment, aware.
        currents: per phase, import positive, up to 130 A.
        voltages: per phase, up to 255 V.
        imported_wh: energy taken at tariff 1 (low) and tariff 2 (normal) [Wh].
        exported_wh: energy fed in at tariff 1 and tariff 2 [Wh].
    """

    at: datetime
    currents: PerPhase
    voltages: PerPhase
    imported_wh: tuple[float, float] = (0.0, 0.0)
    exported_wh: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Check what a telegram could not carry.

        Raises:
            EVMeterConfigError: naming the field.
        """
        if self.at.tzinfo is None:
            raise EVMeterConfigError("at", "must be an aware date and time")
        fields = {
            "currents": (self.currents, -CURRENT_MAX, CURRENT_MAX),
            "voltages": (self.voltages, 0.0, VOLTAGE_MAX),
            "imported_wh": (self.imported_wh, 0.0, float_info.max),
            "exported_wh": (self.exported_wh, 0.0, float_info.max),
        }
        for key, (values, lowest, highest) in fields.items():
            if not all(lowest <= value <= highest for value in values):
                raise EVMeterConfigError(key, f"no meter shows {values}")

    @property
    def powers(self) -> PerPhase:
        """Power per phase, import positive [W]."""
        (i1, i2, i3), (v1, v2, v3) = self.currents, self.voltages
        return (i1 * v1, i2 * v2, i3 * v3)


def tariff(at: datetime) -> int:
    """Return the tariff in force: 2 (normal) on Dutch working days from 7 to 23 h, else 1 (low)."""
    local = at.astimezone(ZoneInfo(METER_ZONE))
    return 2 if local.weekday() < SATURDAY and local.hour in HIGH_TARIFF_HOURS else 1


def crc16(data: bytes) -> int:
    """Return the CRC16 of a telegram's bytes from ``/`` to ``!``, both included."""
    crc = 0
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def _crc_of_byte(byte: int) -> int:
    """Return the CRC of a single byte."""
    for _ in range(8):
        byte = (byte >> 1) ^ (CRC_POLYNOMIAL if byte & 1 else 0)
    return byte


_CRC_TABLE = tuple(_crc_of_byte(byte) for byte in range(256))


def encode_telegram(reading: DsmrReading, *, equipment_id: str = EQUIPMENT_ID) -> bytes:
    """Return a reading as a DSMR 5 telegram.

    Currents are whole amps without a sign, as the Dutch meters send them; direction shows in the powers.

    Args:
        reading: what the meter shows.
        equipment_id: serial number of the meter, ASCII.
    """
    powers = [round(power) for power in reading.powers]
    net = sum(powers)
    lines = [
        HEADER,
        "",
        f"1-3:0.2.8({VERSION})",
        f"0-0:1.0.0({_timestamp(reading.at)})",
        f"0-0:96.1.1({equipment_id.encode('ascii').hex().upper()})",
        *(f"1-0:1.8.{number}({_energy(wh)})" for number, wh in enumerate(reading.imported_wh, start=1)),
        *(f"1-0:2.8.{number}({_energy(wh)})" for number, wh in enumerate(reading.exported_wh, start=1)),
        f"0-0:96.14.0({tariff(reading.at):04d})",
        f"1-0:1.7.0({_power(net)})",
        f"1-0:2.7.0({_power(-net)})",
        "0-0:96.7.21(00000)",
        "0-0:96.7.9(00000)",
        "1-0:99.97.0(0)(0-0:96.7.19)",
        *(f"1-0:{phase}2.32.0(00000)" for phase in PHASES_OF_VOLTAGE_AND_CURRENT),
        *(f"1-0:{phase}2.36.0(00000)" for phase in PHASES_OF_VOLTAGE_AND_CURRENT),
        "0-0:96.13.0()",
        *_per_phase("1-0:{}2.7.0", PHASES_OF_VOLTAGE_AND_CURRENT, map(_volts, reading.voltages)),
        *_per_phase("1-0:{}1.7.0", PHASES_OF_VOLTAGE_AND_CURRENT, map(_amps, reading.currents)),
        *_per_phase("1-0:{}1.7.0", PHASES_OF_POWER, map(_power, powers)),
        *_per_phase("1-0:{}2.7.0", PHASES_OF_POWER, [_power(-power) for power in powers]),
        "!",
    ]
    telegram = "\r\n".join(lines).encode("ascii")
    return telegram + f"{crc16(telegram):04X}\r\n".encode("ascii")


def _per_phase(code: str, phases: tuple[int, ...], values: Iterable[str]) -> list[str]:
    """Return one line per phase."""
    return [f"{code.format(phase)}({value})" for phase, value in zip(phases, values, strict=True)]


def _timestamp(at: datetime) -> str:
    """Return ``YYMMDDhhmmss`` in Dutch time, with S in summer and W in winter."""
    local = at.astimezone(ZoneInfo(METER_ZONE))
    return f"{local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'}"


def _energy(watt_hours: float) -> str:
    """Return F9(3,3) kWh."""
    whole = int(watt_hours) % ENERGY_DIGITS
    return f"{whole // 1000:06d}.{whole % 1000:03d}*kWh"


def _power(watts: int) -> str:
    """Return F5(3,3) kW, 0 for what flows the other way."""
    shown = max(0, watts)
    return f"{shown // 1000:02d}.{shown % 1000:03d}*kW"


def _volts(voltage: float) -> str:
    """Return F4(1,1) V."""
    return f"{voltage:05.1f}*V"


def _amps(current: float) -> str:
    """Return F3(0,0) A: whole and without a sign."""
    return f"{int(abs(current) + 0.5):03d}*A"
