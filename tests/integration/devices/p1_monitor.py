"""A P1 Monitor: a Raspberry Pi on the P1 port of a Dutch smart meter.

Its API has one list of rows per page; currents, voltages and powers per phase are rows of ``/api/v1/status``.
A smart meter tells powers to 1 W, currents in whole amps without a sign.
Source: the parser of the client library ``p1monitor``.
"""

from typing import ClassVar, Final, override

from aiohttp import web

from .house import VOLTAGE
from .http_device import HttpDevice

CURRENT: Final = 100
VOLTAGES: Final = 103
CONSUMED: Final = 74
PRODUCED: Final = 77
"""Numbers of the row of L1; L2 and L3 follow."""

PRICES: Final = (1, 2, 3, 4, 15)
"""Rows of the configuration that hold prices."""


class P1Monitor(HttpDevice):
    """Tells what flows through the main fuse."""

    domain: ClassVar = "p1_monitor"

    @property
    @override
    def answers(self) -> dict[str, object]:
        return {"host": "127.0.0.1", "port": self.port}

    @override
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/status", self._status),
            web.get("/api/v1/smartmeter", self._smart_meter),
            web.get("/api/v1/configuration", self._configuration),
            web.get("/api/v2/watermeter/day", self._water_meter),
        ]

    async def _status(self, _request: web.Request) -> web.Response:
        rows: dict[int, str] = {}
        for phase, amps in enumerate(self.house.mains):
            rows[CURRENT + phase] = f"{abs(amps):.0f}"
            rows[VOLTAGES + phase] = f"{VOLTAGE:.1f}"
            rows[CONSUMED + phase] = f"{max(amps, 0) * VOLTAGE / 1000:.3f}"
            rows[PRODUCED + phase] = f"{max(-amps, 0) * VOLTAGE / 1000:.3f}"
        return web.json_response([{"STATUS_ID": number, "STATUS": text} for number, text in rows.items()])

    async def _smart_meter(self, _request: web.Request) -> web.Response:
        power = round(sum(self.house.mains) * VOLTAGE)
        row = {
            "CONSUMPTION_GAS_M3": 2273.447,
            "CONSUMPTION_KWH_HIGH": 2996.141,
            "CONSUMPTION_KWH_LOW": 4707.104,
            "CONSUMPTION_W": max(power, 0),
            "PRODUCTION_KWH_HIGH": 4667.123,
            "PRODUCTION_KWH_LOW": 1999.456,
            "PRODUCTION_W": max(-power, 0),
            "TARIFCODE": "P",
        }
        return web.json_response([row])

    async def _configuration(self, _request: web.Request) -> web.Response:
        return web.json_response([{"CONFIGURATION_ID": number, "PARAMETER": "0.25"} for number in PRICES])

    async def _water_meter(self, _request: web.Request) -> web.Response:
        return web.json_response([])
