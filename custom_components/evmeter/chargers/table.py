"""Chargers of the table, reached through the entities and actions of their integrations."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig

from ..balancing.model import ChargerSettings
from ..const import (
    CONF_DEVICE,
    CONF_KNOWN,
    CONF_LIMIT,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_STATE,
)
from ..exceptions import ErrorCode, SettingsErrors
from ..settings import ChargerKind, EntityChargerSettings
from .action_limit import ActionLimit
from .entities import Demand, EntityCharger
from .followed import FollowedEntity
from .found import feedback, find_chargers
from .known import ROWS
from .limit_port import LimitPort
from .lookup import find, siblings
from .number_limit import NumberLimit
from .rows import EntityKey, KnownCharger, LimitAction


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
            SettingsErrors: the table has no such row, or the row needs something that is not stored.
        """
        row = ROWS.get(entities.known or "")
        if row is None:
            raise SettingsErrors.one(
                CONF_KNOWN, ErrorCode.INVALID_CHOICE, f"is not in the table: {entities.known!r}"
            )
        limit = _open_limit(hass, row, settings, entities)
        demand = _demand(hass, row, limit)
        plug = _beside(hass, row, limit.entities[0], row.plug)
        super().__init__(hass, settings, phase_count, entities, limit, row.traits, demand, plug)

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        """Ask which of the found chargers; the answer is the id of its device."""
        chargers = find_chargers(hass)
        options = [SelectOptionDict(value=charger.device_id, label=charger.title) for charger in chargers]
        number = stored.get(CONF_LIMIT)
        suggested = (
            charger.device_id
            for charger in chargers
            if number is not None and charger.entities.limit == number
        )
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
        row = ROWS.get(answers.get(CONF_KNOWN, ""))
        if row is None or row.in_force is None or CONF_MAX_CURRENT not in suggested:
            return suggested
        configured = NumberLimit(hass, answers[CONF_LIMIT]).set_to
        if configured is None:
            return suggested
        highest = min(configured, float(suggested[CONF_MAX_CURRENT]))
        return {**suggested, CONF_MAX_CURRENT: f"{max(highest, float(suggested[CONF_MIN_CURRENT])):g}"}


def _open_limit(
    hass: HomeAssistant, row: KnownCharger, settings: ChargerSettings, entities: EntityChargerSettings
) -> LimitPort:
    """Return what takes the limit of a charger.

    Raises:
        SettingsErrors: what the row needs is not stored.
    """
    if isinstance(row.limit, LimitAction):
        if entities.state is None:
            raise SettingsErrors.one(CONF_STATE, ErrorCode.REQUIRED, "is required")
        stepped = replace(settings, step=row.traits.step or settings.step)
        return ActionLimit(hass, row.limit, stepped, entities.state, feedback(hass, row, entities.state))
    if entities.limit is None:
        raise SettingsErrors.one(CONF_LIMIT, ErrorCode.REQUIRED, "is required")
    in_force = _beside(hass, row, FollowedEntity(hass, entities.limit), row.in_force)
    tells_in_force = row.in_force is None
    return NumberLimit(hass, entities.limit, in_force=in_force, tells_in_force=tells_in_force)


def _beside(
    hass: HomeAssistant, row: KnownCharger, entity: FollowedEntity, key: EntityKey | None
) -> FollowedEntity | None:
    """Return the entity with a key that is part of the same device as another, None = there is none."""
    entry = entity.registry_entry
    found = None if entry is None else find(key, siblings(hass, row, entry))
    return None if found is None else FollowedEntity(hass, found.id)


def _demand(hass: HomeAssistant, row: KnownCharger, limit: LimitPort) -> Demand | None:
    """Return what must be for the charger to obey, None = nothing, or nothing that this charger has."""
    if row.own_balancing is None:
        return None
    told = _beside(hass, row, limit.entities[0], row.own_balancing.key)
    entry = None if told is None else told.registry_entry
    if told is None or entry is None or entry.disabled:
        return None
    return Demand(told, row.own_balancing.off)
