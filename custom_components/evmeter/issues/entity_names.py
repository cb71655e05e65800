"""What the entities of a meter or a charger are called, also those that are gone."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er


@callback
def entity_name(hass: HomeAssistant, reference: str) -> str:
    """Return the entity id behind a stored reference; of one that was removed, what it was called.

    Args:
        hass: the running Home Assistant.
        reference: registry id, or the entity id where there is no registry entry.
    """
    registry = er.async_get(hass)
    entity_id = er.async_resolve_entity_id(registry, reference)
    if entity_id is not None:
        return entity_id
    removed = (entry for entry in registry.deleted_entities.values() if entry.id == reference)
    return next((entry.entity_id for entry in removed), reference)


@callback
def disabled_entities(hass: HomeAssistant, references: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entity ids of those that are disabled."""
    return tuple(entry.entity_id for entry in _entries(hass, references) if entry.disabled)


@callback
def missing_entities(hass: HomeAssistant, references: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of those that do not exist."""
    registry = er.async_get(hass)
    names = {reference: entity_name(hass, reference) for reference in references}
    return tuple(
        name for name in names.values() if registry.async_get(name) is None and hass.states.get(name) is None
    )


@callback
def config_entries_of(hass: HomeAssistant, references: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of the config entries that the entities come from, each once."""
    entry_ids = (entry.config_entry_id for entry in _entries(hass, references))
    return tuple(dict.fromkeys(entry_id for entry_id in entry_ids if entry_id is not None))


def _entries(hass: HomeAssistant, references: tuple[str, ...]) -> list[er.RegistryEntry]:
    registry = er.async_get(hass)
    names = (er.async_resolve_entity_id(registry, reference) for reference in references)
    entries = (None if name is None else registry.async_get(name) for name in names)
    return [entry for entry in entries if entry is not None]
