"""Chargers of the table in the registries, as their integrations put them there."""

from collections.abc import Mapping

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.chargers.known import KNOWN_CHARGERS
from custom_components.evmeter.chargers.rows import EntityKey, KnownCharger, LimitAction


def row(integration: str) -> KnownCharger:
    """The row of an integration."""
    (known,) = (known for known in KNOWN_CHARGERS if known.integration == integration)
    return known


def keys_of(known: KnownCharger) -> dict[str, EntityKey]:
    """The entities of a row by the key they are stored under."""
    limit = known.limit if isinstance(known.limit, EntityKey) else None
    keys = {"limit": limit, "switch": known.switch, "state": known.state}
    keys |= {f"draw_l{terminal}": draw for terminal, draw in enumerate(known.draws, start=1)}
    return {name: key for name, key in keys.items() if key is not None}


def unstored_keys_of(known: KnownCharger) -> dict[str, EntityKey]:
    """The entities of a row that are looked up every time: limit in force, plug, own balancing."""
    told = known.limit.feedback if isinstance(known.limit, LimitAction) else ()
    keys = {f"feedback_{place}": key for place, key in enumerate(told, start=1)}
    own_balancing = None if known.own_balancing is None else known.own_balancing.key
    beside = {"in_force": known.in_force, "plug": known.plug, "own_balancing": own_balancing}
    return keys | {name: key for name, key in beside.items() if key is not None}


def mark_of(known: KnownCharger) -> str:
    """The entity without which a device is no charger of the row."""
    return "limit" if isinstance(known.limit, EntityKey) else "state"


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
        Its device id (that of its state where it has no device), and its registry ids by the key they are
        stored under.
    """
    device = (
        None
        if known.without_device
        else dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(known.integration, name)},
            name=name,
            manufacturer="Maker",
            model="Model",
        )
    )
    registry = er.async_get(hass)
    ids = {}
    # One that ends like the draw of some rows, and is none.
    platform = known.limit.platform if isinstance(known.limit, EntityKey) else Platform.SENSOR
    others = {"other": EntityKey(platform, "max_station_current")} | unstored_keys_of(known)
    for stored_as, key in (others | keys_of(known)).items():
        if stored_as in without:
            continue
        ids[stored_as] = registry.async_get_or_create(
            key.platform,
            known.integration,
            f"{name}_{key.key}",
            config_entry=None if device is None else entry,
            device_id=None if device is None else device.id,
            translation_key=None if key.by_unique_id else key.key,
            disabled_by=er.RegistryEntryDisabler.INTEGRATION if stored_as in disabled else None,
            capabilities={"min": 6, "max": 20, "step": 1} if stored_as == "limit" else None,
        ).id
    stored = {stored_as: registry_id for stored_as, registry_id in ids.items() if stored_as not in others}
    return stored.get("state", "") if device is None else device.id, stored
