"""A site on Home Assistant's own DSMR Reader integration, fed by readings over a real MQTT broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiomqtt
import pytest
from homeassistant.components.dsmr_reader.const import DOMAIN as DSMR_READER
from homeassistant.components.mqtt import DOMAIN as MQTT
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.mains import SourceProblem, async_enable, find_meters
from evmeter_client.simulator.broker import Broker

from .sites import SITE, set_up, site_entry, until

INTERVAL: Final = 0.1
"""Time between two readings [s]."""


@dataclass
class Reader:
    """What the DSMR Reader application publishes of each telegram.

    Attributes:
        entry: Home Assistant's integration.
        values: last part of the topic -> value, published again and again.
        silent: publish nothing.
    """

    entry: MockConfigEntry
    values: dict[str, str] = field(default_factory=dict)
    silent: bool = False

    def measure(self, imported: Mapping[int, float], exported: Mapping[int, float]) -> None:
        """Show these powers per phase [kW] at 230 V, and currents in whole amps as the meter does."""
        for phase in (1, 2, 3):
            plus, minus = imported.get(phase, 0.0), exported.get(phase, 0.0)
            self.values |= {
                f"phase_currently_delivered_l{phase}": f"{plus:.3f}",
                f"phase_currently_returned_l{phase}": f"{minus:.3f}",
                f"phase_power_current_l{phase}": f"{(plus + minus) * 1000 / 230:.0f}",
                f"phase_voltage_l{phase}": "230.0",
            }


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Home Assistant's MQTT integration reads the configuration file, so there must be one."""
    (tmp_path / "configuration.yaml").touch()
    return str(tmp_path)


async def publish(broker: Broker, reader: Reader) -> None:
    """Publish readings until cancelled."""
    async with aiomqtt.Client(broker.host, broker.port) as client:
        while True:
            if not reader.silent:
                for name, value in reader.values.items():
                    await client.publish(f"dsmr/reading/{name}", value)
            await asyncio.sleep(INTERVAL)


@pytest.fixture
async def reader(hass: HomeAssistant, broker: Broker) -> AsyncIterator[Reader]:
    """A house of 2.3 kW on L1, read by Home Assistant's integration through its own MQTT integration."""
    mqtt = MockConfigEntry(domain=MQTT, data={"broker": broker.host, "port": broker.port})
    mqtt.add_to_hass(hass)
    assert await hass.config_entries.async_setup(mqtt.entry_id)
    entry = MockConfigEntry(domain=DSMR_READER, title="Meter cupboard", options={}, data={})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    reader = Reader(entry)
    reader.measure({1: 2.3, 2: 0.115}, {})
    publisher = asyncio.create_task(publish(broker, reader))
    yield reader
    publisher.cancel()
    await asyncio.wait([publisher])
    for unloaded in (entry, mqtt):
        assert await hass.config_entries.async_unload(unloaded.entry_id)
    await hass.async_block_till_done()


async def site_on(hass: HomeAssistant, reader: Reader) -> EVMeterCoordinator:
    """Enable what the meter has per phase, as the set-up does, and run a site on it."""
    (found,) = find_meters(hass)
    assert (found.meter, found.title, len(found.phases)) == ("dsmr_reader", "Meter cupboard", 3)
    assert len(found.needs_enabling) == 12
    async_enable(hass, found)
    await hass.async_block_till_done()
    # Home Assistant does that 30 s later; to move its clock would also end the MQTT clients' waits.
    await hass.config_entries.async_reload(reader.entry.entry_id)
    others = {key: value for key, value in SITE.items() if not key.startswith("current")}
    return await set_up(hass, site_entry(data=others | found.to_strings() | {"mains": "known"}))


def amps(coordinator: EVMeterCoordinator) -> Callable[[], list[float | None]]:
    """How to ask for the currents now, in tenths of an ampere."""
    return lambda: [
        None if current is None else round(current, 1) for current in coordinator.mains.reading.current
    ]


async def test_every_phase_is_read(hass: HomeAssistant, reader: Reader) -> None:
    """Whole amps, but the power says more; every reading counts, changed or not."""
    coordinator = await site_on(hass, reader)
    now = amps(coordinator)
    await until(lambda: now() == [10.0, 0.5, 0.0])
    await until(lambda: {source.problem for source in coordinator.mains.sources} == {SourceProblem.OK})
    reader.measure({1: 2.3, 2: 3.45, 3: 0.92}, {})
    await until(lambda: now() == [10.0, 15.0, 4.0])
    await asyncio.sleep(5 * INTERVAL)
    assert coordinator.mains.reading.period == pytest.approx(INTERVAL, abs=INTERVAL)


async def test_what_is_fed_in_counts_as_nothing(hass: HomeAssistant, reader: Reader) -> None:
    """Its currents have no sign, but export has a topic of its own."""
    coordinator = await site_on(hass, reader)
    now = amps(coordinator)
    await until(lambda: now() == [10.0, 0.5, 0.0])
    reader.measure({1: 2.3}, {2: 4.6})
    await until(lambda: now() == [10.0, 0.0, 0.0])


async def test_a_reader_that_stops_grows_old(hass: HomeAssistant, reader: Reader) -> None:
    """Its entities keep their last values; their age is what counts."""
    coordinator = await site_on(hass, reader)
    await until(lambda: amps(coordinator)() == [10.0, 0.5, 0.0])
    reader.silent = True
    await asyncio.sleep(10 * INTERVAL)
    assert min(hass.loop.time() - at for at in coordinator.mains.reading.measured_at) > 5 * INTERVAL
