"""What a person at a terminal sees: a question for the password, and live tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evmeter_client import EVMeterConfig
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.simulator.broker import BrokerSettings, running_broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.cli.command import Cli
from tests.client.cli.terminal import at_terminal
from tests.client.peers import CHARGER, Device

pytestmark = pytest.mark.usefixtures("sockets")

PASSWORD = "correct horse battery staple"
CTRL_C = "\x03"


async def test_a_password_is_asked_for_and_not_shown(cli: Cli, config: EVMeterConfig) -> None:
    async with running_broker(BrokerSettings(username="me", password=PASSWORD)) as broker:
        plain = cli.having(EVMETER_HOST=broker.host, EVMETER_PORT=str(broker.port), EVMETER_TLS="false")
        own = replace(config, port=broker.port, username="me", password=PASSWORD)
        async with (
            ChargerGateway(own, Device()),
            at_terminal(plain, "status", CHARGER, "--username", "me") as seat,
        ):
            await seat.see(f"Password of me at {broker.host}: ")
            seat.type(f"{PASSWORD}\n")
            code = await seat.end()
    assert code == ExitCode.OK
    assert "charging_3_phase" in seat.text
    assert PASSWORD not in seat.text


async def test_ctrl_c_at_the_question_ends_it(cli: Cli) -> None:
    async with at_terminal(cli, "status", CHARGER, "--username", "me", "--host", "127.0.0.1") as seat:
        await seat.see("Password of me")
        seat.type(CTRL_C)
        assert await seat.end() == ExitCode.INTERRUPTED
    assert "Traceback" not in seat.text


async def test_watch_is_a_live_table(connected: Cli, config: EVMeterConfig) -> None:
    arguments = ("watch", CHARGER, "SILENT", "--timeout", "1", "-i", "0.3")
    async with ChargerGateway(config, Device()), at_terminal(connected, *arguments) as seat:
        await seat.see("waiting")
        await seat.see("15.5/15.7/15.5")
        await seat.see("SILENT did not answer get_reading within 1 s")
        seat.type(CTRL_C)
        assert await seat.end() == ExitCode.INTERRUPTED
    assert "Traceback" not in seat.text
    assert seat.text.rindex("\x1b[?25h") > seat.text.rindex("\x1b[?25l")  # the cursor is shown again


async def test_simulate_is_a_live_table(connected: Cli) -> None:
    async with at_terminal(connected, "simulate", "--charger-id", CHARGER) as seat:
        await seat.see(f"simulated charger {CHARGER}")
        await seat.see("16 16 16 A")
        seat.type(CTRL_C)
        assert await seat.end() == ExitCode.INTERRUPTED
    assert "Traceback" not in seat.text
