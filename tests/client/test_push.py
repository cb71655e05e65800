"""What chargers say unasked: readings and availability."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import aiomqtt
import pytest

from evmeter_client import (
    BlewifiDialect,
    ChargerReading,
    EVMeterClient,
    EVMeterClosedError,
    EVMeterConfig,
    EVMeterConnectionError,
)
from evmeter_client._streams import MAX_WAITING
from evmeter_client.dialects.json_documents import reading_to_json
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.peers import CHARGER, Device, Peer, peer_on, reading_of, until

BLEWIFI = BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(48))
STATE = f"evmeter/{CHARGER}/state"


async def push(peer: Peer, energy: int, *, retain: bool = False) -> None:
    """Push a reading that is known by its energy."""
    document = reading_to_json(reading_of(total_energy_wh=energy))
    await peer.publish(STATE, json.dumps(document).encode(), retain=retain)


async def next_energy(readings: AsyncGenerator[ChargerReading, None]) -> int:
    """Return the energy in the next reading."""
    return (await anext(readings)).metrics.total_energy_wh


async def test_the_retained_reading_comes_first_and_changes_follow(config: EVMeterConfig) -> None:
    device = Device()
    async with (
        ChargerGateway(config, device, push_interval=0.02),
        EVMeterClient(config) as client,
        aclosing(client.subscribe(CHARGER)) as readings,
    ):
        assert await anext(readings) == device.present
        await client.set_current_limits(CHARGER, (6, 7, 8))
        assert (await anext(readings)).limits == (6.0, 7.0, 8.0)


async def test_a_second_follower_begins_with_the_latest(config: EVMeterConfig) -> None:
    device = Device()
    async with (
        ChargerGateway(config, device),
        EVMeterClient(config) as client,
        aclosing(client.subscribe(CHARGER)) as first,
        aclosing(client.subscribe(CHARGER)) as second,
    ):
        assert await anext(first) == device.present
        assert await anext(second) == device.present


async def test_chargers_are_kept_apart(config: EVMeterConfig) -> None:
    one, other = Device("ONE"), Device("OTHER")
    async with (
        ChargerGateway(config, one),
        ChargerGateway(config, other),
        EVMeterClient(config) as client,
        aclosing(client.subscribe("ONE")) as ones,
        aclosing(client.subscribe("OTHER")) as others,
    ):
        assert await anext(others) == other.present
        assert await anext(ones) == one.present


async def test_a_slow_follower_keeps_the_newest(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer, EVMeterClient(config) as client:
        await push(peer, 0, retain=True)
        async with aclosing(client.subscribe(CHARGER)) as readings:
            assert await next_energy(readings) == 0
            for number in range(MAX_WAITING + 20):
                await push(peer, number)
            await until(lambda: client.statistics.dropped_readings == 20)
            assert await next_energy(readings) == 20


async def test_following_goes_on_over_a_reconnect(config: EVMeterConfig, broker: Broker) -> None:
    device = Device()
    async with (
        ChargerGateway(config, device, push_interval=0.02),
        EVMeterClient(config) as client,
        aclosing(client.subscribe(CHARGER)) as readings,
    ):
        assert await anext(readings) == device.present
        await broker.kill()
        await until(lambda: not client.connected)
        await broker.start()
        device.present = reading_of(total_energy_wh=2)
        assert await next_energy(readings) == 2
        await until(lambda: client.statistics.reconnects == 1)


async def test_following_may_begin_without_a_connection(config: EVMeterConfig, broker: Broker) -> None:
    await broker.stop()
    client = EVMeterClient(config)
    await client.connect(wait=False)
    first = asyncio.ensure_future(anext(client.subscribe(CHARGER)))
    await asyncio.sleep(0.05)
    await broker.start()
    async with ChargerGateway(config, Device()):
        assert await first == reading_of()
    await client.close()


async def test_following_may_begin_while_it_connects(
    config: EVMeterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked for while older topics are being subscribed to must not be forgotten."""
    subscribe = aiomqtt.Client.subscribe

    async def slowly(client: aiomqtt.Client, topic: str, qos: int, timeout: float) -> object:
        await asyncio.sleep(0.1)
        return await subscribe(client, topic, qos, timeout=timeout)

    async with ChargerGateway(config, Device("ONE")), ChargerGateway(config, Device("OTHER")):
        monkeypatch.setattr(aiomqtt.Client, "subscribe", slowly)
        client = EVMeterClient(config)
        await client.connect(wait=False)
        one = asyncio.ensure_future(anext(client.subscribe("ONE")))
        await asyncio.sleep(0.05)
        other = asyncio.ensure_future(anext(client.subscribe("OTHER")))
        assert (await one).charger_id == "ONE"
        assert (await other).charger_id == "OTHER"
        await client.close()


