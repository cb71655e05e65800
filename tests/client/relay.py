"""A man in the middle who sees which version of MQTT is asked for, and may hang up on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from evmeter_client.simulator.broker import Broker

LEVEL_311, LEVEL_5 = 4, 5
_LEVEL_AT = 8
"""Where a CONNECT of less than 128 bytes has its protocol level: two header bytes, then ``0004 MQTT``."""


class Relay:
    """Passes connections on to a broker.

    Attributes:
        port: where it listens.
        levels: protocol levels of the connections that were asked for.
        refused: levels on which it hangs up without a word.
    """

    def __init__(self, broker: Broker) -> None:
        """Pass everything."""
        self.port = 0
        self.levels: list[int] = []
        self.refused: set[int] = set()
        self._broker = broker

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, or hang up."""
        connect = await reader.read(200)
        self.levels.append(connect[_LEVEL_AT])
        if connect[_LEVEL_AT] in self.refused:
            writer.close()
            return
        try:
            onwards_reader, onwards = await asyncio.open_connection(self._broker.host, self._broker.port)
        except OSError:  # the broker is down
            writer.close()
            return
        onwards.write(connect)
        await asyncio.gather(_pass(reader, onwards), _pass(onwards_reader, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(4096):
            writer.write(piece)
    finally:
        writer.close()


@asynccontextmanager
async def relay_to(broker: Broker) -> AsyncIterator[Relay]:
    """Listen for who wants to reach the broker."""
    relay = Relay(broker)
    async with await asyncio.start_server(relay.serve, broker.host, 0) as server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
