"""The strings stored in a config entry <-> typed settings, both ways.

Everything stored is a string (``"25"``, ``"true"``, ``"L2,L3,L1"``, an entity registry id); a key that is
absent was not given. Every value that cannot be used is reported, not just the first, so that a form can show
each error at its field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_TOKEN, CONF_USERNAME

from .balancing.model import ChargerSettings, FuseType, Mode, SiteSettings
from .const import (
    CONF_CAR_CURRENT,
    CONF_CAR_PHASES,
    CONF_CHARGER,
    CONF_CHARGER_ID,
    CONF_DIALECT,
    CONF_FALLBACK_CURRENT,
    CONF_FUSE,
    CONF_FUSE_TYPE,
    CONF_MAINS,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_MODE,
    CONF_PHASES,
    CONF_PRIORITY,
    CONF_SEED,
    CONF_TLS,
    CONF_USER_ID,
    CONF_VOLTAGE,
    CONF_WIRING,
)
from .exceptions import BadSettingError, ErrorCode, SettingsErrors
from .settings_entities import (
    CHARGER_DRAWS,
    charger_entities_to_strings,
    entities_to_strings,
    read_charger_entities,
    read_entity_charger,
    read_mains_entities,
)
from .settings_model import (
    ChargerKind,
    DialectName,
    EntityChargerSettings,
    EntityMainsSettings,
    EVMeterConnection,
    MainsKind,
    PhaseEntities,
    SimulatedCar,
    SimulatedMainsSettings,
)
from .settings_reader import FALSE, TRUE, SettingsReader, number_to_string

__all__ = [
    "CHARGER_DRAWS",
    "BadSettingError",
    "ChargerConfig",
    "ChargerKind",
    "DialectName",
    "EVMeterConnection",
    "EntityChargerSettings",
    "EntityMainsSettings",
    "ErrorCode",
    "MainsKind",
    "PhaseEntities",
    "SettingsErrors",
    "SimulatedCar",
    "SimulatedMainsSettings",
    "SiteConfig",
    "charger_entities_to_strings",
    "entities_to_strings",
    "read_entity_charger",
]

PORT_TLS: Final = 8883
PORT_PLAIN: Final = 1883

_SITE = SiteSettings(fuse_rating=(25.0, 25.0, 25.0))
_CHARGER = ChargerSettings(id="")
_CAR = SimulatedCar()
_LARGEST_SEED = 2**31 - 1

_CHARGER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"[^\s/?#@]+")


_BINARY_CHARGER_ID = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}")

_HARMLESS: Final[Mapping[str, float]] = {
    **{f"{CONF_FUSE}{phase}": 25.0 for phase in (1, 2, 3)},
    CONF_MARGIN: 0.5,
    CONF_VOLTAGE: 230.0,
    CONF_MIN_CURRENT: 6.0,
    CONF_MAX_CURRENT: 80.0,
    CONF_PRIORITY: 1.0,
    CONF_FALLBACK_CURRENT: 0.0,
    CONF_PORT: 8883.0,
    CONF_SEED: 1.0,
    CONF_CAR_PHASES: 3.0,
    CONF_CAR_CURRENT: 16.0,
}
"""A number that fits for every numeric key: stands in for a bad one while the other values are checked."""


class _PhaseCount(StrEnum):
    """Mains connections there are."""

    ONE = "1"
    THREE = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """Everything stored about a site.

    Attributes:
        mains: where the mains currents come from.
        balancing: the site as the balancer sees it.
    """

    mains: EntityMainsSettings | SimulatedMainsSettings
    balancing: SiteSettings

    @property
    def kind(self) -> MainsKind:
        """Where the mains currents come from, as one word."""
        if isinstance(self.mains, SimulatedMainsSettings):
            return MainsKind.SIMULATED
        return MainsKind.ENTITIES if self.mains.meter is None else MainsKind.KNOWN

    @classmethod
    def from_strings(cls, data: Mapping[str, str]) -> Self:
        """Read a site from its stored strings.

        Raises:
            SettingsErrors: with every value that cannot be used.
        """
        strings = SettingsReader(data, _HARMLESS)
        kind = strings.choice(CONF_MAINS, MainsKind)
        phase_count = int(strings.choice(CONF_PHASES, _PhaseCount) or _PhaseCount.THREE)
        phases = range(1, phase_count + 1)
        numbers = {f"{CONF_FUSE}{phase}": strings.number(f"{CONF_FUSE}{phase}") for phase in phases}
        numbers[CONF_MARGIN] = strings.number(CONF_MARGIN, _SITE.margin)
        numbers[CONF_VOLTAGE] = strings.number(CONF_VOLTAGE, _SITE.voltage)
        fuse_type = strings.choice(CONF_FUSE_TYPE, FuseType, FuseType.B) or FuseType.B
        mode = strings.choice(CONF_MODE, Mode, Mode.BALANCED) or Mode.BALANCED
        mains = _mains_from_strings(strings, kind, phase_count)

        def build(values: Mapping[str, float]) -> SiteSettings:
            return SiteSettings(
                fuse_rating=tuple(values[f"{CONF_FUSE}{phase}"] for phase in phases),
                fuse_type=fuse_type,
                margin=values[CONF_MARGIN],
                voltage=values[CONF_VOLTAGE],
                mode=mode,
            )

        balancing = strings.build(build, numbers)
        strings.raise_errors()
        return cls(mains=mains, balancing=balancing)

    def to_strings(self) -> dict[str, str]:
        """Return the strings that ``from_strings`` reads back to the same settings."""
        site = self.balancing
        strings = {CONF_MAINS: self.kind.value, CONF_PHASES: str(site.phase_count)}
        if isinstance(self.mains, SimulatedMainsSettings):
            strings[CONF_SEED] = str(self.mains.seed)
        else:
            strings |= entities_to_strings(self.mains)
        for phase, rating in enumerate(site.fuse_rating, start=1):
            strings[f"{CONF_FUSE}{phase}"] = number_to_string(rating)
        return strings | {
            CONF_FUSE_TYPE: site.fuse_type.value,
            CONF_MARGIN: number_to_string(site.margin),
            CONF_VOLTAGE: number_to_string(site.voltage),
            CONF_MODE: site.mode.value,
        }


type ChargerAccess = EVMeterConnection | EntityChargerSettings | SimulatedCar
"""How a charger is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerConfig:
    """Everything stored about a charger.

    Attributes:
        device: how it is reached.
        balancing: the charger as the balancer sees it; its id is the subentry's.
    """

    device: ChargerAccess
    balancing: ChargerSettings

    @property
    def kind(self) -> ChargerKind:
        """How the charger is reached, as one word."""
        match self.device:
            case SimulatedCar():
                return ChargerKind.SIMULATED
            case EntityChargerSettings(known=known):
                return ChargerKind.ENTITIES if known is None else ChargerKind.KNOWN
            case EVMeterConnection():
                return ChargerKind.EVMETER

    @classmethod
    def from_strings(cls, subentry_id: str, data: Mapping[str, str], *, phase_count: int) -> Self:
        """Read a charger from its stored strings.

        Args:
            subentry_id: id of the charger's subentry, the balancer's id for it.
            data: the stored strings.
            phase_count: of the site, 1 or 3.

        Raises:
            SettingsErrors: with every value that cannot be used.
        """
        strings = SettingsReader(data, _HARMLESS)
        kind = strings.choice(CONF_CHARGER, ChargerKind)
        wiring = strings.wiring(CONF_WIRING, phase_count)
        priority = strings.integer(CONF_PRIORITY, _CHARGER.priority, 1, 100)
        numbers = {
            CONF_MIN_CURRENT: strings.number(CONF_MIN_CURRENT, _CHARGER.min_current),
            CONF_MAX_CURRENT: strings.number(CONF_MAX_CURRENT, _CHARGER.max_current),
        }
        if strings.text(CONF_FALLBACK_CURRENT) is not None:
            numbers[CONF_FALLBACK_CURRENT] = strings.number(CONF_FALLBACK_CURRENT)
        device = _access_from_strings(strings, kind)

        def build(values: Mapping[str, float]) -> ChargerSettings:
            return ChargerSettings(
                id=subentry_id,
                wiring=wiring,
                min_current=values[CONF_MIN_CURRENT],
                max_current=values[CONF_MAX_CURRENT],
                priority=priority,
                # The safe current of a car that needs 8 A to charge at all is 8 A.
                fallback_current=values.get(CONF_FALLBACK_CURRENT, values[CONF_MIN_CURRENT]),
            )

        balancing = strings.build(build, numbers)
        strings.raise_errors()
        return cls(device=device, balancing=balancing)

    def to_strings(self) -> dict[str, str]:
        """Return the strings that ``from_strings`` reads back to the same settings."""
        charger = self.balancing
        return (
            {CONF_CHARGER: self.kind.value}
            | _access_to_strings(self.device)
            | {
                CONF_MIN_CURRENT: number_to_string(charger.min_current),
                CONF_MAX_CURRENT: number_to_string(charger.max_current),
                CONF_WIRING: ",".join(phase.name for phase in charger.wiring),
                CONF_PRIORITY: str(charger.priority),
                CONF_FALLBACK_CURRENT: number_to_string(charger.fallback_current),
            }
        )


