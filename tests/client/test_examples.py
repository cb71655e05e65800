"""Every example of the documentation does what it says, with a real broker and a simulated charger."""

import asyncio
import importlib.util
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

import evmeter_client
from evmeter_client import (
    BlewifiDialect,
    EVMeterClient,
    EVMeterConfig,
    EVMeterConnectionError,
    PerPhase,
    simulator,
)
from evmeter_client.simulator import Car, SimulatedCharger
from evmeter_client.simulator.broker import Broker, BrokerSettings, running_broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault
from tests.client.certificates import make_authority
from tests.client.peers import CHARGER, Device, peer_on, until

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
LIMITS: PerPhase = (16.0, 16.0, 10.0)


def example(name: str) -> ModuleType:
    """Load an example, as a program would that imports it."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def charging() -> SimulatedCharger:
    """Return a simulated charger on three phases, a minute into a session."""
    charger = SimulatedCharger()
    charger.plug(Car())
    for second in range(60):
        charger.step(float(second))
    return charger


@asynccontextmanager
async def charger_behind(config: EVMeterConfig, authority: Path) -> AsyncIterator[None]:
    """Connect a charger that trusts an authority."""
    trusting = replace(config, tls_context=ssl.create_default_context(cafile=authority))
    async with ChargerGateway(trusting, Device()):
        yield


async def test_read_once(config: EVMeterConfig, capsys: pytest.CaptureFixture[str]) -> None:
    charger = charging()
    async with ChargerGateway(config, charger):
        await example("read_once").main(config, charger.charger_id)
    first, *phases, last = capsys.readouterr().out.splitlines()
    assert first == "wants_to_charge, charging_3_phase"
    assert [line.split()[0] for line in phases] == ["L1:", "L2:", "L3:"]
    assert all(float(line.split()[1]) > 6 for line in phases)
    assert re.fullmatch(r"\d{4,5} W, \d+ Wh in this session", last)


async def test_follow_readings(config: EVMeterConfig, capsys: pytest.CaptureFixture[str]) -> None:
    charger = charging()

    async def live() -> None:
        for second in count(60):
            charger.step(float(second))
            await asyncio.sleep(0.05)

    async with ChargerGateway(config, charger, push_interval=0.05):
        living = asyncio.create_task(live())
        await example("follow_readings").main(config, charger.charger_id, wanted=3)
        living.cancel()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(re.fullmatch(r"\d{4,5} W, limits \(.+\)", line) for line in lines)


async def test_limit_current(config: EVMeterConfig, capsys: pytest.CaptureFixture[str]) -> None:
    device = Device()
    async with ChargerGateway(config, device):
        await example("limit_current").main(config, CHARGER)
    assert capsys.readouterr().out == "In force: (16.0, 16.0, 10.0) A\n"
    assert device.commands == [(LIMITS, 60.0)]


async def test_every_error_of_limiting_is_handled(
    config: EVMeterConfig, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = example("limit_current").limit
    impatient = replace(config, request_timeout=0.5)

    async def said(client: EVMeterClient, limits: PerPhase = LIMITS) -> str:
        await limit(client, CHARGER, limits)
        return capsys.readouterr().out

    binary = replace(config, dialect=BlewifiDialect("123e4567-e89b-12d3-a456-426614174000", bytes(48)))
    async with EVMeterClient(binary) as client:
        assert (await said(client)).startswith("Not with this dialect")

    async with EVMeterClient(impatient) as client:
        async with ChargerGateway(config, Device()) as gateway:
            assert (await said(client, (99.0, 16.0, 16.0))).startswith("Wrong limits, nothing was sent")
            assert await said(client, (40.0, 16.0, 16.0)) == (
                "The charger refuses with out_of_range: at most 32 A\n"
            )
            gateway.fault = Fault.SILENT
            assert (await said(client)).startswith("No answer")
        async with peer_on(broker) as peer:
            asked = asyncio.create_task(said(client))
            await peer.answer(await peer.hear(), {"limits": "as you like"})
            assert (await asked).startswith("The charger's answer makes no sense")
            asked = asyncio.create_task(said(client))
            await peer.hear()
            await broker.kill()
            assert (await asked).startswith("The connection broke")
        assert (await said(client)).startswith("No connection, the client keeps trying")
    assert (await said(client)).startswith("The client is closed")


async def test_refused_credentials_are_handled(capsys: pytest.CaptureFixture[str]) -> None:
    async with running_broker(BrokerSettings(username="me", password="right")) as broker:
        config = EVMeterConfig(host=broker.host, port=broker.port, tls=False, username="me", password="wrong")
        client = EVMeterClient(config)
        await client.connect(wait=False)
        await until(lambda: client.state is evmeter_client.ConnectionState.REFUSED)
        await example("limit_current").limit(client, CHARGER, LIMITS)
        await client.close()
    assert capsys.readouterr().out.startswith("The broker does not take these credentials")


async def test_private_authority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority, certificate = await make_authority(tmp_path)
    main = example("private_authority").main
    settings = BrokerSettings(certfile=certificate.certfile, keyfile=certificate.keyfile)
    async with running_broker(settings) as broker:
        config = EVMeterConfig(host=broker.host, port=broker.port)
        async with charger_behind(config, authority):
            await main(config, authority, CHARGER)
            assert capsys.readouterr().out == f"{CHARGER} runs firmware 49\n"
            (tmp_path / "other").mkdir()
            stranger, _ = await make_authority(tmp_path / "other")
            with pytest.raises(EVMeterConnectionError, match="certificate verify failed"):
                await main(config, stranger, CHARGER)


def test_decode_frame(capsys: pytest.CaptureFixture[str]) -> None:
    example("decode_frame").main()
    assert capsys.readouterr().out == (
        "240AC4000001, version 6.13.3: not_connected\n235.5 V on L1, 1358 kWh since manufacture\n"
    )


async def test_the_program_on_the_landing_page(capsys: pytest.CaptureFixture[str]) -> None:
    """It is run as it stands there; only the broker's name is that of this machine."""
    (program,) = CODE.findall(evmeter_client.__doc__ or "")
    asked_for = 'host="broker.local", username="me", password="..."'
    assert program.count(asked_for) == 1
    device = Device()
    async with running_broker(BrokerSettings(username="me", password="...")) as broker:
        here = f'host="{broker.host}", port={broker.port}, tls=False, username="me", password="..."'
        config = EVMeterConfig(host=broker.host, port=broker.port, tls=False, username="me", password="...")
        async with ChargerGateway(config, device):
            # It brings an event loop of its own.
            await asyncio.to_thread(exec, program.replace(asked_for, here), {})
    assert capsys.readouterr().out == f"{device.present.metrics.power_w:.0f} W\n"
    assert device.commands == [(LIMITS, 60.0)]


def test_the_program_in_the_simulators_description() -> None:
    """The car is told to charge with 6 A when the house draws much, and does."""
    (program,) = CODE.findall(simulator.__doc__ or "")
    names: dict[str, object] = {}
    exec(program, names)
    charger = names["charger"]
    assert isinstance(charger, SimulatedCharger)
    assert charger.commands > 0
    assert charger.lowest_pilot == 6.0


def test_every_example_is_tested() -> None:
    """A new example needs a test here."""
    source = Path(__file__).read_text(encoding="utf-8")
    names = sorted(path.stem for path in FOLDER.glob("*.py"))
    assert names
    assert [name for name in names if f'example("{name}")' not in source] == []
