"""The settings that are numbers: shown as stored, within what the others allow, and stored when changed."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er

from custom_components.evmeter.coordinator import EVMeterCoordinator

from .sites import SIMULATED_SITE, set_up, site_entry, subentry

CAR = {"charger": "simulated", "min_current": "6", "max_current": "16", "wiring": "L1,L2,L3"}


@pytest.fixture
async def coordinator(hass: HomeAssistant) -> EVMeterCoordinator:
    """A simulated site whose numbers are all enabled."""
    registry = er.async_get(hass)
    for phase in (1, 2, 3):
        registry.async_get_or_create("number", "evmeter", f"site_fuse_l{phase}", disabled_by=None)
    return await set_up(hass, site_entry(subentry(CAR), data=SIMULATED_SITE))


def number(hass: HomeAssistant, unique_id: str) -> tuple[float, float, float, str]:
    """Value, least, most and name."""
    entity_id = er.async_get(hass).async_get_entity_id("number", "evmeter", unique_id)
    state = hass.states.get(entity_id or "")
    assert state is not None
    return float(state.state), state.attributes["min"], state.attributes["max"], state.entity_id


async def set_value(hass: HomeAssistant, unique_id: str, value: float) -> None:
    """Do what a user does."""
    entity_id = number(hass, unique_id)[3]
    await hass.services.async_call(
        "number", "set_value", {"entity_id": entity_id, "value": value}, blocking=True
    )
    await hass.async_block_till_done()


async def test_fuse_and_margin(hass: HomeAssistant, coordinator: EVMeterCoordinator) -> None:
    """The site is balanced by the new value; the ranges follow."""
    assert number(hass, "site_fuse_l1")[:3] == (25, 6, 250)
    assert number(hass, "site_margin")[:3] == (0.5, 0, 24)
    await set_value(hass, "site_fuse_l2", 20)
    await set_value(hass, "site_margin", 7.5)
    now = coordinator.config_entry.runtime_data
    assert now is not coordinator
    assert now.config.balancing.fuse_rating == (25, 20, 25)
    assert now.config.balancing.margin == 7.5
    assert number(hass, "site_margin")[:3] == (7.5, 0, 19)
    assert number(hass, "site_fuse_l1")[:3] == (25, 8.5, 250)
    assert (coordinator.config_entry.data["fuse_l2"], coordinator.config_entry.data["margin"]) == (
        "20",
        "7.5",
    )


@pytest.mark.usefixtures("coordinator")
async def test_what_the_others_do_not_allow(hass: HomeAssistant) -> None:
    """It is refused, and nothing changes."""
    with pytest.raises(ServiceValidationError):
        await set_value(hass, "site_margin", 24.5)
    assert number(hass, "site_margin")[0] == 0.5


async def test_priority(hass: HomeAssistant, coordinator: EVMeterCoordinator) -> None:
    """It is stored with the charger."""
    assert number(hass, "site_driveway_priority")[:3] == (1, 1, 100)
    await set_value(hass, "site_driveway_priority", 3)
    now = coordinator.config_entry.runtime_data
    assert now.data.chargers["driveway"].settings.priority == 3
    assert coordinator.config_entry.subentries["driveway"].data["priority"] == "3"
