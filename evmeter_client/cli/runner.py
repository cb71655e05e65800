"""Runs a command's coroutine: Ctrl-C and a request to terminate cancel it, and it cleans up."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from evmeter_client.cli.report import Report


class TerminatedError(Exception):
    """The process was told to terminate, as a service manager does."""


def run_async[T](work: Coroutine[None, None, T], report: Report) -> T:
    """Run a coroutine to its end, with the library's warnings on standard error.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the coroutine has cleaned up.
        TerminatedError: the process was told to terminate; the same.
    """
    # aiomqtt watches sockets, which the default loop of Windows cannot.
    loop_factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    with report.warnings_of_library(), asyncio.Runner(loop_factory=loop_factory) as runner:
        try:
            return runner.run(_terminable(work))
        except asyncio.CancelledError:
            raise TerminatedError from None


async def _terminable[T](work: Coroutine[None, None, T]) -> T:
    """Do the work; SIGTERM cancels it as Ctrl-C does."""
    task = asyncio.current_task()
    if sys.platform == "win32" or task is None:
        return await work
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await work
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
