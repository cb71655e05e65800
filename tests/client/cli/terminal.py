"""The command line at a terminal, as a person has it."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.client.cli.command import ROOT, TIMEOUT, Cli

# A terminal belongs to a session, so the process begins one and takes its standard input for the terminal.
_AT_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "evmeter_client.cli", *sys.argv[1:]])
"""


class Terminal:
    """A terminal with a process."""

    def __init__(self, process: asyncio.subprocess.Process, screen: int) -> None:
        """Take the process and the terminal's other end."""
        self._process = process
        self._screen = screen
        self.text = ""

    async def see(self, expected: str) -> str:
        """Wait until a text has appeared, and return everything that was written so far."""
        async with asyncio.timeout(TIMEOUT):
            while expected not in self.text:
                self.text += (await asyncio.to_thread(os.read, self._screen, 4096)).decode()
        return self.text

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._screen, keys.encode())

    async def end(self) -> int:
        """Wait until the process has ended, and return its exit status."""
        async with asyncio.timeout(TIMEOUT):
            code = await self._process.wait()
        with suppress(OSError):  # the terminal has gone with its last process
            while piece := await asyncio.to_thread(os.read, self._screen, 4096):
                self.text += piece.decode()
        return code


@asynccontextmanager
async def at_terminal(cli: Cli, *arguments: str) -> AsyncIterator[Terminal]:
    """Run a command line at a terminal of 200 columns."""
    screen, seat = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _AT_TERMINAL, *arguments,
        cwd=ROOT, env={**cli.environment, "TERM": "xterm", "COLUMNS": "200"},
        stdin=seat, stdout=seat, stderr=seat,
    )  # fmt: skip
    os.close(seat)
    try:
        yield Terminal(process, screen)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(screen)
