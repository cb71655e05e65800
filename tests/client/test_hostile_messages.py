"""What nobody should send, and what it must not do: the connection stays, the answer is still found."""

import asyncio
import json
import logging
from dataclasses import replace

import pytest

from evmeter_client import (
    BlewifiDialect,
    EVMeterClient,
    EVMeterConfig,
    EVMeterProtocolError,
    EVMeterTimeoutError,
    MqttVersion,
)
from evmeter_client.dialects.json_documents import reading_to_json
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault
from tests.client.peers import CHARGER, Device, peer_on, reading_of, until

BLEWIFI = BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(48))
RESPONSE = f"evmeter/{CHARGER}/response"
RESULT = reading_to_json(reading_of())


@pytest.fixture(params=[MqttVersion.V3_1_1, MqttVersion.AUTOMATIC], ids=lambda version: version.value)
def mqtt_version(request: pytest.FixtureRequest) -> MqttVersion:
    """Give both versions: the broker speaks MQTT 5, so that is what is chosen."""
    version: MqttVersion = request.param
    return version


@pytest.fixture(params=["json", "blewifi"])
def either(request: pytest.FixtureRequest, config: EVMeterConfig) -> EVMeterConfig:
    """Give a configuration of each dialect, with little patience."""
    impatient = replace(config, request_timeout=0.3)
    return impatient if request.param == "json" else replace(impatient, dialect=BLEWIFI)


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.GARBAGE, Fault.TRUNCATED, Fault.WRONG_ID])
async def test_a_faulty_charger_times_out_and_recovers(either: EVMeterConfig, fault: Fault) -> None:
    async with (
        ChargerGateway(either, Device(), fault=fault, push_interval=60) as gateway,
        EVMeterClient(either) as client,
    ):
        with pytest.raises(EVMeterTimeoutError):
            await client.get_reading(CHARGER)
        gateway.fault = None
        assert await client.get_reading(CHARGER) == reading_of()
        assert client.statistics.timeouts == 1
        assert client.statistics.reconnects == 0
        assert client.statistics.rejected_messages == (fault in {Fault.GARBAGE, Fault.TRUNCATED})


async def test_duplicate_answers_count_once(config: EVMeterConfig) -> None:
    async with (
        ChargerGateway(config, Device(), fault=Fault.DUPLICATE) as gateway,
        EVMeterClient(config) as client,
    ):
        for _ in range(5):
            assert await client.get_reading(CHARGER) == reading_of()
        assert gateway.requests == 5
        await until(lambda: client.statistics.late_answers == 5)
        assert client.statistics.answers == 5


async def test_a_late_answer_does_not_answer_the_next_request(config: EVMeterConfig, broker: Broker) -> None:
    impatient = replace(config, request_timeout=0.3)
    async with peer_on(broker) as peer, EVMeterClient(impatient) as client:
        with pytest.raises(EVMeterTimeoutError):
            await client.get_reading(CHARGER)
        late = await peer.hear()
        second = asyncio.create_task(client.get_reading(CHARGER))
        timely = await peer.hear()
        await peer.answer(late, reading_to_json(reading_of(total_energy_wh=1)))
        await peer.answer(timely, reading_to_json(reading_of(total_energy_wh=2)))
        assert (await second).metrics.total_energy_wh == 2
        assert client.statistics.late_answers == 1


async def test_what_is_not_our_answer_does_not_answer(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer, EVMeterClient(config) as client:
        asked = asyncio.create_task(client.get_reading(CHARGER))
        heard = await peer.hear()
        strangers = replace(heard, request_id="ffffffffffff-1")
        await peer.answer(strangers, RESULT)  # another client's
        await peer.answer(heard, RESULT, charger_id="OTHER")  # not subscribed to, not even heard
        await peer.publish(RESPONSE, b"")
        await peer.publish(RESPONSE, b"\xff\xfe")
        await peer.publish(RESPONSE, b"[" * 60_000)
        await peer.publish(RESPONSE, b'{"v":1,"id":"' + heard.request_id.encode() + b'"}')
        await peer.publish(RESPONSE, b"x" * 65_537)
        await until(lambda: client.statistics.rejected_messages == 5)
        assert not asked.done()
        await peer.answer(heard, RESULT)
        assert await asked == reading_of()
        assert client.statistics.foreign_answers == 1
        assert client.statistics.reconnects == 0


async def test_an_invalid_result_is_a_protocol_error_at_once(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer, EVMeterClient(config) as client:
        asked = asyncio.create_task(client.get_reading(CHARGER))
        await peer.answer(await peer.hear(), {"status": {}})
        with pytest.raises(EVMeterProtocolError):
            await asked


async def test_a_retained_answer_is_dropped(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer:
        await peer.publish(RESPONSE, b"garbage", retain=True)
        async with EVMeterClient(config) as client, ChargerGateway(config, Device()):
            assert await client.get_reading(CHARGER) == reading_of()
            await until(lambda: client.statistics.rejected_messages == 1)
        await peer.publish(RESPONSE, b"", retain=True)


async def test_retained_garbage_as_state_is_dropped(config: EVMeterConfig, broker: Broker) -> None:
    async with peer_on(broker) as peer:
        await peer.publish(f"evmeter/{CHARGER}/state", b"{", retain=True)
        await peer.publish(f"evmeter/{CHARGER}/availability", b"perhaps", retain=True)
        async with EVMeterClient(config) as client:
            readings = client.subscribe(CHARGER)
            first = asyncio.ensure_future(anext(readings))
            await until(lambda: client.statistics.rejected_messages == 1)
            await peer.publish(f"evmeter/{CHARGER}/state", json.dumps(RESULT).encode())
            assert await first == reading_of()
            await readings.aclose()


async def test_thousands_of_bad_messages_cost_one_line_in_the_log(
    config: EVMeterConfig, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "evmeter_client")
    async with peer_on(broker) as peer, EVMeterClient(config) as client, ChargerGateway(config, Device()):
        await client.get_reading(CHARGER)
        for start in range(0, 2_000, 10):
            await asyncio.gather(
                *(peer.publish(RESPONSE, b"secret %d" % number) for number in range(start, start + 10))
            )
        await until(lambda: client.statistics.rejected_messages == 2_000)
        assert await client.get_reading(CHARGER) == reading_of()
        assert client.statistics.reconnects == 0
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("evmeter_client")]
    assert len(lines) == 1
    assert "secret" not in lines[0]
    assert CHARGER not in lines[0]
