"""Connecting: the first attempt, credentials, TLS, and being cancelled in the midst of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from evmeter_client import (
    ConnectionState,
    EVMeterAuthenticationError,
    EVMeterClient,
    EVMeterClosedError,
    EVMeterConfig,
    EVMeterConnectionError,
)
from evmeter_client.simulator.broker import Broker, BrokerSettings, free_port, running_broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.certificates import make_certificate
from tests.client.peers import CHARGER, Device, reading_of, until

PASSWORD = "correct horse"


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[EVMeterConfig, list[asyncio.StreamWriter]]]:
    """Accept connections and never say a word; give a configuration for it and who is connected."""
    connected: list[asyncio.StreamWriter] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        while await reader.read(100):
            pass
        connected.remove(writer)
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield EVMeterConfig(host="127.0.0.1", port=port, tls=False, backoff_base=0.05), connected
        await until(lambda: not connected)


@pytest.fixture
def short_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a silent broker half a second."""
    monkeypatch.setattr("evmeter_client._opener.OPENING_TIMEOUT", 0.5)
    monkeypatch.setattr("evmeter_client._opener.VERSION_TIMEOUT", 0.5)


@asynccontextmanager
async def no_new_tasks() -> AsyncIterator[None]:
    """Fail if a task is left over."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() <= before


async def test_a_first_failure_is_raised(config: EVMeterConfig) -> None:
    nowhere = replace(config, port=free_port())
    async with no_new_tasks():
        client = EVMeterClient(nowhere)
        with pytest.raises(EVMeterConnectionError) as caught:
            await client.connect()
        assert f"127.0.0.1:{nowhere.port}" in str(caught.value)
        assert client.state is ConnectionState.DISCONNECTED
        await client.close()


async def test_a_failed_client_may_try_again(config: EVMeterConfig, broker: Broker) -> None:
    await broker.stop()
    client = EVMeterClient(config)
    with pytest.raises(EVMeterConnectionError):
        await client.connect()
    await broker.start()
    await client.connect()
    assert client.connected
    await client.close()


async def test_without_waiting_it_keeps_trying(config: EVMeterConfig, broker: Broker) -> None:
    await broker.stop()
    client = EVMeterClient(config)
    await client.connect(wait=False)
    await until(lambda: client.state is ConnectionState.DISCONNECTED)
    await broker.start()
    await client.connect()
    assert client.connected
    assert client.statistics.reconnects == 0
    await client.close()


async def test_who_only_waits_may_stop_waiting(config: EVMeterConfig, broker: Broker) -> None:
    await broker.stop()
    client = EVMeterClient(config)
    await client.connect(wait=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.connect()
    await broker.start()
    await until(lambda: client.connected)
    await client.close()


async def test_connecting_twice_is_connecting_once(config: EVMeterConfig) -> None:
    async with EVMeterClient(config) as client:
        await asyncio.gather(client.connect(), client.connect(wait=False), client.connect())
        assert client.connected


async def test_closed_is_closed(config: EVMeterConfig) -> None:
    async with no_new_tasks():
        client = EVMeterClient(config)
        await client.connect()
        await asyncio.gather(client.close(), client.close())
        await client.close()
        assert client.state is ConnectionState.CLOSED
        with pytest.raises(EVMeterClosedError):
            await client.connect()
        with pytest.raises(EVMeterClosedError):
            await client.get_status(CHARGER)


async def test_changes_are_told_until_unsubscribed(config: EVMeterConfig) -> None:
    told: list[ConnectionState] = []
    client = EVMeterClient(config)
    remove = client.on_connection_change(told.append)
    await client.connect()
    await asyncio.sleep(0)
    assert told == [ConnectionState.CONNECTING, ConnectionState.CONNECTED]
    remove()
    remove()
    await client.close()
    await asyncio.sleep(0)
    assert told == [ConnectionState.CONNECTING, ConnectionState.CONNECTED]


async def test_a_callback_that_fails_is_reported_and_ends_nothing(config: EVMeterConfig) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(context["exception"])
    )
    client = EVMeterClient(config)

    def fail(_state: ConnectionState) -> None:
        raise ValueError("a callback's own fault")

    client.on_connection_change(fail)
    await client.connect()
    await asyncio.sleep(0)
    assert [str(error) for error in reported] == ["a callback's own fault"] * 2
    assert client.connected
    await client.close()


async def test_credentials(sockets: None) -> None:
    async with running_broker(BrokerSettings(username="charger", password=PASSWORD)) as broker:
        right = EVMeterConfig(
            host=broker.host, port=broker.port, tls=False, username="charger", password=PASSWORD
        )
        async with ChargerGateway(right, Device()), EVMeterClient(right) as client:
            assert await client.get_reading(CHARGER) == reading_of()
        for wrong in (
            replace(right, password="battery staple"),
            replace(right, username=None, password=None),
        ):
            client = EVMeterClient(wrong)
            with pytest.raises(EVMeterAuthenticationError) as caught:
                await client.connect()
            assert "battery staple" not in str(caught.value)
            assert client.state is ConnectionState.REFUSED
            await client.close()


async def test_refused_credentials_are_not_tried_again_soon(sockets: None) -> None:
    """Requests fail at once then, and do not bring the next attempt forward."""
    told: list[ConnectionState] = []
    async with running_broker(BrokerSettings(username="charger", password=PASSWORD)) as broker:
        config = EVMeterConfig(
            host=broker.host, port=broker.port, tls=False, backoff_base=0.01, backoff_cap=0.5
        )
        client = EVMeterClient(config)
        client.on_connection_change(told.append)
        await client.connect(wait=False)
        await until(lambda: client.state is ConnectionState.REFUSED)
        for _ in range(10):
            with pytest.raises(EVMeterAuthenticationError):
                await client.get_status(CHARGER)
            await asyncio.sleep(0.02)
        assert told == [ConnectionState.CONNECTING, ConnectionState.REFUSED]
        await until(lambda: len(told) == 4)
        await client.close()


async def test_tls_is_verified(tmp_path: Path, sockets: None) -> None:
    certificate = await make_certificate(tmp_path)
    settings = BrokerSettings(certfile=certificate.certfile, keyfile=certificate.keyfile)
    async with running_broker(settings) as broker:
        stranger = EVMeterConfig(host=broker.host, port=broker.port)
        client = EVMeterClient(stranger)
        with pytest.raises(EVMeterConnectionError, match="certificate verify failed"):
            await client.connect()
        await client.close()

        trusting = ssl.create_default_context(cafile=certificate.certfile)
        friend = replace(stranger, tls_context=trusting)
        async with ChargerGateway(friend, Device()), EVMeterClient(friend) as client:
            assert await client.get_reading(CHARGER) == reading_of()


@pytest.mark.usefixtures("short_opening")
async def test_plaintext_to_a_tls_port_fails(tmp_path: Path, sockets: None) -> None:
    certificate = await make_certificate(tmp_path)
    settings = BrokerSettings(certfile=certificate.certfile, keyfile=certificate.keyfile)
    async with no_new_tasks(), running_broker(settings) as broker:
        client = EVMeterClient(EVMeterConfig(host=broker.host, port=broker.port, tls=False))
        with pytest.raises(EVMeterConnectionError, match="without TLS"):
            await client.connect()
        await client.close()


@pytest.mark.usefixtures("short_opening")
async def test_a_broker_that_says_nothing_leaves_nothing_behind(sockets: None) -> None:
    async with no_new_tasks(), silent_server() as (config, connected):
        client = EVMeterClient(config)
        with pytest.raises(EVMeterConnectionError, match="timed out"):
            await client.connect()
        await until(lambda: not connected, timeout=1)
        await client.close()


@pytest.mark.usefixtures("short_opening")
async def test_connecting_can_be_cancelled(sockets: None) -> None:
    """The caller is free at once; closing then waits for what was under way."""
    async with no_new_tasks(), silent_server() as (config, connected):
        client = EVMeterClient(config)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.connect()
        assert len(connected) == 1
        await client.close()
        await until(lambda: not connected, timeout=1)


async def test_connecting_can_be_cancelled_at_any_moment(config: EVMeterConfig) -> None:
    async with no_new_tasks():
        for step in range(25):
            client = EVMeterClient(config)
            connecting = asyncio.create_task(client.connect())
            await asyncio.sleep(step * 0.0004)
            connecting.cancel()
            await asyncio.wait([connecting])
            await client.close()
            assert client.state is ConnectionState.CLOSED


async def test_who_was_cancelled_may_connect_again(config: EVMeterConfig) -> None:
    client = EVMeterClient(config)
    connecting = asyncio.create_task(client.connect())
    await asyncio.sleep(0)
    connecting.cancel()
    await asyncio.wait([connecting])
    await client.connect()
    assert client.connected
    await client.close()


@pytest.mark.usefixtures("short_opening")
async def test_closing_while_connecting_ends_it(sockets: None) -> None:
    async with no_new_tasks(), silent_server() as (config, connected):
        client = EVMeterClient(config)
        connecting = asyncio.create_task(client.connect())
        await until(lambda: len(connected) == 1)
        await client.close()
        with pytest.raises(EVMeterClosedError):
            await connecting
