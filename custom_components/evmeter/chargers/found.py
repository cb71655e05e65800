"""Known chargers in this Home Assistant, found in the registries by the table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import CONF_KNOWN, CONF_LIMIT, CONF_STATE, CONF_SWITCH
from ..settings import CHARGER_DRAWS, EntityChargerSettings, charger_entities_to_strings
from .followed import FollowedEntity
from .known import KNOWN_CHARGERS, ROWS
from .lookup import beginning, find, find_all, groups, siblings
from .rows import KnownCharger, LimitAction


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCharger:
    """A known charger in this Home Assistant.

    Attributes:
        device_id: of its device in the registry; of its state where its integration makes no device.
        title: as the user knows it.
        entities: its entities, as registry ids.
        needs_enabling: entity ids of those that are disabled.
    """

    device_id: str
    title: str
    entities: EntityChargerSettings
    needs_enabling: tuple[str, ...]

    def to_strings(self) -> dict[str, str]:
        """Return the strings to store for this charger."""
        return charger_entities_to_strings(self.entities)


def find_chargers(hass: HomeAssistant) -> list[FoundCharger]:
    """Return every known charger in this Home Assistant, one per device, ready to use or to be enabled."""
    found: list[FoundCharger] = []
    for known in KNOWN_CHARGERS:
        for device_id, entities in groups(hass, known):
            settings = _look_at(known, device_id, entities)
            if settings is not None:
                strings = charger_entities_to_strings(settings)
                found.append(
                    FoundCharger(
                        device_id=device_id,
                        title=title_of(hass, strings),
                        entities=settings,
                        needs_enabling=needs_enabling(hass, strings),
                    )
                )
    return found


def needs_enabling(hass: HomeAssistant, strings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the entity ids of a charger's entities that are disabled, from its stored strings."""
    keys = (CONF_LIMIT, CONF_SWITCH, CONF_STATE, *CHARGER_DRAWS)
    references = [strings[key] for key in keys if key in strings]
    row = ROWS.get(strings.get(CONF_KNOWN, ""))
    if row is not None and CONF_STATE in strings:
        references += feedback(hass, row, strings[CONF_STATE])
    entries = (FollowedEntity(hass, reference).registry_entry for reference in dict.fromkeys(references))
    return tuple(entry.entity_id for entry in entries if entry is not None and entry.disabled)


@callback
def async_enable(hass: HomeAssistant, entity_ids: Iterable[str]) -> None:
    """Enable entities; Home Assistant reloads their integration 30 s later."""
    registry = er.async_get(hass)
    for entity_id in entity_ids:
        registry.async_update_entity(entity_id, disabled_by=None)


def title_of(hass: HomeAssistant, strings: Mapping[str, str]) -> str:
    """Return the name of the device that a charger's number or state is part of, from its stored strings."""
    entity = FollowedEntity(hass, strings.get(CONF_LIMIT) or strings.get(CONF_STATE, ""))
    entry = entity.registry_entry
    row = ROWS.get(strings.get(CONF_KNOWN, ""))
    if entry is not None and row is not None and row.without_device:
        return beginning(row, entry).replace("_", " ").strip().capitalize()
    device_id = None if entry is None else entry.device_id
    device = None if device_id is None else dr.async_get(hass).async_get(device_id)
    name = None if device is None else device.name_by_user or device.name
    return name or entity.entity_id or entity.reference


def feedback(hass: HomeAssistant, row: KnownCharger, state: str) -> tuple[str, ...]:
    """Return the registry ids of what tells the limit in force of a charger that is limited by an action.

    Args:
        hass: the running Home Assistant.
        row: of the charger.
        state: registry id of its state.
    """
    entry = FollowedEntity(hass, state).registry_entry
    if entry is None or not isinstance(row.limit, LimitAction):
        return ()
    return find_all(row.limit.feedback, siblings(hass, row, entry))


def _look_at(
    known: KnownCharger, device_id: str, entities: Iterable[er.RegistryEntry]
) -> EntityChargerSettings | None:
    """Return the entities of one device, None where it cannot be limited and paused."""
    candidates = list(entities)
    by_action = isinstance(known.limit, LimitAction)
    limit = None if isinstance(known.limit, LimitAction) else find(known.limit, candidates)
    switch, state = find(known.switch, candidates), find(known.state, candidates)
    if (state if by_action else limit) is None or (known.switch is not None and switch is None):
        return None
    return EntityChargerSettings(
        limit=None if limit is None else limit.id,
        switch=None if switch is None else switch.id,
        state=None if state is None else state.id,
        draws=find_all(known.draws, candidates),
        known=known.integration,
        device=device_id if by_action else None,
    )
