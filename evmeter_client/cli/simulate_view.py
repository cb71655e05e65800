"""How `evmeter simulate` shows what happens: a live table, lines, or JSON lines."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from rich.live import Live

from evmeter_client.cli.documents import now_document, reading_document
from evmeter_client.cli.output import OutputConsole, write_json, write_line
from evmeter_client.cli.tables import detail_table, reading_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evmeter_client.config import EVMeterConfig
    from evmeter_client.dialects.strict_json import JsonObject
    from evmeter_client.models import ChargerReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A simulated charger at one moment.

    Attributes:
        reading: what it tells.
        connected: whether it is connected to the broker.
        requests: requests heard so far.
        commands: limits it was given so far.
        watchdog_falls: times a limit's time to live ran out.
    """

    reading: ChargerReading
    connected: bool
    requests: int
    commands: int
    watchdog_falls: int

    def counters(self) -> JsonObject:
        """Return what is known of it beside its reading."""
        return {
            "connected": self.connected,
            "requests": self.requests,
            "commands": self.commands,
            "watchdog_falls": self.watchdog_falls,
        }


class SimulateView(ABC):
    """Shows a simulated charger."""

    @abstractmethod
    def show(self, now: Simulated) -> None:
        """Show it as it is now."""


@contextmanager
def view_for(config: EVMeterConfig, *, as_json: bool) -> Iterator[SimulateView]:
    """Give the view that fits the output."""
    console = OutputConsole()
    if as_json:
        yield _JsonLines()
    elif not console.is_terminal:
        yield _Lines(config)
    else:
        with Live(console=console, auto_refresh=False) as live:
            yield _LiveTable(live, config)


class _JsonLines(SimulateView):
    def __init__(self) -> None:
        self._shown: Simulated | None = None

    @override
    def show(self, now: Simulated) -> None:
        if now != self._shown:
            self._shown = now
            write_json(now_document() | now.counters() | reading_document(now.reading))


class _Lines(SimulateView):
    def __init__(self, config: EVMeterConfig) -> None:
        self._shown = ""
        write_line(f"connected to {config.host}:{config.port}")

    @override
    def show(self, now: Simulated) -> None:
        line = f"{reading_line(now.reading)}  {now.commands} limits taken"
        if now.watchdog_falls:
            line += f", {now.watchdog_falls} run out"
        if not now.connected:
            line += "  not connected"
        if line != self._shown:
            self._shown = line
            write_line(f"{time.strftime('%H:%M:%S')}  {line}")


class _LiveTable(SimulateView):
    def __init__(self, live: Live, config: EVMeterConfig) -> None:
        self._live = live
        self._broker = f"{config.host}:{config.port}"

    @override
    def show(self, now: Simulated) -> None:
        reading = reading_document(now.reading)
        status, metrics = now.reading.status, now.reading.metrics
        document: JsonObject = {
            "broker": self._broker,
            **now.counters(),
            "ev_status": status.ev_status.value,
            "charging_state": status.charging_state.value,
            "limits": reading["limits"],
            "set_current": status.set_current,
            "currents": list(metrics.currents),
            "power_w": metrics.power_w,
            "session_energy_wh": metrics.session_energy_wh,
        }
        self._live.update(detail_table(f"simulated charger {status.charger_id}", document), refresh=True)
