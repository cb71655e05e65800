"""Requests and answers over a real broker: everyone gets the answer to their own question."""

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from evmeter_client import (
    BlewifiDialect,
    EVMeterClient,
    EVMeterClosedError,
    EVMeterCommandError,
    EVMeterConfig,
    EVMeterConfigError,
    EVMeterTimeoutError,
    EVMeterUnsupportedError,
    MqttVersion,
    PerPhase,
)
from evmeter_client.dialects.json_documents import reading_to_json
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.peers import CHARGER, Device, peer_on, reading_of, until

USER_ID = "123e4567-e89b-12d3-a456-426614174000"
BLEWIFI = BlewifiDialect(USER_ID, bytes(range(100, 148)))
MANY = [f"24:0A:C4:00:00:{number:02X}".replace(":", "") for number in range(12)]


@pytest.fixture(params=[MqttVersion.V3_1_1, MqttVersion.AUTOMATIC], ids=lambda version: version.value)
def mqtt_version(request: pytest.FixtureRequest) -> MqttVersion:
    """Give both versions: the broker speaks MQTT 5, so that is what is chosen."""
    version: MqttVersion = request.param
    return version


async def test_reads_and_limits(config: EVMeterConfig) -> None:
    device = Device()
    async with ChargerGateway(config, device), EVMeterClient(config) as client:
        assert await client.get_status(CHARGER) == device.present.status
        assert await client.get_metrics(CHARGER) == device.present.metrics
        assert await client.get_reading(CHARGER) == device.present
        assert await client.set_current_limits(CHARGER, (16.7, 0.0, 10.0), ttl=60) == (16.0, 0.0, 10.0)
        assert device.commands == [((16.7, 0.0, 10.0), 60.0)]
        assert (await client.get_reading(CHARGER)).limits == (16.0, 0.0, 10.0)
        assert client.statistics.requests == client.statistics.answers == 5


@pytest.mark.parametrize("dialect", [None, BLEWIFI], ids=["json", "blewifi"])
async def test_many_requests_to_many_chargers_at_once(
    config: EVMeterConfig, dialect: BlewifiDialect | None
) -> None:
    """Chargers answer after different times, so the answers overtake each other; none is swapped."""
    if dialect is not None:
        config = replace(config, dialect=dialect)
    chance = random.Random(7)
    devices = {charger: Device(charger, total_energy_wh=index) for index, charger in enumerate(MANY)}
    async with AsyncExitStack() as stack:
        for device in devices.values():
            await stack.enter_async_context(
                ChargerGateway(config, device, latency=chance.uniform(0, 0.05), push_interval=60)
            )
        client = await stack.enter_async_context(EVMeterClient(config))
        asked = [chance.choice(MANY) for _ in range(300)]
        answers = await asyncio.gather(*(client.get_metrics(charger) for charger in asked))
        for charger, metrics in zip(asked, answers, strict=True):
            assert metrics == devices[charger].present.metrics
        assert client.statistics.timeouts == 0
        assert client.statistics.rejected_messages == 0


