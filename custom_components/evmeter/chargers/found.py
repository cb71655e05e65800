"""Known chargers in this Home Assistant, found in the registries by the table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig

from ..balancing.model import ChargerSettings
from ..const import (
    CONF_DEVICE,
    CONF_KNOWN,
    CONF_LIMIT,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_STATE,
    CONF_SWITCH,
)
from ..exceptions import ErrorCode, SettingsErrors
from ..settings import CHARGER_DRAWS, ChargerKind, EntityChargerSettings, charger_entities_to_strings
from .entities import EntityCharger
from .followed import FollowedEntity
from .known import KNOWN_CHARGERS, EntityKey, KnownCharger

_ROWS: Final[Mapping[str, KnownCharger]] = {known.integration: known for known in KNOWN_CHARGERS}

_SEPARATORS: Final = "_-"
"""Between what a unique id begins with and the key it ends in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCharger:
    """A known charger in this Home Assistant.

    Attributes:
        device_id: of its device in the registry.
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
    registry = er.async_get(hass)
    found: list[FoundCharger] = []
    for known in KNOWN_CHARGERS:
        for entry in hass.config_entries.async_entries(known.integration, include_ignore=False):
            devices: dict[str, list[er.RegistryEntry]] = {}
            for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
                if entity.device_id is not None:
                    devices.setdefault(entity.device_id, []).append(entity)
            for device_id, entities in devices.items():
                settings = _look_at(known, entities)
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
    followed = (FollowedEntity(hass, strings[key]) for key in keys if key in strings)
    entries = (entity.registry_entry for entity in followed)
    return tuple(entry.entity_id for entry in entries if entry is not None and entry.disabled)


@callback
def async_enable(hass: HomeAssistant, entity_ids: Iterable[str]) -> None:
    """Enable entities; Home Assistant reloads their integration 30 s later."""
    registry = er.async_get(hass)
    for entity_id in entity_ids:
        registry.async_update_entity(entity_id, disabled_by=None)


def title_of(hass: HomeAssistant, strings: Mapping[str, str]) -> str:
    """Return the name of the device that a charger's number is part of, from its stored strings."""
    number = FollowedEntity(hass, strings[CONF_LIMIT])
    entry = number.registry_entry
    device_id = None if entry is None else entry.device_id
    device = None if device_id is None else dr.async_get(hass).async_get(device_id)
    name = None if device is None else device.name_by_user or device.name
    return name or number.entity_id or number.reference


class TableCharger(EntityCharger):
    """A charger from the table."""

    kind: ClassVar = ChargerKind.KNOWN

    def __init__(
        self,
        hass: HomeAssistant,
        settings: ChargerSettings,
        phase_count: int,
        entities: EntityChargerSettings,
    ) -> None:
        """Look the row and the entities up.

        Raises:
            SettingsErrors: the table has no such row.
        """
        row = _ROWS.get(entities.known or "")
        if row is None:
            raise SettingsErrors.one(
                CONF_KNOWN, ErrorCode.INVALID_CHOICE, f"is not in the table: {entities.known!r}"
            )
        super().__init__(hass, settings, phase_count, entities, row.traits)
        if row.in_force is not None:
            self._in_force = _beside(hass, self._limit, row.in_force)
        if row.plug is not None:
            self._plug = _beside(hass, self._limit, row.plug)

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Ask which of the found chargers; the answer is the id of its device."""
        chargers = find_chargers(hass)
        options = [SelectOptionDict(value=charger.device_id, label=charger.title) for charger in chargers]
        stored_limit = stored.get(CONF_LIMIT)
        suggested = (charger.device_id for charger in chargers if charger.entities.limit == stored_limit)
        device_id = stored.get(CONF_DEVICE) or next(suggested, None)
        suggestion = None if device_id is None else {"suggested_value": device_id}
        return vol.Schema(
            {
                vol.Required(CONF_DEVICE, description=suggestion): SelectSelector(
                    SelectSelectorConfig(options=options)
                )
            }
        )

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        for charger in find_chargers(hass):
            if charger.device_id == user_input.get(CONF_DEVICE):
                return charger.to_strings()
        raise SettingsErrors.one(CONF_DEVICE, ErrorCode.CHARGER_NOT_FOUND, "is not in this Home Assistant")

    @classmethod
    @override
    def suggested_limits(cls, hass: HomeAssistant, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the number takes; where it tells the configured maximum, no more than that."""
        suggested = super().suggested_limits(hass, answers)
        row = _ROWS.get(answers.get(CONF_KNOWN, ""))
        configured = FollowedEntity(hass, answers[CONF_LIMIT]).amperes
        if row is None or row.in_force is None or configured is None or CONF_MAX_CURRENT not in suggested:
            return suggested
        highest = min(configured, float(suggested[CONF_MAX_CURRENT]))
        return {**suggested, CONF_MAX_CURRENT: f"{max(highest, float(suggested[CONF_MIN_CURRENT])):g}"}


def _look_at(known: KnownCharger, entities: Iterable[er.RegistryEntry]) -> EntityChargerSettings | None:
    """Return the entities of one device, None where it cannot be limited and paused."""
    candidates = list(entities)

    def find(key: EntityKey | None) -> str | None:
        return None if key is None else _find(key, candidates)

    limit, switch = find(known.limit), find(known.switch)
    if limit is None or (known.switch is not None and switch is None):
        return None
    draws = [find(draw) for draw in known.draws]
    return EntityChargerSettings(
        limit=limit,
        switch=switch,
        state=find(known.state),
        draws=tuple(draw for draw in draws if draw is not None),
        known=known.integration,
    )


def _beside(hass: HomeAssistant, entity: FollowedEntity, key: EntityKey) -> FollowedEntity | None:
    """Return the entity with a key that is part of the same device as another, None = there is none."""
    entry = entity.registry_entry
    if entry is None or entry.device_id is None:
        return None
    registry = er.async_get(hass)
    entities = er.async_entries_for_device(registry, entry.device_id, include_disabled_entities=True)
    found = _find(key, [other for other in entities if other.platform == entry.platform])
    return None if found is None else FollowedEntity(hass, found)


def _find(key: EntityKey, entities: Iterable[er.RegistryEntry]) -> str | None:
    """Return the registry id of the entity with a key, None = there is none."""
    endings = tuple(f"{separator}{key.key}" for separator in _SEPARATORS)
    fitting = [
        entity
        for entity in entities
        if entity.domain == key.platform
        and (entity.unique_id.endswith(endings) if key.by_unique_id else entity.translation_key == key.key)
    ]
    # Of several that end alike, the shortest has nothing but the key after what all begin with.
    return min(fitting, key=lambda entity: len(entity.unique_id)).id if fitting else None
