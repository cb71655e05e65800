"""Commands that go on until something ends them: an interrupt, a reader who leaves, a missing library."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from evmeter_client import EVMeterClient, EVMeterConfig
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.cli.command import ROOT, TIMEOUT, Cli
from tests.client.peers import CHARGER, Device

pytestmark = pytest.mark.usefixtures("sockets")

BLOCKED = """
import sys
blocked = sys.argv[1]
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
sys.argv = ["evmeter", "--help"]
from evmeter_client.cli import main
sys.exit(main())
"""
LIBRARY_ALONE = """
import sys
import evmeter_client, evmeter_client.simulator.gateway, evmeter_client.cli
print(sorted({name.partition(".")[0] for name in sys.modules} & {"typer", "rich", "click", "pydantic"}))
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
async def gateway(config: EVMeterConfig) -> AsyncIterator[ChargerGateway]:
    async with ChargerGateway(config, Device()) as gateway:
        yield gateway


@pytest.mark.parametrize("library", ["typer", "rich"])
def test_without_the_extra_one_line_says_what_to_install(library: str) -> None:
    finished = python(BLOCKED, library)
    assert finished.returncode == ExitCode.USAGE
    assert finished.stdout == ""
    assert (
        finished.stderr == f"evmeter: {library} is missing; install it with: pip install 'aioevmeter[cli]'\n"
    )


def test_another_missing_module_is_not_hidden() -> None:
    finished = python(BLOCKED, "aiomqtt")
    assert finished.returncode == 1
    assert "No module named 'aiomqtt'" in finished.stderr


def test_the_library_does_not_import_what_the_command_line_needs() -> None:
    assert python(LIBRARY_ALONE).stdout == "[]\n"


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
)
@pytest.mark.parametrize("command", [("watch", CHARGER), ("monitor", CHARGER), ("simulate",)])
async def test_a_signal_ends_it_quietly(
    connected: Cli, command: tuple[str, ...], number: signal.Signals, code: ExitCode
) -> None:
    async with connected.running(*command) as running:
        assert await running.line()
        running.signal(number)
        finished = await running.end()
    assert (finished.code, finished.err) == (code, "")


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    "command",
    [("watch", CHARGER, "-i", "0.1"), ("watch", CHARGER, "-i", "0.1", "--json"), ("monitor", CHARGER)],
)
async def test_a_reader_who_leaves_ends_it_quietly(connected: Cli, command: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    async with connected.running(*command, stdout=writing) as running:
        os.close(writing)
        assert await asyncio.to_thread(os.read, reading, 1)
        os.close(reading)
        if command[0] == "monitor":
            assert (await connected.run("status", CHARGER)).code == ExitCode.OK  # something to hear
        finished = await running.end()
    assert (finished.code, finished.err) == (ExitCode.CLOSED_PIPE, "")


@pytest.mark.parametrize("arguments", ["--version", "decode online offline", "decode --json online offline"])
def test_output_that_nobody_reads_is_no_error(cli: Cli, arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [sys.executable, "-m", "evmeter_client.cli", *arguments.split()],
        cwd=ROOT, env=dict(cli.environment), stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (finished.returncode, finished.stderr) == (ExitCode.CLOSED_PIPE, b"")


@pytest.mark.usefixtures("gateway")
async def test_watch_ends_after_so_many_readings(connected: Cli) -> None:
    finished = await connected.run("watch", CHARGER, "-n", "3", "-i", "0.1", "--json")
    assert (finished.code, finished.err) == (ExitCode.OK, "")
    assert [document["charger_id"] for document in finished.documents] == [CHARGER] * 3
    assert {document["pushed"] for document in finished.documents} == {True, False}


async def test_watch_shows_what_is_pushed_and_what_goes_wrong(
    connected: Cli, broker: Broker, config: EVMeterConfig
) -> None:
    flags = ("--json", "--interval", "60", "--timeout", "1")
    async with (
        ChargerGateway(config, Device()),
        EVMeterClient(config) as client,
        connected.running("watch", CHARGER, *flags) as running,
    ):
        for _ in range(2):  # the retained reading, and the answer to the first question
            assert (await running.document())["limits"] is None
        await client.set_current_limits(CHARGER, (7.0, 7.0, 7.0))
        pushed = await running.document()
        assert (pushed["limits"], pushed["pushed"]) == ([7.0, 7.0, 7.0], True)
        await broker.stop()
        await broker.start()
        assert (await running.document())["pushed"]  # it has connected again
        running.signal(signal.SIGINT)
        finished = await running.end()
    assert finished.code == ExitCode.INTERRUPTED
    assert "Not connected to" in str(finished.problems[0]["warning"])


async def test_watch_goes_on_without_an_answer(connected: Cli) -> None:
    async with connected.running("watch", CHARGER, "--timeout", "0.2", "-i", "0.1", "--json") as running:
        await asyncio.sleep(2)
        running.signal(signal.SIGINT)
        finished = await running.end()
    assert finished.code == ExitCode.INTERRUPTED
    assert finished.out == ""
    assert len(finished.problems) >= 2
    assert finished.problems[0]["charger_id"] == CHARGER
    assert finished.problems[0]["kind"] == "timeout"


async def test_a_simulated_charger_obeys_and_says_goodbye(connected: Cli, config: EVMeterConfig) -> None:
    flags = ("--charger-id", CHARGER, "--fallback", "8", "--maximum", "20", "--car-phases", "1")
    async with connected.running("simulate", *flags, "--json") as running:
        first = await running.document()
        assert (first["limits"], first["connected"]) == ([20.0, 20.0, 20.0], True)
        async with EVMeterClient(config) as client:
            available = client.subscribe_availability(CHARGER)
            assert await anext(available)
            assert await client.set_current_limits(CHARGER, (10.0, 10.0, 10.0), ttl=0.5) == (10.0, 10.0, 10.0)
            shown = await running.document()
            while shown["watchdog_falls"] == 0 or shown["limits"] != [8.0, 8.0, 8.0]:
                shown = await running.document()
            assert shown["commands"] == 1
            running.signal(signal.SIGINT)
            async with asyncio.timeout(TIMEOUT):
                assert not await anext(available)
            await available.aclose()
        assert (await running.end()).code == ExitCode.INTERRUPTED


async def test_a_simulation_has_its_time(connected: Cli) -> None:
    finished = await connected.run("simulate", "--duration", "1", "--phases", "1", "--no-car", "--json")
    assert (finished.code, finished.err) == (ExitCode.OK, "")
    status = finished.documents[0]["status"]
    assert isinstance(status, dict)
    assert (status["phase_type"], status["ev_status"]) == ("single_phase", "not_connected")


@pytest.mark.parametrize(
    ("flags", "key"),
    [(("--phases", "2"), "phases"), (("--fallback", "30"), "fallback"), (("--charger-id", "/"), "charger")],
)
async def test_what_cannot_be_simulated(connected: Cli, flags: tuple[str, ...], key: str) -> None:
    finished = await connected.run("simulate", *flags, "--json")
    assert finished.code == ExitCode.USAGE
    assert finished.problems[0]["key"] == key


def test_the_script_is_declared() -> None:
    assert 'evmeter = "evmeter_client.cli:main"' in (Path(ROOT) / "pyproject.toml").read_text()
