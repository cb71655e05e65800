"""Chargers that Home Assistant's own integrations reach: one row per integration.

A row names the translation keys of its entities, never entity ids, which users change. Its keys, states and
limits are those in the source of the integration. Where nothing says that a limit is volatile, it is taken to
be kept in the charger's flash memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from homeassistant.const import Platform

from ..balancing.model import ChargerState, ReactionProfile, WriteClass
from .traits import PauseStates, Traits

DISCONNECTED: Final = ChargerState.DISCONNECTED
READY: Final = ChargerState.READY
CHARGING: Final = ChargerState.CHARGING
PAUSED: Final = ChargerState.PAUSED
FAULT: Final = ChargerState.FAULT
OFFLINE: Final = ChargerState.UNAVAILABLE


class EntityKey(NamedTuple):
    """How an entity of a charger is recognised.

    Attributes:
        platform: of the entity.
        key: its translation key.
        by_unique_id: the entity has no translation key of its own; its unique id ends in the key.
    """

    platform: Platform
    key: str
    by_unique_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCharger:
    """One row of the table.

    Attributes:
        integration: domain of the charger's integration; also the row's key in stored settings.
        limit: the number that takes the charging current.
        in_force: tells the limit in force where the number tells another one, the configured maximum.
        switch: pauses and resumes, None = the number goes down to 0 A and pauses there.
        state: tells what the charger does.
        plug: is off while no car is connected, for where the state does not say so.
        draws: tell what the car draws: one for every terminal, or one per terminal.
        traits: what the type of charger is like.
    """

    integration: str
    limit: EntityKey
    traits: Traits
    in_force: EntityKey | None = None
    switch: EntityKey | None = None
    state: EntityKey | None = None
    plug: EntityKey | None = None
    draws: tuple[EntityKey, ...] = ()


def _number(key: str) -> EntityKey:
    return EntityKey(Platform.NUMBER, key)


def _switch(key: str) -> EntityKey:
    return EntityKey(Platform.SWITCH, key)


def _select(key: str) -> EntityKey:
    return EntityKey(Platform.SELECT, key)


def _plug(key: str) -> EntityKey:
    return EntityKey(Platform.BINARY_SENSOR, key)


def _sensor(key: str, *, by_unique_id: bool = False) -> EntityKey:
    return EntityKey(Platform.SENSOR, key, by_unique_id)


def _per_terminal(pattern: str, names: str = "123", *, by_unique_id: bool = False) -> tuple[EntityKey, ...]:
    return tuple(_sensor(pattern.format(name), by_unique_id=by_unique_id) for name in names)


def _polled(period: float) -> ReactionProfile:
    """Return the times of a local charger that is asked once in a period [s]."""
    return ReactionProfile(command_latency=3.0, report_latency=2.0, report_period=period)


PUSHED: Final = ReactionProfile(command_latency=3.0, report_latency=2.0, report_period=5.0)
CLOUD: Final = ReactionProfile(command_latency=10.0, report_latency=10.0, report_period=30.0)

_WORK_STATES: Final[Mapping[str, ChargerState]] = {
    "charger_free": DISCONNECTED,
    "charger_insert": READY,
    "charger_wait": READY,
    "charger_end": READY,
    "charger_charging": CHARGING,
    "charger_pause": PAUSED,
    "charger_fault": FAULT,
    "charger_free_fault": FAULT,
}
"""States of chargers made on one common platform, whichever way they are reached."""

_TESLA_STATES: Final[Mapping[str, ChargerState]] = {
    "disconnected": DISCONNECTED,
    "complete": READY,
    "no_power": READY,
    "starting": CHARGING,
    "charging": CHARGING,
    "stopped": PAUSED,
}


def _tesla(integration: str) -> KnownCharger:
    """Return the row of an integration that limits the car instead of the charger it hangs on."""
    return KnownCharger(
        integration=integration,
        limit=_number("charge_state_charge_current_request"),
        switch=_switch("charge_state_charging_state"),
        state=_sensor("charge_state_charging_state"),
        draws=(_sensor("charge_state_charger_actual_current"),),
        traits=Traits(
            states=_TESLA_STATES,
            pause=PauseStates(tells=False),
            step=1,
            write_class=WriteClass.CLOUD,
            minimum_gap=60,
            reaction=CLOUD,
        ),
    )


KNOWN_CHARGERS: Final = (
    KnownCharger(
        integration="peblar",
        limit=_number("charge_current_limit"),
        switch=_switch("charge"),
        state=_sensor("cp_state"),
        draws=_per_terminal("current_phase_{}"),
        traits=Traits(
            states={
                "no_ev_connected": DISCONNECTED,
                "suspended": READY,
                "charging": CHARGING,
                "error": FAULT,
                "fault": FAULT,
                "invalid": FAULT,
            },
            step=1,
            reaction=_polled(10),
        ),
    ),
    KnownCharger(
        integration="openevse",
        limit=_number("charge_rate"),
        # What the number sets overrides the configured maximum for a while; the number goes on to tell that.
        in_force=_sensor("current_capacity"),
        switch=_select("override_state"),
        # Newer firmware tells whether it is active, which is none of these states.
        state=_sensor("status"),
        plug=_plug("vehicle"),
        draws=(_sensor("charging_current"),),
        traits=Traits(
            states={
                "not_connected": DISCONNECTED,
                "connected": READY,
                "charging": CHARGING,
                "sleeping": PAUSED,
                "disabled": PAUSED,
                **dict.fromkeys(
                    (
                        "diode_check_failed",
                        "gfci_fault",
                        "gfci_self_test_failure",
                        "no_ground",
                        "over_temperature",
                        "stuck_relay",
                        "vent_required",
                    ),
                    FAULT,
                ),
            },
            pause=PauseStates(paused="disabled", resumed="active"),
            step=1,
            # It pushes every second while a car charges, every 30 s otherwise.
            reaction=_polled(10),
        ),
    ),
    KnownCharger(
        integration="besen",
        limit=_number("charging_current"),
        switch=_switch("charging"),
        state=_sensor("output_state"),
        draws=_per_terminal("l{}_current"),
        traits=Traits(
            states={"charging": CHARGING, "idle": READY},
            pause=PauseStates(tells=False),
            step=1,
            reaction=PUSHED,
        ),
    ),
    KnownCharger(
        integration="wallbox",
        limit=_number("maximum_charging_current"),
        switch=_switch("pause_resume"),
        state=_sensor("status_description"),
        traits=Traits(
            states={
                # From the cloud: nobody knows what an offline charger does.
                "disconnected": OFFLINE,
                "locked": DISCONNECTED,
                "ready": DISCONNECTED,
                "locked_car_connected": READY,
                "waiting": READY,
                "waiting_for_car_demand": READY,
                "charging": CHARGING,
                "discharging": CHARGING,
                "paused": PAUSED,
                "scheduled": PAUSED,
                "waiting_in_queue_by_power_sharing": PAUSED,
                "waiting_in_queue_by_power_boost": PAUSED,
                "waiting_in_queue_by_eco_smart": PAUSED,
                "waiting_mid_failed": FAULT,
                "waiting_mid_safety_margin_exceeded": FAULT,
                "error": FAULT,
                "updating": FAULT,
            },
            pause=PauseStates(tells=False),
            step=1,
            write_class=WriteClass.CLOUD,
            minimum_gap=90,
            reaction=ReactionProfile(command_latency=10.0, report_latency=10.0, report_period=90.0),
        ),
    ),
    KnownCharger(
        integration="v2c",
        limit=_number("intensity"),
        switch=_switch("paused"),
        state=EntityKey(Platform.BINARY_SENSOR, "charging"),
        plug=_plug("connected"),
        traits=Traits(
            states={"on": CHARGING, "off": READY},
            pause=PauseStates(paused="on", resumed="off"),
            step=1,
            reaction=_polled(5),
        ),
    ),
    KnownCharger(
        integration="lektrico",
        limit=_number("dynamic_limit"),
        state=_sensor("state"),
        draws=_per_terminal("current_l{}"),
        traits=Traits(
            states={
                "available": DISCONNECTED,
                "locked": DISCONNECTED,
                "connected": READY,
                "need_auth": READY,
                "charging": CHARGING,
                "paused": PAUSED,
                "paused_by_scheduler": PAUSED,
                "error": FAULT,
                "updating_firmware": FAULT,
            },
            step=1,
            write_class=WriteClass.VOLATILE,
            minimum_gap=10,
            reaction=_polled(10),
        ),
    ),
    KnownCharger(
        integration="nrgkick",
        limit=_number("current_set"),
        switch=_switch("charging_enabled"),
        state=_sensor("status"),
        draws=_per_terminal("l{}_current"),
        traits=Traits(
            states={
                "standby": DISCONNECTED,
                "connected": READY,
                "wakeup": READY,
                "charging": CHARGING,
                "error": FAULT,
            },
            step=0.1,
            reaction=_polled(30),
        ),
    ),
    KnownCharger(
        integration="technove",
        limit=_number("max_current"),
        switch=_switch("session_active"),
        state=_sensor("status"),
        draws=(_sensor("current", by_unique_id=True),),
        traits=Traits(
            states={
                "unplugged": DISCONNECTED,
                "plugged_waiting": READY,
                "plugged_charging": CHARGING,
                "high_tariff_period": PAUSED,
                "out_of_activation_period": PAUSED,
                **dict.fromkeys(("evse_fault", "ground_fault", "pilot_fault", "ventilation_required"), FAULT),
            },
            pause=PauseStates(tells=False),
            step=1,
            reaction=_polled(5),
        ),
    ),
    KnownCharger(
        integration="silla_prism",
        limit=_number("user_current"),
        switch=_select("charging_mode"),
        state=_sensor("status"),
        draws=(_sensor("current", by_unique_id=True),),
        traits=Traits(
            states={"idle": DISCONNECTED, "waiting": READY, "charging": CHARGING, "paused": PAUSED},
            pause=PauseStates(paused="pause", resumed="normal"),
            step=1,
            reaction=PUSHED,
        ),
    ),
    KnownCharger(
        integration="victron_gx",
        limit=_number("evcharger_set_current"),
        switch=_switch("evcharger_charge"),
        state=_sensor("evcharger_status"),
        draws=(_sensor("evcharger_current"),),
        traits=Traits(
            states={
                "disconnected": DISCONNECTED,
                **dict.fromkeys(
                    ("connected", "charged", "waiting_for_rfid", "waiting_for_start", "low_soc"), READY
                ),
                **dict.fromkeys(
                    (
                        "charging",
                        "charging_limit",
                        "start_charging",
                        "switching_to_1_phase",
                        "switching_to_3_phase",
                    ),
                    CHARGING,
                ),
                "waiting_for_sun": PAUSED,
                **dict.fromkeys(
                    (
                        "cp_input_test_error",
                        "ground_test_error",
                        "overheating_detected",
                        "overvoltage_detected",
                        "residual_current_detected",
                        "undervoltage_detected",
                        "welded_contacts_test_error",
                    ),
                    FAULT,
                ),
            },
            reaction=PUSHED,
        ),
    ),
    KnownCharger(
        integration="shelly",
        limit=_number("current_limit"),
        switch=_switch("charging"),
        state=_sensor("charger_state"),
        draws=_per_terminal("object_phase_{}_current", "abc", by_unique_id=True),
        traits=Traits(states=_WORK_STATES, pause=PauseStates(tells=False), reaction=PUSHED),
    ),
    KnownCharger(
        integration="tuya",
        limit=_number("charging_current"),
        switch=_switch("switch"),
        state=_sensor("charger_status"),
        traits=Traits(
            states=_WORK_STATES,
            pause=PauseStates(tells=False),
            write_class=WriteClass.CLOUD,
            minimum_gap=60,
            reaction=CLOUD,
        ),
    ),
    _tesla("teslemetry"),
    _tesla("tessie"),
    _tesla("tesla_fleet"),
)
"""The table, the quickest chargers to reach first."""
