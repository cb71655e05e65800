"""Every entity and every action has an icon: by its device class, or by its own name."""

from collections.abc import Mapping

import pytest
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.icon import async_get_icons

from custom_components.evmeter.const import DOMAIN, PLATFORMS
from evmeter_client.simulator.broker import Broker

from .sites import evmeter_charger, set_up, site_entry, subentry

USED_FOR_MANY = {None, SensorDeviceClass.ENUM}
"""Device classes that say nothing about what is shown."""


@pytest.fixture
async def icons(hass: HomeAssistant, broker: Broker) -> Mapping[str, Mapping[str, object]]:
    """Our own icons by platform and translation key, with every entity there is."""
    await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
    found: Mapping[str, Mapping[str, object]] = (await async_get_icons(hass, "entity", [DOMAIN]))[DOMAIN]
    return found


async def test_every_entity_has_an_icon(
    hass: HomeAssistant, icons: Mapping[str, Mapping[str, object]]
) -> None:
    """Of its own where its device class says nothing; otherwise Home Assistant's for the class."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), "site")
    assert {entity.domain for entity in entities} == set(PLATFORMS)
    by_class = await async_get_icons(hass, "entity_component", list(PLATFORMS))
    for entity in entities:
        own = entity.translation_key in icons.get(entity.domain, {})
        if entity.original_device_class in USED_FOR_MANY:
            assert own, entity.entity_id
        else:
            assert own or entity.original_device_class in by_class[entity.domain], entity.entity_id
    used = {(entity.domain, entity.translation_key) for entity in entities}
    assert {(domain, key) for domain, keys in icons.items() for key in keys} <= used


@pytest.mark.usefixtures("icons")
async def test_every_action_has_an_icon(hass: HomeAssistant) -> None:
    """And no icon is there for nothing."""
    actions = hass.services.async_services_for_domain(DOMAIN)
    assert actions
    assert (await async_get_icons(hass, "services", [DOMAIN]))[DOMAIN].keys() == actions.keys()
