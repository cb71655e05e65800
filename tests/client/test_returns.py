"""A broker that was killed and comes back after a while: who waits is answered soon, nobody is forgotten."""

import asyncio
import os
import time
from dataclasses import replace

import pytest

from evmeter_client import (
    ChargerReading,
    EVMeterClient,
    EVMeterConfig,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
    EVMeterError,
)
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.peers import CHARGER, Device, reading_of, until

LONG_OUTAGE = float(os.environ.get("EVMETER_LONG_OUTAGE", "10"))
"""The longest outage [s]: 30 in earnest, less where the tests must not take so long."""

ANSWERED_WITHIN = 2.0
"""After the broker's return [s]."""


async def outcome(client: EVMeterClient, charger_id: str) -> ChargerReading | EVMeterError:
    """Ask a charger; return its reading or the error."""
    try:
        return await client.get_reading(charger_id)
    except EVMeterError as error:
        return error


@pytest.mark.parametrize("outage", [1.0, 5.0, LONG_OUTAGE])
async def test_who_waits_is_answered_soon_after_the_broker_is_back(
    config: EVMeterConfig, broker: Broker, outage: float
) -> None:
    """The client retries as it does by default; the charger is back at once."""
    patient = EVMeterConfig(host=config.host, port=config.port, tls=False, request_timeout=outage + 10)
    impatient = replace(patient, request_timeout=min(0.8, outage / 2))
    slow = ChargerGateway(config, Device("SLOW"), latency=60)
    async with (
        ChargerGateway(config, Device()),
        slow,
        EVMeterClient(patient) as client,
        EVMeterClient(impatient) as hasty,
    ):
        open_request = asyncio.create_task(outcome(client, "SLOW"))
        await until(lambda: slow.requests == 1)
        await broker.kill()
        lost = await open_request
        assert isinstance(lost, EVMeterConnectionLostError)
        began = time.monotonic()
        waiting = asyncio.create_task(outcome(client, CHARGER))
        while time.monotonic() < began + outage:
            error = await outcome(hasty, CHARGER)
            assert type(error) is EVMeterConnectionError
        assert not waiting.done()
        await broker.start()
        returned = time.monotonic()
        assert await waiting == reading_of()
        assert time.monotonic() - returned < ANSWERED_WITHIN
        assert client.statistics.reconnects == 1


async def test_every_request_of_an_outage_has_an_outcome_of_its_own(
    config: EVMeterConfig, broker: Broker
) -> None:
    """Requests begun before, at and after the death of the broker, one every few milliseconds."""
    chargers = [f"CHARGER{number}" for number in range(100)]
    config = replace(config, request_timeout=3.0)
    asked: list[asyncio.Task[ChargerReading | EVMeterError]] = []
    async with ChargerGateway(config, Device(chargers[0])), EVMeterClient(config) as client:
        for number, charger in enumerate(chargers):
            asked.append(asyncio.create_task(outcome(client, charger)))
            await asyncio.sleep(0.003)
            if number == 50:
                await broker.kill()
        await broker.start()
        outcomes = await asyncio.gather(*asked)
        assert len(outcomes) == len(chargers)
        assert outcomes[0] == reading_of(chargers[0])
        errors = [error for error in outcomes if isinstance(error, EVMeterError)]
        assert len({id(error) for error in errors}) == len(errors) == len(chargers) - 1
        assert any(isinstance(error, EVMeterConnectionLostError) for error in errors)
        assert await client.get_reading(chargers[0]) == reading_of(chargers[0])
