"""Commands that ask a charger once, on a real broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from evmeter_client import BlewifiDialect, EVMeterConfig, JsonDialect, JsonTopics
from evmeter_client.cli.app import run
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.simulator.broker import Broker, BrokerSettings, free_port, running_broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault
from tests.client.certificates import make_certificate
from tests.client.cli.command import Cli
from tests.client.peers import CHARGER, Device
from tests.client.test_blewifi import TOKEN, USER_ID

pytestmark = pytest.mark.usefixtures("sockets")

OTHER = "240AC4000002"
PASSWORD = "correct horse battery staple"


@pytest.fixture
async def gateway(config: EVMeterConfig, device: Device) -> AsyncIterator[ChargerGateway]:
    async with ChargerGateway(config, device) as gateway:
        yield gateway


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.mark.usefixtures("gateway")
async def test_status_prints_what_the_charger_tells(connected: Cli) -> None:
    finished = await connected.run("status", CHARGER)
    assert (finished.code, finished.err) == (ExitCode.OK, "")
    shown = {
        name.strip(): value.strip()
        for name, _, value in (row.partition("  ") for row in finished.out.splitlines())
    }
    assert finished.out.startswith(f"{CHARGER}\n")
    assert shown["charging state"] == "charging_3_phase"
    assert shown["currents"] == "15.5 15.7 15.5 A"
    assert shown["session energy"] == "1234 Wh"
    assert shown["limit"] == "unlimited"


@pytest.mark.usefixtures("gateway")
async def test_status_in_json_has_the_names_of_the_protocol(connected: Cli, device: Device) -> None:
    finished = await connected.run("status", CHARGER, "--json")
    (document,) = finished.documents
    status, metrics = document["status"], document["metrics"]
    assert isinstance(status, dict)
    assert isinstance(metrics, dict)
    assert status["ev_status"] == "wants_to_charge"
    assert status["wifi_network"] == "home5"
    assert metrics["voltages"] == [230.0, 231.25, 229.5]
    assert metrics["power_w"] == pytest.approx(device.present.metrics.power_w)
    assert document["limits"] is None


@pytest.mark.usefixtures("gateway")
async def test_one_silent_charger_does_not_hide_the_others(connected: Cli) -> None:
    finished = await connected.run("status", OTHER, CHARGER, "--json", "--timeout", "1")
    assert finished.code == ExitCode.TIMEOUT
    assert [document["charger_id"] for document in finished.documents] == [CHARGER]
    assert finished.problems == [
        {
            "error": f"{OTHER} did not answer get_reading within 1 s",
            "kind": "timeout",
            "exit_code": 5,
            "charger_id": OTHER,
        }
    ]


@pytest.mark.usefixtures("gateway")
async def test_chargers_come_from_environment_and_file(connected: Cli, home: Path) -> None:
    by_variable = await connected.having(EVMETER_CHARGERS=f"{CHARGER} {CHARGER}").run("status", "--json")
    assert len(by_variable.documents) == 1
    file = home / "evmeter.toml"
    file.write_text(f'chargers = ["{CHARGER}"]')
    assert (await connected.run("status", "--config", str(file))).code == ExitCode.OK
    nobody = await connected.run("status")
    assert (nobody.code, nobody.err) == (ExitCode.USAGE, "evmeter: charger: name at least one charger\n")


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("given", "requested", "applied"),
    [(("16", "16", "10.5"), (16.0, 16.0, 10.5), "16/16/10"), (("8",), (8.0, 8.0, 8.0), "8/8/8")],
)
async def test_set_limits(
    connected: Cli, device: Device, given: tuple[str, ...], requested: tuple[float, ...], applied: str
) -> None:
    finished = await connected.run("set-limits", CHARGER, *given, "--ttl", "60")
    assert (finished.code, finished.out) == (ExitCode.OK, f"{CHARGER}: {applied} A for 60 s\n")
    assert device.commands == [(requested, 60.0)]


@pytest.mark.usefixtures("gateway")
async def test_set_limits_in_json(connected: Cli, device: Device) -> None:
    finished = await connected.run("set-limits", CHARGER, "6.9", "0", "0", "--json")
    assert finished.documents == [
        {"charger_id": CHARGER, "requested": [6.9, 0.0, 0.0], "limits": [6.0, 0.0, 0.0], "ttl": None}
    ]
    assert device.commands == [((6.9, 0.0, 0.0), None)]


@pytest.mark.usefixtures("gateway")
async def test_a_refusal_has_the_charger_s_own_code(connected: Cli, device: Device) -> None:
    finished = await connected.run("set-limits", CHARGER, "40", "--json")
    assert finished.code == ExitCode.FAILED
    assert finished.out == ""
    assert finished.problems == [
        {"error": "out_of_range: at most 32 A", "kind": "failed", "exit_code": 1, "code": "out_of_range"}
    ]
    in_words = await connected.run("set-limits", CHARGER, "40")
    assert in_words.err == "evmeter: out_of_range: at most 32 A\n"
    assert device.commands == []


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    "limits", [("6", "6"), ("6", "6", "6", "6"), ("-1",), ("81",), ("nan",), ("six",), ("6", "--ttl", "0")]
)
async def test_wrong_limits_are_not_sent(connected: Cli, device: Device, limits: tuple[str, ...]) -> None:
    finished = await connected.run("set-limits", CHARGER, *limits)
    assert (finished.code, finished.out) == (ExitCode.USAGE, "")
    assert finished.err.count("\n") == 1
    assert device.commands == []


async def test_an_answer_that_is_noise_is_refused(connected: Cli, gateway: ChargerGateway) -> None:
    gateway.fault = Fault.GARBAGE
    finished = await connected.run("status", CHARGER, "--timeout", "0.5", "--json")
    assert finished.code == ExitCode.TIMEOUT
    assert "Dropped a message" in str(finished.problems[0]["warning"])
    assert finished.problems[1]["kind"] == "timeout"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", ["status A", "watch A", "monitor A", "set-limits A 6", "simulate"])
def test_no_broker(capsys: pytest.CaptureFixture[str], command: str) -> None:
    port = free_port()
    flags = ("--host", "127.0.0.1", "--no-tls", "--port", str(port))
    assert run((*command.split(), *flags)) == ExitCode.CONNECTION
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"evmeter: cannot connect to 127.0.0.1:{port} without TLS")
    assert captured.err.count("\n") == 1


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", ["status", "watch", "monitor"])
def test_a_wrong_id_is_found_before_connecting(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run((command, "a/b", "--json", "--host", "127.0.0.1")) == ExitCode.USAGE
    assert json.loads(capsys.readouterr().err)["key"] == "charger"


async def test_passwords_and_who_may_not_come_in(cli: Cli, home: Path, config: EVMeterConfig) -> None:
    async with running_broker(BrokerSettings(username="me", password=PASSWORD)) as broker:
        account = cli.having(
            EVMETER_HOST=broker.host,
            EVMETER_PORT=str(broker.port),
            EVMETER_TLS="false",
            EVMETER_USERNAME="me",
        )
        own = replace(config, port=broker.port, username="me", password=PASSWORD)
        async with ChargerGateway(own, Device()):
            refused = await account.having(EVMETER_PASSWORD="wrong").run("status", CHARGER, "--json")
            assert refused.code == ExitCode.AUTHENTICATION
            assert refused.problems[0]["kind"] == "authentication"
            by_variable = await account.having(EVMETER_PASSWORD=PASSWORD).run("status", CHARGER)
            file = home / "password"
            file.write_text(f"{PASSWORD}\n")
            file.chmod(0o600)
            by_file = await account.run("status", CHARGER, "--password-file", str(file))
        for finished in (by_variable, by_file):
            assert (finished.code, finished.err) == (ExitCode.OK, "")
            assert PASSWORD not in finished.out


async def test_tls_verifies_the_broker(cli: Cli, home: Path, config: EVMeterConfig) -> None:
    certificate = await make_certificate(home)
    settings = BrokerSettings(certfile=certificate.certfile, keyfile=certificate.keyfile)
    async with running_broker(settings) as broker:
        environment = cli.having(EVMETER_HOST=broker.host, EVMETER_PORT=str(broker.port))
        stranger = await environment.run("status", CHARGER)
        assert stranger.code == ExitCode.CONNECTION
        assert "with TLS" in stranger.err
        trusted = await environment.run(
            "status", CHARGER, "--ca-file", str(certificate.certfile), "--timeout", "0.5"
        )
        assert trusted.code == ExitCode.TIMEOUT  # connected, but there is no charger


async def test_blewifi_reads_and_never_limits(
    connected: Cli, broker: Broker, config: EVMeterConfig, device: Device
) -> None:
    own = replace(config, dialect=BlewifiDialect(USER_ID, TOKEN))
    user = connected.having(EVMETER_DIALECT="blewifi", EVMETER_USER_ID=USER_ID, EVMETER_TOKEN=TOKEN.hex())
    async with ChargerGateway(own, device):
        read = await user.run("status", "24:0a:c4:00:00:01", "--json")
        limited = await user.run("set-limits", CHARGER, "6", "--json")
    assert read.documents[0]["charger_id"] == CHARGER
    assert limited.code == ExitCode.USAGE
    assert "cannot set_limits" in json.loads(limited.err)["error"]
    for finished in (read, limited):
        assert USER_ID not in finished.out + finished.err
        assert TOKEN.hex() not in finished.out + finished.err


async def test_own_topics(connected: Cli, broker: Broker, config: EVMeterConfig, device: Device) -> None:
    topics = {f"{name}_topic": f"site/{{charger_id}}/{name}" for name in ("command", "response", "state")}
    own = replace(config, dialect=JsonDialect(JsonTopics.from_options(topics)))
    flags = [part for key, value in topics.items() for part in (f"--{key.replace('_', '-')}", value)]
    async with ChargerGateway(own, device):
        assert (await connected.run("status", CHARGER, *flags)).code == ExitCode.OK
        assert (await connected.run("status", CHARGER, "--timeout", "0.5")).code == ExitCode.TIMEOUT
