"""Readings as the command line prints them: those of the JSON dialect, and what is derived from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evmeter_client.dialects.json_documents import metrics_to_json, reading_to_json

if TYPE_CHECKING:
    from evmeter_client.dialects.strict_json import JsonObject
    from evmeter_client.models import ChargerMetrics, ChargerReading

_DERIVED_DIGITS = 3


def metrics_document(metrics: ChargerMetrics) -> JsonObject:
    """Return metrics with ``power_w`` [W], ``voltage_mean`` [V] and ``current_mean`` [A]."""
    return metrics_to_json(metrics) | {
        "power_w": round(metrics.power_w, _DERIVED_DIGITS),
        "voltage_mean": round(metrics.voltage_mean, _DERIVED_DIGITS),
        "current_mean": round(metrics.current_mean, _DERIVED_DIGITS),
    }


def reading_document(reading: ChargerReading) -> JsonObject:
    """Return a reading: ``charger_id``, ``status``, ``metrics`` and ``limits`` [A], None where not told."""
    return {
        "charger_id": reading.charger_id,
        **reading_to_json(reading),
        "metrics": metrics_document(reading.metrics),
    }


def now_document() -> JsonObject:
    """Return the present as ``time``, in UTC."""
    return {"time": datetime.now(UTC).isoformat(timespec="milliseconds")}
