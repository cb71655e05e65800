"""Every entity: its place, its name, its value, and what the user can set."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data
from syrupy.assertion import SnapshotAssertion

from custom_components.evmeter.balancing import ReasonCode, SiteState
from custom_components.evmeter.const import DOMAIN, PLATFORMS
from custom_components.evmeter.coordinator import EVMeterCoordinator
from evmeter_client import EVMeterConfig
from evmeter_client.simulator import SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway

from .sites import (
    SIMULATED_SITE,
    evmeter_charger,
    report_mains,
    set_up,
    site_entry,
    state_of,
    subentry,
    until,
)

TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / DOMAIN / "translations" / "en.json"
CHANGING = ("decision_time", "meter_age", "steps")
"""Keys of entities whose value is another one each time."""


@pytest.fixture
def everything_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable also what is disabled at first."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
async def coordinator(hass: HomeAssistant, broker: Broker) -> AsyncIterator[EVMeterCoordinator]:
    """A site with one charger that stands still, no car plugged in."""
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id="CHARGER1"))
    config = EVMeterConfig(host=broker.host, port=broker.port, tls=False)
    async with ChargerGateway(config, charger):
        report_mains(hass, 8.5, 7.0, 7.25)
        made = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await until(lambda: made.data.chargers["driveway"].available)
        report_mains(hass, 8.5, 7.0, 7.25)
        await hass.async_block_till_done()
        yield made
        assert await hass.config_entries.async_unload("site")


def entities(hass: HomeAssistant) -> list[er.RegistryEntry]:
    """Every entity of the site, in the order of their names."""
    found = er.async_entries_for_config_entry(er.async_get(hass), "site")
    return sorted(found, key=lambda entity: entity.entity_id)


async def press(hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: object) -> None:
    """Do what a user does with an entity."""
    await hass.services.async_call(domain, action, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True)
    await hass.async_block_till_done()


@pytest.mark.usefixtures("everything_enabled", "coordinator")
async def test_entities(hass: HomeAssistant, snapshot: SnapshotAssertion) -> None:
    """All of them, as they are registered and as they are seen."""
    assert {entity.domain for entity in entities(hass)} == set(PLATFORMS)
    for entity in entities(hass):
        assert entity == snapshot(name=f"{entity.entity_id}-entry")
        if not entity.unique_id.endswith(CHANGING):
            assert hass.states.get(entity.entity_id) == snapshot(name=f"{entity.entity_id}-state")


@pytest.mark.usefixtures("coordinator")
async def test_noisy_entities_are_disabled(hass: HomeAssistant) -> None:
    """What most users never look at does not fill their database."""
    disabled = {entity.unique_id.removeprefix("site_") for entity in entities(hass) if entity.disabled}
    assert disabled >= {"meter_age", "decision_time", "driveway_voltage_l1", "driveway_wifi_network"}
    assert not disabled & {"mains_current_l1", "driveway_limit", "driveway_power", "driveway_total_energy"}


@pytest.mark.usefixtures("coordinator")
async def test_devices(hass: HomeAssistant) -> None:
    """The site is a service, the charger a device behind it, in its own subentry."""
    devices = dr.async_get(hass)
    site = devices.async_get_device_by_identifier((DOMAIN, "site"), "site")
    charger = devices.async_get_device_by_identifier((DOMAIN, "site_driveway"), "site")
    assert site is not None
    assert charger is not None
    assert site.entry_type is dr.DeviceEntryType.SERVICE
    assert site.via_device_id is None
    assert charger.via_device_id == site.id
    assert charger.config_subentry_id == "driveway"
    assert (charger.name, charger.manufacturer) == ("Driveway", "EV-Meter")
    assert (charger.serial_number, charger.sw_version) == ("100001", "7.10.3")
    for entity in entities(hass):
        own = charger if entity.unique_id.startswith("site_driveway_") else site
        assert (entity.device_id, entity.config_subentry_id) == (own.id, own.config_subentry_id)


@pytest.mark.usefixtures("everything_enabled", "coordinator")
async def test_every_name_and_state_is_translated(hass: HomeAssistant) -> None:
    """No key is shown as it is, and no translation is there for nothing."""
    texts = json.loads(TRANSLATIONS.read_text())["entity"]
    used: dict[str, set[str]] = {platform: set() for platform in texts}
    for entity in entities(hass):
        if entity.translation_key is None:
            assert entity.original_device_class is not None
            continue
        used[entity.domain].add(entity.translation_key)
        text = texts[entity.domain][entity.translation_key]
        options = set((entity.capabilities or {}).get("options", ()))
        if entity.domain == "binary_sensor" and entity.original_device_class is None:
            options = {"off", "on"}  # no class says what they mean
        assert options == set(text.get("state", ()))
    assert used == {platform: set(texts[platform]) for platform in texts}


async def test_switched_off(hass: HomeAssistant, coordinator: EVMeterCoordinator) -> None:
    """Nothing is written any more, and the user sees it; on again it begins anew."""
    await press(hass, "switch", "turn_off", "switch.home_load_balancing")
    assert state_of(hass, "switch.home_load_balancing") == "off"
    assert state_of(hass, "sensor.home_balancing_state") == SiteState.OFF
    assert state_of(hass, "sensor.driveway_limit_reason") == ReasonCode.OFF
    assert state_of(hass, "binary_sensor.driveway_obeying") == "unknown"
    report_mains(hass, 40.0, 40.0, 40.0)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.home_mains_current_l1") == "40.0"
    assert coordinator.data.chargers["driveway"].decision is None

    await press(hass, "switch", "turn_on", "switch.home_load_balancing")
    assert state_of(hass, "sensor.home_balancing_state") != SiteState.OFF
    assert coordinator.data.chargers["driveway"].decision is not None


@pytest.mark.usefixtures("coordinator")
async def test_own_limit(hass: HomeAssistant) -> None:
    """It is kept whatever the room, and given back with a button."""
    state = hass.states.get("number.driveway_maximum_current")
    assert state is not None
    assert (state.attributes["min"], state.attributes["max"], state.attributes["step"]) == (6, 16, 1)
    await press(hass, "number", "set_value", "number.driveway_maximum_current", value=10)
    assert state_of(hass, "sensor.driveway_limit") == "10.0"
    assert state_of(hass, "sensor.driveway_limit_reason") == ReasonCode.CHARGER_MAXIMUM
    await press(hass, "select", "select_option", "select.driveway_mode", option="manual")
    assert state_of(hass, "sensor.driveway_limit_reason") == ReasonCode.MANUAL
    await press(hass, "button", "press", "button.driveway_release_limit")
    assert state_of(hass, "select.driveway_mode") == "balanced"
    assert state_of(hass, "number.driveway_maximum_current") == "16.0"


@pytest.mark.usefixtures("coordinator")
async def test_paused(hass: HomeAssistant) -> None:
    """The charger is told at once."""
    await press(hass, "select", "select_option", "select.driveway_mode", option="paused")
    assert state_of(hass, "sensor.driveway_limit") == "0.0"
    assert state_of(hass, "sensor.driveway_limit_reason") == ReasonCode.OFF


@pytest.mark.parametrize(("stored", "restored"), [(9.0, 9.0), (25.0, 20.0), (5.0, 6.0)])
async def test_wishes_survive_a_restart(
    hass: HomeAssistant, broker: Broker, stored: float, restored: float
) -> None:
    """Before the first limit is decided, and within the range that the settings allow now."""
    number = {
        "native_max_value": 32.0,
        "native_min_value": 5.0,
        "native_step": 1.0,
        "native_unit_of_measurement": "A",
        "native_value": stored,
    }
    states: tuple[tuple[State, dict[str, object]], ...] = (
        (State("switch.home_load_balancing", "off"), {}),
        (State("select.driveway_mode", "manual"), {}),
        (State("number.driveway_maximum_current", str(stored)), number),
    )
    mock_restore_cache_with_extra_data(hass, states)
    strings = evmeter_charger(broker, max_current="20")
    coordinator = await set_up(hass, site_entry(subentry(strings)))
    assert coordinator.data.enabled is False
    assert coordinator.data.chargers["driveway"].mode == "manual"
    assert coordinator.data.chargers["driveway"].maximum_current == restored


@pytest.mark.usefixtures("coordinator")
async def test_silent_phase_is_unavailable(hass: HomeAssistant) -> None:
    """What is not measured is not shown; the thermal state of the fuse goes on."""
    report_mains(hass, 8.5, "unavailable", 7.25)
    await hass.async_block_till_done()
    await until(lambda: state_of(hass, "sensor.home_mains_current_l2") == "unavailable")
    assert state_of(hass, "sensor.home_available_current_l2") == "unavailable"
    assert state_of(hass, "sensor.home_fuse_load_l2") != "unavailable"
    assert state_of(hass, "sensor.home_mains_current_l1") == "8.5"


async def test_single_phase_site(hass: HomeAssistant, broker: Broker) -> None:
    """There is one of everything."""
    data = SIMULATED_SITE | {"phases": "1"}
    await set_up(hass, site_entry(subentry({"charger": "simulated"}), data=data))
    names = {entity.unique_id for entity in entities(hass)}
    assert {"site_mains_current_l1", "site_driveway_current_l1"} <= names
    assert not {"site_mains_current_l2", "site_driveway_current_l2"} & names
