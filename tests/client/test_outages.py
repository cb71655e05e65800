"""Brokers die, hang and come back; chargers fall silent. Nobody waits longer than they must."""

import asyncio
import logging
import os
import signal
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from evmeter_client import (
    ConnectionState,
    EVMeterClient,
    EVMeterClosedError,
    EVMeterConfig,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
    EVMeterTimeoutError,
)
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault
from tests.client.peers import CHARGER, Device, peer_on, reading_of, until


async def test_open_requests_end_at_once_when_the_broker_dies(config: EVMeterConfig, broker: Broker) -> None:
    async with EVMeterClient(config) as client:
        async with peer_on(broker) as peer:
            asked = [asyncio.create_task(client.get_status(f"CHARGER{number}")) for number in range(20)]
            for _ in asked:
                await peer.hear()
        died = time.monotonic()
        await broker.kill()
        errors = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(error) for error in errors} == {EVMeterConnectionLostError}
        assert len({id(error) for error in errors}) == 20  # each has one of its own, with its own traceback
        assert time.monotonic() - died < 1
        await until(lambda: client.state is ConnectionState.DISCONNECTED)


async def test_it_comes_back_with_the_broker(config: EVMeterConfig, broker: Broker) -> None:
    told: list[ConnectionState] = []
    async with ChargerGateway(config, Device()) as gateway, EVMeterClient(config) as client:
        client.on_connection_change(told.append)
        assert await client.get_reading(CHARGER) == reading_of()
        for restart in range(1, 3):
            await broker.kill()
            await until(lambda: not client.connected and not gateway.connected)
            await broker.start()
            await until(lambda: client.connected and gateway.connected)
            assert await client.get_reading(CHARGER) == reading_of()
            assert client.statistics.reconnects == restart
    assert told[0] is ConnectionState.DISCONNECTED
    assert told.count(ConnectionState.CONNECTED) == 2


async def test_a_request_waits_for_the_connection(config: EVMeterConfig, broker: Broker) -> None:
    slow = replace(config, backoff_base=1.0, backoff_cap=1.0)
    attempts: list[ConnectionState] = []
    async with ChargerGateway(config, Device()), EVMeterClient(slow) as client:
        client.on_connection_change(attempts.append)
        await broker.stop()
        await until(lambda: not client.connected)
        asked = asyncio.create_task(client.get_reading(CHARGER))
        # Lost, tried and failed: the next attempt is a second away, and the charger is back before it.
        lost, failed = ConnectionState.DISCONNECTED, ConnectionState.DISCONNECTED
        await until(lambda: attempts == [lost, ConnectionState.CONNECTING, failed])
        await broker.start()
        assert await asked == reading_of()


async def test_a_request_without_a_connection_says_so(config: EVMeterConfig, broker: Broker) -> None:
    impatient = replace(config, request_timeout=0.3)
    async with EVMeterClient(impatient) as client:
        await broker.stop()
        await until(lambda: not client.connected)
        with pytest.raises(EVMeterConnectionError, match="no connection within"):
            await client.get_reading(CHARGER)
        assert client.statistics.requests == 0


