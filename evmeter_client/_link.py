"""One open connection to the broker: publishing, subscribing, and noticing its end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import aiomqtt

from evmeter_client._properties import publish_properties
from evmeter_client.exceptions import (
    EVMeterConnectionError,
    EVMeterConnectionLostError,
)
from evmeter_client.models import MqttVersion

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from evmeter_client.config import EVMeterConfig
    from evmeter_client.dialects.base import Outgoing

LOGGER = logging.getLogger(__name__)

_SUBSCRIPTION_REFUSED: Final = 0x80
"""MQTT 3.1.1, 3.9.3: a SUBACK code from here on is a refusal."""


class Link:
    """An open connection. Made by `LinkOpener` only; of no more use once it is lost.

    Attributes:
        version: the version of MQTT it speaks.
    """

    def __init__(self, client: aiomqtt.Client, config: EVMeterConfig, version: MqttVersion) -> None:
        self.version = version
        self._client = client
        self._config = config
        self._subscribed: set[str] = set()
        self._subscribing: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # From the first moment someone watches: aiomqtt reports a loss only to who reads messages.
        self._watch = asyncio.create_task(self._read())
        self._watch.add_done_callback(self._lost)

    async def publish(self, message: Outgoing) -> None:
        """Publish a message; with QoS 1 or 2 wait until the broker has it.

        Raises:
            EVMeterConnectionLostError: the connection is gone.
        """
        properties = None
        if self.version is MqttVersion.V5:
            properties = publish_properties(message, self._config.request_timeout)
        try:
            # No timeout of its own: the caller's deadline covers publishing and answer together.
            await self._client.publish(
                message.topic,
                message.payload,
                qos=self._config.qos,
                retain=message.retain,
                properties=properties,
                timeout=float("inf"),
            )
        except aiomqtt.MqttError as error:
            raise EVMeterConnectionLostError(f"could not publish: {error}") from error

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe to topics, each once, however many ask for it.

        Raises:
            EVMeterConnectionError: the broker does not allow it.
            EVMeterConnectionLostError: the connection is gone.
        """
        # Subscribing belongs to the connection and not to who asks: a caller that is cancelled half-way
        # leaves a subscription that the next one can use.
        wanted = []
        for topic in topics:
            if topic in self._subscribed:
                continue
            if topic not in self._subscribing:
                self._subscribing[topic] = self._start(self._subscribe(topic))
            wanted.append(self._subscribing[topic])
        if wanted:
            await asyncio.wait(wanted)
        for task in wanted:
            if task.cancelled():
                raise EVMeterConnectionLostError("the connection was closed")
            task.result()

    def is_subscribed(self, topics: Iterable[str]) -> bool:
        """Say whether the broker has confirmed the subscription to all these topics."""
        return self._subscribed.issuperset(topics)

    def unsubscribe(self, topic: str) -> None:
        """Begin to unsubscribe from a topic."""
        subscribing = self._subscribing.pop(topic, None)
        if topic in self._subscribed or subscribing is not None:
            self._subscribed.discard(topic)
            self._start(self._unsubscribe(topic))

    async def hold(self) -> None:
        """Wait until the connection is lost.

        Raises:
            EVMeterConnectionLostError: always, once it is.
        """
        await asyncio.wait([self._watch])
        if self._watch.cancelled():
            raise EVMeterConnectionLostError("the broker stopped answering")
        self._watch.result()

    def drop(self) -> None:
        """Give the connection up: `hold` ends at once."""
        self._watch.cancel()

    async def close(self) -> None:
        """End what the connection still does for itself."""
        tasks = {self._watch, *self._tasks}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _read(self) -> None:
        try:
            async for _ in self._client.messages:  # they all went to Receive: this ends with an error only
                pass
        except aiomqtt.MqttError as error:
            raise EVMeterConnectionLostError(
                f"the connection was lost: {error.__cause__ or error}"
            ) from error

    def _lost(self, watch: asyncio.Task[None]) -> None:
        if not watch.cancelled():
            LOGGER.debug("%s", watch.exception())
        for task in self._tasks:
            task.cancel()  # the broker's receipt will not come

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOGGER.debug("Subscribing or unsubscribing failed: %s", error)

    async def _subscribe(self, topic: str) -> None:
        granted = False
        try:
            codes = await self._client.subscribe(
                topic, qos=self._config.qos, timeout=self._config.request_timeout
            )
            granted = all(
                (code if isinstance(code, int) else code.value) < _SUBSCRIPTION_REFUSED for code in codes
            )
        except aiomqtt.MqttError as error:
            raise EVMeterConnectionLostError(f"could not subscribe: {error}") from error
        finally:
            # Unless it was given up since. One that failed may be tried again.
            if self._subscribing.get(topic) is asyncio.current_task():
                del self._subscribing[topic]
                if granted:
                    self._subscribed.add(topic)
        if not granted:
            raise EVMeterConnectionError("the broker does not allow the subscription")

    async def _unsubscribe(self, topic: str) -> None:
        try:
            await self._client.unsubscribe(topic, timeout=self._config.request_timeout)
        except aiomqtt.MqttError as error:
            raise EVMeterConnectionLostError(f"could not unsubscribe: {error}") from error
