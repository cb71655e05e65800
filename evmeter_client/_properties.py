"""The MQTT 5 properties of messages that ask and answer (MQTT 5.0, 3.3.2.3)."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Final, override

from paho.mqtt.properties import Properties

from evmeter_client.dialects.base import NO_REPLY, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evmeter_client.dialects.base import Outgoing

_MESSAGE_EXPIRY: Final = struct.Struct(">BI")
_WITH_LENGTH: Final = struct.Struct(">BH")
_MESSAGE_EXPIRY_INTERVAL: Final = 2
_RESPONSE_TOPIC: Final = 8
_CORRELATION_DATA: Final = 9


class PublishProperties(Properties):
    """Properties of a message to publish, in the form they have on the wire.

    The base class packs properties by name, from tables it makes for every message: that takes longer than
    all else a request needs. This one was packed before.
    """

    def __init__(self, packed: bytes) -> None:
        """Take the properties; the base class's own members are not made."""
        object.__setattr__(self, "_packed", packed)

    @override
    def pack(self) -> bytes:
        """Return the properties as they are sent."""
        packed: bytes = object.__getattribute__(self, "_packed")
        return packed

    @override
    def __str__(self) -> str:
        return f"[{len(self.pack())} bytes]"


def publish_properties(message: Outgoing, request_timeout: float) -> PublishProperties | None:
    """Return the properties of a message, None if it has none.

    Args:
        message: to publish.
        request_timeout: time after which the broker need not deliver a request any more [s].
    """
    if message.reply is NO_REPLY:
        return None
    packed = b"".join(_pack(message.reply, request_timeout))
    return PublishProperties(_variable_length(len(packed)) + packed)


def reply_from(properties: Properties | None) -> Reply:
    """Return what the properties of a message that arrived say about answers; MQTT 3.1.1 has none."""
    if properties is None:
        return NO_REPLY
    topic: str | None = getattr(properties, "ResponseTopic", None)
    correlation: bytes | None = getattr(properties, "CorrelationData", None)
    return NO_REPLY if topic is None and correlation is None else Reply(topic, correlation)


def _pack(reply: Reply, request_timeout: float) -> Iterator[bytes]:
    if reply.topic is not None:
        topic = reply.topic.encode("utf-8")
        yield _MESSAGE_EXPIRY.pack(_MESSAGE_EXPIRY_INTERVAL, _whole_seconds(request_timeout))
        yield _WITH_LENGTH.pack(_RESPONSE_TOPIC, len(topic))
        yield topic
    if reply.correlation is not None:
        yield _WITH_LENGTH.pack(_CORRELATION_DATA, len(reply.correlation))
        yield reply.correlation


def _whole_seconds(seconds: float) -> int:
    """Return the time rounded up, at most what the field can hold."""
    return min(math.ceil(seconds), 2**32 - 1)


def _variable_length(length: int) -> bytes:
    """Return a variable byte integer (MQTT 5.0, 1.5.5): 7 bits per byte, the lowest first."""
    encoded = bytearray()
    while length > 127:
        encoded.append(length & 127 | 128)
        length >>= 7
    encoded.append(length)
    return bytes(encoded)
