"""Meters whose per-phase entities are known by name: the rows of the table, found in the registries.

Known per-phase entities are often disabled by default; a found meter says which ones must be enabled.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig

from ..balancing.model import SiteSettings
from ..const import CONF_METER
from ..exceptions import ErrorCode, SettingsErrors
from ..settings import EntityMainsSettings, MainsKind, PhaseEntities, entities_to_strings
from .entities import EntityMains, SignOfLife
from .meter_table import KNOWN_METERS, KnownMeter, MatchedBy, UpdateOption


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSlow:
    """A meter that updates too rarely.

    Attributes:
        option: of its integration that says how often it updates.
        seconds: its present value [s].
        advised: the largest value that suits balancing [s].
    """

    option: str
    seconds: float
    advised: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMeter:
    """A known meter in this Home Assistant.

    Attributes:
        id: of its config entry, followed by the device where the entry has several meters.
        meter: its integration.
        title: as the user knows it.
        phases: its entities per phase, as registry ids; 1 or 3 phases.
        needs_enabling: entity ids of those that are disabled.
        too_slow: it updates too rarely, None = often enough.
        period: how often it updates where that is fixed and slow [s], None = not known.
    """

    id: str
    meter: str
    title: str
    phases: tuple[PhaseEntities, ...]
    needs_enabling: tuple[str, ...]
    too_slow: TooSlow | None
    period: float | None

    @property
    def entry_id(self) -> str:
        """Id of its config entry."""
        return self.id.partition(" ")[0]

    def to_strings(self) -> dict[str, str]:
        """Return the strings to store for this meter."""
        return entities_to_strings(EntityMainsSettings(phases=self.phases, meter=self.meter))


def find_meters(hass: HomeAssistant) -> list[FoundMeter]:
    """Return every known meter in this Home Assistant, ready to use or to be enabled."""
    found: list[FoundMeter] = []
    for integration in dict.fromkeys(known.integration for known in KNOWN_METERS):
        for entry in hass.config_entries.async_entries(integration, include_ignore=False):
            matches = _matches(hass, entry)
            several = len(matches) > 1
            found += [_found_meter(hass, entry, match, several=several) for match in matches]
    return found


@callback
def async_enable(hass: HomeAssistant, found: FoundMeter) -> None:
    """Enable a found meter's disabled entities; Home Assistant reloads its integration 30 s later.

    There is no second reload of ours: an integration that is reloaded before it has set its entities up, as
    DSMR is before its first telegram, keeps the old ones, which never get a value again.
    """
    registry = er.async_get(hass)
    for entity_id in found.needs_enabling:
        registry.async_update_entity(entity_id, disabled_by=None)


class KnownMains(EntityMains):
    """A meter from the table."""

    kind: ClassVar = MainsKind.KNOWN

    def __init__(self, hass: HomeAssistant, site: SiteSettings, entities: EntityMainsSettings) -> None:
        """Prepare one source per entity, and find what tells that the meter is out of reach."""
        super().__init__(hass, site, entities)
        first = entities.phases[0]
        registry = er.async_get(hass)
        entity_id = er.async_resolve_entity_id(registry, first.current or first.power or "")
        sensor = None if entity_id is None else registry.async_get(entity_id)
        rows = (known for known in KNOWN_METERS if known.integration == entities.meter)
        found = (_alive(hass, row.alive, sensor) for row in rows)
        self._alive = next((SignOfLife(entity.id) for entity in found if entity is not None), None)

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Ask which of the found meters."""
        options = [SelectOptionDict(value=meter.id, label=meter.title) for meter in find_meters(hass)]
        choice = SelectSelector(SelectSelectorConfig(options=options))
        return vol.Schema({vol.Required(CONF_METER): choice})

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        for meter in find_meters(hass):
            if meter.id == user_input[CONF_METER]:
                return meter.to_strings()
        raise SettingsErrors.one(CONF_METER, ErrorCode.METER_NOT_FOUND, "is not in this Home Assistant")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """A meter a row was found to fit.

    Attributes:
        known: the row.
        device: what its entities have in common, unique within their config entry.
        phases: per phase its current, power, exported power and voltage; None = it has none.
    """

    known: KnownMeter
    device: str
    phases: tuple[tuple[er.RegistryEntry | None, ...], ...]

    @property
    def entities(self) -> list[er.RegistryEntry]:
        return [entity for phase in self.phases for entity in phase if entity is not None]


