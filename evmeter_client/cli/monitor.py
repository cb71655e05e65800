"""`evmeter monitor`: everything on the chargers' own topics, and never on anybody else's."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

import typer

from evmeter_client._link import Link
from evmeter_client._opener import LinkOpener
from evmeter_client._streams import Stream
from evmeter_client.cli.arrivals import in_background
from evmeter_client.cli.connection import Connection, make_connection
from evmeter_client.cli.flags import ChargerArguments, ConnectionFlags, JsonFlag
from evmeter_client.cli.heard import Listening, as_document, as_line
from evmeter_client.cli.output import write_json, write_line
from evmeter_client.cli.report import Report
from evmeter_client.cli.runner import run_async
from evmeter_client.dialects.base import Inbound
from evmeter_client.exceptions import EVMeterConnectionError, EVMeterConnectionLostError


class _Inbox:
    """Messages that were heard and not yet shown: bounded, the newest kept."""

    def __init__(self) -> None:
        self.stream = Stream[Inbound]()
        self.lost = 0

    def receive(self, message: Inbound) -> None:
        self.lost += self.stream.put(message)


class _NothingAllowedError(EVMeterConnectionError):
    """The broker allows none of the subscriptions: trying again would not help."""


def monitor(
    *,
    chargers: ChargerArguments = None,
    count: Annotated[
        int | None, typer.Option("--count", "-n", min=1, help="End after so many messages.")
    ] = None,
    as_json: JsonFlag = False,
    flags: ConnectionFlags,
) -> None:
    """Print every message of the named chargers until Ctrl-C (exit status 130), decoded where possible.

    It subscribes to the topics of the named chargers alone, and with BLEWIFI to the user's own: never to a
    wildcard. The user id and token of BLEWIFI are never shown.

    With --json a line per message: time, topic, retained, size; then dialect, kind, charger_id and content,
    or problem (why it cannot be decoded) and hex.
    """
    connection = make_connection(flags, Report(as_json))
    listening = Listening(connection.config.dialect, connection.charger_ids(chargers))
    run_async(_monitor(connection, listening, count, as_json=as_json), connection.report)


async def _monitor(connection: Connection, listening: Listening, count: int | None, *, as_json: bool) -> None:
    inbox = _Inbox()
    left = count
    async with in_background(inbox.stream, _listen(connection, listening, inbox)):
        async for message in inbox.stream:
            if inbox.lost:
                connection.report.warning(f"too slow: {inbox.lost} messages lost")
                inbox.lost = 0
            heard = listening.hear(message)
            if as_json:
                write_json(as_document(heard))
            else:
                write_line(as_line(heard))
            if left is not None:
                left -= 1
                if left == 0:
                    return


async def _listen(connection: Connection, listening: Listening, inbox: _Inbox) -> None:
    """Hear everything, over every reconnect; only the first connection that fails is an error.

    Raises:
        EVMeterConnectionError: the broker cannot be reached, or allows none of the subscriptions.
    """
    config = connection.config
    opener = LinkOpener(config, f"evmeter-{secrets.token_hex(6)}", inbox.receive)
    connected_once = False
    while True:
        try:
            async with opener.open() as link:
                connected_once = True
                await _subscribe(link, connection, listening)
                await link.hold()
        except _NothingAllowedError:
            raise
        except EVMeterConnectionError as error:
            if not connected_once:
                raise
            connection.report.warning(f"{error}; trying again")
        await asyncio.sleep(config.backoff_base)


async def _subscribe(link: Link, connection: Connection, listening: Listening) -> None:
    """Subscribe to each topic by itself: one that is not allowed does not cost the others.

    Raises:
        _NothingAllowedError: none is allowed.
        EVMeterConnectionLostError: the connection is gone.
    """
    refused = 0
    for topic in listening.topics:
        try:
            await link.subscribe([topic])
        except EVMeterConnectionLostError:
            raise
        except EVMeterConnectionError as error:
            connection.report.warning(f"{listening.shown(topic)}: {error}")
            refused += 1
    if refused == len(listening.topics):
        raise _NothingAllowedError("the broker allows none of the subscriptions")
