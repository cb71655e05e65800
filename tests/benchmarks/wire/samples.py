"""The chargers of the benchmark and what they tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from evmeter_client import BlewifiDialect, ChargerReading
from tests.client.peers import reading_of

BLEWIFI: Final = BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(range(48)))
"""A user of nobody's service."""


def charger_ids(count: int) -> list[str]:
    """Return the ids of so many chargers, usable with every dialect."""
    return [f"240AC4{number:06X}" for number in range(count)]


def sample_reading(charger_id: str) -> ChargerReading:
    """Return what every charger of the benchmark tells."""
    return replace(reading_of(charger_id), limits=(16.0, 16.0, 10.0))
