"""A clock that is quick, for tests in which Home Assistant talks with devices over the network."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Final

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity
from homeassistant.util import dt as dt_util

TURNS: Final = 20
"""Turns of the loop that each second has at least: timers that are due run in the first."""

PATIENCE: Final = 0.1
"""What does not end in this time waits for the clock, as a retry does: it is not waited for again [s]."""


class DeviceClock:
    """Moves the time of the event loop and of the wall, second by second.

    Timers run when they are due, none too early; between two seconds what they set off is waited for, with
    its requests to the devices and their answers.

    Attributes:
        seconds: by how much the clock was moved.
    """

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hass = hass
        self.seconds = 0
        self._sleepers: set[asyncio.Future[object]] = set()
        loop_time, wall_time = hass.loop.time, time.time
        monkeypatch.setattr(hass.loop, "time", lambda: loop_time() + self.seconds)
        monkeypatch.setattr(time, "time", lambda: wall_time() + self.seconds)
        monkeypatch.setattr(entity, "timer", time.time)
        monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.fromtimestamp(time.time(), UTC))

    async def run(self, seconds: int) -> None:
        """Let seconds pass."""
        for _ in range(seconds):
            self.seconds += 1
            await self._settle()

    async def until(self, condition: Callable[[], bool], seconds: int) -> int:
        """Let seconds pass until something is true, and return how many.

        Raises:
            TimeoutError: it does not come true in that time.
        """
        for passed in range(seconds + 1):
            if condition():
                return passed
            await self.run(1)
        raise TimeoutError

    async def alongside[T](self, work: Coroutine[object, object, T]) -> T:
        """Let seconds pass until some work is done, and return its result."""
        task = asyncio.create_task(work)
        while not task.done():
            await self.run(1)
            await asyncio.wait([task], timeout=0)
        return await task

    async def _settle(self) -> None:
        """Wait for what is new since the last second, and for what that sets off in turn."""
        while True:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            tasks = {*self.hass._tasks, *self.hass._background_tasks} - {asyncio.current_task()}
            fresh = tasks - self._sleepers
            if not fresh:
                return
            _, late = await asyncio.wait(fresh, timeout=PATIENCE)
            self._sleepers |= late
