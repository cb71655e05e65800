"""The flags that commands share: those of the connection, ``--json``, and the chargers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import typer

_BROKER: Final = "Broker"
_DIALECT: Final = "Dialect"

JsonFlag = Annotated[
    bool,
    typer.Option(
        "--json", envvar="EVMETER_JSON", help="Print JSON, one object a line; errors too, on stderr."
    ),
]

ChargerArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CHARGER",
        envvar="EVMETER_CHARGERS",
        help="Ids of chargers; without any, those in the configuration file.",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class ConnectionFlags:
    """The flags of a connection, with their names, variables and helps; None where neither was given."""

    config: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_CONFIG",
            metavar="FILE",
            rich_help_panel=_BROKER,
            help="TOML file with these settings: host = ..., password_file = ... (a default one is read).",
        ),
    ] = None
    host: Annotated[
        str | None,
        typer.Option(envvar="EVMETER_HOST", rich_help_panel=_BROKER, help="Name or address of the broker."),
    ] = None
    port: Annotated[
        int | None,
        typer.Option(
            envvar="EVMETER_PORT", rich_help_panel=_BROKER, help="Its port; 8883 with TLS, 1883 without."
        ),
    ] = None
    tls: Annotated[
        bool | None,
        typer.Option(
            "--tls/--no-tls", envvar="EVMETER_TLS", rich_help_panel=_BROKER, help="TLS; on by default."
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_CA_FILE",
            metavar="FILE",
            rich_help_panel=_BROKER,
            help="Authorities to trust instead of the system's, in PEM.",
        ),
    ] = None
    client_cert: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_CLIENT_CERT",
            metavar="FILE",
            rich_help_panel=_BROKER,
            help="Certificate to show to the broker, in PEM.",
        ),
    ] = None
    client_key: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_CLIENT_KEY",
            metavar="FILE",
            rich_help_panel=_BROKER,
            help="Its private key, in PEM without a passphrase.",
        ),
    ] = None
    username: Annotated[
        str | None,
        typer.Option(envvar="EVMETER_USERNAME", rich_help_panel=_BROKER, help="User name at the broker."),
    ] = None
    password_file: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_PASSWORD_FILE",
            metavar="FILE",
            rich_help_panel=_BROKER,
            help="File with the password; or set EVMETER_PASSWORD, or be asked at the terminal.",
        ),
    ] = None
    mqtt_version: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_MQTT_VERSION",
            metavar="[automatic|5.0|3.1.1]",
            rich_help_panel=_BROKER,
            help="Version of MQTT; what broker and dialect speak by default.",
        ),
    ] = None
    qos: Annotated[
        int | None,
        typer.Option(
            envvar="EVMETER_QOS",
            rich_help_panel=_BROKER,
            help="MQTT quality of service, 0 to 2; 1 by default.",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            envvar="EVMETER_TIMEOUT",
            metavar="SECONDS",
            rich_help_panel=_BROKER,
            help="Longest wait for an answer; 10 by default.",
        ),
    ] = None
    dialect: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_DIALECT",
            metavar="[json|blewifi]",
            rich_help_panel=_DIALECT,
            help="How the chargers speak; json by default.",
        ),
    ] = None
    user_id: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_USER_ID",
            metavar="UUID",
            rich_help_panel=_DIALECT,
            help="BLEWIFI: the user's UUID.",
        ),
    ] = None
    token_file: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_TOKEN_FILE",
            metavar="FILE",
            rich_help_panel=_DIALECT,
            help="BLEWIFI: file with the token, 96 hexadecimal digits; or set EVMETER_TOKEN.",
        ),
    ] = None
    command_topic: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_COMMAND_TOPIC",
            metavar="TEMPLATE",
            rich_help_panel=_DIALECT,
            help="JSON: topic of requests; evmeter/{charger_id}/command by default.",
        ),
    ] = None
    response_topic: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_RESPONSE_TOPIC",
            metavar="TEMPLATE",
            rich_help_panel=_DIALECT,
            help="JSON: topic of responses.",
        ),
    ] = None
    state_topic: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_STATE_TOPIC",
            metavar="TEMPLATE",
            rich_help_panel=_DIALECT,
            help="JSON: topic of pushed readings.",
        ),
    ] = None
    availability_topic: Annotated[
        str | None,
        typer.Option(
            envvar="EVMETER_AVAILABILITY_TOPIC",
            metavar="TEMPLATE",
            rich_help_panel=_DIALECT,
            help="JSON: topic that tells whether a charger is there.",
        ),
    ] = None
