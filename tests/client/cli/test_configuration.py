"""Where settings come from, which one wins, and what happens to secrets on the way."""

import json
from pathlib import Path

import pytest

from evmeter_client import BlewifiDialect, EVMeterConfig, EVMeterConfigError, JsonDialect, MqttVersion
from evmeter_client.cli.app import run
from evmeter_client.cli.connection import Connection, make_connection
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.cli.flags import ConnectionFlags
from evmeter_client.cli.report import Report
from evmeter_client.cli.settings import ConnectionSettings
from tests.client.certificates import make_certificate
from tests.client.cli.command import Cli
from tests.client.test_blewifi import TOKEN, USER_ID

SECRET = "correct horse battery staple"
HOST = ConnectionFlags(host="broker.local")


def write(path: Path, text: str, mode: int = 0o600) -> str:
    """Write a file that only its owner can read, and return its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def connection(flags: ConnectionFlags) -> Connection:
    return make_connection(flags, Report(as_json=False))


def config(flags: ConnectionFlags) -> EVMeterConfig:
    return connection(flags).config


def refused(flags: ConnectionFlags) -> EVMeterConfigError:
    with pytest.raises(EVMeterConfigError) as caught:
        connection(flags)
    assert SECRET not in str(caught.value)
    return caught.value


def in_file(home: Path, text: str, mode: int = 0o600) -> ConnectionFlags:
    return ConnectionFlags(config=write(home / "evmeter.toml", text, mode))


def test_defaults_are_safe(home: Path) -> None:
    made = config(HOST)
    assert (made.host, made.port, made.tls, made.qos, made.request_timeout) == (
        "broker.local", 8883, True, 1, 10.0,
    )  # fmt: skip
    assert made.dialect == JsonDialect()
    assert made.mqtt_version is MqttVersion.AUTOMATIC


def test_the_usual_port_depends_on_tls(home: Path) -> None:
    assert config(ConnectionFlags(host="broker.local", tls=False)).port == 1883
    assert config(ConnectionFlags(host="broker.local", tls=False, port=7)).port == 7


def test_every_setting_has_its_place_in_the_file(home: Path) -> None:
    flags = in_file(
        home,
        """
        host = "broker.local"
        port = 1884
        tls = false
        username = "me"
        password = "secret"
        mqtt_version = "3.1.1"
        qos = 2
        timeout = 3
        dialect = "json"
        command_topic = "site/{charger_id}/c"
        response_topic = "site/{charger_id}/r"
        state_topic = "site/{charger_id}/s"
        availability_topic = "site/{charger_id}/a"
        chargers = ["A", "B"]
        """,
    )
    made = connection(flags)
    assert isinstance(made.config.dialect, JsonDialect)
    assert made.config.dialect.topics.command == "site/{charger_id}/c"
    assert made.config.dialect.topics.availability == "site/{charger_id}/a"
    assert (made.config.port, made.config.tls, made.config.qos) == (1884, False, 2)
    assert (made.config.username, made.config.password) == ("me", "secret")
    assert made.config.mqtt_version is MqttVersion.V3_1_1
    assert made.config.request_timeout == 3
    assert made.charger_ids(None) == ("A", "B")
    assert made.charger_ids(["C", "C"]) == ("C",)


def test_flags_come_before_the_file(home: Path) -> None:
    made = config(
        ConnectionFlags(config=in_file(home, 'host = "file"\nport = 1\nqos = 0').config, host="flag", port=2)
    )
    assert (made.host, made.port, made.qos) == ("flag", 2, 0)


def test_a_switch_that_is_off_comes_before_one_that_is_on(home: Path) -> None:
    flags = in_file(home, 'host = "file"\ntls = true')
    assert config(ConnectionFlags(config=flags.config, tls=False)).tls is False


def test_layers_fill_gaps_only() -> None:
    upper, lower = ConnectionSettings(port=1, tls=False), ConnectionSettings(port=2, tls=True, host="x")
    assert upper.over(lower) == ConnectionSettings(port=1, tls=False, host="x")


async def test_flags_come_before_the_environment_and_that_before_the_file(cli: Cli, home: Path) -> None:
    """What the process tries to reach shows which setting won."""
    file = write(home / "evmeter.toml", 'host = "from.file.invalid"\nport = 1\ntimeout = 2\ntls = false')
    environment = cli.having(EVMETER_CONFIG=file, EVMETER_HOST="127.0.0.1", EVMETER_PORT="2")
    by_environment = await environment.run("status", "A", "--json")
    assert "127.0.0.1:2 without TLS" in str(by_environment.problems[0]["error"])
    by_flag = await environment.run("status", "A", "--json", "--port", "3")
    assert "127.0.0.1:3 without TLS" in str(by_flag.problems[0]["error"])
    assert by_flag.code == ExitCode.CONNECTION


def test_the_default_file_is_read_where_it_is(home: Path) -> None:
    assert refused(ConnectionFlags()).key == "host"
    write(home / ".config" / "evmeter" / "config.toml", 'host = "usual"')
    assert config(ConnectionFlags()).host == "usual"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('hots = "x"', "hots"),
        ('[broker]\nhost = "x"', "broker"),
        ("host = 1", "host"),
        ('host = "x"\nport = "1883"', "port"),
        ('host = "x"\nport = true', "port"),
        ('host = "x"\nport = 70000', "port"),
        ('host = "x"\ntls = "no"', "tls"),
        ('host = "x"\nqos = 3', "qos"),
        ('host = "x"\nmqtt_version = "4"', "mqtt_version"),
        ('host = "x"\nmqtt_version = 5', "mqtt_version"),
        ('host = "x"\nqos = 1.5', "qos"),
        ('host = "x"\ntimeout = "long"', "timeout"),
        ('host = "x"\nchargers = "A"', "chargers"),
        ('host = "x"\nchargers = [1]', "chargers"),
        ('host = "x"\ndialect = "morse"', "dialect"),
        ('host = "x"\nuser_id = "me"', "user_id"),
        ('host = "x"\nstate_topic = "#"', "state_topic"),
        (f'host = "x"\npassword = "{SECRET}"', "username"),
        (f'host = "x"\npassword = "{SECRET}"\npassword_file = "p"', "password_file"),
        ('host = "x"\npassword_file = "none"', "password_file"),
        ('host = "x"\nca_file = "none"', "ca_file"),
        ('host = "x"\nclient_cert = "none"', "client_cert"),
        ('host = "x"\nclient_key = "none"', "client_cert"),
        ('host = "x"\ntls = false\nca_file = "none"', "ca_file"),
        ("port = 1", "host"),
        ("host = ", "config"),
        (f'password = "{SECRET}" host = "x"', "config"),
    ],
)
def test_wrong_values_are_named(home: Path, text: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    flags = in_file(home, text)
    assert refused(flags).key in {key, {"timeout": "request_timeout"}.get(key, key)}
    assert run(("status", "A", "--json", "--config", str(flags.config))) == ExitCode.USAGE
    problem = json.loads(capsys.readouterr().err)
    assert problem["key"] == key
    assert problem["error"].startswith(f"{key}: ")


def test_an_unknown_key_gets_a_suggestion_and_its_file(home: Path) -> None:
    words = str(refused(in_file(home, 'pasword_file = "x"')))
    assert words.startswith("pasword_file: not a setting, in ")
    assert words.endswith("evmeter.toml; did you mean password_file?")


def test_a_named_file_must_be_there(home: Path) -> None:
    assert refused(ConnectionFlags(config=str(home / "none.toml"))).key == "config"
    binary = home / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    assert refused(ConnectionFlags(config=str(binary))).key == "config"


def test_files_are_relative_to_the_configuration(home: Path) -> None:
    write(home / "password", f"{SECRET}\n")
    flags = in_file(home, 'host = "x"\nusername = "me"\npassword_file = "password"')
    assert config(flags).password == SECRET


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_end_of_the_line_is_no_part_of_a_password(home: Path, end: str) -> None:
    file = write(home / "password", f" {SECRET} {end}")
    flags = ConnectionFlags(host="x", username="me", password_file=file)
    assert config(flags).password == f" {SECRET} "


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff", b"x" * 70_000])
def test_what_is_no_password_is_refused(home: Path, content: bytes) -> None:
    file = home / "password"
    file.write_bytes(content)
    assert refused(ConnectionFlags(host="x", username="me", password_file=str(file))).key == "password_file"


def test_the_nearest_secret_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = write(home / "named", "by flag")
    flags = in_file(home, 'host = "x"\nusername = "me"\npassword = "in file"')
    assert config(flags).password == "in file"
    monkeypatch.setenv("EVMETER_PASSWORD", "by variable")
    assert config(flags).password == "by variable"
    assert config(ConnectionFlags(config=flags.config, password_file=named)).password == "by flag"
    monkeypatch.setenv("EVMETER_PASSWORD", "")
    assert config(flags).password == "in file"


def test_without_a_terminal_nobody_is_asked(home: Path) -> None:
    assert config(ConnectionFlags(host="x", username="me")).password is None


def test_others_who_can_read_a_secret_are_warned_of(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f'host = "x"\nusername = "me"\npassword = "{SECRET}"'
    config(in_file(home, text))
    assert capsys.readouterr().err == ""
    config(in_file(home, text, 0o644))
    warning = capsys.readouterr().err
    assert warning.startswith("evmeter: warning: others can read ")
    assert SECRET not in warning
    config(in_file(home, 'host = "x"', 0o644))
    assert capsys.readouterr().err == ""
    file = write(home / "password", SECRET, 0o640)
    config(ConnectionFlags(host="x", username="me", password_file=file))
    assert "others can read" in capsys.readouterr().err


def test_blewifi_takes_user_and_token(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ConnectionFlags(host="x", dialect="blewifi", user_id=USER_ID)
    assert refused(flags).key == "token"
    monkeypatch.setenv("EVMETER_TOKEN", TOKEN.hex())
    assert config(flags).dialect == BlewifiDialect(USER_ID, TOKEN)
    monkeypatch.delenv("EVMETER_TOKEN")
    file = write(home / "token", f"{TOKEN.hex()}\n")
    named = ConnectionFlags(host="x", dialect="blewifi", user_id=USER_ID, token_file=file)
    assert config(named).dialect == BlewifiDialect(USER_ID, TOKEN)
    assert connection(named).charger_ids(["24:0a:c4:00:00:01"]) == ("240AC4000001",)


def test_chargers_are_needed(home: Path) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        connection(HOST).charger_ids([])
    assert caught.value.key == "charger"


async def test_certificates_make_a_context(home: Path) -> None:
    made = await make_certificate(home)
    certificate, key = str(made.certfile), str(made.keyfile)
    context = config(
        ConnectionFlags(host="x", ca_file=certificate, client_cert=certificate, client_key=key)
    ).tls_context
    assert context is not None
    assert context.check_hostname
    assert refused(ConnectionFlags(host="x", ca_file=key)).key == "ca_file"
    assert refused(ConnectionFlags(host="x", client_cert=key, client_key=certificate)).key == "client_cert"


def test_secrets_are_in_no_repr(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVMETER_TOKEN", TOKEN.hex())
    monkeypatch.setenv("EVMETER_PASSWORD", SECRET)
    made = connection(ConnectionFlags(host="x", username="me", dialect="blewifi", user_id=USER_ID))
    layer = ConnectionSettings(password=SECRET, token=TOKEN.hex(), user_id=USER_ID)
    for shown in (repr(made), repr(layer)):
        assert SECRET not in shown
        assert TOKEN.hex() not in shown
        assert USER_ID not in shown
