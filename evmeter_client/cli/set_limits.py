"""`evmeter set-limits`: limit the charging current of one charger."""

from __future__ import annotations

from typing import Annotated

import typer

from evmeter_client.cli.connection import Connection, make_connection
from evmeter_client.cli.flags import ConnectionFlags, JsonFlag
from evmeter_client.cli.output import write_json, write_line
from evmeter_client.cli.report import Report
from evmeter_client.cli.runner import run_async
from evmeter_client.cli.tables import amps
from evmeter_client.client import EVMeterClient
from evmeter_client.dialects.base import MAX_LIMIT_A, MAX_TTL_S
from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import PerPhase


def set_limits(
    *,
    charger: Annotated[str, typer.Argument(metavar="CHARGER", help="Id of the charger.")],
    limits: Annotated[
        list[float],
        typer.Argument(
            metavar="LIMIT",
            min=0,
            max=MAX_LIMIT_A,
            help="One limit for all phases, or three: L1 L2 L3, in A; 0 pauses.",
        ),
    ],
    ttl: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=MAX_TTL_S,
            metavar="SECONDS",
            help="After this time the charger goes to its own fallback current; without it the limit lasts.",
        ),
    ] = None,
    as_json: JsonFlag = False,
    flags: ConnectionFlags,
) -> None:
    """Limit the charging current of a charger and print what it applied.

    With --json: charger_id, requested, limits (what was applied), both per charger phase in A, and ttl in s.
    """
    connection = make_connection(flags, Report(as_json))
    charger_id = connection.charger_id(charger)
    requested = _per_phase(limits)
    applied = run_async(_set(connection, charger_id, requested, ttl), connection.report)
    if as_json:
        write_json(
            {
                "charger_id": charger_id,
                "requested": list(requested),
                "limits": list(applied),
                "ttl": ttl,
            }
        )
    else:
        lasts = "until changed" if ttl is None else f"for {ttl:g} s"
        write_line(f"{charger_id}: {amps(applied)} A {lasts}")


def _per_phase(limits: list[float]) -> PerPhase:
    match limits:
        case [l1]:
            return l1, l1, l1
        case [l1, l2, l3]:
            return l1, l2, l3
        case _:
            raise EVMeterConfigError("limits", "must be one number, or three: L1 L2 L3")


async def _set(connection: Connection, charger_id: str, limits: PerPhase, ttl: float | None) -> PerPhase:
    async with EVMeterClient(connection.config) as client:
        return await client.set_current_limits(charger_id, limits, ttl=ttl)
