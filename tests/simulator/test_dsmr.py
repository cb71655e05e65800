"""The port sends telegrams to everyone who listens, and Home Assistant's own integration reads them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from operator import ge

import pytest
from dsmr_parser.clients.protocol import create_tcp_dsmr_reader
from dsmr_parser.objects import Telegram
from dsmr_parser.parsers import TelegramParser
from dsmr_parser.telegram_specifications import V5
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.entity_registry import EntityRegistry
from hypothesis import given, strategies as st
from pytest_homeassistant_custom_component.common import MockConfigEntry

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator import (
    DsmrReading,
    DsmrServer,
    House,
    HouseProfile,
    SimulatedCharger,
    SimulatedSite,
    SiteTelegrams,
    WiredCharger,
    encode_telegram,
)
from evmeter_client.simulator.dsmr import CLIENTS_MAX, UNSENT_MAX
from evmeter_client.simulator.telegram import EQUIPMENT_ID

NOON = datetime(2026, 7, 1, 10, tzinfo=UTC)
READING = DsmrReading(at=NOON, currents=(12.4, -3.6, 0.2), voltages=(229.9, 231.2, 228.0))
TELEGRAM = encode_telegram(READING)
EXPECTED = TelegramParser(V5).parse(TELEGRAM.decode("ascii"))

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
async def server() -> AsyncIterator[DsmrServer]:
    """Give a server that sends fast."""
    async with DsmrServer(lambda: READING, interval=0.02) as running:
        yield running


async def connect(server: DsmrServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Listen to a server."""
    return await asyncio.open_connection("127.0.0.1", server.port)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to come true."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_every_client_gets_every_telegram(server: DsmrServer) -> None:
    connections = [await connect(server) for _ in range(5)]
    for reader, _ in connections:
        assert await reader.readexactly(3 * len(TELEGRAM)) == 3 * TELEGRAM
    assert server.clients == 5
    for _, writer in connections:
        writer.close()
    await until(lambda: server.clients == 0)


async def test_a_real_reader_understands_it(server: DsmrServer) -> None:
    heard: list[Telegram] = []
    transport, _ = await create_tcp_dsmr_reader("127.0.0.1", server.port, "5", heard.append)
    await until(lambda: len(heard) >= 3)
    transport.close()
    assert {str(telegram) for telegram in heard[:3]} == {str(EXPECTED)}


async def test_silence_keeps_the_connection_and_ends_when_told(server: DsmrServer) -> None:
    reader, writer = await connect(server)
    await reader.readexactly(len(TELEGRAM))
    server.silent = True
    sent = server.telegrams
    await asyncio.sleep(0.15)
    assert server.telegrams == sent
    assert not reader.at_eof()
    await reader.readexactly((sent - 1) * len(TELEGRAM))
    server.silent = False
    assert await reader.readexactly(len(TELEGRAM)) == TELEGRAM
    writer.close()


async def test_nothing_is_made_while_nobody_listens(server: DsmrServer) -> None:
    await asyncio.sleep(0.1)
    assert server.telegrams == 0


async def test_the_pace_is_steady() -> None:
    loop = asyncio.get_running_loop()
    async with DsmrServer(lambda: READING, interval=0.1) as server:
        reader, writer = await connect(server)
        await reader.readexactly(len(TELEGRAM))
        begin = loop.time()
        await reader.readexactly(10 * len(TELEGRAM))
        assert 0.9 <= loop.time() - begin <= 2
        writer.close()


async def test_what_clients_send_is_ignored(server: DsmrServer) -> None:
    reader, writer = await connect(server)
    writer.write(b"x" * 1_000_000)
    await writer.drain()
    assert await reader.readexactly(len(TELEGRAM)) == TELEGRAM
    writer.close()


async def test_clients_are_limited(server: DsmrServer) -> None:
    connections = [await connect(server) for _ in range(CLIENTS_MAX)]
    await until(lambda: server.clients == CLIENTS_MAX)
    reader, writer = await connect(server)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await reader.readexactly(1)
    for _, client in (*connections, (reader, writer)):
        client.close()


async def test_a_client_that_does_not_read_is_dropped() -> None:
    async with DsmrServer(lambda: READING, interval=0.0001) as server:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            deaf.setblocking(False)
            await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", server.port))
            await until(lambda: server.clients == 1)
            async with asyncio.timeout(30):
                while server.clients:
                    await asyncio.sleep(0.05)
            assert server.telegrams * len(TELEGRAM) > UNSENT_MAX


