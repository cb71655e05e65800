"""MQTT 5 where the broker speaks it, 3.1.1 where it does not, and both on one broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from evmeter_client import (
    BlewifiDialect,
    EVMeterAuthenticationError,
    EVMeterClient,
    EVMeterConfig,
    EVMeterConnectionError,
    MqttVersion,
)
from evmeter_client.dialects.json_documents import reading_to_json
from evmeter_client.simulator.broker import Broker, BrokerSettings, running_broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.peers import CHARGER, Device, plain_client, reading_of, told_by, until
from tests.client.relay import LEVEL_5, LEVEL_311, relay_to

AUTOMATIC, V5, V3_1_1 = MqttVersion.AUTOMATIC, MqttVersion.V5, MqttVersion.V3_1_1
RESPONSE = f"evmeter/{CHARGER}/response"


@pytest.fixture
async def old_broker(sockets: None) -> AsyncIterator[Broker]:
    """Give a broker that speaks MQTT 3.1.1 alone."""
    async with running_broker(BrokerSettings(embedded=True)) as broker:
        yield broker


@pytest.fixture
def short_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a broker's answer half a second."""
    monkeypatch.setattr("evmeter_client._opener.OPENING_TIMEOUT", 0.5)
    monkeypatch.setattr("evmeter_client._opener.VERSION_TIMEOUT", 0.5)


class Peer5:
    """A charger's side that speaks MQTT 5 and answers as it likes."""

    def __init__(self, client: aiomqtt.Client) -> None:
        """Use an open connection."""
        self._client = client

    async def hear(self) -> tuple[str, Properties]:
        """Return the id and the properties of the next request."""
        message = await anext(self._client.messages)
        assert isinstance(message.payload, bytes)
        assert message.properties is not None
        request_id: str = json.loads(message.payload)["id"]
        return request_id, message.properties

    async def answer(self, request_id: str, energy: int, correlation: bytes | None) -> None:
        """Answer a request with a reading that is known by its energy."""
        result = reading_to_json(reading_of(total_energy_wh=energy))
        document = {"v": 1, "id": request_id, "ok": True, "result": result}
        properties = Properties(PacketTypes.PUBLISH)
        if correlation is not None:
            properties.CorrelationData = correlation
        await self._client.publish(RESPONSE, json.dumps(document), qos=1, properties=properties)


@asynccontextmanager
async def peer5_on(broker: Broker) -> AsyncIterator[Peer5]:
    """Connect a peer that hears requests."""
    async with plain_client(broker, aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("evmeter/+/command", qos=1)
        yield Peer5(client)


# Which version


@pytest.mark.parametrize(("wanted", "spoken"), [(AUTOMATIC, V5), (V5, V5), (V3_1_1, V3_1_1)])
async def test_a_broker_with_both_versions(
    config: EVMeterConfig, wanted: MqttVersion, spoken: MqttVersion
) -> None:
    chosen = replace(config, mqtt_version=wanted)
    client = EVMeterClient(chosen)
    assert client.mqtt_version is None
    async with ChargerGateway(chosen, Device()), client:
        assert client.mqtt_version is spoken
        assert await client.get_reading(CHARGER) == reading_of()
        assert await client.set_current_limits(CHARGER, (6, 7, 8)) == (6.0, 7.0, 8.0)
    assert client.mqtt_version is None


async def test_an_old_broker_is_spoken_to_in_its_version(config: EVMeterConfig, old_broker: Broker) -> None:
    old = replace(config, port=old_broker.port)
    async with ChargerGateway(old, Device()), EVMeterClient(old) as client:
        assert client.mqtt_version is V3_1_1
        assert await client.get_reading(CHARGER) == reading_of()


@pytest.mark.usefixtures("short_opening")
async def test_an_old_broker_is_asked_for_mqtt_5_once(config: EVMeterConfig, old_broker: Broker) -> None:
    async with relay_to(old_broker) as relay:
        client = EVMeterClient(replace(config, port=relay.port))
        await client.connect()
        await old_broker.kill()
        await until(lambda: not client.connected)
        await old_broker.start()
        await until(lambda: client.connected)
        await client.close()
        assert relay.levels[:2] == [LEVEL_5, LEVEL_311]
        assert set(relay.levels[2:]) == {LEVEL_311}


async def test_mqtt_5_that_was_asked_for_is_not_given_up(config: EVMeterConfig, old_broker: Broker) -> None:
    client = EVMeterClient(replace(config, port=old_broker.port, mqtt_version=V5))
    with pytest.raises(EVMeterConnectionError, match="Unsupported protocol version"):
        await client.connect()
    await client.close()


@pytest.mark.usefixtures("short_opening")
async def test_a_broker_that_hangs_up_on_mqtt_5(config: EVMeterConfig, broker: Broker) -> None:
    async with relay_to(broker) as relay:
        relay.refused = {LEVEL_5}
        client = EVMeterClient(replace(config, port=relay.port))
        await client.connect()
        assert client.mqtt_version is V3_1_1
        await broker.kill()
        await until(lambda: not client.connected)
        await broker.start()
        await until(lambda: client.connected)
        await client.close()
        assert relay.levels[:2] == [LEVEL_5, LEVEL_311]
        assert set(relay.levels[2:]) == {LEVEL_311}


@pytest.mark.usefixtures("short_opening")
async def test_a_broker_that_was_only_down_is_asked_for_mqtt_5_again(
    config: EVMeterConfig, broker: Broker
) -> None:
    async with relay_to(broker) as relay:
        relay.refused = {LEVEL_5, LEVEL_311}
        client = EVMeterClient(replace(config, port=relay.port))
        with pytest.raises(EVMeterConnectionError):
            await client.connect()
        relay.refused.clear()
        await client.connect()
        assert client.mqtt_version is V5
        await client.close()


async def test_wrong_credentials_are_no_reason_for_another_version(sockets: None) -> None:
    settings = BrokerSettings(username="charger", password="correct horse")
    async with running_broker(settings) as broker, relay_to(broker) as relay:
        client = EVMeterClient(EVMeterConfig(host=broker.host, port=relay.port, tls=False))
        with pytest.raises(EVMeterAuthenticationError):
            await client.connect()
        await client.close()
        assert relay.levels == [LEVEL_5]


async def test_blewifi_is_spoken_over_mqtt_3_1_1(config: EVMeterConfig) -> None:
    dialect = BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(48))
    binary = replace(config, dialect=dialect)
    async with ChargerGateway(binary, Device()), EVMeterClient(binary) as client:
        assert client.mqtt_version is V3_1_1
        assert await client.get_reading(CHARGER) == reading_of()


