"""A Keba charging station on UDP, with a car that takes what it may.

Commands and the fields of its reports are those of its maker's guide for programmers; currents are in mA.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, override

SERIAL: Final = "17619300"
HARDWARE: Final = 32_000
CAR: Final = 16_000
"""The station's maximum, and the car's [mA]."""


class KebaStation(asyncio.DatagramProtocol):
    """Answers reports, obeys commands, and falls back when nobody commands it.

    Attributes:
        commands: that arrived, but for the reports asked for.
        user_current: last current set [mA]; 0 = paused.
        failsafe: after this time without a command [s] it falls back to this current [mA]; 0 s = never.
        silent: answers nothing.
    """

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._transport: asyncio.DatagramTransport | None = None
        self.commands: list[str] = []
        self.user_current = HARDWARE
        self.failsafe = (0.0, 0)
        self.commanded_at = time()
        self.silent = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.silent or self._transport is None:
            return
        answer = self._answer(data.decode())
        self._transport.sendto(answer.encode(), addr)

    @property
    def has_fallen_back(self) -> bool:
        """Whether nobody commanded it for too long."""
        timeout, _ = self.failsafe
        return timeout > 0 and self._time() - self.commanded_at > timeout

    @property
    def limit(self) -> int:
        """The current it allows now [mA]."""
        return min(self.failsafe[1] if self.has_fallen_back else self.user_current, HARDWARE)

    @property
    def draw(self) -> int:
        """What the car draws on each phase [mA]."""
        return min(self.limit, CAR) if self.limit >= 6000 else 0

    def _answer(self, command: str) -> str:
        name, *arguments = command.split()
        if name == "report":
            return json.dumps(self._report(arguments[0]))
        self.commands.append(command)
        if name == "currtime":
            self.user_current = round(float(arguments[0]))
            self.commanded_at = self._time()
        elif name == "failsafe":
            self.failsafe = (float(arguments[0]), round(float(arguments[1])))
            self.commanded_at = self._time()
        else:
            return "TCH-ERR :unknown"
        return "TCH-OK :done"

    def _report(self, number: str) -> dict[str, object]:
        timeout, fallback = self.failsafe
        reports: dict[str, dict[str, object]] = {
            "1": {"Product": "KC-P30-ES240022-E00", "Serial": SERIAL, "Firmware": "P30 v 3.10.57", "Sec": 1},
            "2": {
                "State": 3 if self.draw else 5,
                "Plug": 7,
                "AuthON": 0,
                "Authreq": 0,
                "Enable sys": int(self.limit > 0),
                "Enable user": int(self.user_current > 0),
                "Max curr": self.limit,
                "Curr HW": HARDWARE,
                "Curr user": self.user_current,
                "Curr FS": fallback,
                "Tmo FS": timeout,
                "Curr timer": 0,
                "Setenergy": 0,
            },
            "3": {
                **{f"U{phase}": 230 for phase in (1, 2, 3)},
                **{f"I{phase}": self.draw for phase in (1, 2, 3)},
                "P": 3 * 230 * self.draw,
                "PF": 1000,
                "E pres": 0,
                "E total": 0,
            },
            "100": {"E start": 0, "E pres": 0},
        }
        return {"ID": number, **reports[number]}


@asynccontextmanager
async def running_station(time: Callable[[], float]) -> AsyncIterator[tuple[KebaStation, int]]:
    """Run a station on 127.0.0.1; yields it with its port."""
    loop = asyncio.get_running_loop()
    transport, station = await loop.create_datagram_endpoint(
        lambda: KebaStation(time), local_addr=("127.0.0.1", 0)
    )
    try:
        yield station, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
