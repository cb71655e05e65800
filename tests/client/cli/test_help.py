"""What the command line says about itself."""

import re
from pathlib import Path

import pytest

import evmeter_client
from evmeter_client.cli.app import run
from evmeter_client.cli.exit_codes import MEANINGS, ExitCode

pytestmark = pytest.mark.usefixtures("home")

COMMANDS = ("status", "watch", "set-limits", "decode", "monitor", "simulate")
NETWORKED = tuple(name for name in COMMANDS if name != "decode")
CONNECTION_FLAGS = (
    "--config", "--host", "--port", "--tls", "--ca-file", "--client-cert", "--client-key", "--username",
    "--password-file", "--mqtt-version", "--qos", "--timeout", "--dialect", "--user-id", "--token-file",
    "--command-topic", "--response-topic", "--state-topic", "--availability-topic",
)  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(arguments) == ExitCode.OK
    return capsys.readouterr().out


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_help_names_every_command_and_exit_status(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    text = " ".join(shown(capsys, *arguments).split())
    for name in COMMANDS:
        assert name in text
    for code, meaning in MEANINGS.items():
        assert f"{code.value} {meaning}" in text


def test_every_exit_status_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text = shown(capsys, name, "--help")
    assert "--json" in text
    assert f"Usage: evmeter {name} " in text


@pytest.mark.parametrize("name", NETWORKED)
def test_every_connection_flag_has_a_variable(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text = shown(capsys, name, "--help")
    for flag in CONNECTION_FLAGS:
        variable = f"EVMETER_{flag.removeprefix('--').replace('-', '_').upper()}"
        assert re.search(rf"{flag} ", text)
        assert f"[env var: {variable}]" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_no_flag_takes_a_secret(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text = shown(capsys, name, "--help")
    assert not re.search(r"--(password|token)(?!-file)", text)


@pytest.mark.parametrize("flag", ["--password", "--token"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    # A prefix of a flag is no flag either: --password must not become --password-file.
    for arguments in ((flag, "hunter2"), (f"{flag}=hunter2",)):
        assert run(("status", "A", "--host", "127.0.0.1", *arguments)) == ExitCode.USAGE
        captured = capsys.readouterr()
        assert "hunter2" not in captured.out + captured.err
        assert captured.err.count("\n") == 1


def test_the_version_is_the_library_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "--version") == f"evmeter {evmeter_client.__version__}\n"


def test_the_version_is_no_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVMETER_VERSION", "1")
    assert "Usage: evmeter decode" in shown(capsys, "decode", "--help")


def test_flags_of_a_command_have_variables_with_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[env var: EVMETER_WATCH_INTERVAL]" in shown(capsys, "watch", "--help")
    assert "[env var: EVMETER_SET_LIMITS_TTL]" in shown(capsys, "set-limits", "--help")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("status", "--hots", "x"),
        ("status", "--port", "many"),
        ("set-limits", "A"),
        ("set-limits", "A", "6", "--ttl", "soon"),
        ("watch", "A", "--interval", "0"),
        ("simulate", "--phases", "4"),
    ],
)
def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert run(arguments) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("evmeter: ")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("by_variable", [False, True])
def test_wrong_usage_is_json_where_json_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, by_variable: bool
) -> None:
    if by_variable:
        monkeypatch.setenv("EVMETER_JSON", "true")
    assert run(("status", "--hots", *(() if by_variable else ("--json",)))) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert err.startswith('{"error": ')
    assert '"kind": "usage", "exit_code": 2' in err


def test_the_readme_lists_the_exit_statuses() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in readme
