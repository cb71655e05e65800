"""An IOmeter bridge, which passes on what its reading head sees on a German electricity meter.

``/v1/reading`` and ``/v1/status`` are streams of server-sent events. Powers per phase are the registers with
the OBIS codes 36.7.0, 56.7.0 and 76.7.0, in hexadecimal; negative while the phase feeds into the grid.
Source: the client library ``iometer`` (``client``, ``reading``, ``status``).
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar, Final, override

from aiohttp import web

from .house import VOLTAGE, House
from .http_device import HttpDevice, Json

METER: Final = {"number": "1ISK0000000001"}
INSTALLATION: Final = "00000000-0000-0000-0000-000000000004"
POWERS: Final = ("01-00:24.07.00*ff", "01-00:38.07.00*ff", "01-00:4c.07.00*ff")

PERIOD: Final = 5.0
"""The reading head sends a reading this often [s]."""


class IOmeter(HttpDevice):
    """Tells what flows through the main fuse.

    Attributes:
        head_is_there: the reading head is in reach of the bridge; without it only the status goes on.
    """

    domain: ClassVar = "iometer"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.head_is_there = True
        self._streams: set[asyncio.Task[None]] = set()

    @property
    @override
    def answers(self) -> None:
        return None

    @override
    def routes(self) -> list[web.RouteDef]:
        return [web.get("/v1/reading", self._readings), web.get("/v1/status", self._statuses)]

    @override
    async def switch_off(self) -> None:
        for stream in tuple(self._streams):
            stream.cancel()
        await super().switch_off()

    def _reading(self) -> Json:
        registers = [
            {"obis": obis, "value": round(amps * VOLTAGE), "unit": "W"}
            for obis, amps in zip(POWERS, self.house.mains, strict=True)
        ]
        total = {"obis": "01-00:10.07.00*ff", "value": round(sum(self.house.mains) * VOLTAGE), "unit": "W"}
        time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "__typename": "iometer.reading.v1",
            "installationId": INSTALLATION,
            "meter": METER | {"reading": {"time": time, "registers": [*registers, total]}},
        }

    def _status(self) -> Json:
        core = {
            "connectionStatus": "connected" if self.head_is_there else "disconnected",
            "rssi": -30,
            "version": "build-65",
            "powerStatus": "wired",
            "attachmentStatus": "attached",
            "pinStatus": "entered",
        }
        return {
            "__typename": "iometer.status.v1",
            "installationId": INSTALLATION,
            "meter": METER,
            "device": {"bridge": {"rssi": -40, "version": "build-65"}, "id": INSTALLATION, "core": core},
        }

    async def _readings(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, "readingEvent", self._reading, lambda: self.head_is_there)

    async def _statuses(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, "statusEvent", self._status, lambda: True)

    async def _stream(
        self, request: web.Request, event: str, tell: Callable[[], Json], tells: Callable[[], bool]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def send() -> None:
            while True:
                if tells():
                    text = f"event: {event}\ndata: {json.dumps(tell())}\n\n"
                    await response.write(text.encode())
                await asyncio.sleep(PERIOD)

        stream = asyncio.create_task(send())
        self._streams.add(stream)
        try:
            with suppress(asyncio.CancelledError, ConnectionError):
                await stream
        finally:
            stream.cancel()
            self._streams.discard(stream)
        return response
