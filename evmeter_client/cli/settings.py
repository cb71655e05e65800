"""The settings of a connection as a user gives them: by flag, environment or file, each checked in one place.

`ConnectionSettings` is one layer; `over` lays one upon another. What a value may be, `EVMeterConfig` knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Self

from evmeter_client.exceptions import EVMeterConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """Settings of one layer; None where it says nothing.

    Attributes:
        host: name or address of the broker.
        port: its TCP port.
        tls: TLS with verified certificates.
        ca_file: certificates in PEM of the authorities to trust instead of the system's.
        client_cert: certificate in PEM to show to the broker.
        client_key: its private key in PEM.
        username: user name at the broker.
        password: password at the broker; never shown.
        password_file: file with the password.
        dialect: ``json`` or ``blewifi``.
        user_id: BLEWIFI: UUID of the user; never shown.
        token: BLEWIFI: the user's token, 96 hexadecimal digits; never shown.
        token_file: file with the token.
        command_topic: JSON: template of the topic of requests.
        response_topic: JSON: template of the topic of responses.
        state_topic: JSON: template of the topic of pushed readings.
        availability_topic: JSON: template of the topic of presence.
        mqtt_version: ``automatic``, ``5.0`` or ``3.1.1``.
        qos: MQTT quality of service.
        timeout: longest time from a request to its answer [s].
        chargers: the chargers meant where a command names none.
    """

    host: str | None = None
    port: int | None = None
    tls: bool | None = None
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    dialect: str | None = None
    user_id: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    command_topic: str | None = None
    response_topic: str | None = None
    state_topic: str | None = None
    availability_topic: str | None = None
    mqtt_version: str | None = None
    qos: int | None = None
    timeout: float | None = None
    chargers: tuple[str, ...] | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all settings."""
        return tuple(item.name for item in fields(cls))

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Make a layer from values by their names; None and what is missing say nothing.

        Raises:
            EVMeterConfigError: a value is not of the type of its setting.
        """
        return cls(
            host=_text(values, "host"),
            port=_integer(values, "port"),
            tls=_switch(values, "tls"),
            ca_file=_text(values, "ca_file"),
            client_cert=_text(values, "client_cert"),
            client_key=_text(values, "client_key"),
            username=_text(values, "username"),
            password=_text(values, "password"),
            password_file=_text(values, "password_file"),
            dialect=_text(values, "dialect"),
            user_id=_text(values, "user_id"),
            token=_text(values, "token"),
            token_file=_text(values, "token_file"),
            command_topic=_text(values, "command_topic"),
            response_topic=_text(values, "response_topic"),
            state_topic=_text(values, "state_topic"),
            availability_topic=_text(values, "availability_topic"),
            mqtt_version=_text(values, "mqtt_version"),
            qos=_integer(values, "qos"),
            timeout=_number(values, "timeout"),
            chargers=_texts(values, "chargers"),
        )

    def over(self, below: ConnectionSettings) -> ConnectionSettings:
        """Return this layer with its gaps filled from the one below."""
        return ConnectionSettings.from_values(
            {
                name: getattr(below, name) if getattr(self, name) is None else getattr(self, name)
                for name in self.names()
            }
        )


def _text(values: Mapping[str, object], key: str) -> str | None:
    value = values.get(key)
    if value is None or isinstance(value, str):
        return value
    raise EVMeterConfigError(key, "must be a text")


def _integer(values: Mapping[str, object], key: str) -> int | None:
    value = values.get(key)
    # To Python a bool is a number; true is no port.
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise EVMeterConfigError(key, "must be a whole number")


def _number(values: Mapping[str, object], key: str) -> float | None:
    value = values.get(key)
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise EVMeterConfigError(key, "must be a number")


def _switch(values: Mapping[str, object], key: str) -> bool | None:
    value = values.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise EVMeterConfigError(key, "must be true or false")


def _texts(values: Mapping[str, object], key: str) -> tuple[str, ...] | None:
    value = values.get(key)
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        texts = tuple(item for item in value if isinstance(item, str))
        if len(texts) == len(value):
            return texts
    raise EVMeterConfigError(key, "must be a list of texts")
