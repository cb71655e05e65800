"""Brokers that forbid, that want a certificate, that are slow, and networks that swallow everything."""

import asyncio
import shutil
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evmeter_client import (
    EVMeterClient,
    EVMeterConfig,
    EVMeterConnectionError,
    EVMeterTimeoutError,
)
from evmeter_client.simulator.broker import Broker, free_port
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.certificates import make_authority
from tests.client.peers import CHARGER, Device, reading_of, until

OTHER = "240AC4000002"


@asynccontextmanager
async def mosquitto(directory: Path, lines: Sequence[str]) -> AsyncIterator[Broker]:
    """Run a mosquitto with a configuration of its own."""
    executable = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:/usr/bin")
    assert executable is not None
    port = free_port()
    file = directory / "mosquitto.conf"
    file.write_text("\n".join([f"listener {port} 127.0.0.1", "user root", "log_type error", *lines, ""]))
    broker = Broker("mosquitto", (executable, "-c", str(file)), port)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def config_for(port: int) -> EVMeterConfig:
    return EVMeterConfig(
        host="127.0.0.1", port=port, tls=False, request_timeout=2.0, backoff_base=0.05, backoff_cap=0.2
    )


async def test_a_topic_that_is_forbidden_costs_the_others_nothing(tmp_path: Path, sockets: None) -> None:
    """This broker lets everybody subscribe and then passes nothing on: its silence is a charger's silence."""
    acl = tmp_path / "acl"
    acl.write_text(f"topic readwrite evmeter/{CHARGER}/#\n")
    acl.chmod(0o600)
    async with mosquitto(tmp_path, ["allow_anonymous true", f"acl_file {acl}"]) as broker:
        config = config_for(broker.port)
        async with (
            ChargerGateway(config, Device()),
            ChargerGateway(config, Device(OTHER)),
            EVMeterClient(config) as client,
        ):
            forbidden = asyncio.create_task(client.get_reading(OTHER))
            for _ in range(5):
                assert await client.get_reading(CHARGER) == reading_of()
            with pytest.raises(EVMeterTimeoutError, match=OTHER):
                await forbidden
            assert await client.get_reading(CHARGER) == reading_of()
            assert client.statistics.reconnects == 0


async def test_a_broker_that_wants_a_certificate_gets_one(tmp_path: Path, sockets: None) -> None:
    authority, certificate = await make_authority(tmp_path)
    lines = [
        "allow_anonymous true",
        f"cafile {authority}",
        f"certfile {certificate.certfile}",
        f"keyfile {certificate.keyfile}",
        "require_certificate true",
    ]
    async with mosquitto(tmp_path, lines) as broker:
        without = ssl.create_default_context(cafile=authority)
        stranger = replace(config_for(broker.port), tls=True, tls_context=without)
        client = EVMeterClient(stranger)
        with pytest.raises(EVMeterConnectionError):
            await client.connect()
        await client.close()

        showing = ssl.create_default_context(cafile=authority)
        showing.load_cert_chain(certificate.certfile, certificate.keyfile)
        friend = replace(stranger, tls_context=showing)
        async with ChargerGateway(friend, Device()), EVMeterClient(friend) as client:
            assert await client.get_reading(CHARGER) == reading_of()


@dataclass
class Network:
    """What lies between a client and its broker.

    Attributes:
        port: where it is entered.
        delay: of every piece of data [s].
        swallows: nothing passes, and nobody is told: what a pulled cable does.
    """

    port: int = 0
    delay: float = 0.0
    swallows: bool = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(4096):
                await asyncio.sleep(self.delay)
                if not self.swallows:
                    writer.write(piece)
        except ConnectionError:
            writer.transport.abort()
        finally:
            writer.close()


@asynccontextmanager
async def network_to(broker: Broker) -> AsyncIterator[Network]:
    """Stand between a client and a broker."""
    network = Network()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection(broker.host, broker.port)
        await asyncio.gather(network.carry(reader, to_broker), network.carry(from_broker, writer))

    async with await asyncio.start_server(serve, broker.host, 0) as server:
        network.port = server.sockets[0].getsockname()[1]
        yield network


async def test_a_slow_broker_is_waited_for_up_to_the_timeout(config: EVMeterConfig, broker: Broker) -> None:
    async with network_to(broker) as network, ChargerGateway(config, Device()):
        slow = replace(config, port=network.port, request_timeout=2.0)
        async with EVMeterClient(slow) as client:
            network.delay = 0.2
            began = time.monotonic()
            assert await client.get_reading(CHARGER) == reading_of()
            assert time.monotonic() - began >= 2 * network.delay
            network.delay = 3.0
            with pytest.raises(EVMeterTimeoutError):
                await client.get_reading(CHARGER)
            network.delay = 0.0
            await until(lambda: client.statistics.late_answers == 1, timeout=8)


async def test_a_network_that_swallows_everything_is_noticed_and_left(
    config: EVMeterConfig, broker: Broker
) -> None:
    """No packet says that the other end is gone: three timeouts with nothing heard do."""
    async with network_to(broker) as network, ChargerGateway(config, Device()):
        partitioned = replace(config, port=network.port, request_timeout=0.5)
        async with EVMeterClient(partitioned) as client:
            assert await client.get_reading(CHARGER) == reading_of()
            network.swallows = True
            for _ in range(3):
                with pytest.raises(EVMeterTimeoutError):
                    await client.get_reading(CHARGER)
            await until(lambda: not client.connected, timeout=2)
            network.swallows = False
            await until(lambda: client.connected, timeout=10)
            assert await client.get_reading(CHARGER) == reading_of()
            assert client.statistics.reconnects >= 1