@pytest.mark.parametrize(("clients", "chargers"), [(V5, V3_1_1), (V3_1_1, V5)])
async def test_client_and_charger_need_not_speak_the_same(
    config: EVMeterConfig, clients: MqttVersion, chargers: MqttVersion
) -> None:
    async with (
        ChargerGateway(replace(config, mqtt_version=chargers), Device()),
        EVMeterClient(replace(config, mqtt_version=clients)) as client,
    ):
        readings = await asyncio.gather(*(client.get_reading(CHARGER) for _ in range(5)))
        assert set(readings) == {reading_of()}
        assert await client.set_current_limits(CHARGER, (6, 7, 8)) == (6.0, 7.0, 8.0)
        assert client.statistics.rejected_messages == 0


# What a request and its answer carry


async def test_a_request_tells_where_and_how_to_answer(config: EVMeterConfig, broker: Broker) -> None:
    async with peer5_on(broker) as peer, EVMeterClient(config) as client:
        asked = asyncio.create_task(client.get_reading(CHARGER))
        request_id, properties = await peer.hear()
        assert told_by(properties, "ResponseTopic") == RESPONSE
        assert told_by(properties, "CorrelationData") == request_id.encode()
        assert told_by(properties, "MessageExpiryInterval") == config.request_timeout
        await peer.answer(request_id, 7, request_id.encode())
        assert (await asked).metrics.total_energy_wh == 7


async def test_an_answer_with_other_correlation_data_is_dropped(
    config: EVMeterConfig, broker: Broker
) -> None:
    async with peer5_on(broker) as peer, EVMeterClient(config) as client:
        asked = asyncio.create_task(client.get_reading(CHARGER))
        request_id, _ = await peer.hear()
        for correlation in (b"", b"\xff", request_id.encode()[:-1], b"ffffffffffff-1"):
            await peer.answer(request_id, 1, correlation)
        await peer.answer("ffffffffffff-1", 2, request_id.encode())
        await until(lambda: client.statistics.rejected_messages == 5)
        assert not asked.done()
        await peer.answer(request_id, 3, request_id.encode())
        assert (await asked).metrics.total_energy_wh == 3
        assert client.statistics.answers == 1


async def test_an_answer_without_correlation_data_counts_by_its_id(
    config: EVMeterConfig, broker: Broker
) -> None:
    async with peer5_on(broker) as peer, EVMeterClient(config) as client:
        asked = asyncio.create_task(client.get_reading(CHARGER))
        request_id, _ = await peer.hear()
        await peer.answer(request_id, 4, None)
        assert (await asked).metrics.total_energy_wh == 4
