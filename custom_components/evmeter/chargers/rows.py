"""What a row of the table of known chargers is made of: data, no behaviour."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from homeassistant.const import Platform

from ..balancing.model import ChargerState, ReactionProfile
from .traits import Traits

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


class Fill(Enum):
    """What is filled into the data of an action when it is run.

    Attributes:
        CURRENT: the lowest limit of the wired terminals [A]; 0 = pause.
        L1: the limit of this charger terminal [A]; one that is not wired gets that of the first.
        L2: the limit of that terminal [A].
        L3: the limit of that terminal [A].
        LIFETIME: how long the limit holds unless it is written again [min]; 0 = for ever.
        FALLBACK: the limit of a charger that hears nothing any more [A].
        DEVICE: registry id of the charger's device.
        PARENT: registry id of the device that the charger is reached through.
        CHARGE_POINT: its name in the unique id of the charger's state.
        CONNECTOR: of this number in that unique id; 1 where it names none.
    """

    CURRENT = auto()
    L1 = auto()
    L2 = auto()
    L3 = auto()
    LIFETIME = auto()
    FALLBACK = auto()
    DEVICE = auto()
    PARENT = auto()
    CHARGE_POINT = auto()
    CONNECTOR = auto()


type ActionValue = str | float | Fill | Mapping[str, ActionValue] | tuple[ActionValue, ...]
"""One value in the data of an action, as it is sent once everything is filled in."""


class Action(NamedTuple):
    """An action of another integration.

    Attributes:
        domain: of the integration.
        name: of the action.
        data: its fields.
    """

    domain: str
    name: str
    data: Mapping[str, ActionValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAction:
    """How a charger without a number takes its limit; a limit of 0 A pauses.

    Attributes:
        write: sets the limit.
        highest: it takes [A].
        feedback: tell the limit in force: one for every terminal, or one per terminal, of the charger or of
            the device it is reached through; empty = what was written last is believed.
        tells_pause: the limit in force is told as 0 A in a pause; False = a pause is remembered.
        lifetime: the limit ends by itself after this time [s], None = never.
        watchdog: arms the charger's own watchdog, which every write of a limit keeps quiet.
        names: finds ``CHARGE_POINT`` and ``CONNECTOR``, as groups, in the unique id of the charger's state.
    """

    write: Action
    highest: float
    feedback: tuple[EntityKey, ...] = ()
    tells_pause: bool = True
    lifetime: float | None = None
    watchdog: Action | None = None
    names: re.Pattern[str] | None = None


class OwnBalancing(NamedTuple):
    """A balancing of the charger's own, during which it does not obey its limit.

    Attributes:
        key: of the entity that tells.
        off: its state while the charger obeys.
    """

    key: EntityKey
    off: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCharger:
    """One row of the table.

    Attributes:
        integration: domain of the charger's integration; also the row's key in stored settings.
        limit: the number that takes the charging current, or the action that does.
        in_force: tells the limit in force where the number tells another one, the configured maximum.
        switch: pauses and resumes, None = the limit goes down to 0 A and pauses there.
        state: tells what the charger does; the mark of a charger that is limited by an action.
        plug: is off while no car is connected, for where the state does not say so.
        draws: tell what the car draws: one for every terminal, or one per terminal.
        own_balancing: must be off, None = the charger has none that keeps it from obeying.
        traits: what the type of charger is like.
        custom: the integration is not part of Home Assistant.
        without_device: its entities belong to no device and no config entry.
    """

    integration: str
    limit: EntityKey | LimitAction
    traits: Traits
    in_force: EntityKey | None = None
    switch: EntityKey | None = None
    state: EntityKey | None = None
    plug: EntityKey | None = None
    draws: tuple[EntityKey, ...] = ()
    own_balancing: OwnBalancing | None = None
    custom: bool = False
    without_device: bool = False


def number(key: str) -> EntityKey:
    """Return the key of a number."""
    return EntityKey(Platform.NUMBER, key)


def switch(key: str) -> EntityKey:
    """Return the key of a switch."""
    return EntityKey(Platform.SWITCH, key)


def select(key: str) -> EntityKey:
    """Return the key of a select."""
    return EntityKey(Platform.SELECT, key)


def binary_sensor(key: str) -> EntityKey:
    """Return the key of a binary sensor."""
    return EntityKey(Platform.BINARY_SENSOR, key)


def sensor(key: str, *, by_unique_id: bool = False) -> EntityKey:
    """Return the key of a sensor."""
    return EntityKey(Platform.SENSOR, key, by_unique_id)


def per_terminal(pattern: str, names: str = "123", *, by_unique_id: bool = False) -> tuple[EntityKey, ...]:
    """Return the keys of one sensor per terminal; ``{}`` stands for its name."""
    return tuple(sensor(pattern.format(name), by_unique_id=by_unique_id) for name in names)


def polled(period: float) -> ReactionProfile:
    """Return the times of a local charger that is asked once in a period [s]."""
    return ReactionProfile(command_latency=3.0, report_latency=2.0, report_period=period)


PUSHED: Final = ReactionProfile(command_latency=3.0, report_latency=2.0, report_period=5.0)
CLOUD: Final = ReactionProfile(command_latency=10.0, report_latency=10.0, report_period=30.0)
