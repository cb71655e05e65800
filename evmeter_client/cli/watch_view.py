"""How `evmeter watch` shows what it sees: a live table, lines, or JSON lines."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from rich.live import Live
from rich.table import Table
from rich.text import Text

from evmeter_client.cli.documents import now_document, reading_document
from evmeter_client.cli.output import OutputConsole, printable, write_json, write_line
from evmeter_client.cli.tables import amps, reading_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evmeter_client.cli.report import Report
    from evmeter_client.exceptions import EVMeterError
    from evmeter_client.models import ChargerReading


class WatchView(ABC):
    """Shows readings and failures as they come."""

    @abstractmethod
    def seen(self, reading: ChargerReading, *, pushed: bool) -> None:
        """Show a reading, pushed by the charger or asked for."""

    @abstractmethod
    def failed(self, charger_id: str, error: EVMeterError) -> None:
        """Show that a charger could not be read."""

    @abstractmethod
    def refresh(self) -> None:
        """Show that time passes."""


@contextmanager
def view_for(ids: tuple[str, ...], report: Report, *, as_json: bool) -> Iterator[WatchView]:
    """Give the view that fits the output."""
    console = OutputConsole()
    if as_json or not console.is_terminal:
        yield _Lines(report, as_json=as_json)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield _LiveTable(live, ids)


class _Lines(WatchView):
    def __init__(self, report: Report, *, as_json: bool) -> None:
        self._report = report
        self._as_json = as_json

    @override
    def seen(self, reading: ChargerReading, *, pushed: bool) -> None:
        if self._as_json:
            write_json(now_document() | {"pushed": pushed} | reading_document(reading))
        else:
            write_line(f"{time.strftime('%H:%M:%S')}  {reading_line(reading)}")

    @override
    def failed(self, charger_id: str, error: EVMeterError) -> None:
        self._report.error(error, charger_id)

    @override
    def refresh(self) -> None:
        pass


@dataclass(slots=True)
class _Row:
    reading: ChargerReading | None = None
    since: float = 0.0
    problem: str = ""


class _LiveTable(WatchView):
    def __init__(self, live: Live, ids: tuple[str, ...]) -> None:
        self._live = live
        self._rows = {charger_id: _Row() for charger_id in ids}
        self.refresh()

    @override
    def seen(self, reading: ChargerReading, *, pushed: bool) -> None:
        self._rows[reading.charger_id] = _Row(reading, time.monotonic())
        self.refresh()

    @override
    def failed(self, charger_id: str, error: EVMeterError) -> None:
        self._rows[charger_id].problem = str(error)
        self.refresh()

    @override
    def refresh(self) -> None:
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for heading in ("charger", "state", "limits A", "draws A", "W", "session Wh", "age s"):
            table.add_column(heading, overflow="fold")
        for charger_id, row in self._rows.items():
            table.add_row(charger_id, *_cells(row))
            if row.problem:
                table.add_row("", Text(printable(row.problem), style="red"))
        return table


def _cells(row: _Row) -> tuple[str, ...]:
    if row.reading is None:
        return ("waiting",)
    metrics = row.reading.metrics
    return (
        row.reading.status.charging_state,
        "–" if row.reading.limits is None else amps(row.reading.limits),
        amps(metrics.currents),
        f"{metrics.power_w:.0f}",
        str(metrics.session_energy_wh),
        f"{time.monotonic() - row.since:.0f}",
    )
