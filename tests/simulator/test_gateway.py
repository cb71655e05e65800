"""A gateway puts a charger on the broker as the protocol says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiomqtt
import pytest

from evmeter_client import (
    BlewifiDialect,
    Capability,
    EVMeterClient,
    EVMeterCommandError,
    EVMeterConfig,
    EVMeterConfigError,
    EVMeterConnectionError,
)
from evmeter_client.dialects.json_documents import reading_to_json
from evmeter_client.simulator import SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker, free_port
from evmeter_client.simulator.gateway import REMEMBERED_REQUESTS, ChargerGateway, Fault
from tests.client.peers import CHARGER, Device, Peer, peer_on, plain_client, reading_of, until

pytestmark = pytest.mark.usefixtures("sockets")

BLEWIFI = BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(48))


class Listener:
    """Hears everything on the broker."""

    def __init__(self, client: aiomqtt.Client) -> None:
        """Use an open connection."""
        self._client = client
        self.peer = Peer(client)

    async def hear(self) -> tuple[str, bytes, bool]:
        """Return the next message: the end of its topic, its payload, whether it was kept."""
        async with asyncio.timeout(5):
            message = await anext(self._client.messages)
        assert isinstance(message.payload, bytes)
        return message.topic.value.rsplit("/", 1)[-1], message.payload, message.retain

    async def ask(self, **document: object) -> dict[str, object]:
        """Send a request to the charger and return its response."""
        payload = json.dumps({"v": 1, "params": {}} | document).encode()
        await self.peer.publish(f"evmeter/{CHARGER}/command", payload)
        while True:
            topic, answer, _ = await self.hear()
            if topic == "response":
                response: dict[str, object] = json.loads(answer)
                return response


@asynccontextmanager
async def listening(broker: Broker, topic: str = "#") -> AsyncIterator[Listener]:
    """Listen to a topic."""
    async with plain_client(broker) as client:
        await client.subscribe(topic, qos=1)
        yield Listener(client)


async def test_it_comes_pushes_and_goes(config: EVMeterConfig, broker: Broker) -> None:
    async with listening(broker) as listener:
        async with ChargerGateway(config, Device()) as gateway:
            assert gateway.connected
            assert await listener.hear() == ("availability", b"online", False)
            topic, payload, _ = await listener.hear()
            assert topic == "state"
            assert json.loads(payload) == reading_to_json(reading_of())
        assert await listener.hear() == ("availability", b"offline", False)
    async with listening(broker) as later:
        kept = {(await later.hear())[::2] for _ in range(2)}
        assert kept == {("availability", True), ("state", True)}


async def test_its_last_will_says_that_it_is_gone(config: EVMeterConfig, broker: Broker) -> None:
    """A connection that breaks without a farewell: here because another one takes its name."""
    async with (
        listening(broker, f"evmeter/{CHARGER}/availability") as listener,
        ChargerGateway(replace(config, client_id="charger", backoff_base=0.5, backoff_cap=0.5), Device()),
    ):
        assert (await listener.hear())[1] == b"online"
        async with aiomqtt.Client(broker.host, broker.port, identifier="charger"):
            assert (await listener.hear())[1] == b"offline"
        assert (await listener.hear())[1] == b"online"


async def test_only_changes_are_pushed_and_not_too_often(config: EVMeterConfig, broker: Broker) -> None:
    device = Device()
    async with (
        listening(broker, f"evmeter/{CHARGER}/state") as listener,
        ChargerGateway(config, device, push_interval=0.1),
    ):
        await listener.hear()
        for energy in range(100):
            device.present = reading_of(total_energy_wh=energy)
            await asyncio.sleep(0.005)
        pushed: list[int] = []
        while not pushed or pushed[-1] != 99:
            pushed.append(json.loads((await listener.hear())[1])["metrics"]["total_energy_wh"])
        assert len(pushed) <= 10
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await listener.hear()


async def test_a_repeated_request_is_answered_without_acting_twice(
    config: EVMeterConfig, broker: Broker
) -> None:
    device = Device()
    async with ChargerGateway(config, device), listening(broker) as listener:
        limit = {"command": "set_current_limits", "params": {"limits": [6.5, 6, 6]}}
        first = await listener.ask(id="a-1", **limit)
        again = await listener.ask(id="a-1", command="set_current_limits", params={"limits": [9, 9, 9]})
        assert first == again == {"v": 1, "id": "a-1", "ok": True, "result": {"limits": [6.0, 6.0, 6.0]}}
        assert device.commands == [((6.5, 6.0, 6.0), None)]
        for number in range(REMEMBERED_REQUESTS):
            await listener.ask(id=f"b-{number}", command="get_status")
        await listener.ask(id="a-1", **limit)
        assert len(device.commands) == 2, "after 256 others it is forgotten"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"command": "explode"}, "unknown_command"),
        ({"command": "set_current_limits"}, "invalid_params"),
        ({"command": "set_current_limits", "params": {"limits": [6, 6, 90]}}, "out_of_range"),
        ({"command": "set_current_limits", "params": {"limits": [6, 6, 40]}}, "out_of_range"),
    ],
)
async def test_refusals_carry_a_code(
    config: EVMeterConfig, broker: Broker, document: dict[str, object], code: str
) -> None:
    device = Device()
    async with ChargerGateway(config, device), listening(broker) as listener:
        response = await listener.ask(id="a-1", **document)
        assert response["ok"] is False
        error = response["error"]
        assert isinstance(error, dict)
        assert error["code"] == code
        assert device.commands == []


async def test_a_refusal_without_a_code_of_the_protocol_is_internal(
    config: EVMeterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Device, limits: object, ttl: object) -> None:
        raise EVMeterCommandError("cable_on_fire", "not now")

    monkeypatch.setattr(Device, "set_current_limits", refuse)
    async with ChargerGateway(config, Device()), EVMeterClient(config) as client:
        with pytest.raises(EVMeterCommandError) as caught:
            await client.set_current_limits(CHARGER, (6, 6, 6))
        assert (caught.value.code, caught.value.message) == ("internal", "not now")


async def test_values_that_cannot_be_sent_are_an_internal_error(config: EVMeterConfig) -> None:
    device = Device()
    async with ChargerGateway(config, device, push_interval=0.02) as gateway, EVMeterClient(config) as client:
        metrics = replace(reading_of().metrics, currents=(float("nan"), 0.0, 0.0))
        device.present = replace(reading_of(), metrics=metrics)
        with pytest.raises(EVMeterCommandError) as caught:
            await client.get_reading(CHARGER)
        assert caught.value.code == "internal"
        await asyncio.sleep(0.05)
        device.present = reading_of()
        assert await client.get_reading(CHARGER) == reading_of()
        assert gateway.connected


async def test_noise_on_the_command_topic_is_ignored(config: EVMeterConfig, broker: Broker) -> None:
    async with (
        ChargerGateway(config, Device()) as gateway,
        peer_on(broker) as peer,
        EVMeterClient(config) as client,
    ):
        for payload in (b"", b"{", b"\xff", b"[]", b'{"v":1}', b"x" * 60_000):
            await peer.publish(f"evmeter/{CHARGER}/command", payload)
        await peer.publish(
            f"evmeter/{CHARGER}/command", b'{"v":1,"id":"a-1","command":"get_status"}', retain=True
        )
        assert await client.get_reading(CHARGER) == reading_of()
        assert gateway.requests == 2


async def test_a_retained_command_is_not_carried_out(config: EVMeterConfig, broker: Broker) -> None:
    """It would be carried out at every reconnect."""
    async with peer_on(broker) as peer:
        command = b'{"v":1,"id":"a-1","command":"set_current_limits","params":{"limits":[6,6,6]}}'
        await peer.publish(f"evmeter/{CHARGER}/command", command, retain=True)
        device = Device()
        async with ChargerGateway(config, device), EVMeterClient(config) as client:
            await client.get_reading(CHARGER)
        assert device.commands == []


async def test_latency_is_between_request_and_answer(config: EVMeterConfig) -> None:
    async with ChargerGateway(config, Device(), latency=0.2), EVMeterClient(config) as client:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(client.get_status(CHARGER), client.get_metrics(CHARGER))
        assert 0.2 <= asyncio.get_running_loop().time() - began < 0.38, "requests wait side by side"


async def test_a_silent_charger_pushes_nothing(config: EVMeterConfig, broker: Broker) -> None:
    device = Device()
    async with listening(broker) as listener:
        async with ChargerGateway(config, device, fault=Fault.SILENT, push_interval=0.02):
            assert await listener.hear() == ("availability", b"online", False)
            await asyncio.sleep(0.1)
        assert await listener.hear() == ("availability", b"offline", False)


async def test_without_a_broker_it_fails_at_once(config: EVMeterConfig) -> None:
    tasks = asyncio.all_tasks()
    with pytest.raises(EVMeterConnectionError):
        async with ChargerGateway(replace(config, port=free_port()), Device()):
            pass
    assert asyncio.all_tasks() == tasks


async def test_it_leaves_no_task_behind(config: EVMeterConfig, broker: Broker) -> None:
    tasks = asyncio.all_tasks()
    async with ChargerGateway(config, Device(), latency=5.0) as gateway, EVMeterClient(config) as client:
        asked = asyncio.create_task(client.get_reading(CHARGER))
        await until(lambda: gateway.requests == 1)
        asked.cancel()
        await broker.kill()
        await until(lambda: not gateway.connected)
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() - tasks == set()


def test_an_id_the_dialect_cannot_use_is_refused(config: EVMeterConfig) -> None:
    with pytest.raises(EVMeterConfigError):
        ChargerGateway(config, Device("a/b"))
    with pytest.raises(EVMeterConfigError):
        ChargerGateway(replace(config, dialect=BLEWIFI), Device("CHARGER"))


async def test_blewifi_answers_its_own_user_only(config: EVMeterConfig, broker: Broker) -> None:
    mine = replace(config, dialect=BLEWIFI)
    foreign = BlewifiDialect("00000000-0000-4000-8000-000000000000", bytes(48))
    async with ChargerGateway(mine, Device()) as gateway, EVMeterClient(mine) as client:
        assert Capability.SET_LIMITS not in client.capabilities
        async with EVMeterClient(replace(config, dialect=foreign, request_timeout=0.2)) as stranger:
            with pytest.raises(TimeoutError):
                await stranger.get_reading(CHARGER)
        assert gateway.requests == 0
        assert (await client.get_reading(CHARGER)).metrics == reading_of().metrics


async def test_a_simulated_charger_is_read_and_limited(config: EVMeterConfig) -> None:
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id=CHARGER))
    async with ChargerGateway(config, charger), EVMeterClient(config) as client:
        assert await client.get_reading(CHARGER) == charger.reading()
        assert await client.set_current_limits(CHARGER, (10, 10, 10), ttl=60) == (10.0, 10.0, 10.0)
