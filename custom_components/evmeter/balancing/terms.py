"""The terms of load balancing: closed lists of what a value can be."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Phase(IntEnum):
    """A phase of the mains; its value is the index into every per-phase tuple."""

    L1 = 0
    L2 = 1
    L3 = 2


class FuseType(StrEnum):
    """The device that protects the mains; decides how long an overload may last."""

    B = "b"
    C = "c"
    D = "d"
    GG = "gg"


class Mode(StrEnum):
    """How long evidence is gathered before a raise."""

    GENTLE = "gentle"
    BALANCED = "balanced"
    FAST = "fast"


class ChargerState(StrEnum):
    """What a charger does, as far as balancing cares."""

    DISCONNECTED = "disconnected"
    READY = "ready"
    CHARGING = "charging"
    PAUSED = "paused"
    FAULT = "fault"
    UNAVAILABLE = "unavailable"


class WriteClass(StrEnum):
    """What a write costs the charger."""

    VOLATILE = "volatile"
    PERSISTENT = "persistent"
    CLOUD = "cloud"


class ReasonCode(StrEnum):
    """What binds a limit."""

    MAINS_PHASE = "mains_phase"
    CIRCUIT = "circuit"
    CHARGER_MAXIMUM = "charger_maximum"
    CABLE = "cable"
    PRIORITY = "priority"
    WAITING_TURN = "waiting_turn"
    STALE_METER = "stale_meter"
    NOT_OBEYING = "not_obeying"
    MANUAL = "manual"
    SCHEDULE = "schedule"
    WIRING = "wiring"
    GROUP_CAP = "group_cap"
    WRITE_BUDGET = "write_budget"
    OVERLOADS = "overloads"
    RESTART_HOLD = "restart_hold"
    OFF = "off"


class SiteState(StrEnum):
    """What the balancing of the whole site does."""

    IDLE = "idle"
    BALANCING = "balancing"
    LIMITED = "limited"
    PAUSED = "paused"
    FAIL_SAFE = "fail_safe"
    MANUAL = "manual"
    OFF = "off"
