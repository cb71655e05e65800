"""The command line as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).parents[3]
TIMEOUT = 30.0


@dataclass(frozen=True)
class Finished:
    """How a process ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, object]]:
        """The JSON objects it wrote, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def problems(self) -> list[dict[str, object]]:
        """The JSON objects it wrote on standard error."""
        return [json.loads(line) for line in self.err.splitlines()]


class Running:
    """A process that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take the process."""
        self._process = process

    async def line(self) -> str:
        """Wait for the next line of its output."""
        assert self._process.stdout is not None
        async with asyncio.timeout(TIMEOUT):
            return (await self._process.stdout.readline()).decode()

    async def document(self) -> dict[str, object]:
        """Wait for the next JSON object of its output."""
        document: dict[str, object] = json.loads(await self.line())
        return document

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def end(self, stdin: bytes | None = None) -> Finished:
        """Wait until it has ended."""
        async with asyncio.timeout(TIMEOUT):
            out, err = await self._process.communicate(stdin)
        assert self._process.returncode is not None
        return Finished(self._process.returncode, (out or b"").decode(), err.decode())


@dataclass(frozen=True)
class Cli:
    """Runs `evmeter` in an environment of its own: no settings but those of the test."""

    environment: Mapping[str, str] = field(repr=False)

    def having(self, **variables: str) -> Cli:
        """Return the same with more variables."""
        return replace(self, environment={**self.environment, **variables})

    @asynccontextmanager
    async def running(self, *arguments: str, stdout: int = asyncio.subprocess.PIPE) -> AsyncIterator[Running]:
        """Run a command line as long as the context is open."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "evmeter_client.cli", *arguments,
            cwd=ROOT, env=dict(self.environment),
            stdin=asyncio.subprocess.PIPE, stdout=stdout, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield Running(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def run(self, *arguments: str, stdin: bytes = b"") -> Finished:
        """Run a command line to its end."""
        async with self.running(*arguments) as running:
            return await running.end(stdin)
