"""Meters whose per-phase entities are known by name: one row per integration, found in the registries.

A row names the translation keys of its entities, never entity ids, which users change. Known per-phase
entities are often disabled by default; a found meter says which ones must be enabled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig

from ..balancing.model import Phase
from ..const import CONF_METER
from ..exceptions import ErrorCode, SettingsErrors
from ..settings import EntityMainsSettings, MainsKind, PhaseEntities, entities_to_strings
from .entities import EntityMains


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOption:
    """The option of a meter's integration that says how often it updates.

    Attributes:
        key: of the option.
        default: where the option was never set [s].
        advised: the largest value that suits balancing [s].
    """

    key: str
    default: float
    advised: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeter:
    """One row of the table.

    Attributes:
        integration: domain of the meter's integration; also the row's key in stored settings.
        current, power, power_export, voltage: translation keys; ``{phase}`` stands for 1, 2, 3.
        update: how often the integration updates, where its user can choose.
    """

    integration: str
    current: str
    power: str
    power_export: str | None = None
    voltage: str | None = None
    update: UpdateOption | None = None


KNOWN_METERS: Final = (
    KnownMeter(
        integration="dsmr",
        current="instantaneous_current_l{phase}",
        power="instantaneous_active_power_l{phase}_positive",
        power_export="instantaneous_active_power_l{phase}_negative",
        voltage="instantaneous_voltage_l{phase}",
        update=UpdateOption(key="time_between_update", default=30, advised=5),
    ),
)


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
        meter: key of its row.
        config_entry_id: of its integration.
        title: as the user knows it.
        phases: its entities per phase, as registry ids; 1 or 3 phases.
        needs_enabling: entity ids of those that are disabled.
        too_slow: it updates too rarely, None = often enough.
    """

    meter: str
    config_entry_id: str
    title: str
    phases: tuple[PhaseEntities, ...]
    needs_enabling: tuple[str, ...]
    too_slow: TooSlow | None

    def to_strings(self) -> dict[str, str]:
        """Return the strings to store for this meter."""
        return entities_to_strings(EntityMainsSettings(phases=self.phases, meter=self.meter))


def find_meters(hass: HomeAssistant) -> list[FoundMeter]:
    """Return every known meter in this Home Assistant, ready to use or to be enabled."""
    registry = er.async_get(hass)
    found = [
        _look_at(known, entry, er.async_entries_for_config_entry(registry, entry.entry_id))
        for known in KNOWN_METERS
        for entry in hass.config_entries.async_entries(known.integration, include_ignore=False)
    ]
    return [meter for meter in found if meter is not None]


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

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Ask which of the found meters; the answer is the id of its config entry."""
        options = [
            SelectOptionDict(value=meter.config_entry_id, label=meter.title) for meter in find_meters(hass)
        ]
        choice = SelectSelector(SelectSelectorConfig(options=options))
        return vol.Schema({vol.Required(CONF_METER): choice})

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        for meter in find_meters(hass):
            if meter.config_entry_id == user_input[CONF_METER]:
                return meter.to_strings()
        raise SettingsErrors.one(CONF_METER, ErrorCode.METER_NOT_FOUND, "is not in this Home Assistant")


def _look_at(
    known: KnownMeter, entry: ConfigEntry, entities: Iterable[er.RegistryEntry]
) -> FoundMeter | None:
    """Return the meter of one config entry, None where it tells nothing about its first phase."""
    by_key = {entity.translation_key: entity for entity in entities if entity.translation_key is not None}

    def find(pattern: str | None, phase: Phase) -> er.RegistryEntry | None:
        return None if pattern is None else by_key.get(pattern.format(phase=phase + 1))

    phases: list[PhaseEntities] = []
    disabled: list[str] = []
    for phase in Phase:
        found = [
            find(pattern, phase)
            for pattern in (known.current, known.power, known.power_export, known.voltage)
        ]
        if found[0] is None and found[1] is None:
            break
        disabled += [entity.entity_id for entity in found if entity is not None and entity.disabled]
        current, power, power_export, voltage = (None if entity is None else entity.id for entity in found)
        phases.append(PhaseEntities(current=current, power=power, power_export=power_export, voltage=voltage))
    if not phases:
        return None
    return FoundMeter(
        meter=known.integration,
        config_entry_id=entry.entry_id,
        title=entry.title,
        phases=tuple(phases) if len(phases) == len(Phase) else (phases[0],),
        needs_enabling=tuple(disabled),
        too_slow=_too_slow(known.update, entry),
    )


def _too_slow(update: UpdateOption | None, entry: ConfigEntry) -> TooSlow | None:
    if update is None:
        return None
    seconds = float(entry.options.get(update.key, update.default))
    if seconds <= update.advised:
        return None
    return TooSlow(option=update.key, seconds=seconds, advised=update.advised)
