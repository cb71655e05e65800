"""An OpenEVSE with its WiFi gateway, version 5 of the firmware.

``/status`` and ``/config`` tell, ``/override`` takes a claim of the user's: a state, a charge current or
both. On the web socket ``/ws`` every change is pushed, the current every second while the car charges, and
everything every 30 s. What the firmware does, and is not obvious:

- ``max_current_soft`` in the configuration is kept in flash and does not follow an override; ``pilot`` in the
  status is what the car is offered.
- ``status`` is what the gateway wants, active or disabled; ``state`` is what the charger does: 1 no car,
  2 connected, 3 charging, 254 sleeping.
- An override is released when the car is unplugged, unless it says otherwise.

Source: the firmware's public repository openevse_esp32_firmware (``web_server.cpp``,
``web_server_config.cpp``, ``manual.cpp``, ``input.cpp``, ``evse_monitor.cpp``), and the client library
``python-openevse-http``.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar, Final, override

from aiohttp import web

from .house import House
from .http_device import HttpDevice

CONFIGURED: Final = 32
"""What it may offer where nothing overrides it [A]."""


class OpenEVSE(HttpDevice):
    """Charges with up to the overriding charge current, unless the override disables it.

    Attributes:
        overriding: the properties of the override, None = there is none.
    """

    domain: ClassVar = "openevse"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.overriding: dict[str, object] | None = None
        self._listeners: list[web.WebSocketResponse] = []
        self._pusher: asyncio.Task[None] | None = None
        self._version = 0
        self._act()

    @property
    def pilot(self) -> int:
        """What the car is offered while charging is not disabled [A]."""
        current = (self.overriding or {}).get("charge_current", CONFIGURED)
        assert isinstance(current, int)
        return min(current, CONFIGURED)

    @property
    def disabled(self) -> bool:
        """Whether the override pauses charging."""
        return (self.overriding or {}).get("state") == "disabled"

    @override
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/config", self._config),
            web.get("/status", self._status),
            web.get("/override", self._get_override),
            web.post("/override", self._claim),
            web.delete("/override", self._release),
            web.get("/ws", self._listen),
        ]

    async def unplug(self) -> None:
        """Take the car away: the override goes with it."""
        self.house.car.plugged = False
        await self._changed(None)

    async def plug(self) -> None:
        """Connect the car."""
        self.house.car.plugged = True
        await self._changed(self.overriding)

    def _act(self) -> None:
        self.house.offered = 0.0 if self.disabled else float(self.pilot)

    async def _changed(self, overriding: dict[str, object] | None) -> None:
        """Take another override, act on it and push what is different."""
        if overriding != self.overriding:
            self._version += 1
        self.overriding = overriding
        self._act()
        await self.push_all()

    async def push_all(self) -> None:
        """Tell everyone who listens everything."""
        await self.push(self._told() | {"override_version": self._version})

    async def push(self, told: Mapping[str, object]) -> None:
        """Tell everyone who listens something."""
        for listener in self._listeners:
            with suppress(ConnectionError):
                await listener.send_json(told)

    def _told(self) -> dict[str, object]:
        draw = max(self.house.charging)
        connected = 2 if self.house.car.plugged else 1
        state = 254 if self.disabled else connected
        return {
            "mode": "STA",
            "amp": round(draw * 1000),
            "voltage": 230,
            "pilot": self.pilot,
            "max_current": CONFIGURED,
            "state": 3 if draw > 0 else state,
            "status": "disabled" if self.disabled else "active",
            "vehicle": int(self.house.car.plugged),
            "manual_override": int(self.overriding is not None),
            "temp": 250,
            "elapsed": 100,
            "wattsec": 3600000,
            "total_energy": 120.0,
            "freeram": 120000,
            "divertmode": 1,
            "srssi": -60,
            "ota_update": 0,
        }

    async def _config(self, _request: web.Request) -> web.Response:
        config = {
            "firmware": "8.2.3",
            "version": "v5.1.2",
            "buildenv": "openevse_wifi_v1",
            "wifi_serial": "020000000002",
            "hostname": "openevse-2222",
            "service": 2,
            "max_current_soft": CONFIGURED,
            "min_current_hard": 6,
            "max_current_hard": 48,
            "divert_enabled": False,
            "current_shaper_enabled": False,
            "led_brightness": 128,
        }
        return web.json_response(config)

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response(self._told())

    async def _get_override(self, _request: web.Request) -> web.Response:
        return web.json_response(self.overriding or {})

    async def _claim(self, request: web.Request) -> web.Response:
        await self._changed({"auto_release": True, **await request.json()})
        return web.json_response({"msg": "Created"}, status=201)

    async def _release(self, _request: web.Request) -> web.Response:
        await self._changed(None)
        return web.json_response({"msg": "Deleted"})

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        listener = web.WebSocketResponse()
        await listener.prepare(request)
        self._listeners.append(listener)
        try:
            await self.push_all()
            async for _message in listener:
                await listener.send_json({"pong": 1})
        finally:
            self._listeners.remove(listener)
        return listener

    async def _keep_pushing(self) -> None:
        seconds = 0
        while True:
            await asyncio.sleep(1)
            seconds += 1
            if seconds % 30 == 0:
                await self.push_all()
            elif max(self.house.charging) > 0:
                await self.push({key: self._told()[key] for key in ("amp", "voltage")})

    @override
    async def switch_on(self) -> None:
        await super().switch_on()
        self._pusher = asyncio.create_task(self._keep_pushing())

    @override
    async def switch_off(self) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
        for listener in tuple(self._listeners):
            await listener.close()
        await super().switch_off()