async def test_requests_to_one_charger_answered_in_reverse(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer, EVMeterClient(config) as client:
        reading = reading_of()
        status = asyncio.create_task(client.get_status(CHARGER))
        metrics = asyncio.create_task(client.get_metrics(CHARGER))
        whole = asyncio.create_task(client.get_reading(CHARGER))
        heard = [await peer.hear() for _ in range(3)]
        assert [request.command for request in heard] == ["get_status", "get_metrics", "get_reading"]
        document = reading_to_json(reading)
        results = {
            "get_status": document["status"],
            "get_metrics": document["metrics"],
            "get_reading": document,
        }
        for request in reversed(heard):
            await peer.answer(request, results[request.command])
        assert await status == reading.status
        assert await metrics == reading.metrics
        assert await whole == reading


async def test_concurrent_identical_reads_share_one_request(config: EVMeterConfig) -> None:
    async with ChargerGateway(config, Device(), latency=0.05) as gateway, EVMeterClient(config) as client:
        readings = await asyncio.gather(*(client.get_reading(CHARGER) for _ in range(50)))
        assert len(set(readings)) == 1
        assert gateway.requests == 1


async def test_blewifi_has_one_request_in_flight_per_charger(config: EVMeterConfig) -> None:
    config = replace(config, dialect=BLEWIFI)
    async with ChargerGateway(config, Device(), latency=0.05) as gateway, EVMeterClient(config) as client:
        status, metrics, reading = await asyncio.gather(
            client.get_status("24:0a:c4:00:00:01"), client.get_metrics(CHARGER), client.get_reading(CHARGER)
        )
        assert (status, metrics) == (reading.status, reading.metrics)
        assert gateway.requests == 1


async def test_who_shares_a_request_survives_that_the_first_is_cancelled(config: EVMeterConfig) -> None:
    async with ChargerGateway(config, Device(), latency=0.1) as gateway, EVMeterClient(config) as client:
        first, second, third = (asyncio.create_task(client.get_reading(CHARGER)) for _ in range(3))
        await until(lambda: gateway.requests == 1)
        first.cancel()
        assert await second == await third == reading_of()
        assert first.cancelled()
        assert gateway.requests == 2
        await until(lambda: client.statistics.late_answers == 1)


async def test_who_shares_a_request_shares_its_failure(config: EVMeterConfig, broker: Broker) -> None:
    impatient = replace(config, request_timeout=0.2)
    async with peer_on(broker) as peer, EVMeterClient(impatient) as client:
        asked = asyncio.gather(*(client.get_reading(CHARGER) for _ in range(3)), return_exceptions=True)
        await peer.hear()
        assert [type(error) for error in await asked] == [EVMeterTimeoutError] * 3
        assert client.statistics.timeouts == 1


async def test_limits_arrive_in_the_order_they_were_set(config: EVMeterConfig) -> None:
    device = Device()
    async with ChargerGateway(config, device), EVMeterClient(config) as client:
        wanted = [(float(amps % 33), 0.0, 6.0) for amps in range(200)]
        applied = await asyncio.gather(*(client.set_current_limits(CHARGER, limits) for limits in wanted))
        assert list(applied) == wanted
        assert [limits for limits, _ in device.commands] == wanted


async def test_a_limit_does_not_queue_behind_reads(config: EVMeterConfig, broker: Broker) -> None:
    narrow = replace(config, max_in_flight=2)
    async with peer_on(broker) as peer, EVMeterClient(narrow) as client:
        reads = [asyncio.create_task(client.get_status(f"CHARGER{number}")) for number in range(5)]
        assert {(await peer.hear()).command for _ in range(2)} == {"get_status"}
        limit = asyncio.create_task(client.set_current_limits(CHARGER, (6, 6, 6)))
        heard = await peer.hear()
        assert heard.command == "set_current_limits"
        await peer.answer(heard, {"limits": [6, 6, 6]})
        assert await limit == (6.0, 6.0, 6.0)
        for read in reads:
            read.cancel()
        await asyncio.wait(reads)


async def test_a_refusal_is_told(config: EVMeterConfig) -> None:
    device = Device()
    async with ChargerGateway(config, device), EVMeterClient(config) as client:
        with pytest.raises(EVMeterCommandError) as caught:
            await client.set_current_limits(CHARGER, (40.0, 0.0, 0.0))
        assert (caught.value.code, caught.value.message) == ("out_of_range", "at most 32 A")
        assert device.commands == []


NOT_LIMITS: list[object] = [
    (16.0, 16.0), (16.0,) * 4, (16.0, 16.0, -0.1), (16.0, 16.0, 80.1), (16.0, float("nan"), 16.0),
    (float("inf"), 0.0, 0.0), (True, 16.0, 16.0), ("16", 16.0, 16.0), 16.0, None, "666",
]  # fmt: skip


@pytest.mark.parametrize("limits", NOT_LIMITS, ids=str)
async def test_unusable_limits_are_not_sent(config: EVMeterConfig, limits: PerPhase) -> None:
    async with EVMeterClient(config) as client:
        with pytest.raises(EVMeterConfigError) as caught:
            await client.set_current_limits(CHARGER, limits)
        assert caught.value.key == "limits"
        assert client.statistics.requests == 0


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf"), True, 86_401])
async def test_an_unusable_ttl_is_not_sent(config: EVMeterConfig, ttl: float) -> None:
    async with EVMeterClient(config) as client:
        with pytest.raises(EVMeterConfigError) as caught:
            await client.set_current_limits(CHARGER, (6, 6, 6), ttl=ttl)
        assert caught.value.key == "ttl"
        assert client.statistics.requests == 0


@pytest.mark.parametrize("charger_id", ["", "a/b", "+", "#", "a\x00", "a\n", "\ud800", "x" * 65])
async def test_unusable_ids_are_not_sent(config: EVMeterConfig, charger_id: str) -> None:
    async with EVMeterClient(config) as client:
        for call in (client.get_status, client.get_metrics, client.get_reading):
            with pytest.raises(EVMeterConfigError):
                await call(charger_id)
        with pytest.raises(EVMeterConfigError):
            await client.set_current_limits(charger_id, (6, 6, 6))
        for follow in (client.subscribe, client.subscribe_availability, client.available):
            with pytest.raises(EVMeterConfigError) as caught:
                follow(charger_id)
            assert caught.value.key == "charger_id"
        assert client.statistics.requests == 0


async def test_blewifi_sends_no_limits(config: EVMeterConfig, broker: Broker) -> None:
    config = replace(config, dialect=BLEWIFI)
    async with peer_on(broker, "#") as peer, EVMeterClient(config) as client:
        with pytest.raises(EVMeterUnsupportedError):
            await client.set_current_limits(CHARGER, (6, 6, 6))
        with pytest.raises(EVMeterUnsupportedError):
            client.subscribe_availability(CHARGER)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await peer.hear()


async def test_a_client_that_never_connected_is_closed(config: EVMeterConfig) -> None:
    client = EVMeterClient(config)
    with pytest.raises(EVMeterClosedError):
        await client.get_status(CHARGER)
    await client.close()
