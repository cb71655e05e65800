"""What is pushed, on its way to those who follow it: bounded, the newest kept."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WAITING = 100
"""Most items that wait for one slow follower."""


class Stream[T]:
    """An asynchronous iterator over what is put into it."""

    def __init__(self) -> None:
        """Start empty and open."""
        self._waiting: deque[T] = deque(maxlen=MAX_WAITING)
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, item: T) -> bool:
        """Add an item; say whether the oldest one had to go for it."""
        full = len(self._waiting) == MAX_WAITING
        self._waiting.append(item)
        self._changed.set()
        return full

    def close(self) -> None:
        """End the iteration once everything waiting was taken."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()


class Hub[T]:
    """Streams by charger, and the latest item of each charger that is followed."""

    def __init__(self) -> None:
        """Start with nobody following."""
        self._streams: dict[str, set[Stream[T]]] = {}
        self._latest: dict[str, T] = {}

    def latest(self, charger_id: str) -> T | None:
        """Return the latest item of a charger, None while nobody follows it or nothing came."""
        return self._latest.get(charger_id)

    def publish(self, charger_id: str, item: T) -> int:
        """Hand an item to everyone who follows the charger; return how many older ones were lost."""
        streams = self._streams.get(charger_id)
        if streams is None:
            return 0
        self._latest[charger_id] = item
        return sum(stream.put(item) for stream in streams)

    def forget(self) -> None:
        """Forget the latest items: they are no longer known to be true."""
        self._latest.clear()

    def close(self) -> None:
        """End every stream."""
        for streams in self._streams.values():
            for stream in streams:
                stream.close()

    @contextmanager
    def follow(self, charger_id: str) -> Iterator[Stream[T]]:
        """Follow a charger: the stream begins with the latest item, if there is one."""
        stream = Stream[T]()
        if charger_id in self._latest:
            stream.put(self._latest[charger_id])
        self._streams.setdefault(charger_id, set()).add(stream)
        try:
            yield stream
        finally:
            followers = self._streams[charger_id]
            followers.discard(stream)
            if not followers:
                del self._streams[charger_id]
                self._latest.pop(charger_id, None)
