"""What the tests of the flows share: a browser that fills in forms, and what is stored in the end."""

from typing import Final

import voluptuous as vol
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.const import DOMAIN

FUSE: Final = {
    "phases": "3",
    "fuse_l1": 25,
    "fuse_type": "c",
    "margin": 0.5,
    "voltage": 230,
}
SIMULATED_SITE: Final = {
    "mains": "simulated",
    "phases": "3",
    "seed": "1",
    "fuse_l1": "25",
    "fuse_l2": "25",
    "fuse_l3": "25",
    "fuse_type": "c",
    "margin": "0.5",
    "voltage": "230",
}
OPTIONS: Final = {"mode": "balanced", "derating": "100"}
LIMITS: Final = {
    "min_current": "6",
    "max_current": "16",
    "wiring": "L1,L2,L3",
    "priority": "1",
    "fallback_current": "6",
}
SIMULATED_CHARGER: Final = {"charger": "simulated", "car_phases": "3", "car_current": "16", **LIMITS}


async def start(hass: HomeAssistant, source: str | None = None) -> ConfigFlowResult:
    """Start a flow and choose where the mains currents come from."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return result if source is None else await submit(hass, result, mains=source)


async def submit(hass: HomeAssistant, result: ConfigFlowResult, **answers: object) -> ConfigFlowResult:
    """Fill in the form and send it."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], answers)


def suggestions(schema: vol.Schema | None) -> dict[str, object]:
    """What a form is filled in with."""
    assert schema is not None
    filled: dict[str, object] = {}
    for key in schema.schema:
        if key.description is not None:
            filled[str(key)] = key.description["suggested_value"]
        elif key.default is not vol.UNDEFINED:
            filled[str(key)] = key.default()
    return filled


def site(hass: HomeAssistant, unique_id: str = "simulated-1", **strings: str) -> MockConfigEntry:
    """Give Home Assistant a site that was set up earlier."""
    entry = MockConfigEntry(domain=DOMAIN, title="Home", unique_id=unique_id, data=SIMULATED_SITE | strings)
    entry.add_to_hass(hass)
    return entry


def add_sensors(hass: HomeAssistant, unit: str, device_class: str, **values: str) -> dict[str, str]:
    """Give Home Assistant sensors with these values; returns name -> registry id."""
    registry = er.async_get(hass)
    ids = {}
    for name, value in values.items():
        entity = registry.async_get_or_create("sensor", "test", name, suggested_object_id=name)
        attributes = {"unit_of_measurement": unit, "device_class": device_class}
        hass.states.async_set(entity.entity_id, value, attributes)
        ids[name] = entity.id
    return ids


def add_currents(hass: HomeAssistant) -> dict[str, str]:
    """Give Home Assistant three sensors of current with fine steps, ``sensor.l1`` and so on."""
    return add_sensors(hass, "A", "current", l1="5.21", l2="3.17", l3="0.49")
