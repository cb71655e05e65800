"""`evmeter watch`: follow chargers, by what they push and by asking them at an interval."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from evmeter_client._streams import Stream
from evmeter_client.cli.arrivals import in_background, with_pauses
from evmeter_client.cli.connection import Connection, make_connection
from evmeter_client.cli.flags import ChargerArguments, ConnectionFlags, JsonFlag
from evmeter_client.cli.report import Report
from evmeter_client.cli.runner import run_async
from evmeter_client.cli.watch_view import WatchView, view_for
from evmeter_client.client import EVMeterClient
from evmeter_client.exceptions import EVMeterError
from evmeter_client.models import Capability, ChargerReading

_REFRESH: Final = 1.0
"""A table of ages is drawn anew this often [s]."""


@dataclass(frozen=True, slots=True)
class _Seen:
    reading: ChargerReading
    pushed: bool


@dataclass(frozen=True, slots=True)
class _Failed:
    charger_id: str
    error: EVMeterError


type _News = _Seen | _Failed


def watch(
    *,
    chargers: ChargerArguments = None,
    interval: Annotated[
        float,
        typer.Option("--interval", "-i", min=0.1, metavar="SECONDS", help="Ask every charger this often."),
    ] = 5.0,
    count: Annotated[
        int | None,
        typer.Option("--count", "-n", min=1, help="End after so many readings, of all chargers together."),
    ] = None,
    as_json: JsonFlag = False,
    flags: ConnectionFlags,
) -> None:
    """Follow chargers in a live table until Ctrl-C (exit status 130).

    Shows what they push as it comes, and asks them at an interval. When a charger does not answer or the
    connection is lost, it says so and goes on. Where the output is no terminal, every reading is a line.

    With --json a line per reading: time, pushed, charger_id, status, metrics, limits.
    """
    connection = make_connection(flags, Report(as_json))
    ids = connection.charger_ids(chargers)
    run_async(_watch(connection, ids, interval, count, as_json=as_json), connection.report)


async def _watch(
    connection: Connection, ids: tuple[str, ...], interval: float, count: int | None, *, as_json: bool
) -> None:
    stream = Stream[_News]()
    async with EVMeterClient(connection.config) as client:
        work = [_ask(client, charger_id, interval, stream) for charger_id in ids]
        if Capability.PUSH in client.capabilities:
            work += [_follow(client, charger_id, stream) for charger_id in ids]
        with view_for(ids, connection.report, as_json=as_json) as view:
            async with in_background(stream, *work):
                await _show(stream, view, count)


async def _show(stream: Stream[_News], view: WatchView, count: int | None) -> None:
    """Show what comes until enough readings were seen."""
    left = count
    arrivals = with_pauses(stream, _REFRESH)
    async with aclosing(arrivals):
        async for news in arrivals:
            match news:
                case _Seen(reading, pushed):
                    view.seen(reading, pushed=pushed)
                    if left is not None:
                        left -= 1
                        if left == 0:
                            return
                case _Failed(charger_id, error):
                    view.failed(charger_id, error)
                case None:
                    view.refresh()


async def _ask(client: EVMeterClient, charger_id: str, interval: float, stream: Stream[_News]) -> None:
    while True:
        try:
            stream.put(_Seen(await client.get_reading(charger_id), pushed=False))
        except EVMeterError as error:
            stream.put(_Failed(charger_id, error))
        await asyncio.sleep(interval)


async def _follow(client: EVMeterClient, charger_id: str, stream: Stream[_News]) -> None:
    try:
        async for reading in client.subscribe(charger_id):
            stream.put(_Seen(reading, pushed=True))
    except EVMeterError as error:  # the broker does not allow it: asking goes on
        stream.put(_Failed(charger_id, error))
    await asyncio.Event().wait()
