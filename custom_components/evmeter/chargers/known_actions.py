"""Known chargers whose limit is taken by an action of their integration, not by a number.

Actions, fields and states are those in the source of the integrations. Each of them pauses at 0 A.
"""

import re
from typing import Final

from homeassistant.const import Platform

from ..balancing.model import WriteClass
from .rows import (
    CHARGING,
    CLOUD,
    DISCONNECTED,
    FAULT,
    OFFLINE,
    PAUSED,
    PUSHED,
    READY,
    Action,
    EntityKey,
    Fill,
    KnownCharger,
    LimitAction,
    per_terminal,
    polled,
    sensor,
)
from .traits import Traits

HIGHEST: Final = 32.0
"""What the largest of these chargers takes [A]."""

KEBA: Final = KnownCharger(
    integration="keba",
    without_device=True,
    limit=LimitAction(
        write=Action("keba", "set_current", {"current": Fill.CURRENT}),
        highest=HIGHEST,
        feedback=(sensor("max_current", by_unique_id=True),),
        tells_pause=False,
        # Only a limit keeps it quiet, not the polls of the integration. Not kept over a restart.
        watchdog=Action(
            "keba",
            "set_failsafe",
            {"failsafe_timeout": 60, "failsafe_fallback": Fill.FALLBACK, "failsafe_persist": 0},
        ),
    ),
    state=EntityKey(Platform.BINARY_SENSOR, "charging_state", by_unique_id=True),
    draws=(sensor("charging_power", by_unique_id=True),) * 3,
    traits=Traits(
        states={"on": CHARGING, "off": READY},
        step=0.1,
        write_class=WriteClass.VOLATILE,
        minimum_gap=0,
        reaction=polled(5),
        rearm_after=20,
        draw_attributes=("current_i1", "current_i2", "current_i3"),
    ),
)
"""One charger, set up in YAML; its actions name none."""

EASEE: Final = KnownCharger(
    integration="easee",
    custom=True,
    limit=LimitAction(
        # The dynamic limit is volatile; the maximum limits are kept in flash memory and are never written.
        write=Action(
            "easee",
            "set_circuit_dynamic_limit",
            {
                "device_id": Fill.DEVICE,
                "current_p1": Fill.L1,
                "current_p2": Fill.L2,
                "current_p3": Fill.L3,
                "time_to_live": Fill.LIFETIME,
            },
        ),
        highest=HIGHEST,
        feedback=(sensor("dynamic_circuit_limit"),),
        lifetime=900,
    ),
    state=sensor("easee_status"),
    draws=(sensor("current"),),
    traits=Traits(
        states={
            "disconnected": DISCONNECTED,
            **dict.fromkeys(
                (
                    "awaiting_start",
                    "completed",
                    "ready_to_charge",
                    "awaiting_authorization",
                    "de_authorizing",
                    "start_charging",
                    "stop_charging",
                    "awaiting_smart_start",
                    "awaiting_scheduled_start",
                    "authenticating",
                    "searching_for_master",
                ),
                READY,
            ),
            "charging": CHARGING,
            "awaiting_load_balancing": PAUSED,
            "paused_due_to_equalizer": PAUSED,
            "offline": OFFLINE,
            **dict.fromkeys(
                (
                    "error",
                    "erratic_ev",
                    "error_temperature_too_high",
                    "error_dead_powerboard",
                    "error_overcurrent",
                    "error_pen_fault",
                ),
                FAULT,
            ),
        },
        step=1,
        write_class=WriteClass.CLOUD,
        minimum_gap=60,
        reaction=CLOUD,
        # Two of these may be lost. The integration drops a limit that is the one in force already.
        rearm_after=300,
        rearm_by_step=True,
    ),
)
"""Limits the circuit of the charger, for as long as it is told."""

ZAPTEC: Final = KnownCharger(
    integration="zaptec",
    custom=True,
    limit=LimitAction(
        write=Action(
            "zaptec",
            "limit_current",
            {
                "device_id": Fill.PARENT,
                "available_current_phase1": Fill.L1,
                "available_current_phase2": Fill.L2,
                "available_current_phase3": Fill.L3,
            },
        ),
        highest=HIGHEST,
        feedback=per_terminal("available_current_phase{}"),
    ),
    state=sensor("charger_operation_mode"),
    draws=per_terminal("current_phase{}"),
    traits=Traits(
        states={
            "disconnected": DISCONNECTED,
            "connected_requesting": READY,
            "connected_finished": READY,
            "connected_charging": CHARGING,
        },
        step=1,
        write_class=WriteClass.CLOUD,
        # The maker's advice for changes of an installation.
        minimum_gap=900,
        reaction=CLOUD,
    ),
)
"""Limits the installation that the charger is part of."""

OCPP: Final = KnownCharger(
    integration="ocpp",
    custom=True,
    limit=LimitAction(
        # Of the session: a profile of the charge point is kept in its flash memory.
        write=Action(
            "ocpp",
            "set_charge_rate",
            {
                "devid": Fill.CHARGE_POINT,
                "conn_id": Fill.CONNECTOR,
                "custom_profile": {
                    "chargingProfileId": 8,
                    "stackLevel": 0,
                    "chargingProfileKind": "Relative",
                    "chargingProfilePurpose": "TxProfile",
                    "chargingSchedule": {
                        "chargingRateUnit": "A",
                        "chargingSchedulePeriod": ({"startPeriod": 0, "limit": Fill.CURRENT},),
                    },
                },
            },
        ),
        highest=HIGHEST,
        names=re.compile(
            r"ocpp\.(?P<charge_point>.+?)(?:\.conn(?P<connector>\d+))?\.status\.connector\.sensor"
        ),
    ),
    state=sensor("status.connector.sensor", by_unique_id=True),
    draws=(sensor("current.import.sensor", by_unique_id=True),),
    traits=Traits(
        states={
            "available": DISCONNECTED,
            "reserved": DISCONNECTED,
            "preparing": READY,
            "suspendedev": READY,
            "finishing": READY,
            "charging": CHARGING,
            "suspendedevse": PAUSED,
            "unavailable": FAULT,
            "faulted": FAULT,
        },
        step=0.1,
        write_class=WriteClass.VOLATILE,
        minimum_gap=10,
        reaction=PUSHED,
        # A session that begins knows no profile, and nobody tells that it refused one before it began.
        rearm_after=30,
    ),
)
"""Any charge point that speaks OCPP 1.6."""

ACTION_CHARGERS: Final = (KEBA, OCPP, EASEE, ZAPTEC)
"""The rows, the quickest chargers to reach first."""