async def test_stopping_closes_connections_and_frees_the_port() -> None:
    server = DsmrServer(lambda: READING, interval=0.02)
    await server.start()
    reader, writer = await connect(server)
    await reader.readexactly(1)
    await server.stop()
    await server.stop()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await reader.readexactly(1_000_000)
    writer.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await connect(server)
    async with DsmrServer(lambda: READING, port=server.port) as again:
        assert again.port == server.port


async def test_a_source_that_fails_ends_the_sending_and_is_told_at_the_stop() -> None:
    def broken() -> DsmrReading:
        raise LookupError("no meter")

    server = DsmrServer(broken, interval=0.02)
    await server.start()
    reader, writer = await connect(server)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await reader.readexactly(1)
    writer.close()
    with pytest.raises(LookupError, match="no meter"):
        await server.stop()


async def test_a_taken_port_is_told(server: DsmrServer) -> None:
    with pytest.raises(OSError, match="address already in use"):
        await DsmrServer(lambda: READING, port=server.port).start()


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(EVMeterConfigError) as error:
        DsmrServer(lambda: READING, interval=0)
    assert error.value.key == "interval"


def test_the_meter_of_a_site_shows_it_and_counts_by_tariff() -> None:
    house = House(mix=None, noise=False, profile=HouseProfile([(0, 10, 5, 0), (7200, -10, -5, 0)]))
    site = SimulatedSite(house)
    meter = SiteTelegrams(site, lambda: NOON + timedelta(hours=10, seconds=site.now))
    for minute in range(1, 181):
        for second in range(60 * minute - 59, 60 * minute + 1):
            site.step(second)
        meter()
    reading = meter()
    assert reading.at == NOON + timedelta(hours=13)
    assert reading.currents == (-10, -5, 0)
    assert reading.voltages == site.voltages
    assert sum(reading.imported_wh) == pytest.approx(site.record.import_wh)
    assert sum(reading.exported_wh) == pytest.approx(site.record.export_wh)
    assert reading.imported_wh == pytest.approx((3450, 3450), rel=0.03)
    assert reading.exported_wh == pytest.approx((3450, 0), rel=0.03)


@given(steps=st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), min_size=1, max_size=50))
def test_the_counters_of_both_tariffs_only_grow(steps: list[tuple[float, bool]]) -> None:
    site = SimulatedSite(House(mix=None))
    now = NOON
    meter = SiteTelegrams(site, lambda: now)
    before = meter()
    for energy, night in steps:
        now = NOON + timedelta(hours=12 if night else 0)
        site.record.export_wh += energy
        reading = meter()
        assert all(map(ge, reading.exported_wh, before.exported_wh))
        assert sum(reading.exported_wh) == pytest.approx(site.record.export_wh)
        before = reading


@pytest.mark.parametrize("expected_lingering_timers", [True])  # the reader's own watchdog outlives it
async def test_home_assistant_reads_the_mains_of_a_site(
    hass: HomeAssistant, entity_registry: EntityRegistry
) -> None:
    charger = SimulatedCharger()
    charger.plug()
    house = House(mix=None, noise=False, profile=HouseProfile([(0, 1, 2, 3)]))
    site = SimulatedSite(house, chargers=[WiredCharger(charger)])
    for second in range(1, 61):
        site.step(second)
    serial = EQUIPMENT_ID.encode().hex()
    entities = [  # entities of the phases are disabled unless the registry has them already
        entity_registry.async_get_or_create("sensor", "dsmr", f"{serial}_instantaneous_current_l{phase}")
        for phase in (1, 2, 3)
    ]

    def currents() -> list[str]:
        states = [hass.states.get(entity.entity_id) for entity in entities]
        return [state.state for state in states if state is not None]

    async with DsmrServer(SiteTelegrams(site, lambda: NOON), interval=0.2) as server:
        entry = MockConfigEntry(
            domain="dsmr",
            data={
                "port": f"socket://127.0.0.1:{server.port}",
                "dsmr_version": "5",
                "serial_id": serial,
                "serial_id_gas": None,
            },
            options={"time_between_update": 0},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(lambda: currents() == ["17.0", "18.0", "19.0"])
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_home_assistants_own_dialogue_accepts_it(hass: HomeAssistant, server: DsmrServer) -> None:
    form = await hass.config_entries.flow.async_init("dsmr", context={"source": SOURCE_USER})
    user_input = {"port": f"socket://127.0.0.1:{server.port}", "dsmr_version": "5"}
    created = await hass.config_entries.flow.async_configure(form["flow_id"], user_input)
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert created["result"].data["serial_id"] == EQUIPMENT_ID.encode().hex()
    assert await hass.config_entries.async_unload(created["result"].entry_id)
