"""What arrives in the background, handed to the one place that prints it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from evmeter_client._streams import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Coroutine


@asynccontextmanager
async def in_background[T](stream: Stream[T], *work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Let work that never ends by itself fill a stream as long as the context is open.

    When it ends all the same, for an error, the stream is closed and the error raised at the end.
    """
    tasks = [asyncio.create_task(one) for one in work]
    for task in tasks:
        task.add_done_callback(lambda _: stream.close())
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def with_pauses[T](stream: Stream[T], longest_pause: float) -> AsyncGenerator[T | None, None]:
    """Give what arrives, and None whenever nothing came for so long [s]; end with the stream."""
    while True:
        try:
            async with asyncio.timeout(longest_pause):
                item = await anext(stream)
        except TimeoutError:
            yield None
        except StopAsyncIteration:
            return
        else:
            yield item