async def test_a_waiting_request_brings_the_next_attempt_forward(
    config: EVMeterConfig, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    slow = replace(config, backoff_base=0.2, backoff_cap=60.0, request_timeout=3.0)
    async with EVMeterClient(slow) as client:
        await broker.stop()
        attempts: list[float] = []

        def note(state: ConnectionState) -> None:
            if state is ConnectionState.CONNECTING:
                attempts.append(time.monotonic())

        client.on_connection_change(note)
        await until(lambda: client.state is ConnectionState.DISCONNECTED)
        with pytest.raises(EVMeterConnectionError):
            await client.get_reading(CHARGER)
        # Left alone it would have tried after 0.4, 0.8 and 1.6 s more; waited for, at most every 0.2 s.
        assert 8 <= len(attempts) <= 16
        gaps = [later - earlier for earlier, later in pairwise(attempts)]
        assert min(gaps) > 0.18


async def test_attempts_become_rarer(
    config: EVMeterConfig, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    attempts: list[float] = []

    def note(state: ConnectionState) -> None:
        if state is ConnectionState.CONNECTING:
            attempts.append(time.monotonic())

    await broker.stop()
    client = EVMeterClient(replace(config, backoff_base=0.05, backoff_cap=0.3))
    client.on_connection_change(note)
    await client.connect(wait=False)
    await until(lambda: len(attempts) == 6)
    await client.close()
    gaps = [later - earlier for earlier, later in pairwise(attempts)]
    for gap, expected in zip(gaps, (0.1, 0.2, 0.3, 0.3, 0.3), strict=True):
        assert expected - 0.02 < gap < expected + 0.15


async def test_the_log_tells_of_changes_and_not_of_attempts(
    config: EVMeterConfig, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await broker.stop()
    attempts: list[ConnectionState] = []
    client = EVMeterClient(config)
    client.on_connection_change(attempts.append)
    await client.connect(wait=False)
    await until(lambda: attempts.count(ConnectionState.CONNECTING) == 5)
    await broker.start()
    await until(lambda: client.connected)
    await broker.kill()
    attempts.clear()
    await until(lambda: attempts.count(ConnectionState.CONNECTING) == 5)
    await client.close()
    told = [
        (record.name, record.levelname, record.getMessage().split(" 127.")[0])
        for record in caplog.records
        if record.name != "asyncio"
    ]
    assert told == [
        ("evmeter_client.session", "WARNING", "Not connected to"),
        ("evmeter_client.session", "INFO", "Connected to"),
        ("evmeter_client.session", "WARNING", "Not connected to"),
    ]


async def test_every_request_has_its_full_time(config: EVMeterConfig) -> None:
    """One timer serves them all; requests that come and go in between do not disturb it."""
    impatient = replace(config, request_timeout=0.4)

    async def time_out(client: EVMeterClient, charger_id: str) -> float:
        began = time.monotonic()
        with pytest.raises(EVMeterTimeoutError):
            await client.get_reading(charger_id)
        return time.monotonic() - began

    async def keep_reading(client: EVMeterClient) -> None:
        while True:
            assert await client.get_reading(CHARGER) == reading_of()
            await asyncio.sleep(0.02)

    async with ChargerGateway(config, Device()), EVMeterClient(impatient) as client:
        reading = asyncio.create_task(keep_reading(client))
        silent = []
        for number in range(24):
            silent.append(asyncio.create_task(time_out(client, f"SILENT{number}")))
            await asyncio.sleep(0.05)
        for waited in await asyncio.gather(*silent):
            assert 0.39 < waited < 0.8
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
        assert client.statistics.timeouts == 24
        await asyncio.sleep(0.5)  # the timer runs out
        waited = await time_out(client, "SILENT")
        assert 0.39 < waited < 0.8


async def test_a_silent_charger_does_not_cost_the_connection(config: EVMeterConfig) -> None:
    """The broker's receipts prove that the connection is fine."""
    impatient = replace(config, request_timeout=0.1)
    async with ChargerGateway(impatient, Device(), fault=Fault.SILENT), EVMeterClient(impatient) as client:
        for _ in range(8):
            with pytest.raises(EVMeterTimeoutError):
                await client.get_reading(CHARGER)
        assert client.statistics.timeouts == 8
        await asyncio.sleep(0.1)
        assert client.connected
        assert client.statistics.reconnects == 0


async def test_a_hanging_broker_is_left_after_three_timeouts(config: EVMeterConfig, broker: Broker) -> None:
    """A frozen broker still holds its sockets: only the silence tells."""
    impatient = replace(config, request_timeout=0.2)
    async with ChargerGateway(config, Device()) as gateway, EVMeterClient(impatient) as client:
        await client.get_reading(CHARGER)
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            for _ in range(3):
                assert client.connected
                with pytest.raises(EVMeterTimeoutError):
                    await client.get_reading(CHARGER)
            await until(lambda: not client.connected, timeout=1)
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await until(lambda: client.connected and gateway.connected)
        assert await client.get_reading(CHARGER) == reading_of()
        assert client.statistics.reconnects == 1


async def test_closing_ends_open_requests(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer:
        before = asyncio.all_tasks()
        client = EVMeterClient(config)
        await client.connect()
        asked = [asyncio.create_task(client.get_status(f"CHARGER{number}")) for number in range(10)]
        limit = asyncio.create_task(client.set_current_limits(CHARGER, (6, 6, 6)))
        for _ in range(11):
            await peer.hear()
        closed = time.monotonic()
        await client.close()
        errors = await asyncio.gather(*asked, limit, return_exceptions=True)
        assert time.monotonic() - closed < 1
        assert {type(error) for error in errors} == {EVMeterClosedError}
        await asyncio.sleep(0.05)
        assert asyncio.all_tasks() <= before


async def test_closing_ends_requests_that_wait_for_a_connection(
    config: EVMeterConfig, broker: Broker
) -> None:
    client = EVMeterClient(config)
    await broker.stop()
    await client.connect(wait=False)
    asked = asyncio.create_task(client.get_reading(CHARGER))
    await asyncio.sleep(0.05)
    await client.close()
    with pytest.raises(EVMeterClosedError):
        await asked


async def test_it_can_be_closed_at_any_moment_of_an_outage(config: EVMeterConfig, broker: Broker) -> None:
    """Also in the one in which the wait for the next attempt is just over."""
    await broker.stop()
    hasty = replace(config, backoff_base=0.0001, backoff_cap=0.001)
    for step in range(150):
        client = EVMeterClient(hasty)
        await client.connect(wait=False)
        await asyncio.sleep(0.005 + step * 0.0001)
        async with asyncio.timeout(5):
            await client.close()


async def test_a_request_can_be_cancelled_at_any_moment(config: EVMeterConfig) -> None:
    device = Device()
    async with ChargerGateway(config, device), EVMeterClient(config) as client:
        for step in range(40):
            asked = asyncio.create_task(client.set_current_limits(CHARGER, (float(step % 32), 0.0, 0.0)))
            await asyncio.sleep(step * 0.0001)
            asked.cancel()
            await asyncio.wait([asked])
        for _ in range(3):
            assert await client.set_current_limits(CHARGER, (6, 6, 6)) == (6.0, 6.0, 6.0)
        assert client.statistics.reconnects == 0
        assert client.statistics.rejected_messages == 0


async def test_the_broker_may_die_at_any_moment_of_a_request(config: EVMeterConfig, broker: Broker) -> None:
    async with ChargerGateway(config, Device()) as gateway, EVMeterClient(config) as client:
        for step in range(6):
            await until(lambda: client.connected and gateway.connected)
            asked = asyncio.create_task(client.get_reading(CHARGER))
            await asyncio.sleep(step * 0.0005)
            died = time.monotonic()
            await broker.kill()
            (outcome,) = await asyncio.gather(asked, return_exceptions=True)
            assert outcome == reading_of() or isinstance(outcome, EVMeterConnectionLostError)
            assert time.monotonic() - died < 1
            await broker.start()
