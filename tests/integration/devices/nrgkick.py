"""An NRGkick Gen2 with its local JSON API switched on.

Three pages: ``/info`` and ``/values`` tell, ``/control`` tells and takes what is to be set as query, and
answers with what was set. Status: 1 no car, 2 connected, 3 charging.
Source: the client library ``nrgkick-api``, its enums and its check of every answer.
"""

from typing import ClassVar, Final, override

from aiohttp import web

from .house import VOLTAGE, House
from .http_device import HttpDevice

RATED: Final = 32.0
"""What it can carry [A]."""


class NRGkick(HttpDevice):
    """Charges with up to the current that is set, unless it is paused.

    Attributes:
        current_set: limit per phase [A].
        charge_pause: charging is paused.
        told: how often it told its values; some change all the time, as temperatures do.
    """

    domain: ClassVar = "nrgkick"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.current_set = 16.0
        self.charge_pause = False
        self.told = 0
        self._act()

    @override
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/info", self._info),
            web.get("/values", self._values),
            web.get("/control", self._control),
        ]

    def _act(self) -> None:
        self.house.offered = 0.0 if self.charge_pause else self.current_set

    async def _info(self, _request: web.Request) -> web.Response:
        info = {
            "general": {
                "serial_number": "NRG000001",
                "device_name": "NRGkick",
                "model_type": "NRGkick Gen2",
                "rated_current": RATED,
            },
            "connector": {"phase_count": 3, "max_current": RATED, "type": 3, "serial": "C000001"},
            "grid": {"voltage": 230, "frequency": 50.0, "phases": 7},
            "network": {"ip_address": "127.0.0.1", "mac_address": "02:00:00:00:00:01", "rssi": -60},
            "versions": {"sw_sm": "4.0.1.0", "hw_sm": "3.2"},
        }
        return web.json_response(info)

    async def _values(self, _request: web.Request) -> web.Response:
        self.told += 1
        draw = self.house.charging
        connected = 2 if self.house.car.plugged else 1
        values = {
            "energy": {"total_charged_energy": 100000, "charged_energy": 5000},
            "powerflow": {
                f"l{phase}": {"voltage": VOLTAGE, "current": amps, "active_power": amps * VOLTAGE}
                for phase, amps in enumerate(draw, start=1)
            },
            "general": {
                "status": 3 if max(draw) > 0 else connected,
                "charging_rate": 11.0,
                "vehicle_connect_time": 100 + self.told,
                "vehicle_charging_time": 50,
                "charge_count": 5,
                "charge_permitted": 1,
                "relay_state": 1,
                "rcd_trigger": 0,
                "warning_code": 0,
                "error_code": 0,
            },
            "temperatures": {"housing": 35.0 + self.told % 2, "connector_l1": 28.0},
        }
        return web.json_response(values)

    async def _control(self, request: web.Request) -> web.Response:
        if "current_set" in request.query:
            current = float(request.query["current_set"])
            if not 6 <= current <= RATED:
                return web.json_response({"Response": "current_set is out of range"}, status=400)
            self.current_set = current
        if "charge_pause" in request.query:
            self.charge_pause = request.query["charge_pause"] == "1"
        self._act()
        control = {
            "current_set": self.current_set,
            "charge_pause": int(self.charge_pause),
            "energy_limit": 0,
            "phase_count": 3,
        }
        return web.json_response(control)
