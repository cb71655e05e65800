"""Opening connections to the broker: credentials, TLS, and the version of MQTT it speaks."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, override

import aiomqtt

from evmeter_client._link import Link
from evmeter_client._properties import reply_from
from evmeter_client.dialects.base import Inbound
from evmeter_client.exceptions import EVMeterAuthenticationError, EVMeterConnectionError
from evmeter_client.models import MqttVersion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from evmeter_client.config import EVMeterConfig
    from evmeter_client.dialects.base import Outgoing

LOGGER = logging.getLogger(__name__)

# Whatever aiomqtt and paho log as failed comes back as an error too, and is reported where that is handled;
# what they log in detail shows topics, and with them the user's id.
_MQTT_LOGGER = logging.getLogger(f"{__name__}.mqtt")
_MQTT_LOGGER.setLevel(logging.CRITICAL)

OPENING_TIMEOUT: Final = 5.0
"""Longest wait for the broker's answer while connecting or disconnecting [s]."""

VERSION_TIMEOUT: Final = 2.0
"""Longest wait for an answer to MQTT 5 if 3.1.1 may be spoken instead [s]."""

_ATTEMPT_ABANDONED: Final = 0.1
"""Time to put the last bytes of an abandoned attempt on the wire [s]."""

_BAD_CREDENTIALS: Final = frozenset({4, 5, 134, 135})
"""CONNACK codes for a wrong user name, password or missing right: MQTT 3.1.1 (3.2.2.3) and 5.0 (3.2.2.2)."""

_UNKNOWN_VERSION: Final = frozenset({1, 132})
"""CONNACK codes of a broker that does not speak the version asked for, in the same places."""

_RECEIVE_MAXIMUM: Final = 10
"""Over MQTT 5 a broker may bound the messages it has not confirmed, and hang up on who sends more (MQTT 5.0,
3.2.2.3.3). aiomqtt does not tell that bound; no common broker has a smaller one by default."""

# A QoS 1 round trip waits 40 ms for a delayed TCP acknowledgement without this.
_NO_DELAY: Final = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)

type Receive = Callable[[Inbound], None]
"""Takes every message as it arrives; it must not raise, as that would end the connection."""


class _NoAnswerError(EVMeterConnectionError):
    """The broker hung up or stayed silent: some do so to a version of MQTT they do not know."""


class _VersionRefusedError(EVMeterConnectionError):
    """The broker does not speak this version of MQTT."""


class LinkOpener:
    """Opens connections to a broker, one after the other, and remembers which version of MQTT it speaks."""

    def __init__(
        self,
        config: EVMeterConfig,
        client_id: str,
        receive: Receive,
        will: Outgoing | None = None,
    ) -> None:
        """Prepare to connect.

        Args:
            config: where and how.
            client_id: MQTT client id.
            receive: takes every inbound message.
            will: what the broker publishes when a connection breaks.
        """
        self._config = config
        self._client_id = client_id
        self._receive = receive
        self._will = will
        self._version = config.mqtt_version
        if not config.dialect.speaks_mqtt_5:
            self._version = MqttVersion.V3_1_1

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Link]:
        """Connect to the broker, and disconnect in the end.

        Cancelling while it connects is safe: the attempt is let run out (at most 10 s) and is then undone,
        because aiomqtt would otherwise leave a socket and a task behind.

        Raises:
            EVMeterAuthenticationError: the broker refuses the credentials.
            EVMeterConnectionError: the broker cannot be reached, or refuses for another reason.
        """
        client, version = await self._connect()
        link = Link(client, self._config, version)
        try:
            yield link
        finally:
            await link.close()
            await _disconnect(client)

    async def _connect(self) -> tuple[aiomqtt.Client, MqttVersion]:
        if self._version is not MqttVersion.AUTOMATIC:
            return await self._attempt(self._version), self._version
        try:
            return await self._attempt(MqttVersion.V5, VERSION_TIMEOUT), MqttVersion.V5
        except _VersionRefusedError:
            self._version = MqttVersion.V3_1_1
            return await self._attempt(MqttVersion.V3_1_1), MqttVersion.V3_1_1
        except _NoAnswerError:
            # It may be down and come back with MQTT 5: only one that answers now is remembered.
            client = await self._attempt(MqttVersion.V3_1_1)
            self._version = MqttVersion.V3_1_1
            return client, MqttVersion.V3_1_1

    async def _attempt(self, version: MqttVersion, timeout: float | None = None) -> aiomqtt.Client:
        config, will = self._config, self._will
        tls_context = config.tls_context
        if config.tls and tls_context is None:
            tls_context = await asyncio.to_thread(_default_tls_context)  # it reads files
        if version is MqttVersion.V5:
            protocol, clean_session, in_flight = aiomqtt.ProtocolVersion.V5, None, _RECEIVE_MAXIMUM
        else:
            # The session bounds its requests: paho's own bound of 20 would only delay commands.
            protocol, clean_session, in_flight = aiomqtt.ProtocolVersion.V311, True, 4 * config.max_in_flight
        client = aiomqtt.Client(
            config.host,
            config.port,
            username=config.username,
            password=config.password,
            identifier=self._client_id,
            logger=_MQTT_LOGGER,
            queue_type=_dispatching_queue(self._receive),
            protocol=protocol,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, config.qos, will.retain),
            clean_session=clean_session,
            timeout=OPENING_TIMEOUT if timeout is None else timeout,
            keepalive=config.keepalive,
            max_inflight_messages=in_flight,
            tls_context=tls_context,
            socket_options=_NO_DELAY,
        )
        client.pending_calls_threshold = sys.maxsize  # the session bounds them
        await _connect(client, config)
        return client


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
            receive(Inbound(item.topic.value, item.payload, item.retain, reply_from(item.properties)))

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
    reason = _reason_code(error)
    if reason in _BAD_CREDENTIALS:
        raise EVMeterAuthenticationError(message) from error
    if reason in _UNKNOWN_VERSION:
        raise _VersionRefusedError(message) from error
    if _is_without_answer(error):
        raise _NoAnswerError(message) from error
    raise EVMeterConnectionError(message) from error


def _reason_code(error: aiomqtt.MqttError) -> int | None:
    if not isinstance(error, aiomqtt.MqttCodeError) or error.rc is None:
        return None
    return error.rc if isinstance(error.rc, int) else error.rc.value


def _is_without_answer(error: BaseException) -> bool:
    # aiomqtt waits as long for a broker that hung up as for a silent one.
    return str(error) == "Operation timed out"


async def _disconnect(client: aiomqtt.Client) -> None:
    try:
        await client.__aexit__(None, None, None)
    except aiomqtt.MqttError as error:
        LOGGER.debug("Disconnecting: %s", error)


async def _abandon(client: aiomqtt.Client, error: BaseException) -> None:
    """Close the socket of an attempt to which the broker gave no answer; aiomqtt leaves that one open."""
    if not _is_without_answer(error):
        return
    try:
        # It would wait for a disconnection that is never reported; the bytes are out before that.
        async with asyncio.timeout(_ATTEMPT_ABANDONED):
            await client.__aexit__(None, None, None)
    except TimeoutError:
        LOGGER.debug("Gave up an attempt to which the broker did not answer")
