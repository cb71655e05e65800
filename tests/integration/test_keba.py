"""A Keba charging station through Home Assistant's own integration and its library, over UDP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
from homeassistant.components import keba
from homeassistant.components.keba.const import DOMAIN as KEBA_DOMAIN
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import SelectSelector
from homeassistant.setup import async_setup_component

from custom_components.evmeter.balancing.model import ChargerState
from custom_components.evmeter.chargers import Charger, ChargerProblem, find_chargers, open_charger
from custom_components.evmeter.const import SUBENTRY_CHARGER
from custom_components.evmeter.settings import ChargerConfig

from .charger_flows import only_charger, submit
from .clock import Clock
from .flows import LIMITS, site
from .keba_station import SERIAL, KebaStation, running_station
from .sites import report_mains, set_up, site_entry, subentry, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
async def station(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KebaStation]:
    """A station that Home Assistant's integration reads all the time, on a free port of this machine."""

    def now() -> float:
        return hass.loop.time()

    async with running_station(now) as (station, port):
        create = hass.loop.create_datagram_endpoint

        async def create_here(
            protocol: Callable[[], asyncio.DatagramProtocol],
            local_addr: tuple[str, int],
            remote_addr: tuple[str, int],
        ) -> tuple[asyncio.DatagramTransport, asyncio.DatagramProtocol]:
            """The library knows one port, for both ends."""
            assert (local_addr[1], remote_addr) == (7090, ("127.0.0.1", 7090))
            return await create(protocol, local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", port))

        with monkeypatch.context() as patch:
            patch.setattr(hass.loop, "create_datagram_endpoint", create_here)
            patch.setattr(keba, "MAX_POLLING_INTERVAL", 0.1)
            settings = {"host": "127.0.0.1", "refresh_interval": 0}
            assert await async_setup_component(hass, "keba", {"keba": settings})
        # It begins with disarming the failsafe, in the background.
        await until(lambda: station.commands == ["failsafe 0 0 0"])
        await asyncio.sleep(0.2)
        await hass.async_block_till_done()
        station.commands.clear()
        yield station
        handler = hass.data[KEBA_DOMAIN]
        handler._polling_task.cancel()
        handler.keba_protocol._transport.close()
        await asyncio.sleep(0)


def strings_of(hass: HomeAssistant) -> dict[str, str]:
    """What is stored of the only charger there is."""
    (found,) = find_chargers(hass)
    return {"charger": "known", **found.to_strings(), **LIMITS}


def seen(charger: Charger) -> tuple[ChargerState, float | None]:
    """What the charger does, and its limit [A]."""
    return charger.reading.state, charger.reading.limit


async def test_found_without_a_device_or_a_config_entry(hass: HomeAssistant, station: KebaStation) -> None:
    """Its integration makes neither: its entities are told by what their unique ids begin with."""
    assert station.commands == []
    entry = site(hass)
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
    )
    assert result["data_schema"] is not None
    (field,) = result["data_schema"].schema.values()
    assert isinstance(field, SelectSelector)
    (found,) = find_chargers(hass)
    assert field.config["options"][0] == {
        "value": found.device_id,
        "label": f"Keba wallbox {SERIAL} (Keba Charging Station)",
    }
    result = await submit(hass, result, charger=found.device_id)
    result = await submit(hass, result, **LIMITS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    charger = only_charger(entry)
    registry = er.async_get(hass)
    names = {
        key: registry.async_get_entity_id(platform, "keba", f"keba_wallbox_{SERIAL}_{name}")
        for key, platform, name in (
            ("state", "binary_sensor", "charging_state"),
            ("device", "binary_sensor", "charging_state"),
            ("draw_l1", "sensor", "charging_power"),
            ("draw_l2", "sensor", "charging_power"),
            ("draw_l3", "sensor", "charging_power"),
        )
    }
    stored = {key: er.async_resolve_entity_id(registry, charger.data[key]) for key in names}
    assert stored == names
    assert charger.data["known"] == "keba"
    assert "limit" not in charger.data


async def test_limited_paused_and_resumed(hass: HomeAssistant, station: KebaStation) -> None:
    """What is written is on the wire, and what the station then says is read."""
    data = strings_of(hass)
    charger = open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)
    await charger.async_start(lambda: None)
    await until(lambda: charger.reading.current == (16, 16, 16))
    assert seen(charger) == (ChargerState.CHARGING, 32)

    await charger.async_write((9.5, 9.5, 9.5))
    await until(lambda: charger.reading.current == (9.5, 9.5, 9.5))
    assert seen(charger) == (ChargerState.CHARGING, 9.5)
    assert (station.user_current, station.failsafe) == (9500, (60, 6000))
    assert charger.problem is ChargerProblem.NONE

    await charger.async_write((0.0, 0.0, 0.0))
    await until(lambda: charger.reading.current == (0, 0, 0))
    assert seen(charger) == (ChargerState.PAUSED, 0)
    assert (station.user_current, station.failsafe) == (0, (60, 6000))

    await charger.async_write((8.0, 8.0, 8.0))
    await until(lambda: charger.reading.current == (8, 8, 8))
    assert seen(charger) == (ChargerState.CHARGING, 8)
    names = [command.split()[0] for command in station.commands]
    assert names == ["currtime", "failsafe", "currtime", "currtime"]
    await charger.async_stop()


async def test_watchdog(hass: HomeAssistant, station: KebaStation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept quiet as long as the site runs; then the station falls back by itself."""
    clock = Clock(hass, monkeypatch)
    strings = strings_of(hass) | {"fallback_current": "7"}
    report_mains(hass, 18.0, 18.0, 18.0)
    coordinator = await set_up(hass, site_entry(subentry(strings, "Garage", "garage")))
    told: list[float] = []
    for _ in range(150):
        report_mains(hass, *[2.0 + station.draw / 1000] * 3)
        await clock.run(1)
        await asyncio.sleep(0.01)
        if not told or told[-1] != station.commanded_at:
            told.append(station.commanded_at)
        assert not station.has_fallen_back
    assert station.failsafe == (60, 7000)
    assert station.limit == 16000
    assert max(later - earlier for earlier, later in pairwise(told[1:])) < 30
    assert await hass.config_entries.async_unload(coordinator.config_entry.entry_id)
    clock.seconds += 61
    assert (station.has_fallen_back, station.limit) == (True, 7000)
