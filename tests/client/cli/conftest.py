"""A command line without the settings of whoever runs the tests."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from evmeter_client.simulator.broker import Broker
from tests.client.cli.command import Cli


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Let commands hear Ctrl-C: what a shell starts in the background, these tests perhaps, ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty home, and take every setting out of the environment."""
    for name in [name for name in os.environ if name.startswith("EVMETER_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setenv("COLUMNS", "200")
    return folder


@pytest.fixture
def cli(home: Path) -> Cli:
    """Give a command line without any setting."""
    return Cli(dict(os.environ))


@pytest.fixture
def connected(cli: Cli, broker: Broker) -> Cli:
    """Give a command line whose environment names the broker."""
    return cli.having(EVMETER_HOST=broker.host, EVMETER_PORT=str(broker.port), EVMETER_TLS="false")
