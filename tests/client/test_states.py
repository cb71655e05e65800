"""Following the connection itself."""

import asyncio
from contextlib import aclosing

import pytest

from evmeter_client import ConnectionState, EVMeterClient, EVMeterClosedError, EVMeterConfig
from evmeter_client._streams import MAX_WAITING
from evmeter_client.simulator.broker import Broker
from tests.client.peers import until

CONNECTING, CONNECTED = ConnectionState.CONNECTING, ConnectionState.CONNECTED
DISCONNECTED, CLOSED = ConnectionState.DISCONNECTED, ConnectionState.CLOSED


async def test_it_begins_with_the_present_and_ends_when_closed(config: EVMeterConfig) -> None:
    client = EVMeterClient(config)
    states = client.states()
    assert await anext(states) is DISCONNECTED
    await client.connect()
    late = client.states()
    assert await anext(late) is CONNECTED
    await client.close()
    assert [state async for state in states] == [CONNECTING, CONNECTED, CLOSED]
    assert [state async for state in late] == [CLOSED]


async def test_an_outage_is_told_as_it_happens(config: EVMeterConfig, broker: Broker) -> None:
    async with EVMeterClient(config) as client, aclosing(client.states()) as states:
        assert await anext(states) is CONNECTED
        await broker.kill()
        assert [await anext(states) for _ in range(2)] == [DISCONNECTED, CONNECTING]
        await broker.start()
        async with asyncio.timeout(5):
            while await anext(states) is not CONNECTED:
                pass
        assert client.connected


async def test_a_slow_reader_keeps_the_newest(config: EVMeterConfig, broker: Broker) -> None:
    hasty = EVMeterConfig(
        host=config.host, port=config.port, tls=False, backoff_base=0.0001, backoff_cap=0.0001
    )
    told: list[ConnectionState] = []
    async with EVMeterClient(hasty) as client:
        states = client.states()
        assert await anext(states) is CONNECTED
        client.on_connection_change(told.append)
        await broker.stop()
        await until(lambda: len(told) > 2 * MAX_WAITING)
    kept = [state async for state in states]
    assert len(kept) == MAX_WAITING
    assert kept[-1] is CLOSED


async def test_who_stops_following_leaves_nothing_behind(config: EVMeterConfig) -> None:
    async with EVMeterClient(config) as client:
        states = client.states()
        assert await anext(states) is CONNECTED
        waiting = asyncio.ensure_future(anext(states))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(StopAsyncIteration):
            await anext(states)


async def test_a_closed_client_has_no_states(config: EVMeterConfig) -> None:
    client = EVMeterClient(config)
    begun_late = client.states()
    await client.close()
    assert [state async for state in begun_late] == [CLOSED]
    with pytest.raises(EVMeterClosedError):
        client.states()