async def test_a_refused_subscription_is_told_and_costs_nothing_else(
    config: EVMeterConfig, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe = aiomqtt.Client.subscribe

    async def refuse(client: aiomqtt.Client, topic: str, qos: int, timeout: float) -> object:
        codes = await subscribe(client, topic, qos, timeout=timeout)
        return (0x80,) if "SECRET" in topic else codes

    monkeypatch.setattr(aiomqtt.Client, "subscribe", refuse)
    async with ChargerGateway(config, Device()) as gateway, EVMeterClient(config) as client:
        with pytest.raises(EVMeterConnectionError, match="does not allow"):
            await anext(client.subscribe("SECRET"))
        with pytest.raises(EVMeterConnectionError, match="does not allow"):
            await client.get_reading("SECRET")
        assert await client.get_reading(CHARGER) == reading_of()
        await broker.kill()
        await until(lambda: not client.connected and not gateway.connected)
        await broker.start()
        await until(lambda: client.connected and gateway.connected)
        assert await client.get_reading(CHARGER) == reading_of()


async def test_the_last_follower_ends_the_subscription(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer, EVMeterClient(config) as client:
        await push(peer, 0, retain=True)
        async with aclosing(client.subscribe(CHARGER)) as readings:
            await anext(readings)
        await asyncio.sleep(0.05)
        heard = client.statistics.pushed_readings
        await push(peer, 1)
        await asyncio.sleep(0.05)
        assert client.statistics.pushed_readings == heard


async def test_closing_the_client_ends_following(config: EVMeterConfig) -> None:
    async with ChargerGateway(config, Device()), EVMeterClient(config) as client:
        readings = client.subscribe(CHARGER)
        assert await anext(readings) == reading_of()
        waiting = asyncio.ensure_future(anext(readings))
        await asyncio.sleep(0.02)
        await client.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
        with pytest.raises(EVMeterClosedError):
            client.subscribe(CHARGER)


async def test_a_follower_that_is_cancelled_leaves_nothing_behind(config: EVMeterConfig) -> None:
    async with ChargerGateway(config, Device()), EVMeterClient(config) as client:
        readings = client.subscribe(CHARGER)
        await anext(readings)
        waiting = asyncio.ensure_future(anext(readings))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(StopAsyncIteration):
            await anext(readings)


async def test_blewifi_frames_nobody_asked_for_are_readings(config: EVMeterConfig) -> None:
    config = replace(config, dialect=BLEWIFI)
    device = Device()
    async with EVMeterClient(config) as client, aclosing(client.subscribe(CHARGER)) as readings:
        first = asyncio.ensure_future(anext(readings))
        await asyncio.sleep(0.05)
        async with ChargerGateway(config, device, push_interval=0.02):
            assert await first == device.present
            assert await client.get_reading(CHARGER) == device.present
            device.present = reading_of(total_energy_wh=5)
            assert await next_energy(readings) == 5


async def test_availability_is_what_charger_and_last_will_tell(config: EVMeterConfig, broker: Broker) -> None:
    async with EVMeterClient(config) as client, aclosing(client.subscribe_availability(CHARGER)) as online:
        assert client.available(CHARGER) is None
        async with ChargerGateway(config, Device()):
            assert await anext(online) is True
            assert client.available(CHARGER) is True
        assert await anext(online) is False
        assert client.available(CHARGER) is False
        await broker.kill()
        await until(lambda: client.available(CHARGER) is None)
