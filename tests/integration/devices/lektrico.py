"""A Lektrico 3P22K.

``/rpc/name.get`` tells, a JSON command to ``/rpc`` sets. The dynamic current is a limit of whole amps meant
to be changed all the time; 0 pauses. Charger states: A no car, B connected, B_PAUSE paused, C charging.
Source: the parser and the commands of the client library ``lektricowifi``.
"""

from collections.abc import Callable
from typing import ClassVar, Final, override

from aiohttp import web

from .house import VOLTAGE, House
from .http_device import HttpDevice, Json

SERIAL_NUMBER: Final = 500006


class Lektrico(HttpDevice):
    """Charges with up to its dynamic current.

    Attributes:
        dynamic_current: limit per phase [A], 0 = paused.
    """

    domain: ClassVar = "lektrico"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.dynamic_current = 32
        self._act()

    @override
    def routes(self) -> list[web.RouteDef]:
        return [web.get("/rpc/{page}", self._get), web.post("/rpc", self._post)]

    def _act(self) -> None:
        self.house.offered = float(self.dynamic_current)

    @property
    def _state(self) -> str:
        if not self.house.car.plugged:
            return "A"
        if self.dynamic_current == 0:
            return "B_PAUSE"
        return "C" if max(self.house.charging) > 0 else "B"

    async def _get(self, request: web.Request) -> web.Response:
        pages: dict[str, Callable[[], Json]] = {
            "device_id.get": lambda: {"device_id": f"3p22k_{SERIAL_NUMBER}"},
            "charger_config.get": lambda: {"serial_number": SERIAL_NUMBER, "board_revision": "E"},
            "charger_info.get": self._info,
            "app_config.get": lambda: {"headless": True, "led_max_brightness": 20, "user_current": 32},
            "dynamic_current.get": lambda: {"dynamic_current": self.dynamic_current, "relay_mode": 3},
        }
        page = pages.get(request.match_info["page"].lower())
        return web.Response(status=404) if page is None else web.json_response(page())

    def _info(self) -> Json:
        draw = self.house.charging
        return {
            "extended_charger_state": self._state,
            "charging_time": 100,
            "session_energy": 1500.0,
            "total_charged_energy": 120.0,
            "instant_power": sum(draw) * VOLTAGE,
            "currents": list(draw),
            "voltages": [VOLTAGE] * 3,
            "temperature": 31.7,
            "install_current": 32,
            "current_limit_reason": 3,
            "has_active_errors": False,
            "fw_version": "1.50",
        }

    async def _post(self, request: web.Request) -> web.Response:
        command = await request.json()
        if command["method"] != "dynamic_current.set":
            return web.json_response({"id": command["id"], "error": "unknown method"}, status=404)
        self.dynamic_current = int(command["params"]["dynamic_current"])
        self._act()
        return web.json_response({"id": command["id"], "src": f"3p22k_{SERIAL_NUMBER}"})
