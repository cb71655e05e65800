"""Brings one charger its limits: the latest one wins, a cut never waits, a failure is tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final

from .balancing.model import Amps
from .const import LOGGER
from .exceptions import ChargerWriteError

FIRST_RETRY: Final = 1.0
"""Wait after the first failure [s]; it doubles with each further one."""

LONGEST_RETRY: Final = 30.0
"""Longest wait between two tries [s]."""

type Start = Callable[[Coroutine[None, None, None], str], asyncio.Task[None]]
"""Starts a background task of the config entry."""


class LimitWriter:
    """Writes the limits of one charger, one after the other.

    Attributes:
        failures: failed writes in a row.
        error: what the last failed write said, None after one that succeeded.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[Amps], Awaitable[None]],
        start: Start,
        on_result: Callable[[bool], None],
    ) -> None:
        """Write nothing yet.

        Args:
            name: of the charger, for the log.
            write: brings a limit to the charger and returns when it is there.
            start: starts a background task.
            on_result: told after every try whether it succeeded.
        """
        self._name = name
        self._write = write
        self._start = start
        self._on_result = on_result
        self._target: Amps | None = None
        self._fresh = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.failures = 0
        self.error: str | None = None

    def submit(self, limit: Amps, *, raising: bool) -> None:
        """Write a limit, in place of any that has not been written yet.

        Args:
            limit: per mains phase [A].
            raising: a raise waits until the write before it is through; a cut goes out at once.
        """
        self._target = limit
        self._fresh.set()
        if not raising:
            self.cancel()
        if self._task is None or self._task.done():
            self._task = self._start(self._run(), f"EV-Meter limit of {self._name}")

    def cancel(self) -> None:
        """Give up the write in flight."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        """Write until the newest limit is written."""
        retry = FIRST_RETRY
        while self._fresh.is_set() and self._target is not None:
            self._fresh.clear()
            try:
                await self._write(self._target)
            except ChargerWriteError as error:
                self._failed(error)
                # Only a newer limit comes before the end of the wait.
                try:
                    async with asyncio.timeout(retry):
                        await self._fresh.wait()
                    retry = FIRST_RETRY
                except TimeoutError:
                    self._fresh.set()
                    retry = min(2 * retry, LONGEST_RETRY)
            else:
                self._succeeded()

    def _failed(self, error: ChargerWriteError) -> None:
        self.failures += 1
        self.error = str(error)
        if self.failures == 1:
            LOGGER.warning("The limit did not reach %s: %s", self._name, error)
        self._on_result(False)

    def _succeeded(self) -> None:
        if self.failures:
            LOGGER.info("Limits reach %s again", self._name)
        self.failures = 0
        self.error = None
        self._on_result(True)
