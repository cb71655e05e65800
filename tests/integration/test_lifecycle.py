"""Setting up, unloading, reloading, changing, removing: nothing is lost and nothing is left running."""

import asyncio
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.evmeter.balancer_memory import BalancerMemory
from custom_components.evmeter.balancing import Balancer, MainsReading
from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER
from custom_components.evmeter.settings import SiteConfig
from evmeter_client.simulator.broker import Broker

from .sites import SITE, evmeter_charger, report_mains, set_up, site_entry, subentry, until, wallbox

STORE = f"{DOMAIN}.site"


async def test_nothing_is_left_running(hass: HomeAssistant, broker: Broker) -> None:
    """No task and no listener; the charger keeps its limit, until its watchdog ends it."""
    async with wallbox(broker) as box:
        report_mains(hass, 8.0, 7.0, 7.5)
        await asyncio.sleep(0.1)
        entry = site_entry(subentry(evmeter_charger(broker)))
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.data.chargers["driveway"].available)
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
        assert not [task for task in asyncio.all_tasks() if "EV-Meter" in task.get_name()]
        steps = len(coordinator.history)
        report_mains(hass, 33.0, 7.0, 7.5)
        await asyncio.sleep(0.2)
        assert len(coordinator.history) == steps
        assert box.charger.limits == (16, 16, 16)


async def test_reload_again_and_again(hass: HomeAssistant, broker: Broker) -> None:
    """Five times: the charger is found each time, and nothing piles up."""
    async with wallbox(broker):
        report_mains(hass, 8.0, 7.0, 7.5)
        entry = site_entry(subentry(evmeter_charger(broker)))
        await set_up(hass, entry)
        tasks: list[int] = []
        listeners: list[int] = []
        for _ in range(5):
            assert await hass.config_entries.async_reload(entry.entry_id)
            await until(lambda: entry.runtime_data.data.chargers["driveway"].available)
            await hass.async_block_till_done()
            await asyncio.sleep(0.1)
            tasks.append(len(asyncio.all_tasks()))
            listeners.append(sum(hass.bus.async_listeners().values()))
        assert max(tasks) - min(tasks) <= 1
        assert len(set(listeners)) == 1


async def test_bad_site_settings_are_named(hass: HomeAssistant) -> None:
    """The entry says which of its settings cannot be used."""
    entry = site_entry(data=SITE | {"fuse_l2": "many", "phases": "3", "margin": "-1"})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason is not None
    assert "fuse_l2: is not a number: 'many'" in entry.reason
    assert "margin: must be between 0 and 24" in entry.reason


async def test_settings_of_a_newer_release_are_left_alone(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """They may mean something else; Home Assistant says so in its log."""
    entry = site_entry()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, version=2)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert "higher than the current version" in caplog.text


async def test_settings_of_a_newer_minor_version_are_read(hass: HomeAssistant) -> None:
    """A minor version only adds."""
    entry = site_entry()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, minor_version=2)
    assert await hass.config_entries.async_setup(entry.entry_id)


async def test_changed_settings_and_chargers_are_taken(hass: HomeAssistant, broker: Broker) -> None:
    """A charger is added, changed and removed while the site runs."""
    entry = site_entry(subentry(evmeter_charger(broker, "A")))
    await set_up(hass, entry)
    data: MappingProxyType[str, str] = MappingProxyType(evmeter_charger(broker, "B"))
    garage = ConfigSubentry(data=data, subentry_type=SUBENTRY_CHARGER, title="Garage", unique_id="B")
    hass.config_entries.async_add_subentry(entry, garage)
    await hass.async_block_till_done()
    assert list(entry.runtime_data.chargers) == ["driveway", garage.subentry_id]

    hass.config_entries.async_update_subentry(entry, garage, title="Carport")
    await hass.async_block_till_done()
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier((DOMAIN, f"site_{garage.subentry_id}"), "site")
    assert device is not None
    assert device.name == "Carport"

    hass.config_entries.async_update_entry(entry, data=SITE | {"fuse_l1": "16"})
    await hass.async_block_till_done()
    assert entry.runtime_data.config.balancing.fuse_rating == (16, 25, 25)

    hass.config_entries.async_remove_subentry(entry, garage.subentry_id)
    await hass.async_block_till_done()
    assert list(entry.runtime_data.chargers) == ["driveway"]
    assert devices.async_get(device.id) is None
    entities = er.async_entries_for_config_entry(er.async_get(hass), "site")
    assert {entity.config_subentry_id for entity in entities} == {None, "driveway"}


async def test_home_assistant_stops(
    hass: HomeAssistant, broker: Broker, hass_storage: dict[str, Any]
) -> None:
    """The balancer's memory is stored, and the connection closed."""
    async with wallbox(broker):
        entry = site_entry(subentry(evmeter_charger(broker)))
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.data.chargers["driveway"].available)
        await hass.async_stop()
        assert hass_storage[STORE]["data"]["balancer"]["chargers"][0]["id"] == "driveway"
        assert not [task for task in asyncio.all_tasks() if "EV-Meter" in task.get_name()]


async def test_removed_site_is_forgotten(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """With its stored memory."""
    entry = site_entry()
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert STORE in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    assert STORE not in hass_storage


async def test_memory_goes_on_after_a_short_break(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """The clock of the balancer runs through the break, wherever the event loop's clock starts."""
    site = SiteConfig.from_strings(SITE).balancing
    memory = BalancerMemory(hass, "site")
    memory.offset = 5000.0
    balancer = Balancer(site, [])
    reading = MainsReading(current=(10.0, 20.0, 15.0), measured_at=(memory.now,) * 3)
    balancer.step(memory.now, reading, [])
    stopped_at = memory.now
    await memory.async_save(balancer)
    stored = hass_storage[STORE]["data"]
    stored["saved_at"] -= 60.0

    again = BalancerMemory(hass, "site")
    restored = await again.async_restore(site, [])
    assert restored.as_dict() == balancer.as_dict()
    assert again.now == pytest.approx(stopped_at + 60, abs=1)
    assert again.mains(reading).measured_at[0] == pytest.approx(reading.measured_at[0] + again.offset)


@pytest.mark.parametrize("seconds", [-5.0, 121.0])
async def test_memory_of_another_time_is_dropped(
    hass: HomeAssistant, hass_storage: dict[str, Any], seconds: float
) -> None:
    """What was known long ago is no evidence, nor what comes from the future."""
    site = SiteConfig.from_strings(SITE).balancing
    memory = BalancerMemory(hass, "site")
    balancer = Balancer(site, [])
    balancer.step(1.0, MainsReading(current=(1.0, 2.0, 3.0), measured_at=(1.0, 1.0, 1.0)), [])
    await memory.async_save(balancer)
    hass_storage[STORE]["data"]["saved_at"] = (dt_util.utcnow() - timedelta(seconds=seconds)).timestamp()
    again = BalancerMemory(hass, "site")
    assert (await again.async_restore(site, [])).as_dict() == Balancer(site, []).as_dict()
    assert again.offset == 0


async def test_memory_that_does_not_fit_is_dropped(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A house that has changed from one phase to three begins anew."""
    memory = BalancerMemory(hass, "site")
    one = {"phases": "1", "mains": "simulated", "fuse_l1": "25"}
    await memory.async_save(Balancer(SiteConfig.from_strings(one).balancing, []))
    site = SiteConfig.from_strings(SITE).balancing
    assert (await memory.async_restore(site, [])).as_dict() == Balancer(site, []).as_dict()
    assert "Balancing begins anew" in caplog.text
