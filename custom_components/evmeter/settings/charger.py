"""The strings stored about a charger <-> typed settings: how it is reached, its limits and its wiring."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_TOKEN, CONF_USERNAME

from ..balancing.model import ChargerSettings
from ..const import (
    CONF_CAR_CURRENT,
    CONF_CAR_PHASES,
    CONF_CHARGER,
    CONF_CHARGER_ID,
    CONF_CIRCUIT,
    CONF_DIALECT,
    CONF_FALLBACK_CURRENT,
    CONF_LIMIT,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_PRIORITY,
    CONF_SWITCH,
    CONF_TLS,
    CONF_USER_ID,
    CONF_WIRING,
)
from ..exceptions import ErrorCode
from .entities import (
    charger_entities_to_strings,
    charger_templates_to_strings,
    read_charger_entities,
    read_charger_templates,
)
from .model import (
    ChargerKind,
    DialectName,
    EntityChargerSettings,
    EVMeterConnection,
    PairedChargerSettings,
    SimulatedCar,
    TemplateChargerSettings,
)
from .reader import FALSE, HARMLESS, TRUE, SettingsReader, number_to_string

PORT_TLS: Final = 8883
PORT_PLAIN: Final = 1883

_CHARGER = ChargerSettings(id="")
_CAR = SimulatedCar()

_CHARGER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"[^\s/?#@]+")


_BINARY_CHARGER_ID = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}")

type ChargerAccess = (
    EVMeterConnection | PairedChargerSettings | EntityChargerSettings | TemplateChargerSettings | SimulatedCar
)
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
            case TemplateChargerSettings():
                return ChargerKind.TEMPLATE
            case EVMeterConnection() | PairedChargerSettings():
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
        strings = SettingsReader(data, HARMLESS)
        kind = strings.choice(CONF_CHARGER, ChargerKind)
        wiring = strings.wiring(CONF_WIRING, phase_count)
        priority = strings.integer(CONF_PRIORITY, _CHARGER.priority, 1, 100)
        circuit = strings.text(CONF_CIRCUIT)
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
                circuit=circuit,
            )

        balancing = strings.build(build, numbers)
        strings.raise_errors()
        return cls(device=device, balancing=balancing)

    def to_strings(self) -> dict[str, str]:
        """Return the strings that ``from_strings`` reads back to the same settings."""
        charger = self.balancing
        circuit = {} if charger.circuit is None else {CONF_CIRCUIT: charger.circuit}
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
            | circuit
        )


def _access_from_strings(strings: SettingsReader, kind: ChargerKind | None) -> ChargerAccess:
    match kind:
        case ChargerKind.SIMULATED:
            return _car_from_strings(strings)
        case ChargerKind.KNOWN | ChargerKind.ENTITIES:
            return read_charger_entities(strings, known=kind is ChargerKind.KNOWN)
        case ChargerKind.TEMPLATE:
            return read_charger_templates(strings)
        case ChargerKind.EVMETER | None:
            return _evmeter_from_strings(strings)


def _access_to_strings(device: ChargerAccess) -> dict[str, str]:
    match device:
        case SimulatedCar():
            return _car_to_strings(device)
        case EntityChargerSettings():
            return charger_entities_to_strings(device)
        case TemplateChargerSettings():
            return charger_templates_to_strings(device)
        case EVMeterConnection():
            return connection_to_strings(device)
        case PairedChargerSettings():
            return paired_to_strings(device)


def read_car(data: Mapping[str, str]) -> dict[str, str]:
    """Read the answers about a simulated charger's car and return the strings to store.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, HARMLESS)
    car = _car_from_strings(strings)
    strings.raise_errors()
    return _car_to_strings(car)


def read_connection(data: Mapping[str, str]) -> EVMeterConnection:
    """Read the answers about the connection to an EV-Meter charger; what it is paired with is checked too.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, HARMLESS)
    charger = _evmeter_from_strings(strings)
    strings.raise_errors()
    return charger.connection if isinstance(charger, PairedChargerSettings) else charger


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


def paired_to_strings(pair: PairedChargerSettings) -> dict[str, str]:
    """Return the strings to store for a pair."""
    switch = {} if pair.switch is None else {CONF_SWITCH: pair.switch}
    return connection_to_strings(pair.connection) | {CONF_LIMIT: pair.limit} | switch


def _car_from_strings(strings: SettingsReader) -> SimulatedCar:
    current = strings.number(CONF_CAR_CURRENT, _CAR.current)
    if not 6 <= current <= 80:
        strings.note(CONF_CAR_CURRENT, ErrorCode.OUT_OF_RANGE, f"must be between 6 and 80, is {current:g}")
    return SimulatedCar(phases=strings.integer(CONF_CAR_PHASES, _CAR.phases, 1, 3), current=current)


def _car_to_strings(car: SimulatedCar) -> dict[str, str]:
    return {CONF_CAR_PHASES: str(car.phases), CONF_CAR_CURRENT: number_to_string(car.current)}


def _evmeter_from_strings(strings: SettingsReader) -> EVMeterConnection | PairedChargerSettings:
    connection = _connection_from_strings(strings)
    if strings.text(CONF_LIMIT) is None and strings.text(CONF_SWITCH) is None:
        return connection
    if connection.dialect is not DialectName.BLEWIFI:
        key = CONF_LIMIT if strings.text(CONF_LIMIT) is not None else CONF_SWITCH
        strings.note(key, ErrorCode.LIMITS_ITSELF, "is only for a charger that cannot be limited itself")
        return connection
    limit, switch = strings.required_text(CONF_LIMIT), strings.text(CONF_SWITCH)
    return PairedChargerSettings(connection=connection, limit=limit, switch=switch)


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
