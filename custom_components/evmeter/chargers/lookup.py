"""Finds the entities of a known charger in the registry by the keys of its row."""

from collections.abc import Iterable, Iterator
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .rows import EntityKey, KnownCharger

_SEPARATORS: Final = "_-."
"""Between what a unique id begins with and the key it ends in."""


def find(key: EntityKey | None, entities: Iterable[er.RegistryEntry]) -> er.RegistryEntry | None:
    """Return the entity with a key, None = there is none."""
    if key is None:
        return None
    fitting = [entity for entity in entities if _fits(key, entity)]
    # Of several that end alike, the shortest has nothing but the key after what all begin with.
    return min(fitting, key=lambda entity: len(entity.unique_id), default=None)


def find_all(keys: Iterable[EntityKey], entities: Iterable[er.RegistryEntry]) -> tuple[str, ...]:
    """Return the registry ids of the entities with some keys; those that are not there are left out."""
    candidates = list(entities)
    found = (find(key, candidates) for key in keys)
    return tuple(entity.id for entity in found if entity is not None)


def groups(hass: HomeAssistant, known: KnownCharger) -> Iterator[tuple[str, list[er.RegistryEntry]]]:
    """Yield the entities of every device of a row's integration, with what names the device."""
    registry = er.async_get(hass)
    if known.without_device:
        for entity in list(registry.entities.values()):
            if entity.platform == known.integration and known.state and _fits(known.state, entity):
                yield entity.id, siblings(hass, known, entity)
        return
    for entry in hass.config_entries.async_entries(known.integration, include_ignore=False):
        devices: dict[str, list[er.RegistryEntry]] = {}
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            if entity.device_id is not None:
                devices.setdefault(entity.device_id, []).append(entity)
        yield from devices.items()


def siblings(hass: HomeAssistant, known: KnownCharger, entity: er.RegistryEntry) -> list[er.RegistryEntry]:
    """Return the entities of a charger, and of the device it is reached through, from one of them."""
    registry = er.async_get(hass)
    if known.without_device:
        begin = beginning(known, entity)
        return [
            other
            for other in registry.entities.values()
            if other.platform == known.integration and other.unique_id.startswith(begin)
        ]
    if entity.device_id is None:
        return [entity]
    device = dr.async_get(hass).async_get(entity.device_id)
    devices = [entity.device_id]
    if isinstance(device, dr.DeviceEntry) and device.via_device_id is not None:
        devices.append(device.via_device_id)
    return [
        other
        for device_id in devices
        for other in er.async_entries_for_device(registry, device_id, include_disabled_entities=True)
        if other.platform == known.integration
    ]


def beginning(known: KnownCharger, state: er.RegistryEntry) -> str:
    """Return what the unique ids of a charger without a device begin with."""
    return state.unique_id.removesuffix("" if known.state is None else known.state.key)


def _fits(key: EntityKey, entity: er.RegistryEntry) -> bool:
    if entity.domain != key.platform:
        return False
    if not key.by_unique_id:
        return entity.translation_key == key.key
    return entity.unique_id.endswith(tuple(f"{separator}{key.key}" for separator in _SEPARATORS))