def _matches(hass: HomeAssistant, entry: ConfigEntry) -> list[_Match]:
    """Return the meters of one config entry, by every row of its integration."""
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, entry.entry_id)
    sensors = [entity for entity in entities if entity.domain == SENSOR_DOMAIN]
    return [
        match
        for known in KNOWN_METERS
        if known.integration == entry.domain
        for device, by_key in _by_device(known, sensors).items()
        if (match := _complete(known, device, by_key)) is not None
    ]


def _by_device(
    known: KnownMeter, entities: Sequence[er.RegistryEntry]
) -> dict[str, dict[str, er.RegistryEntry]]:
    """Return the entities a row names: by device, then by key."""
    keys = {key for phase in _keys(known) for key in phase if key is not None}
    if known.marker is not None:
        keys.add(known.marker)
    devices: dict[str, dict[str, er.RegistryEntry]] = {}
    for entity in entities:
        for key in keys:
            device = _device_of(known, key, entity)
            if device is not None:
                devices.setdefault(device, {})[key] = entity
    return devices


def _device_of(known: KnownMeter, key: str, entity: er.RegistryEntry) -> str | None:
    """Return the device an entity belongs to, None where it is not the one of this key."""
    if known.matched_by is MatchedBy.TRANSLATION_KEY:
        return (entity.device_id or "") if entity.translation_key == key else None
    by_name = known.matched_by is MatchedBy.ORIGINAL_NAME
    text = (entity.original_name or "") if by_name else entity.unique_id
    match = re.fullmatch(f"({known.device}){re.escape(known.separator + key)}", text)
    return None if match is None else match[1]


def _keys(known: KnownMeter) -> list[tuple[str | None, ...]]:
    """Return the keys per phase: current, power, exported power, voltage; None = the row has none."""
    patterns = (known.current, known.power, known.power_export, known.voltage)
    return [
        tuple(None if pattern is None else pattern.format(phase=phase) for pattern in patterns)
        for phase in known.phases
    ]


def _complete(known: KnownMeter, device: str, by_key: Mapping[str, er.RegistryEntry]) -> _Match | None:
    """Return a meter that tells about every phase of a mains connection, None where it does not."""
    if known.marker is not None and known.marker not in by_key:
        return None
    phases = [tuple(None if key is None else by_key.get(key) for key in keys) for keys in _keys(known)]
    tells = [current is not None or power is not None for current, power, *_ in phases]
    # A house of two phases is none we know: better no meter than one that sees half of the house.
    if not tells[0] or len(set(tells[1:])) > 1:
        return None
    return _Match(known=known, device=device, phases=tuple(phases if all(tells) else phases[:1]))


def _alive(hass: HomeAssistant, key: str | None, sensor: er.RegistryEntry | None) -> er.RegistryEntry | None:
    """Return what tells whether the meter of a sensor is within reach, None = nothing does."""
    if key is None or sensor is None or sensor.device_id is None:
        return None
    registry = er.async_get(hass)
    entities = er.async_entries_for_device(registry, sensor.device_id, include_disabled_entities=True)
    fitting = (entity for entity in entities if entity.domain == Platform.BINARY_SENSOR)
    return next((entity for entity in fitting if entity.translation_key == key), None)


def _found_meter(hass: HomeAssistant, entry: ConfigEntry, match: _Match, *, several: bool) -> FoundMeter:
    """Return a meter as it is offered; of several in one config entry each has its device in its title."""
    phases: list[PhaseEntities] = []
    for entities in match.phases:
        current, power, power_export, voltage = (None if entity is None else entity.id for entity in entities)
        phases.append(PhaseEntities(current=current, power=power, power_export=power_export, voltage=voltage))
    alive = _alive(hass, match.known.alive, match.entities[0])
    wanted = match.entities if alive is None else [*match.entities, alive]
    return FoundMeter(
        id=f"{entry.entry_id} {match.device}" if several else entry.entry_id,
        meter=entry.domain,
        title=f"{entry.title}, {_device_name(hass, match)}" if several else entry.title,
        phases=tuple(phases),
        needs_enabling=tuple(entity.entity_id for entity in wanted if entity.disabled),
        too_slow=_too_slow(match.known.update, entry),
        period=match.known.period,
    )


def _device_name(hass: HomeAssistant, match: _Match) -> str:
    """Return what the user calls the device of a meter; as the entities name it where it has none."""
    device_id = match.entities[0].device_id
    registered = None if device_id is None else dr.async_get(hass).async_get(device_id)
    name = None if registered is None else registered.name_by_user or registered.name
    return name or match.device


def _too_slow(update: UpdateOption | None, entry: ConfigEntry) -> TooSlow | None:
    if update is None:
        return None
    seconds = float(entry.options.get(update.key, update.default))
    if seconds <= update.advised:
        return None
    return TooSlow(option=update.key, seconds=seconds, advised=update.advised)
