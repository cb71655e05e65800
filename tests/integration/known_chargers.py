"""Chargers of the table in the registries, as their integrations put them there."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.chargers.known import KNOWN_CHARGERS, EntityKey, KnownCharger


def row(integration: str) -> KnownCharger:
    """The row of an integration."""
    (known,) = (known for known in KNOWN_CHARGERS if known.integration == integration)
    return known


def keys_of(known: KnownCharger) -> dict[str, EntityKey]:
    """The entities of a row by the key they are stored under."""
    keys = {"limit": known.limit, "switch": known.switch, "state": known.state}
    keys |= {f"draw_l{terminal}": draw for terminal, draw in enumerate(known.draws, start=1)}
    return {name: key for name, key in keys.items() if key is not None}


def integration_entry(hass: HomeAssistant, known: KnownCharger) -> MockConfigEntry:
    """Give Home Assistant a config entry of a row's integration."""
    entry = MockConfigEntry(domain=known.integration, title="Somebody's account")
    entry.add_to_hass(hass)
    return entry


def add_charger_device(
    hass: HomeAssistant,
    known: KnownCharger,
    entry: MockConfigEntry,
    *,
    name: str = "Garage",
    without: frozenset[str] = frozenset(),
    disabled: frozenset[str] = frozenset(),
) -> tuple[str, Mapping[str, str]]:
    """Give Home Assistant a charger of a row.

    Args:
        hass: the running Home Assistant.
        known: the row.
        entry: the config entry of its integration.
        name: of the device; also what its unique ids begin with.
        without: keys of entities that it does not have.
        disabled: keys of entities that its integration disabled.

    Returns:
        Its device id, and its registry ids by the key they are stored under.
    """
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(known.integration, name)},
        name=name,
        manufacturer="Maker",
        model="Model",
    )
    registry = er.async_get(hass)
    ids = {}
    # One that ends like the draw of some rows, and is none.
    others = {
        "other": EntityKey(known.limit.platform, "max_station_current"),
        "in_force": known.in_force,
        "plug": known.plug,
    }
    for stored_as, key in (others | keys_of(known)).items():
        if key is None or stored_as in without:
            continue
        ids[stored_as] = registry.async_get_or_create(
            key.platform,
            known.integration,
            f"{name}_{key.key}",
            config_entry=entry,
            device_id=device.id,
            translation_key=None if key.by_unique_id else key.key,
            disabled_by=er.RegistryEntryDisabler.INTEGRATION if stored_as in disabled else None,
            capabilities={"min": 6, "max": 20, "step": 1} if stored_as == "limit" else None,
        ).id
    return device.id, {stored_as: ids[stored_as] for stored_as in ids if stored_as not in others}
