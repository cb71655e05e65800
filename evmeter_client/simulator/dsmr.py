"""The customer port (P1) of a smart meter over TCP: a telegram every second to everyone who listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self, cast, override

from evmeter_client.simulator.basics import require_positive
from evmeter_client.simulator.telegram import DsmrReading, encode_telegram, tariff

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from evmeter_client.simulator.site import SimulatedSite

CLIENTS_MAX = 32
UNSENT_MAX = 64 * 1024
"""A client with more than this unsent does not read and is dropped [bytes]."""


class SiteTelegrams:
    """A smart meter on a simulated site: shows the site as it is and counts energy per tariff."""

    def __init__(self, site: SimulatedSite, clock: Callable[[], datetime]) -> None:
        """Mount the meter.

        Args:
            site: what it measures.
            clock: tells the aware date and time of the telegrams.
        """
        self._site = site
        self._clock = clock
        self._imported = [0.0, 0.0]
        self._exported = [0.0, 0.0]
        self._import_seen = site.record.import_wh
        self._export_seen = site.record.export_wh

    def __call__(self) -> DsmrReading:
        """Read the meter; energy since the last reading counts for the tariff in force now."""
        at, record = self._clock(), self._site.record
        place = tariff(at) - 1
        self._imported[place] += record.import_wh - self._import_seen
        self._exported[place] += record.export_wh - self._export_seen
        self._import_seen, self._export_seen = record.import_wh, record.export_wh
        return DsmrReading(
            at=at,
            currents=self._site.mains,
            voltages=self._site.voltages,
            imported_wh=(self._imported[0], self._imported[1]),
            exported_wh=(self._exported[0], self._exported[1]),
        )


class DsmrServer:
    """A TCP server that sends a telegram to every client at a steady pace.

    Use it as an asynchronous context manager, or call `start` and `stop`.

    Attributes:
        silent: set to True and nothing is sent, while connections stay open, until set to False again.
        telegrams: telegrams made so far; none is made while nobody listens.
    """

    def __init__(
        self,
        source: Callable[[], DsmrReading],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        interval: float = 1.0,
    ) -> None:
        """Prepare a server.

        Args:
            source: tells what the meter shows now.
            host: address to listen on.
            port: to listen on, 0 = one that is free.
            interval: from one telegram to the next [s].

        Raises:
            EVMeterConfigError: an interval that is not above 0.
        """
        require_positive(interval=interval)
        self.silent = False
        self.telegrams = 0
        self._source = source
        self._host = host
        self._port = port
        self._interval = interval
        self._server: asyncio.Server | None = None
        self._sender: asyncio.Task[None] | None = None
        self._clients: set[asyncio.Transport] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Port the server listens on."""
        return self._port

    @property
    def clients(self) -> int:
        """Number of clients connected."""
        return len(self._clients)

    async def start(self) -> None:
        """Listen, and begin to send.

        Raises:
            OSError: the port is taken or the address is not ours.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self._clients), self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self._sender = loop.create_task(self._send_all(), name="dsmr telegrams")

    async def stop(self) -> None:
        """Close every connection and free the port; does nothing when stopped already.

        Raises:
            Exception: whatever the source raised; it ended the sending.
        """
        server, self._server = self._server, None
        sender, self._sender = self._sender, None
        if server is None or sender is None:
            return
        server.close()
        sender.cancel()
        await asyncio.wait([sender])
        await server.wait_closed()
        if not sender.cancelled():
            sender.result()

    async def _send_all(self) -> None:
        """Send telegrams at a steady pace; clients are dropped when that ends, for whatever reason."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while True:
                if self._clients and not self.silent:
                    self._send(encode_telegram(self._source()))
                due = max(due + self._interval, loop.time())
                await asyncio.sleep(due - loop.time())
        finally:
            for client in tuple(self._clients):
                client.abort()

    def _send(self, telegram: bytes) -> None:
        """Send one telegram to every client that reads."""
        self.telegrams += 1
        for client in tuple(self._clients):
            if client.get_write_buffer_size() > UNSENT_MAX:
                client.abort()
            else:
                client.write(telegram)


class _Client(asyncio.Protocol):
    """One listener; what it sends is ignored, as the real port has no ear."""

    def __init__(self, clients: set[asyncio.Transport]) -> None:
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if len(self._clients) < CLIENTS_MAX:
            self._clients.add(self._transport)
        else:
            self._transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._clients.discard(self._transport)