def _mains_from_strings(
    strings: SettingsReader, kind: MainsKind | None, phase_count: int
) -> EntityMainsSettings | SimulatedMainsSettings:
    if kind is MainsKind.SIMULATED:
        return SimulatedMainsSettings(seed=_seed_from_strings(strings))
    return read_mains_entities(strings, kind, phase_count)


def _access_from_strings(strings: SettingsReader, kind: ChargerKind | None) -> ChargerAccess:
    match kind:
        case ChargerKind.SIMULATED:
            return _car_from_strings(strings)
        case ChargerKind.KNOWN | ChargerKind.ENTITIES:
            return read_charger_entities(strings, known=kind is ChargerKind.KNOWN)
        case ChargerKind.EVMETER | None:
            return _connection_from_strings(strings)


def _access_to_strings(device: ChargerAccess) -> dict[str, str]:
    match device:
        case SimulatedCar():
            return _car_to_strings(device)
        case EntityChargerSettings():
            return charger_entities_to_strings(device)
        case EVMeterConnection():
            return connection_to_strings(device)


def read_seed(data: Mapping[str, str]) -> int:
    """Read the seed of a simulated house.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, _HARMLESS)
    seed = _seed_from_strings(strings)
    strings.raise_errors()
    return seed


def read_car(data: Mapping[str, str]) -> dict[str, str]:
    """Read the answers about a simulated charger's car and return the strings to store.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, _HARMLESS)
    car = _car_from_strings(strings)
    strings.raise_errors()
    return _car_to_strings(car)


