"""`evmeter status`: what chargers tell about themselves and measure, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from evmeter_client.cli.connection import Connection, make_connection
from evmeter_client.cli.documents import reading_document
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.cli.flags import ChargerArguments, ConnectionFlags, JsonFlag
from evmeter_client.cli.output import OutputConsole, write_json
from evmeter_client.cli.report import Report
from evmeter_client.cli.runner import run_async
from evmeter_client.cli.tables import detail_table
from evmeter_client.client import EVMeterClient
from evmeter_client.exceptions import EVMeterError

if TYPE_CHECKING:
    from evmeter_client.models import ChargerReading


def status(*, chargers: ChargerArguments = None, as_json: JsonFlag = False, flags: ConnectionFlags) -> None:
    """Read chargers once and print status, metrics and limits.

    Where a charger does not answer, the others are printed all the same; the exit status is that of the first
    failure.

    With --json one object per charger: charger_id, status, metrics, limits.
    """
    connection = make_connection(flags, Report(as_json))
    ids = connection.charger_ids(chargers)
    answers = run_async(_read(connection, ids), connection.report)
    console = OutputConsole()
    failures: list[ExitCode] = []
    for charger_id, answer in zip(ids, answers, strict=True):
        if isinstance(answer, EVMeterError):
            failures.append(connection.report.error(answer, charger_id))
        elif as_json:
            write_json(reading_document(answer))
        else:
            console.print(detail_table(charger_id, reading_document(answer)))
    if failures:
        raise typer.Exit(failures[0])


async def _read(connection: Connection, ids: tuple[str, ...]) -> list[ChargerReading | EVMeterError]:
    """Read all at the same time, and return for each its reading or why there is none."""
    async with EVMeterClient(connection.config) as client:

        async def read(charger_id: str) -> ChargerReading | EVMeterError:
            try:
                return await client.get_reading(charger_id)
            except EVMeterError as error:
                return error

        return await asyncio.gather(*map(read, ids))
