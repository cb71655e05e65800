"""The broker that the simulator brings along: either kind serves, stops, dies and comes back."""

import asyncio
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from evmeter_client import EVMeterClient, EVMeterConfig, EVMeterConfigError, EVMeterConnectionError
from evmeter_client.simulator.broker import Broker, BrokerSettings, free_port, running_broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.peers import CHARGER, Device, reading_of

pytestmark = pytest.mark.usefixtures("sockets")


@pytest.fixture(params=["mosquitto", "amqtt"])
async def broker(request: pytest.FixtureRequest, sockets: None) -> AsyncIterator[Broker]:
    """Give a running broker of each kind."""
    async with running_broker(BrokerSettings(embedded=request.param == "amqtt")) as running:
        assert running.kind == request.param
        yield running


async def retained(broker: Broker) -> bytes:
    """Return what the broker has kept under a topic."""
    async with aiomqtt.Client(broker.host, broker.port) as client, asyncio.timeout(5):
        await client.subscribe("kept", qos=1)
        message = await anext(client.messages)
        assert isinstance(message.payload, bytes)
        return message.payload


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_it_carries_a_charger_and_a_client(broker: Broker) -> None:
    config = EVMeterConfig(host=broker.host, port=broker.port, tls=False)
    async with ChargerGateway(config, Device()), EVMeterClient(config) as client:
        assert await client.get_reading(CHARGER) == reading_of()
        assert await client.set_current_limits(CHARGER, (6, 6, 6)) == (6.0, 6.0, 6.0)


async def test_it_keeps_retained_messages(broker: Broker) -> None:
    async with aiomqtt.Client(broker.host, broker.port) as client:
        await client.publish("kept", b"value", qos=1, retain=True)
    assert await retained(broker) == b"value"


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_it_goes_and_comes_back_on_its_port(broker: Broker, way: str) -> None:
    port, pid = broker.port, broker.pid
    await (broker.stop() if way == "stop" else broker.kill())
    assert not listens(port)
    with pytest.raises(EVMeterConnectionError):
        _ = broker.pid
    await broker.stop()  # twice does no harm
    await broker.start()
    assert broker.port == port
    assert broker.pid != pid
    assert listens(port)
    with pytest.raises(EVMeterConnectionError):
        await broker.start()


async def test_it_stops_with_its_context() -> None:
    async with running_broker() as broker:
        assert listens(broker.port)
    assert not listens(broker.port)


async def test_two_brokers_stand_side_by_side() -> None:
    async with running_broker() as one, running_broker() as other:
        assert one.port != other.port


@pytest.mark.parametrize("embedded", [False, True])
async def test_a_port_in_use_is_reported(embedded: bool) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = BrokerSettings(port=taken.getsockname()[1], embedded=embedded)
        with pytest.raises(EVMeterConnectionError, match="taken"):
            async with running_broker(settings):
                pass


async def test_a_broker_that_cannot_start_is_reported() -> None:
    broker = Broker("broken", (sys.executable, "-c", "raise SystemExit(1)"), free_port())
    with pytest.raises(EVMeterConnectionError, match="ended as soon as it was started"):
        await broker.start()
    with pytest.raises(EVMeterConnectionError, match="does not run"):
        _ = broker.pid


async def test_a_port_can_be_chosen() -> None:
    port = free_port()
    async with running_broker(BrokerSettings(port=port)) as broker:
        assert broker.port == port


async def test_without_any_broker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_options: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(EVMeterConfigError, match="install mosquitto"):
        async with running_broker():
            pass


async def test_amqtt_takes_the_place_of_a_missing_mosquitto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_options: None)
    async with running_broker() as broker:
        assert broker.kind == "amqtt"


async def test_amqtt_has_no_user_names() -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        async with running_broker(BrokerSettings(embedded=True, username="user", password="correct horse")):
            pass
    assert caught.value.key == "username"


def test_a_certificate_must_be_there(tmp_path: Path) -> None:
    absent = tmp_path / "absent.pem"
    with pytest.raises(EVMeterConfigError) as caught:
        BrokerSettings(certfile=absent, keyfile=absent)
    assert caught.value.key == "certfile"


def test_halves_are_refused() -> None:
    with pytest.raises(EVMeterConfigError):
        BrokerSettings(username="user")
    with pytest.raises(EVMeterConfigError):
        BrokerSettings(certfile=Path("broker.pem"))


def test_the_password_is_not_shown() -> None:
    assert "correct horse" not in repr(BrokerSettings(username="user", password="correct horse"))
