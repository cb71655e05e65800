"""Readings and documents as people read them: a line, or a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from evmeter_client.cli.output import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evmeter_client.dialects.strict_json import JsonObject, JsonValue
    from evmeter_client.models import ChargerReading, PerPhase

_UNITS: Mapping[str, str] = {
    "set_current": "A",
    "circuit_breaker": "A",
    "limits": "A",
    "currents": "A",
    "dlm_currents": "A",
    "current_mean": "A",
    "voltages": "V",
    "voltage_mean": "V",
    "power_w": "W",
    "session_energy_wh": "Wh",
    "total_energy_wh": "Wh",
    "temperature": "°C",
    "ping_latency_ms": "ms",
    "ttl": "s",
}
_NOTHING: Final = "–"
_NULLS: Mapping[str, str] = {"limit": "unlimited", "ttl": "until changed"}


def detail_table(title: str, document: JsonObject) -> Group:
    """Return a document as a title and a table of names and values, what is nested one after the other."""
    table = Table(box=None, show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _flat(document):
        table.add_row(_label(name), Text(_shown(name, value)))
    return Group(Text(printable(title), style="bold"), table)


def reading_line(reading: ChargerReading) -> str:
    """Return the gist of a reading on one line."""
    metrics = reading.metrics
    limits = "" if reading.limits is None else f"  limits {amps(reading.limits)} A"
    return (
        f"{printable(reading.charger_id)}  {reading.status.charging_state}{limits}"
        f"  draws {amps(metrics.currents)} A  {metrics.power_w:.0f} W  {metrics.session_energy_wh} Wh"
    )


def amps(values: PerPhase) -> str:
    """Return currents or limits per charger phase L1, L2, L3 [A], without the unit."""
    return "/".join(f"{value:g}" for value in values)


def plain(document: JsonObject) -> str:
    """Return a document on one line."""
    return "  ".join(f"{_label(name)} {_shown(name, value)}" for name, value in _flat(document))


def _flat(document: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    seen: set[str] = set()
    for name, value in document.items():
        for inner, inside in _flat(value) if isinstance(value, dict) else ((name, value),):
            if inner not in seen:  # a charger's id stands in every part of a reading
                seen.add(inner)
                yield inner, inside


def _label(name: str) -> str:
    unit = _UNITS.get(name)
    bare = name if unit is None else name.removesuffix(f"_{unit.lower()}")
    return printable(bare.replace("_", " "))


def _shown(name: str, value: JsonValue) -> str:
    if value is None:
        return _NULLS.get(name, _NOTHING)
    shown = " ".join(map(_scalar, value if isinstance(value, list) else [value]))
    unit = _UNITS.get(name)
    return (shown if unit is None else f"{shown} {unit}") or _NOTHING


def _scalar(value: JsonValue) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value))
