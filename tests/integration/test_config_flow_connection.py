"""A charger's connection is tried in the flow: real brokers, and chargers that behave or do not."""

import asyncio
import json
from functools import partial
from typing import Final

import aiomqtt
import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.chargers import evmeter
from evmeter_client import BlewifiDialect, EVMeterConfig
from evmeter_client.simulator import SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker, free_port
from evmeter_client.simulator.gateway import ChargerGateway, Fault

from .charger_flows import (
    PASSWORD,
    USERNAME,
    connection,
    gateway,
    only_charger,
    start,
    stored,
    submit,
)
from .flows import LIMITS, site, suggestions

pytestmark = pytest.mark.usefixtures("socket_enabled")

USER_ID: Final = "6f1c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"
TOKEN: Final = "0a" * 48


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A charger that does not answer on this machine within half a second never will."""
    monkeypatch.setattr(evmeter, "EVMeterConfig", partial(EVMeterConfig, request_timeout=0.5))
    monkeypatch.setattr(evmeter, "ANNOUNCED_WITHIN", 0.5)


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """A site without chargers."""
    return site(hass)


async def test_evmeter_charger(hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker) -> None:
    """A charger on a broker with a password; it is read once before the step ends."""
    async with gateway(locked_broker) as charger:
        result = await start(hass, entry, "evmeter")
        assert result["step_id"] == "evmeter"
        assert suggestions(result["data_schema"]) == {"port": "8883", "tls": True, "dialect": "json"}

        result = await submit(hass, result, **connection(locked_broker, host=f" {locked_broker.host} "))
        assert (result["step_id"], charger.requests) == ("limits", 1)

    result = await submit(hass, result, **LIMITS)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "EV-Meter garage")
    assert only_charger(entry).data == stored(locked_broker)
    assert only_charger(entry).unique_id == "garage"


async def test_vendor_charger(hass: HomeAssistant, entry: MockConfigEntry, broker: Broker) -> None:
    """A charger as the vendor ships it needs the user's id and token; both are asked for at their fields."""
    config = EVMeterConfig(
        host=broker.host,
        port=broker.port,
        tls=False,
        dialect=BlewifiDialect(USER_ID, bytes.fromhex(TOKEN)),
    )
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id="240AC4000001"))
    answers: dict[str, object] = {
        "host": broker.host,
        "port": broker.port,
        "tls": False,
        "charger_id": "garage",
        "dialect": "blewifi",
    }
    async with ChargerGateway(config, charger):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **answers)
        assert result["errors"] == {
            "charger_id": "invalid_charger_id",
            "user_id": "required",
            "token": "required",
        }
        answers["charger_id"] = "240AC4000001"
        result = await submit(hass, result, **answers, user_id="me", token=TOKEN)
        assert result["errors"] == {"user_id": "invalid_value"}
        result = await submit(hass, result, **answers, user_id=USER_ID, token="00")
        assert result["errors"] == {"token": "invalid_value"}
        result = await submit(hass, result, **answers, user_id=USER_ID, token=TOKEN)
        assert result["step_id"] == "limits"
    await submit(hass, result, **LIMITS)
    assert only_charger(entry).data["token"] == TOKEN


async def test_refused_port_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """Nobody listens there: said above the form, and what was typed stays."""
    async with gateway(locked_broker):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(locked_broker, port=free_port()))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "cannot_connect"})
        filled_in = suggestions(result["data_schema"])
        assert (filled_in["host"], filled_in["tls"], filled_in["charger_id"]) == (
            locked_broker.host,
            False,
            "garage",
        )

        result = await submit(hass, result, **connection(locked_broker))
        assert result["step_id"] == "limits"


async def test_plaintext_broker_is_no_tls_broker(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """Encryption that the broker does not speak is a connection that fails, not one without it."""
    result = await start(hass, entry, "evmeter")
    result = await submit(hass, result, **connection(locked_broker, tls=True))
    assert result["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize(
    "credentials", [{"password": "wrong"}, {"username": "nobody"}, {"username": "", "password": ""}]
)
async def test_wrong_credentials_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker, credentials: dict[str, str]
) -> None:
    """The broker refuses: said as such, not as a charger that is away."""
    async with gateway(locked_broker):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(locked_broker, **credentials))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "invalid_auth"})
        result = await submit(hass, result, **connection(locked_broker))
        assert result["step_id"] == "limits"


async def test_silent_charger_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """A charger that is there and does not answer is not an unknown one."""
    async with gateway(locked_broker, fault=Fault.SILENT) as charger:
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(locked_broker))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "timeout"})
        charger.fault = None
        result = await submit(hass, result, **connection(locked_broker))
        assert result["step_id"] == "limits"


async def test_unknown_charger_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """Nobody of that name was ever at this locked_broker."""
    async with gateway(locked_broker):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(locked_broker, charger_id="grage"))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"charger_id": "unknown_charger"})
        result = await submit(hass, result, **connection(locked_broker))
        assert result["step_id"] == "limits"


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.TRUNCATED])
async def test_garbage_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker, fault: Fault
) -> None:
    """Noise is no answer: the client drops it, and none comes."""
    async with gateway(locked_broker, fault=fault) as charger:
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(locked_broker))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "timeout"})
        charger.fault = None
        result = await submit(hass, result, **connection(locked_broker))
        assert result["step_id"] == "limits"


async def test_invalid_answer_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """An answer to our request that is no reading: the charger speaks something else."""
    async with aiomqtt.Client(
        locked_broker.host,
        locked_broker.port,
        username=USERNAME,
        password=PASSWORD,
        protocol=aiomqtt.ProtocolVersion.V311,
    ) as stranger:
        await stranger.subscribe("evmeter/garage/command", qos=1)

        async def answer_nonsense() -> None:
            async for message in stranger.messages:
                request = json.loads(str(message.payload, "utf-8"))
                answer = {"v": 1, "id": request["id"], "ok": True, "result": {"status": "fine"}}
                await stranger.publish("evmeter/garage/response", json.dumps(answer))

        answering = asyncio.create_task(answer_nonsense())
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(locked_broker))
        answering.cancel()
        await asyncio.wait([answering])
    assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "protocol"})

    async with gateway(locked_broker):
        result = await submit(hass, result, **connection(locked_broker))
    assert result["step_id"] == "limits"


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"host": "no such host"}, {"host": "invalid_host"}),
        ({"host": " "}, {"host": "required"}),
        ({"port": "mqtt"}, {"port": "invalid_number"}),
        ({"port": 0}, {"port": "out_of_range"}),
        ({"port": 70000}, {"port": "out_of_range"}),
        ({"charger_id": "garage/1"}, {"charger_id": "invalid_charger_id"}),
        ({"charger_id": ""}, {"charger_id": "required"}),
        ({"username": ""}, {"username": "invalid_value"}),
        (
            {"host": "", "port": "x", "charger_id": "+"},
            {"host": "required", "port": "invalid_number", "charger_id": "invalid_charger_id"},
        ),
    ],
)
async def test_bad_connection(
    hass: HomeAssistant, entry: MockConfigEntry, answers: dict[str, object], errors: dict[str, str]
) -> None:
    """What cannot be a connection is not tried; every bad value is said at its field."""
    nowhere = Broker("mosquitto", (), free_port())
    result = await start(hass, entry, "evmeter")
    result = await submit(hass, result, **connection(nowhere, **answers))
    assert (result["step_id"], result["errors"]) == ("evmeter", errors)
