"""The web server of a device, which can be switched off and on again."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from aiohttp import web

from .house import House

type Json = Mapping[str, object] | list[Mapping[str, object]]
"""What a device answers."""


class HttpDevice(ABC):
    """A device that answers on a port of its own, the same one again after it was away.

    Attributes:
        domain: of Home Assistant's integration.
        house: where it stands.
        port: it listens on, 0 before it was ever switched on.
    """

    domain: ClassVar[str]

    def __init__(self, house: House) -> None:
        self.house = house
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def answers(self) -> dict[str, object] | None:
        """What a user enters in the dialogue of the integration; None = it takes no port."""
        return {"host": self.host}

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """Return what it answers to."""

    async def switch_on(self) -> None:
        """Begin to answer."""
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def switch_off(self) -> None:
        """Close every connection and the port."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
