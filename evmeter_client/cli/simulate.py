"""`evmeter simulate`: a charger with a car on a broker, to try everything out without hardware."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final

import typer

from evmeter_client.cli.connection import Connection, make_connection
from evmeter_client.cli.flags import ConnectionFlags, JsonFlag
from evmeter_client.cli.plant_flags import Plant
from evmeter_client.cli.report import Report
from evmeter_client.cli.runner import run_async
from evmeter_client.cli.simulate_view import Simulated, view_for
from evmeter_client.simulator.gateway import ChargerGateway

if TYPE_CHECKING:
    from evmeter_client.simulator.charger import SimulatedCharger

_STEP: Final = 0.5
"""The charger lives in steps of this length [s]."""


def simulate(
    *,
    duration: Annotated[
        float | None,
        typer.Option("--duration", "-d", min=0, metavar="SECONDS", help="End after this time."),
    ] = None,
    as_json: JsonFlag = False,
    plant: Plant,
    flags: ConnectionFlags,
) -> None:
    """Put a simulated charger with a car on the broker until Ctrl-C (exit status 130).

    It answers, pushes readings and obeys limits as a charger does, and shows what happens. In the end it says
    goodbye to the broker.

    With --json a line per change: time, connected, requests, commands, watchdog_falls, and the reading.
    """
    connection = make_connection(flags, Report(as_json))
    charger = plant.make_charger(connection.config.dialect)
    run_async(_simulate(connection, charger, duration, as_json=as_json), connection.report)


async def _simulate(
    connection: Connection, charger: SimulatedCharger, duration: float | None, *, as_json: bool
) -> None:
    loop = asyncio.get_running_loop()
    async with ChargerGateway(connection.config, charger) as gateway:
        began = loop.time()
        with view_for(connection.config, as_json=as_json) as view:
            while duration is None or loop.time() - began < duration:
                charger.step(loop.time() - began)
                view.show(
                    Simulated(
                        reading=charger.reading(),
                        connected=gateway.connected,
                        requests=gateway.requests,
                        commands=charger.commands,
                        watchdog_falls=charger.watchdog_falls,
                    )
                )
                await asyncio.sleep(_STEP)
