"""A V2C Trydan.

Everything it knows is one page, ``/RealTimeData``; ``/write/Keyword=value`` sets a value and answers OK. It
tells a power, but no current per phase. Charge states: 0 no car, 1 connected, 2 charging.
Source: the parser and the keywords of the client library ``pytrydan``.
"""

from typing import ClassVar, Final, override

from aiohttp import web

from .house import VOLTAGE, House
from .http_device import HttpDevice

WRITABLE: Final = {"Intensity", "Paused"}


class V2C(HttpDevice):
    """Charges with up to its intensity, unless it is paused.

    Attributes:
        values: what was written [A, 0 or 1].
    """

    domain: ClassVar = "v2c"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.values = {"Intensity": 16, "Paused": 0}
        self._act()

    @override
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/RealTimeData", self._tell),
            web.get("/write/{keyword}={value}", self._write),
        ]

    def _act(self) -> None:
        self.house.offered = 0.0 if self.values["Paused"] else float(self.values["Intensity"])

    async def _tell(self, _request: web.Request) -> web.Response:
        draw = self.house.charging
        connected = 1 if self.house.car.plugged else 0
        data = {
            "ID": "V2C000001",
            "ChargeState": 2 if max(draw) > 0 else connected,
            "ReadyState": 1,
            "ChargePower": sum(draw) * VOLTAGE,
            "VoltageInstallation": 230,
            "ChargeEnergy": 1.8,
            "SlaveError": 0,
            "ChargeTime": 4355,
            "HousePower": 0,
            "FVPower": 0,
            "BatteryPower": 0,
            "Locked": 0,
            "Timer": 0,
            "Dynamic": 0,
            "MinIntensity": 6,
            "MaxIntensity": 16,
            "PauseDynamic": 0,
            "DynamicPowerMode": 1,
            "ContractedPower": 17000,
            "FirmwareVersion": "2.1.7",
            **self.values,
        }
        return web.json_response(data)

    async def _write(self, request: web.Request) -> web.Response:
        keyword = request.match_info["keyword"]
        if keyword not in WRITABLE:
            return web.Response(status=404)
        self.values[keyword] = int(request.match_info["value"])
        self._act()
        return web.Response(text="OK")
