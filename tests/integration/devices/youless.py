"""A YouLess LS120 on the P1 port of a smart meter.

``/d`` names the device, ``/e`` has the totals, ``/f`` what there is per phase: ``i1`` in A, ``v1`` in V and
``l1`` in W, the power negative while the phase feeds into the grid, the current without a sign.
Its content type has no charset; the client library takes it for another model that has one.
Source: the parser of the client library ``youless-api`` (``gateway``, ``device.ls120``).
"""

import json
from typing import ClassVar, override

from aiohttp import web

from .house import VOLTAGE
from .http_device import HttpDevice, Json


def answer(told: Json) -> web.Response:
    """Answer with a page."""
    return web.Response(body=json.dumps(told).encode(), content_type="application/json")


class YouLess(HttpDevice):
    """Tells what flows through the main fuse."""

    domain: ClassVar = "youless"

    @override
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/d", self._device),
            web.get("/e", self._totals),
            web.get("/f", self._phases),
        ]

    async def _device(self, _request: web.Request) -> web.Response:
        return answer({"model": "LS120", "mac": "02:00:00:00:00:03", "fw": "1.6.0-EL"})

    async def _totals(self, _request: web.Request) -> web.Response:
        totals = {
            "tm": 1700000000,
            "net": 9194.164,
            "pwr": round(sum(self.house.mains) * VOLTAGE),
            "p1": 4703.562,
            "p2": 4490.631,
            "n1": 0.029,
            "n2": 0.0,
            "cs0": 0.0,
            "ps0": 0,
            "gas": 1624.264,
            "gts": 0,
            "wtr": 0.0,
            "wts": 0,
        }
        return answer([totals])

    async def _phases(self, _request: web.Request) -> web.Response:
        phases: dict[str, float] = {"tr": 1, "pp": 1200, "pts": 2401010000, "pa": 500}
        for phase, amps in enumerate(self.house.mains, start=1):
            phases[f"i{phase}"] = round(abs(amps), 3)
            phases[f"v{phase}"] = VOLTAGE
            phases[f"l{phase}"] = round(amps * VOLTAGE)
        return answer(phases)
