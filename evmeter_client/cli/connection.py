"""From settings to a configuration of the client, with every wrong value named."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from evmeter_client.cli.config_file import read_config_file
from evmeter_client.cli.credentials import ask_password, find_secret
from evmeter_client.cli.settings import ConnectionSettings
from evmeter_client.config import EVMeterConfig
from evmeter_client.dialects import create_dialect
from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.models import MqttVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.cli.flags import ConnectionFlags
    from evmeter_client.cli.report import Report
    from evmeter_client.dialects import Dialect

_TLS_PORT: Final = 8883
_PLAIN_PORT: Final = 1883
_DEFAULT_DIALECT: Final = "json"
_TLS_FILES: Final = ("ca_file", "client_cert", "client_key")
_DIALECT_OPTIONS: Final = (
    "command_topic",
    "response_topic",
    "state_topic",
    "availability_topic",
    "user_id",
)


@dataclass(frozen=True, slots=True)
class Connection:
    """What a command that talks to a broker works with.

    Attributes:
        config: broker, credentials and dialect.
        usual_chargers: the chargers meant where a command names none.
        report: where errors and warnings go.
    """

    config: EVMeterConfig
    usual_chargers: tuple[str, ...]
    report: Report

    def charger_id(self, given: str) -> str:
        """Return a charger's id in its normal form.

        Raises:
            EVMeterConfigError: it is not an id of the dialect.
        """
        return self.config.dialect.normalise_id(given)

    def charger_ids(self, given: Sequence[str] | None) -> tuple[str, ...]:
        """Return the chargers that are meant, each once, in the order given.

        Raises:
            EVMeterConfigError: there are none, or one is not an id of the dialect.
        """
        named = tuple(given or self.usual_chargers)
        if not named:
            raise EVMeterConfigError("charger", "name at least one charger")
        return tuple(dict.fromkeys(self.charger_id(one) for one in named))


def make_connection(given: ConnectionFlags, report: Report) -> Connection:
    """Put flags, environment and configuration file together.

    Raises:
        EVMeterConfigError: naming the setting that is missing or wrong.
    """
    flags = ConnectionSettings.from_values(
        {field.name: getattr(given, field.name) for field in fields(given) if field.name != "config"}
    )
    file = read_config_file(given.config)
    settings = flags.over(file.settings)
    if not settings.host:
        raise EVMeterConfigError("host", "missing: name the broker by --host, EVMETER_HOST or in a file")
    password = find_secret("password", flags, file.settings)
    token = find_secret("token", flags, file.settings)
    for warning in (*file.warnings, password.warning, token.warning):
        if warning is not None:
            report.warning(warning)
    tls = True if settings.tls is None else settings.tls
    dialect = _dialect(settings, token.value)
    tls_context = _tls_context(settings, tls=tls)
    default_port = _TLS_PORT if tls else _PLAIN_PORT
    secret = password.value
    if secret is None and settings.username is not None:
        secret = ask_password(settings.username, settings.host)
    config = EVMeterConfig(
        host=settings.host,
        port=default_port if settings.port is None else settings.port,
        tls=tls,
        tls_context=tls_context,
        username=settings.username,
        password=secret,
        dialect=dialect,
        request_timeout=10.0 if settings.timeout is None else settings.timeout,
        qos=1 if settings.qos is None else settings.qos,
        mqtt_version=_mqtt_version(settings.mqtt_version),
    )
    return Connection(config, settings.chargers or (), report)


def _mqtt_version(name: str | None) -> MqttVersion:
    try:
        return MqttVersion.AUTOMATIC if name is None else MqttVersion(name)
    except ValueError:
        known = ", ".join(version.value for version in MqttVersion)
        raise EVMeterConfigError("mqtt_version", f"must be one of {known}") from None


def _dialect(settings: ConnectionSettings, token: str | None) -> Dialect:
    name = settings.dialect or _DEFAULT_DIALECT
    options: dict[str, str] = {
        key: value for key in _DIALECT_OPTIONS if (value := getattr(settings, key)) is not None
    }
    if token is not None:
        options["token"] = token
    return create_dialect(name, options)


def _tls_context(settings: ConnectionSettings, *, tls: bool) -> ssl.SSLContext | None:
    """Return a context for what is not the default, None where the default will do."""
    given = [key for key in _TLS_FILES if getattr(settings, key) is not None]
    if not given:
        return None
    if not tls:
        raise EVMeterConfigError(given[0], "given, but TLS is switched off")
    if settings.client_key is not None and settings.client_cert is None:
        raise EVMeterConfigError("client_cert", "missing: a key needs its certificate")
    context = _trusting(settings.ca_file)
    if settings.client_cert is not None:
        _show_certificate(context, settings.client_cert, settings.client_key)
    return context


def _trusting(ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise EVMeterConfigError("ca_file", f"{ca_file} holds no certificates in PEM") from None
    except OSError as error:
        raise EVMeterConfigError("ca_file", f"cannot read {ca_file}: {error.strerror}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _show_certificate(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        # An empty passphrase: OpenSSL would ask for one itself, on the terminal and behind our back.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError:
        words = f"{certificate} and its key are not a pair in PEM without a passphrase"
        raise EVMeterConfigError("client_cert", words) from None
    except OSError as error:
        words = f"cannot read certificate or key: {error.strerror}"
        raise EVMeterConfigError("client_cert", words) from None