def read_connection(data: Mapping[str, str]) -> EVMeterConnection:
    """Read the answers about the connection to an EV-Meter charger.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, _HARMLESS)
    connection = _connection_from_strings(strings)
    strings.raise_errors()
    return connection


def connection_to_strings(connection: EVMeterConnection) -> dict[str, str]:
    """Return the strings that ``read_connection`` reads back to the same connection."""
    values = {
        CONF_HOST: connection.host,
        CONF_PORT: str(connection.port),
        CONF_TLS: TRUE if connection.tls else FALSE,
        CONF_USERNAME: connection.username,
        CONF_PASSWORD: connection.password,
        CONF_CHARGER_ID: connection.charger_id,
        CONF_DIALECT: connection.dialect.value,
        CONF_USER_ID: connection.user_id,
        CONF_TOKEN: connection.token,
    }
    return {key: value for key, value in values.items() if value is not None}


def _seed_from_strings(strings: SettingsReader) -> int:
    return strings.integer(CONF_SEED, 1, 0, _LARGEST_SEED)


def _car_from_strings(strings: SettingsReader) -> SimulatedCar:
    current = strings.number(CONF_CAR_CURRENT, _CAR.current)
    if not 6 <= current <= 80:
        strings.note(CONF_CAR_CURRENT, ErrorCode.OUT_OF_RANGE, f"must be between 6 and 80, is {current:g}")
    return SimulatedCar(phases=strings.integer(CONF_CAR_PHASES, _CAR.phases, 1, 3), current=current)


def _car_to_strings(car: SimulatedCar) -> dict[str, str]:
    return {CONF_CAR_PHASES: str(car.phases), CONF_CAR_CURRENT: number_to_string(car.current)}


def _connection_from_strings(strings: SettingsReader) -> EVMeterConnection:
    host = strings.required_text(CONF_HOST)
    if host and not _HOST.fullmatch(host):
        strings.note(CONF_HOST, ErrorCode.INVALID_HOST, f"is not a host name or address: {host!r}")
    dialect = strings.choice(CONF_DIALECT, DialectName, DialectName.JSON) or DialectName.JSON
    binary = dialect is DialectName.BLEWIFI
    charger_id = strings.required_text(CONF_CHARGER_ID)
    if charger_id and not (_BINARY_CHARGER_ID if binary else _CHARGER_ID).fullmatch(charger_id):
        strings.note(CONF_CHARGER_ID, ErrorCode.INVALID_CHARGER_ID, f"is not a charger id: {charger_id!r}")
    tls = strings.flag(CONF_TLS, default=True)
    return EVMeterConnection(
        host=host,
        port=strings.integer(CONF_PORT, PORT_TLS if tls else PORT_PLAIN, 1, 65535),
        tls=tls,
        username=strings.text(CONF_USERNAME),
        password=strings.text(CONF_PASSWORD),
        charger_id=charger_id,
        dialect=dialect,
        user_id=strings.required_text(CONF_USER_ID) if binary else strings.text(CONF_USER_ID),
        token=strings.required_text(CONF_TOKEN) if binary else strings.text(CONF_TOKEN),
    )
