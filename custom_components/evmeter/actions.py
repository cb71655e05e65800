"""The actions of the integration: hold a limit for a while, release it, and explain what binds."""

from typing import Final

import voluptuous as vol
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, service
from homeassistant.util.json import JsonObjectType

from .balancing.model import ChargerDecision, Decision, PhaseDecision
from .const import DOMAIN, SUBENTRY_CHARGER
from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .devices import subentry_identifier

ACTION_SET_LIMIT: Final = "set_limit"
ACTION_RELEASE_LIMIT: Final = "release_limit"
ACTION_EXPLAIN: Final = "explain"

ATTR_CURRENT: Final = "current"
ATTR_DURATION: Final = "duration"
ATTR_COUNT: Final = "count"
DEFAULT_COUNT: Final = 10

SET_LIMIT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_CURRENT): cv.positive_float,
        vol.Optional(ATTR_DURATION): cv.positive_time_period,
    }
)
RELEASE_LIMIT_SCHEMA: Final = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})
EXPLAIN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_COUNT, default=DEFAULT_COUNT): cv.positive_int,
    }
)


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions, once for all sites."""
    hass.services.async_register(DOMAIN, ACTION_SET_LIMIT, _set_limit, SET_LIMIT_SCHEMA)
    hass.services.async_register(DOMAIN, ACTION_RELEASE_LIMIT, _release_limit, RELEASE_LIMIT_SCHEMA)
    hass.services.async_register(
        DOMAIN, ACTION_EXPLAIN, _explain, EXPLAIN_SCHEMA, supports_response=SupportsResponse.ONLY
    )


@callback
def _set_limit(call: ServiceCall) -> None:
    """Hold a charger at a current.

    Raises:
        ServiceValidationError: there is no such charger, or it cannot be limited to that.
    """
    coordinator, charger_id = _charger(call)
    current: float = call.data[ATTR_CURRENT]
    settings = coordinator.chargers[charger_id].charger.settings
    if current != 0 and not settings.min_current <= current <= settings.max_current:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="limit_out_of_range",
            translation_placeholders={
                "charger": coordinator.chargers[charger_id].name,
                "minimum": f"{settings.min_current:g}",
                "maximum": f"{settings.max_current:g}",
            },
        )
    coordinator.async_hold(charger_id, current, call.data.get(ATTR_DURATION))


@callback
def _release_limit(call: ServiceCall) -> None:
    """Give a charger back to load balancing.

    Raises:
        ServiceValidationError: there is no such charger, or it cannot be limited.
    """
    coordinator, charger_id = _charger(call)
    coordinator.async_release(charger_id)


def _charger(call: ServiceCall) -> tuple[EVMeterCoordinator, str]:
    """Return the charger that a call names by its device.

    Raises:
        ServiceValidationError: the device is no charger of a loaded site, or is only watched.
    """
    device_id: str = call.data[ATTR_DEVICE_ID]
    device = dr.async_get(call.hass).async_get(device_id)
    identifiers = set() if device is None else device.identifiers
    entries: list[EVMeterConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER):
            managed = entry.runtime_data.chargers.get(subentry.subentry_id)
            if (
                managed is None
                or subentry_identifier(entry.entry_id, subentry.subentry_id) not in identifiers
            ):
                continue
            if not managed.charger.can_limit:
                raise ServiceValidationError(
                    translation_domain=DOMAIN,
                    translation_key="charger_only_watched",
                    translation_placeholders={"charger": managed.name},
                )
            return entry.runtime_data, subentry.subentry_id
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_such_charger")


@callback
def _explain(call: ServiceCall) -> ServiceResponse:
    """Return the last decisions of a site, the newest first, and what bound every limit.

    Raises:
        ServiceValidationError: there is no such site, or it is not loaded.
    """
    entry_id: str = call.data[ATTR_CONFIG_ENTRY_ID]
    entry: EVMeterConfigEntry = service.async_get_config_entry(call.hass, DOMAIN, entry_id)
    coordinator = entry.runtime_data
    newest = list(reversed(coordinator.history))[: call.data[ATTR_COUNT]]
    now = newest[0].now if newest else 0.0
    return {"decisions": [_decision(coordinator, decision, now - decision.now) for decision in newest]}


def _decision(coordinator: EVMeterCoordinator, decision: Decision, age: float) -> JsonObjectType:
    """Return one decision [A, s]."""
    return {
        "age_s": round(age, 1),
        "state": decision.state.value,
        "overload": decision.overload,
        "fail_safe": decision.fail_safe,
        "phases": {f"L{number}": _phase(phase) for number, phase in enumerate(decision.phases, 1)},
        "chargers": [_told(coordinator, charger) for charger in decision.chargers],
    }


def _phase(phase: PhaseDecision) -> JsonObjectType:
    return {
        "mains_a": _rounded(phase.mains),
        "house_a": _rounded(phase.background),
        "headroom_a": _rounded(phase.headroom),
        "fuse_load_percent": round(100 * phase.load, 1),
        "meter_age_s": round(phase.age, 1),
    }


def _told(coordinator: EVMeterCoordinator, charger: ChargerDecision) -> JsonObjectType:
    reason = charger.reason
    where = coordinator.data.where(reason)
    return {
        "name": coordinator.chargers[charger.id].name,
        "limit_a": charger.current,
        "reason": reason.code.value,
        "phase": where.get("phase"),
        "circuit": where.get("circuit"),
        "obeying": charger.obeying,
        "written": charger.write,
    }


def _rounded(current: float | None) -> float | None:
    return None if current is None else round(current, 2)
