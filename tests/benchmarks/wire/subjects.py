"""Who asks: our client, and bare aiomqtt doing the least that gives the same result.

The baseline builds the same request with the same functions, makes the same typed and checked reading of the
answer, and has the same socket options; it has no deadline, no reconnecting, no bounds, and believes whoever
answers.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from evmeter_client import ChargerReading, EVMeterClient, EVMeterConfig, JsonDialect, MqttVersion
from evmeter_client.dialects.base import Command, Request
from evmeter_client.dialects.json_documents import reading_from_json
from evmeter_client.dialects.strict_json import dump_object, parse_object
from evmeter_client.dialects.working_info import decode_working_info

from .samples import BLEWIFI

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from evmeter_client.dialects import Dialect
    from evmeter_client.dialects.strict_json import JsonValue
    from evmeter_client.simulator.broker import Broker

MOST_IN_FLIGHT: Final = 1000
NO_DELAY: Final = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)

type Ask = Callable[[str], Awaitable[ChargerReading]]
"""Asks the charger with this id for its reading."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How to ask.

    Attributes:
        broker: through which broker.
        dialect: one of `DIALECTS`.
        qos: quality of service.
        chargers: ids of all that will be asked.
    """

    broker: Broker
    dialect: str
    qos: int
    chargers: list[str]


@asynccontextmanager
async def evmeter(setup: Setup) -> AsyncIterator[Ask]:
    """Ask with our client."""
    config = EVMeterConfig(
        host=setup.broker.host,
        port=setup.broker.port,
        tls=False,
        dialect=DIALECTS[setup.dialect].dialect,
        mqtt_version=DIALECTS[setup.dialect].version,
        qos=setup.qos,
        max_in_flight=MOST_IN_FLIGHT,
    )
    async with EVMeterClient(config) as client:
        yield client.get_reading


@asynccontextmanager
async def bare_aiomqtt(setup: Setup) -> AsyncIterator[Ask]:
    """Ask with aiomqtt alone."""
    way = DIALECTS[setup.dialect]
    client = aiomqtt.Client(
        setup.broker.host,
        setup.broker.port,
        protocol=way.protocol,
        socket_options=NO_DELAY,
        max_inflight_messages=MOST_IN_FLIGHT,
    )
    client.pending_calls_threshold = sys.maxsize  # or it logs, and that takes longer than all else
    exchange = way.bare(client, setup.qos)
    async with client:
        for topic in {topic for charger in setup.chargers for topic in exchange.response_topics(charger)}:
            await client.subscribe(topic, setup.qos)
        reading = asyncio.create_task(exchange.read())
        yield exchange.ask
        reading.cancel()
        await asyncio.wait([reading])


class _BareJson:
    """Answers are tied to requests by the id in the payload."""

    response_topics = JsonDialect().response_topics

    def __init__(self, client: aiomqtt.Client, qos: int) -> None:
        self._client = client
        self._qos = qos
        self._count = 0
        self._waiting: dict[JsonValue, asyncio.Future[JsonValue]] = {}

    async def read(self) -> None:
        async for message in self._client.messages:
            document = parse_object(message.payload)
            self._waiting.pop(document["id"]).set_result(document["result"])

    async def ask(self, charger_id: str) -> ChargerReading:
        self._count += 1
        request_id = f"0123456789ab-{self._count}"
        answer: asyncio.Future[JsonValue] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        payload = dump_object({"v": 1, "id": request_id, "command": "get_reading", "params": {}})
        await self._publish(charger_id, request_id, payload)
        return reading_from_json(await answer, charger_id)

    async def _publish(self, charger_id: str, _request_id: str, payload: bytes) -> None:
        await self._client.publish(f"evmeter/{charger_id}/command", payload, self._qos)


class _BareJsonMqtt5(_BareJson):
    """The same with Response Topic and Correlation Data, which the answer's id makes superfluous here."""

    @override
    async def _publish(self, charger_id: str, request_id: str, payload: bytes) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = f"evmeter/{charger_id}/response"
        properties.CorrelationData = request_id.encode()
        await self._client.publish(f"evmeter/{charger_id}/command", payload, self._qos, properties=properties)


class _BareBlewifi:
    """Answers are tied to requests by the charger's id in the frame."""

    response_topics = BLEWIFI.response_topics

    def __init__(self, client: aiomqtt.Client, qos: int) -> None:
        self._client = client
        self._qos = qos
        self._waiting: dict[str, asyncio.Future[ChargerReading]] = {}

    async def read(self) -> None:
        async for message in self._client.messages:
            reading = decode_working_info(message.payload).reading
            self._waiting.pop(reading.charger_id).set_result(reading)

    async def ask(self, charger_id: str) -> ChargerReading:
        answer: asyncio.Future[ChargerReading] = asyncio.get_running_loop().create_future()
        self._waiting[charger_id] = answer
        request = BLEWIFI.encode_request(Request(charger_id=charger_id, command=Command.GET_READING))
        await self._client.publish(request.topic, request.payload, self._qos)
        return await answer


@dataclass(frozen=True, slots=True)
class Way:
    """A dialect over a version of MQTT, for both subjects."""

    dialect: Dialect
    version: MqttVersion
    bare: type[_BareJson | _BareBlewifi]

    @property
    def protocol(self) -> aiomqtt.ProtocolVersion:
        """The version as aiomqtt names it."""
        v5 = self.version is MqttVersion.V5
        return aiomqtt.ProtocolVersion.V5 if v5 else aiomqtt.ProtocolVersion.V311


DIALECTS: Final[Mapping[str, Way]] = {
    "json": Way(JsonDialect(), MqttVersion.V3_1_1, _BareJson),
    "json-mqtt5": Way(JsonDialect(), MqttVersion.V5, _BareJsonMqtt5),
    "blewifi": Way(BLEWIFI, MqttVersion.V3_1_1, _BareBlewifi),
}
SUBJECTS: Final[Mapping[str, Callable[[Setup], AbstractAsyncContextManager[Ask]]]] = {
    "aiomqtt": bare_aiomqtt,
    "evmeter": evmeter,
}
