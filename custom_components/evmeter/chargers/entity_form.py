"""The form in which a user picks a charger's entities, and what can be wrong with them."""

from collections.abc import Mapping
from typing import Final

import voluptuous as vol
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import BooleanSelector

from ..const import CONF_LIMIT, CONF_STATE, CONF_SWITCH, CONF_SWITCH_PAUSES
from ..exceptions import BadSettingError, ErrorCode, SettingsErrors
from ..form_fields import entity, sensor
from ..settings import CHARGER_DRAWS, TRUE, read_entity_charger
from .followed import FollowedEntity

_AMPERE: Final = UnitOfElectricCurrent.AMPERE


def entity_fields(hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
    """Return the fields; ``stored`` fills them in, at a site of 1 or 3 phases."""
    registry = er.async_get(hass)

    def suggestion(key: str) -> dict[str, str] | None:
        reference = stored.get(key)
        entity_id = None if reference is None else er.async_resolve_entity_id(registry, reference)
        return None if entity_id is None else {"suggested_value": entity_id}

    def optional(key: str) -> vol.Optional:
        return vol.Optional(key, description=suggestion(key))

    pauses = vol.Required(CONF_SWITCH_PAUSES, default=stored.get(CONF_SWITCH_PAUSES) == TRUE)
    return vol.Schema(
        {
            vol.Required(CONF_LIMIT, description=suggestion(CONF_LIMIT)): entity(Platform.NUMBER),
            optional(CONF_SWITCH): entity(Platform.SWITCH),
            pauses: BooleanSelector(),
            optional(CONF_STATE): entity(Platform.SENSOR, Platform.BINARY_SENSOR),
            **{optional(key): sensor(SensorDeviceClass.CURRENT) for key in CHARGER_DRAWS[:phase_count]},
        }
    )


def limited_by_fields(hass: HomeAssistant, stored: Mapping[str, str]) -> dict[vol.Marker, object]:
    """Return the fields for what limits a charger that cannot be limited itself; ``stored`` fills them in."""
    registry = er.async_get(hass)
    platforms = {CONF_LIMIT: Platform.NUMBER, CONF_SWITCH: Platform.SWITCH}
    fields: dict[vol.Marker, object] = {}
    for key, platform in platforms.items():
        entity_id = er.async_resolve_entity_id(registry, stored[key]) if key in stored else None
        suggestion = None if entity_id is None else {"suggested_value": entity_id}
        fields[vol.Optional(key, description=suggestion)] = entity(platform)
    return fields


def read_entities(hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
    """Return the answers as strings to store: the entities by their registry ids, which survive a rename.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    registry = er.async_get(hass)
    strings = dict(user_input)
    errors: list[BadSettingError] = []
    for key in (CONF_LIMIT, CONF_SWITCH, CONF_STATE, *CHARGER_DRAWS):
        if key not in user_input:
            continue
        entry = registry.async_get(user_input[key])
        if entry is not None:
            strings[key] = entry.id
        elif hass.states.get(user_input[key]) is None:
            errors.append(BadSettingError(key, ErrorCode.ENTITY_NOT_FOUND, f"no entity {user_input[key]}"))
    if CONF_LIMIT in user_input and not any(error.key == CONF_LIMIT for error in errors):
        errors += _wrong_with_limit(hass, user_input)
    if errors:
        raise SettingsErrors(errors)
    return read_entity_charger(strings)


def read_limited_by(hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
    """Return what limits a charger that cannot be limited itself, as strings to store; empty = nothing does.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    given = {key: user_input[key] for key in (CONF_LIMIT, CONF_SWITCH) if key in user_input}
    return read_entities(hass, given) if given else {}


def _wrong_with_limit(hass: HomeAssistant, user_input: Mapping[str, str]) -> list[BadSettingError]:
    number = FollowedEntity(hass, user_input[CONF_LIMIT])
    if number.unit not in (None, _AMPERE):
        return [BadSettingError(CONF_LIMIT, ErrorCode.WRONG_UNIT, f"is in {number.unit}, not in A")]
    if CONF_SWITCH not in user_input and (number.attribute("min") or 0.0) > 0:
        return [BadSettingError(CONF_SWITCH, ErrorCode.CANNOT_PAUSE, "the number does not go down to 0 A")]
    return []
