"""What a client must know to reach its chargers: checked once, here."""

from __future__ import annotations

import math
import ssl
from dataclasses import dataclass, field

from evmeter_client.dialects.base import Dialect
from evmeter_client.dialects.json import JsonDialect
from evmeter_client.dialects.strict_json import MAX_PAYLOAD
from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import MqttVersion

_MAX_KEEPALIVE = 65_535
_MAX_MQTT_TEXT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class EVMeterConfig:
    """Broker, credentials, dialect and limits of a client.

    Attributes:
        host: name or address of the broker.
        port: TCP port of the broker.
        tls: TLS 1.2 or newer with verified certificates; plaintext must be asked for with ``False``.
        tls_context: used instead of the default context, for a private authority or a client certificate.
        username: user name at the broker.
        password: password at the broker; never shown.
        dialect: how the chargers speak.
        mqtt_version: the version of MQTT; by default the newest that dialect and broker speak.
        request_timeout: longest time from a request to its answer, waiting for the connection included [s].
        keepalive: MQTT keep-alive interval [s].
        qos: MQTT quality of service of requests and subscriptions, 0, 1 or 2.
        max_in_flight: most reads, and apart from them most commands, open at the same time.
        max_payload: larger messages are dropped unread [bytes].
        backoff_base: first retry interval, and shortest time between two attempts [s].
        backoff_cap: longest retry interval [s].
        healthy_after: a connection that held this long starts the intervals anew [s].
        client_id: MQTT client id; None makes one up.
    """

    host: str
    port: int = 8883
    tls: bool = True
    tls_context: ssl.SSLContext | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    dialect: Dialect = field(default_factory=JsonDialect)
    mqtt_version: MqttVersion = MqttVersion.AUTOMATIC
    request_timeout: float = 10.0
    keepalive: int = 30
    qos: int = 1
    max_in_flight: int = 64
    max_payload: int = MAX_PAYLOAD
    backoff_base: float = 1.0
    backoff_cap: float = 60.0
    healthy_after: float = 30.0
    client_id: str | None = None

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            EVMeterConfigError: the first value that is not usable, by its name.
        """
        _check_host(self.host)
        _check_integer("port", self.port, 1, 65_535)
        _check_integer("keepalive", self.keepalive, 1, _MAX_KEEPALIVE)
        _check_integer("qos", self.qos, 0, 2)
        _check_integer("max_in_flight", self.max_in_flight, 1, 1_000)
        _check_integer("max_payload", self.max_payload, 1, MAX_PAYLOAD)
        for name in ("request_timeout", "backoff_base", "backoff_cap", "healthy_after"):
            _check_seconds(name, getattr(self, name))
        if self.backoff_cap < self.backoff_base:
            raise EVMeterConfigError("backoff_cap", "must not be less than backoff_base")
        for name in ("username", "password", "client_id"):
            _check_text(name, getattr(self, name))
        if self.password is not None and self.username is None:
            raise EVMeterConfigError("username", "a password needs a user name")
        if not isinstance(self.tls, bool):
            raise EVMeterConfigError("tls", "must be True or False")
        if self.tls_context is not None:
            if not isinstance(self.tls_context, ssl.SSLContext):
                raise EVMeterConfigError("tls_context", "must be an ssl.SSLContext")
            if not self.tls:
                raise EVMeterConfigError("tls_context", "given, but tls is switched off")
        if not isinstance(self.dialect, Dialect):
            raise EVMeterConfigError("dialect", "must be a Dialect")
        if not isinstance(self.mqtt_version, MqttVersion):
            raise EVMeterConfigError("mqtt_version", "must be a MqttVersion")
        if self.mqtt_version is MqttVersion.V5 and not self.dialect.speaks_mqtt_5:
            raise EVMeterConfigError("mqtt_version", f"the {self.dialect.name} dialect is MQTT 3.1.1 only")


def _check_host(host: object) -> None:
    # What the resolver would choke on with an exception that is not an OSError is found here instead.
    try:
        usable = isinstance(host, str) and bool(host.strip()) and "\x00" not in host and host.isprintable()
        if isinstance(host, str):
            host.encode("idna")
    except UnicodeError:
        usable = False
    if not usable:
        raise EVMeterConfigError("host", "must be the name or address of a broker")


def _check_integer(key: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise EVMeterConfigError(key, f"must be a whole number from {least} to {most}")


def _check_seconds(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise EVMeterConfigError(key, "must be a number of seconds above 0")


def _check_text(key: str, value: object) -> None:
    if value is None:
        return
    try:
        usable = (
            isinstance(value, str) and len(value.encode("utf-8")) <= _MAX_MQTT_TEXT and "\x00" not in value
        )
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise EVMeterConfigError(key, "not a text MQTT can carry")
