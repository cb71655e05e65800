"""Chargers of the table, reached through the entities and actions of their integrations."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig

from ..balancing.model import ChargerSettings
from ..const import CONF_DEVICE, CONF_KNOWN, CONF_LIMIT, CONF_STATE
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
from .rows import KnownCharger, LimitAction


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
        super().__init__(hass, settings, phase_count, entities, limit, row.traits, demand)

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
    return NumberLimit(hass, entities.limit)


def _demand(hass: HomeAssistant, row: KnownCharger, limit: LimitPort) -> Demand | None:
    """Return what must be for the charger to obey, None = nothing, or nothing that this charger has."""
    entry = limit.entities[0].registry_entry
    if row.own_balancing is None or entry is None:
        return None
    found = find(row.own_balancing.key, siblings(hass, row, entry))
    if found is None or found.disabled:
        return None
    return Demand(FollowedEntity(hass, found.id), row.own_balancing.off)
