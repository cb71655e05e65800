"""One connection to the broker, from the TCP handshake to its end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, override

import aiomqtt

from evmeter_client.dialects.base import Inbound
from evmeter_client.exceptions import (
    EVMeterAuthenticationError,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

    from evmeter_client.config import EVMeterConfig
    from evmeter_client.dialects.base import Outgoing

LOGGER = logging.getLogger(__name__)

# Whatever aiomqtt and paho log as failed comes back as an error too, and is reported where that is handled;
# what they log in detail shows topics, and with them the user's id.
_MQTT_LOGGER = logging.getLogger(f"{__name__}.mqtt")
_MQTT_LOGGER.setLevel(logging.CRITICAL)

OPENING_TIMEOUT: Final = 5.0
"""Longest wait for the broker's answer while connecting or disconnecting [s]."""

_ATTEMPT_ABANDONED: Final = 0.1
"""Time to put the last bytes of an abandoned attempt on the wire [s]."""

_SUBSCRIPTION_REFUSED: Final = 0x80
"""MQTT 3.1.1, 3.9.3: a SUBACK code from here on is a refusal."""

_BAD_CREDENTIALS: Final = frozenset({4, 5, 134, 135})
"""CONNACK codes for a wrong user name, password or missing right: MQTT 3.1.1 (3.2.2.3) and 5.0 (3.2.2.2)."""

# A QoS 1 round trip waits 40 ms for a delayed TCP acknowledgement without this.
_NO_DELAY: Final = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)

type Receive = Callable[[Inbound], None]
"""Takes every message as it arrives; it must not raise, as that would end the connection."""


class Link:
    """An open connection. Made by `open_link` only; of no more use once it is lost."""

    def __init__(self, client: aiomqtt.Client, config: EVMeterConfig) -> None:
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
        try:
            # No timeout of its own: the caller's deadline covers publishing and answer together.
            await self._client.publish(
                message.topic,
                message.payload,
                qos=self._config.qos,
                retain=message.retain,
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


@asynccontextmanager
async def open_link(
    config: EVMeterConfig,
    client_id: str,
    receive: Receive,
    will: Outgoing | None = None,
) -> AsyncIterator[Link]:
    """Connect to the broker, and disconnect in the end.

    Cancelling while it connects is safe: the attempt is let run out (at most 10 s) and is then undone,
    because aiomqtt would otherwise leave a socket and a task behind.

    Args:
        config: where and how.
        client_id: MQTT client id.
        receive: takes every inbound message.
        will: what the broker publishes when this connection breaks.

    Raises:
        EVMeterAuthenticationError: the broker refuses the credentials.
        EVMeterConnectionError: the broker cannot be reached, or refuses for another reason.
    """
    tls_context = config.tls_context
    if config.tls and tls_context is None:
        tls_context = await asyncio.to_thread(_default_tls_context)  # it reads files
    client = aiomqtt.Client(
        config.host,
        config.port,
        username=config.username,
        password=config.password,
        identifier=client_id,
        logger=_MQTT_LOGGER,
        queue_type=_dispatching_queue(receive),
        will=None if will is None else aiomqtt.Will(will.topic, will.payload, config.qos, will.retain),
        clean_session=True,
        timeout=OPENING_TIMEOUT,
        keepalive=config.keepalive,
        # The session bounds its requests: paho's own bound of 20 would only delay commands.
        max_inflight_messages=4 * config.max_in_flight,
        tls_context=tls_context,
        socket_options=_NO_DELAY,
    )
    client.pending_calls_threshold = sys.maxsize  # for the same reason
    await _connect(client, config)
    link = Link(client, config)
    try:
        yield link
    finally:
        await link.close()
        await _disconnect(client)


def _default_tls_context() -> ssl.SSLContext:
    """Return a context that verifies certificates and host names."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _dispatching_queue(receive: Receive) -> type[asyncio.Queue[aiomqtt.Message]]:
    """Return a queue that holds nothing: a message is handled in the moment it is read from the socket.

    aiomqtt's own queue costs a task per message and has no bound.
    """

    class DispatchingQueue(asyncio.Queue[aiomqtt.Message]):
        @override
        def put_nowait(self, item: aiomqtt.Message) -> None:
            receive(Inbound(item.topic.value, item.payload, item.retain))

    return DispatchingQueue


async def _connect(client: aiomqtt.Client, config: EVMeterConfig) -> None:
    opening = asyncio.create_task(client.__aenter__())
    try:
        await asyncio.wait([opening])
    except asyncio.CancelledError:
        await asyncio.wait([opening])
        error = opening.exception()
        await (_disconnect(client) if error is None else _abandon(client, error))
        raise
    error = opening.exception()
    if error is None:
        return
    await _abandon(client, error)
    if not isinstance(error, aiomqtt.MqttError):
        raise error
    way = "with TLS" if config.tls else "without TLS"
    message = f"cannot connect to {config.host}:{config.port} {way}: {error}"
    if _reason_code(error) in _BAD_CREDENTIALS:
        raise EVMeterAuthenticationError(message) from error
    raise EVMeterConnectionError(message) from error


def _reason_code(error: aiomqtt.MqttError) -> int | None:
    if not isinstance(error, aiomqtt.MqttCodeError) or error.rc is None:
        return None
    return error.rc if isinstance(error.rc, int) else error.rc.value


async def _disconnect(client: aiomqtt.Client) -> None:
    try:
        await client.__aexit__(None, None, None)
    except aiomqtt.MqttError as error:
        LOGGER.debug("Disconnecting: %s", error)


async def _abandon(client: aiomqtt.Client, error: BaseException) -> None:
    """Close the socket of an attempt to which the broker gave no answer; aiomqtt leaves that one open."""
    if str(error) != "Operation timed out":
        return
    try:
        # It would wait for a disconnection that is never reported; the bytes are out before that.
        async with asyncio.timeout(_ATTEMPT_ABANDONED):
            await client.__aexit__(None, None, None)
    except TimeoutError:
        LOGGER.debug("Gave up an attempt to which the broker did not answer")
