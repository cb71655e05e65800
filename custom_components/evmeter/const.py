"""Names shared by the whole integration: the domain, the platforms and the keys of stored settings."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "evmeter"
LOGGER: Final = logging.getLogger(__package__)

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)

SUBENTRY_CHARGER: Final = "charger"
SUBENTRY_CIRCUIT: Final = "circuit"

MANUFACTURER: Final = "EV-Meter"

# Keys of a site (the config entry). Those that end in "_l" are one key per phase: current_l1, current_l2, ...
CONF_MAINS: Final = "mains"
CONF_METER: Final = "meter"
CONF_CURRENT: Final = "current_l"
CONF_POWER: Final = "power_l"
CONF_POWER_EXPORT: Final = "power_export_l"
CONF_PHASE_VOLTAGE: Final = "voltage_l"
CONF_TEMPLATE: Final = "template_l"
CONF_PHASES: Final = "phases"
CONF_FUSE: Final = "fuse_l"
CONF_FUSE_TYPE: Final = "fuse_type"
CONF_MARGIN: Final = "margin"
CONF_VOLTAGE: Final = "voltage"
CONF_SEED: Final = "seed"

# Keys of a site's options.
CONF_MODE: Final = "mode"
CONF_DERATING: Final = "derating"
CONF_GROUP_POWER_CAP: Final = "group_power_cap"

# Keys of a circuit (a subentry); its ratings have the keys of the main fuse.
CONF_PARENT: Final = "parent"
CONF_POWER_CAP: Final = "power_cap"

# Keys of a charger (a subentry).
CONF_CHARGER: Final = "charger"
CONF_TLS: Final = "tls"
CONF_CHARGER_ID: Final = "charger_id"
CONF_DIALECT: Final = "dialect"
CONF_USER_ID: Final = "user_id"
CONF_CAR_PHASES: Final = "car_phases"
CONF_CAR_CURRENT: Final = "car_current"
CONF_KNOWN: Final = "known"
CONF_DEVICE: Final = "device"
CONF_LIMIT: Final = "limit"
CONF_SWITCH: Final = "switch"
CONF_SWITCH_PAUSES: Final = "switch_pauses"
CONF_STATE: Final = "state"
CONF_DRAW: Final = "draw_l"
CONF_SET_LIMIT: Final = "set_limit"
CONF_PAUSE: Final = "pause"
CONF_STATE_TEMPLATE: Final = "state_template"
CONF_LIMIT_TEMPLATE: Final = "limit_template"
CONF_DRAW_TEMPLATE: Final = "draw_template_l"
CONF_MIN_CURRENT: Final = "min_current"
CONF_MAX_CURRENT: Final = "max_current"
CONF_WIRING: Final = "wiring"
CONF_DETECT: Final = "detect"
"""Not stored: the tick that starts a detection."""
CONF_PRIORITY: Final = "priority"
CONF_CIRCUIT: Final = "circuit"
CONF_FALLBACK_CURRENT: Final = "fallback_current"
