"""Any number of chargers in a process of its own: every request is answered with a prepared reading.

It does no more than it must, so that what is measured is who asks. Answers go out with the quality of service
of their requests.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from evmeter_client.dialects.json_documents import reading_to_json
from evmeter_client.dialects.strict_json import dump_object

from .samples import BLEWIFI, sample_reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiomqtt
    from paho.mqtt.client import SocketLike

    from evmeter_client.simulator.broker import Broker

COMMAND_TOPICS: Final = ("evmeter/+/command", BLEWIFI.command_topic("+"))
READY: Final = b"ready\n"


@asynccontextmanager
async def running_responder(broker: Broker, protocol: aiomqtt.ProtocolVersion) -> AsyncIterator[None]:
    """Answer every request on the broker as long as the context is open."""
    arguments = broker.host, str(broker.port), str(int(protocol))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        for _ in COMMAND_TOPICS:
            if process.stdout is None or await process.stdout.readline() != READY:
                raise RuntimeError("the responder could not be started")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@cache
def _json_result(charger_id: str) -> bytes:
    return dump_object(reading_to_json(sample_reading(charger_id)))


@cache
def _frame(charger_id: str) -> bytes:
    return BLEWIFI.encode_reading(sample_reading(charger_id)).payload


def _answer(client: Client, _userdata: object, message: MQTTMessage) -> None:
    *_, charger_id, last = message.topic.split("/")
    if last != "command":
        client.publish(BLEWIFI.user_topic, _frame(last), message.qos)
        return
    request_id = json.loads(message.payload)["id"].encode()
    answer = b'{"v":1,"id":"%b","ok":true,"result":%b}' % (request_id, _json_result(charger_id))
    correlation = getattr(message.properties, "CorrelationData", None)
    properties = None
    if correlation is not None:
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = correlation
    client.publish(f"evmeter/{charger_id}/response", answer, message.qos, properties=properties)


def _connected(
    client: Client,
    _userdata: object,
    _flags: ConnectFlags,
    _reason: ReasonCode,
    _properties: Properties | None,
) -> None:
    for topic in COMMAND_TOPICS:
        client.subscribe(topic, 1)


def _subscribed(
    _client: Client,
    _userdata: object,
    _mid: int,
    _reasons: list[ReasonCode],
    _properties: Properties | None,
) -> None:
    sys.stdout.buffer.write(READY)  # once per topic
    sys.stdout.buffer.flush()


def _opened(_client: Client, _userdata: object, connection: SocketLike) -> None:
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def main(host: str, port: int, protocol: int) -> None:
    """Answer until terminated."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion(protocol))
    client.max_inflight_messages_set(0)
    client.on_connect = _connected
    client.on_subscribe = _subscribed
    client.on_message = _answer
    client.on_socket_open = _opened
    client.connect(host, port)
    client.loop_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
