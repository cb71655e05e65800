"""A site on Home Assistant's own DSMR integration, which reads real telegrams over TCP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from homeassistant.components.dsmr.const import DOMAIN as DSMR
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.mains import SourceProblem, async_enable, find_meters
from evmeter_client.simulator import DsmrServer, House, Phase, SimulatedSite, SiteTelegrams

from .sites import SITE, set_up, site_entry, until

INTERVAL = 0.2
"""A simulated second takes this long in tests [s]."""


@pytest.fixture
def expected_lingering_timers() -> bool:
    """The parser of Home Assistant's integration leaves its keep-alive timer running when it is closed."""
    return True


@dataclass
class SmartMeter:
    """A meter that sends telegrams, and the plant it measures."""

    plant: SimulatedSite
    server: DsmrServer
    entry: MockConfigEntry


@pytest.fixture
async def meter(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[SmartMeter]:
    """A quiet house with a smart meter, set up in Home Assistant, every telegram taken."""
    plant = SimulatedSite(House(seed=1, quiet=True))

    def clock() -> datetime:
        plant.step(plant.now + 1)
        return datetime.fromtimestamp(1_700_000_000 + plant.now, UTC)

    async with DsmrServer(SiteTelegrams(plant, clock), interval=INTERVAL) as server:
        entry = MockConfigEntry(
            domain=DSMR,
            title="Smart meter",
            data={
                "port": f"socket://127.0.0.1:{server.port}",
                "dsmr_version": "5",
                "protocol": "dsmr_protocol",
                "serial_id": "4530303030303030303030303030303031",
                "serial_id_gas": None,
            },
            options={"time_between_update": 0},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(lambda: len(find_meters(hass)) == 1 and len(find_meters(hass)[0].phases) == 3)
        yield SmartMeter(plant, server, entry)
        assert await hass.config_entries.async_unload(entry.entry_id)


async def enabled_strings(hass: HomeAssistant, meter: SmartMeter) -> dict[str, str]:
    """Enable what the meter has per phase and return what a site stores of it."""
    (found,) = find_meters(hass)
    assert len(found.needs_enabling) == 12
    async_enable(hass, found)
    await until(lambda: meter.server.telegrams > 2)
    await hass.config_entries.async_reload(meter.entry.entry_id)
    (found,) = find_meters(hass)
    assert found.needs_enabling == ()
    others = {key: value for key, value in SITE.items() if not key.startswith("current")}
    return others | found.to_strings() | {"mains": "known"}


async def test_every_phase_is_read(hass: HomeAssistant, meter: SmartMeter) -> None:
    """Whole amps, but power and voltage say more: the truth within a tenth of an ampere."""
    strings = await enabled_strings(hass, meter)
    coordinator = await set_up(hass, site_entry(data=strings))
    await until(lambda: None not in coordinator.mains.reading.current)

    meter.plant.house.switch("kettle", on=True, phase=Phase.L2)
    await until(lambda: (coordinator.mains.reading.current[1] or 0) > 9)
    reading = coordinator.mains.reading
    truth = meter.plant.mains
    errors = [abs((value or 0) - true) for value, true in zip(reading.current, truth, strict=True)]
    # The house lives on between the telegram and our look.
    assert max(errors) < 0.3
    assert reading.resolution < 0.05
    assert reading.period == pytest.approx(INTERVAL, abs=0.05)
    assert {source.problem for source in coordinator.mains.sources} == {SourceProblem.OK}


async def test_a_meter_that_stops_sending_grows_old(hass: HomeAssistant, meter: SmartMeter) -> None:
    """Its entities keep their last values; their age is what counts."""
    strings = await enabled_strings(hass, meter)
    coordinator = await set_up(hass, site_entry(data=strings))
    await until(lambda: None not in coordinator.mains.reading.current)
    meter.server.silent = True
    await asyncio.sleep(1.5)
    assert min(hass.loop.time() - at for at in coordinator.mains.reading.measured_at) > 1
    meter.server.silent = False
    await until(lambda: max(hass.loop.time() - at for at in coordinator.mains.reading.measured_at) < 0.5)


async def test_export_is_told_by_its_own_power(hass: HomeAssistant, meter: SmartMeter) -> None:
    """DSMR currents have no sign: what is fed in counts as nothing, not as a load."""
    strings = await enabled_strings(hass, meter)
    coordinator = await set_up(hass, site_entry(data=strings))
    await until(lambda: None not in coordinator.mains.reading.current)
    registry = er.async_get(hass)
    names = {entry.id: entry.entity_id for entry in registry.entities.values()}
    meter.server.silent = True
    await asyncio.sleep(3 * INTERVAL)
    current, imported, exported = (
        names[strings[f"{key}_l1"]] for key in ("current", "power", "power_export")
    )
    for entity_id, value, unit in ((current, "8", "A"), (imported, "0.0", "kW"), (exported, "1.85", "kW")):
        hass.states.async_set(entity_id, value, {"unit_of_measurement": unit})
    await hass.async_block_till_done()
    assert coordinator.mains.reading.current[0] == 0
