"""A charger on MQTT 5 answers where it is asked to, if that is a place for answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from evmeter_client import EVMeterConfig, MqttVersion
from evmeter_client.dialects.json import MAX_CORRELATION
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.peers import CHARGER, Device, plain_client

pytestmark = pytest.mark.usefixtures("sockets")

COMMAND = f"evmeter/{CHARGER}/command"
RESPONSE = f"evmeter/{CHARGER}/response"


@pytest.fixture
def mqtt_version() -> MqttVersion:
    """Have the charger speak MQTT 5."""
    return MqttVersion.V5


class Asker:
    """Asks the charger for its status and hears every answer there may be."""

    def __init__(self, client: aiomqtt.Client) -> None:
        """Use an open connection."""
        self._client = client

    async def ask(self, request_id: str, command: str = "get_status", **properties: str | bytes) -> None:
        """Publish a request with these MQTT 5 properties."""
        packed = Properties(PacketTypes.PUBLISH)
        for name, value in properties.items():
            setattr(packed, name, value)
        payload = json.dumps({"v": 1, "id": request_id, "command": command, "params": {}})
        await self._client.publish(COMMAND, payload, qos=1, properties=packed)

    async def hear(self) -> tuple[str, str, bytes | None]:
        """Return topic, id and correlation data of the next message that is not a push or a request."""
        async with asyncio.timeout(5):
            async for message in self._client.messages:
                assert isinstance(message.payload, bytes)
                if not message.topic.value.endswith(("/state", "/availability", "/command")):
                    correlation: bytes | None = getattr(message.properties, "CorrelationData", None)
                    return message.topic.value, json.loads(message.payload)["id"], correlation
        raise AssertionError("the connection was lost")


@asynccontextmanager
async def asker_on(broker: Broker) -> AsyncIterator[Asker]:
    """Connect an asker that hears everything."""
    async with plain_client(broker, aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("#", qos=1)
        yield Asker(client)


async def test_it_answers_on_the_response_topic_and_returns_the_correlation_data(
    config: EVMeterConfig, broker: Broker
) -> None:
    async with ChargerGateway(config, Device()), asker_on(broker) as asker:
        await asker.ask("a-1", ResponseTopic="evmeter/someone/response", CorrelationData=b"\x00\xff")
        assert await asker.hear() == ("evmeter/someone/response", "a-1", b"\x00\xff")
        await asker.ask("a-2", "explode", ResponseTopic="evmeter/someone/response", CorrelationData=b"x")
        assert await asker.hear() == ("evmeter/someone/response", "a-2", b"x")
        await asker.ask("a-3")
        assert await asker.hear() == (RESPONSE, "a-3", None)


@pytest.mark.parametrize(
    "topic",
    [
        "home/door/open", "evmeter/other/command", "evmeter/other/state", "evmeter/a/b/response", "response",
        "evmeter//response", "/evmeter/a/response", "evmeter/a/response/", "$SYS/evmeter/a/response",
    ],
)  # fmt: skip
async def test_a_topic_that_is_not_for_answers_is_not_used(
    config: EVMeterConfig, broker: Broker, topic: str
) -> None:
    async with ChargerGateway(config, Device()), asker_on(broker) as asker:
        await asker.ask("a-1", ResponseTopic=topic, CorrelationData=b"a-1")
        assert await asker.hear() == (RESPONSE, "a-1", b"a-1")


async def test_long_correlation_data_are_not_returned(config: EVMeterConfig, broker: Broker) -> None:
    async with ChargerGateway(config, Device()) as gateway, asker_on(broker) as asker:
        await asker.ask("a-1", CorrelationData=bytes(MAX_CORRELATION + 1))
        await asker.ask("a-2", CorrelationData=bytes(MAX_CORRELATION))
        assert await asker.hear() == (RESPONSE, "a-2", bytes(MAX_CORRELATION))
        assert gateway.requests == 1


async def test_a_repeated_request_is_answered_the_same_way(config: EVMeterConfig, broker: Broker) -> None:
    device = Device()
    async with ChargerGateway(config, device, push_interval=60), asker_on(broker) as asker:
        for _ in range(2):
            await asker.ask("a-1", ResponseTopic="evmeter/someone/response", CorrelationData=b"x")
            assert await asker.hear() == ("evmeter/someone/response", "a-1", b"x")
        assert device.reads == 2  # one pushed, one asked for
