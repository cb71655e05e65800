"""Chargers that other integrations of Home Assistant reach: one row per integration.

A row names the translation keys of its entities, never entity ids, which users change. Its keys, states and
limits are those in the source of the integration. Where nothing says that a limit is volatile, it is taken to
be kept in the charger's flash memory.
"""

from collections.abc import Mapping
from typing import Final

from ..balancing.model import ChargerState, ReactionProfile, WriteClass
from .known_actions import ACTION_CHARGERS
from .rows import (
    CHARGING,
    CLOUD,
    DISCONNECTED,
    FAULT,
    OFFLINE,
    PAUSED,
    PUSHED,
    READY,
    KnownCharger,
    OwnBalancing,
    binary_sensor,
    number,
    per_terminal,
    polled,
    select,
    sensor,
    switch,
)
from .traits import PauseStates, Traits

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
        limit=number("charge_state_charge_current_request"),
        switch=switch("charge_state_charging_state"),
        state=sensor("charge_state_charging_state"),
        draws=(sensor("charge_state_charger_actual_current"),),
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
        limit=number("charge_current_limit"),
        switch=switch("charge"),
        state=sensor("cp_state"),
        draws=per_terminal("current_phase_{}"),
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
            reaction=polled(10),
        ),
    ),
    KnownCharger(
        integration="openevse",
        limit=number("charge_rate"),
        # What the number sets overrides the configured maximum for a while; the number goes on to tell that.
        in_force=sensor("current_capacity"),
        switch=select("override_state"),
        # Newer firmware tells whether it is active, which is none of these states.
        state=sensor("status"),
        plug=binary_sensor("vehicle"),
        draws=(sensor("charging_current"),),
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
            reaction=polled(10),
        ),
    ),
    KnownCharger(
        integration="besen",
        limit=number("charging_current"),
        switch=switch("charging"),
        state=sensor("output_state"),
        draws=per_terminal("l{}_current"),
        traits=Traits(
            states={"charging": CHARGING, "idle": READY},
            pause=PauseStates(tells=False),
            step=1,
            reaction=PUSHED,
        ),
    ),
    KnownCharger(
        integration="wallbox",
        limit=number("maximum_charging_current"),
        switch=switch("pause_resume"),
        state=sensor("status_description"),
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
        limit=number("intensity"),
        switch=switch("paused"),
        state=binary_sensor("charging"),
        own_balancing=OwnBalancing(switch("dynamic"), "off"),
        plug=binary_sensor("connected"),
        traits=Traits(
            states={"on": CHARGING, "off": READY},
            pause=PauseStates(paused="on", resumed="off"),
            step=1,
            reaction=polled(5),
        ),
    ),
    KnownCharger(
        integration="lektrico",
        limit=number("dynamic_limit"),
        state=sensor("state"),
        draws=per_terminal("current_l{}"),
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
            reaction=polled(10),
        ),
    ),
    KnownCharger(
        integration="nrgkick",
        limit=number("current_set"),
        switch=switch("charging_enabled"),
        state=sensor("status"),
        draws=per_terminal("l{}_current"),
        traits=Traits(
            states={
                "standby": DISCONNECTED,
                "connected": READY,
                "wakeup": READY,
                "charging": CHARGING,
                "error": FAULT,
            },
            step=0.1,
            reaction=polled(30),
        ),
    ),
    KnownCharger(
        integration="technove",
        limit=number("max_current"),
        switch=switch("session_active"),
        state=sensor("status"),
        draws=(sensor("current", by_unique_id=True),),
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
            reaction=polled(5),
        ),
    ),
    KnownCharger(
        integration="silla_prism",
        limit=number("user_current"),
        switch=select("charging_mode"),
        state=sensor("status"),
        draws=(sensor("current", by_unique_id=True),),
        traits=Traits(
            states={"idle": DISCONNECTED, "waiting": READY, "charging": CHARGING, "paused": PAUSED},
            pause=PauseStates(paused="pause", resumed="normal"),
            step=1,
            reaction=PUSHED,
        ),
    ),
    KnownCharger(
        integration="victron_gx",
        limit=number("evcharger_set_current"),
        switch=switch("evcharger_charge"),
        state=sensor("evcharger_status"),
        draws=(sensor("evcharger_current"),),
        own_balancing=OwnBalancing(select("evcharger_mode"), "manual"),
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
        limit=number("current_limit"),
        switch=switch("charging"),
        state=sensor("charger_state"),
        draws=per_terminal("object_phase_{}_current", "abc", by_unique_id=True),
        traits=Traits(states=_WORK_STATES, pause=PauseStates(tells=False), reaction=PUSHED),
    ),
    KnownCharger(
        integration="tuya",
        limit=number("charging_current"),
        switch=switch("switch"),
        state=sensor("charger_status"),
        traits=Traits(
            states=_WORK_STATES,
            pause=PauseStates(tells=False),
            write_class=WriteClass.CLOUD,
            minimum_gap=60,
            reaction=CLOUD,
        ),
    ),
    KnownCharger(
        integration="goecharger_api2",
        custom=True,
        limit=number("amp"),
        switch=select("frc"),
        state=sensor("car"),
        draws=per_terminal("nrg_{}", "456"),
        traits=Traits(
            states={"0": FAULT, "1": DISCONNECTED, "2": CHARGING, "3": READY, "4": READY, "5": FAULT},
            pause=PauseStates(paused="1", resumed="0"),
            step=1,
            reaction=polled(10),
        ),
    ),
    *ACTION_CHARGERS,
    _tesla("teslemetry"),
    _tesla("tessie"),
    _tesla("tesla_fleet"),
)
"""The table, the quickest chargers to reach first."""

ROWS: Final[Mapping[str, KnownCharger]] = {known.integration: known for known in KNOWN_CHARGERS}
"""The rows by their key in stored settings."""
