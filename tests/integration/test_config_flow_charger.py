"""The flow that adds a charger: real brokers and chargers that behave, or do not."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from types import MappingProxyType
from typing import Final

import aiomqtt
import pytest
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigSubentry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.chargers import evmeter
from custom_components.evmeter.const import SUBENTRY_CHARGER
from evmeter_client import BlewifiDialect, EVMeterConfig
from evmeter_client.simulator import SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker, BrokerSettings, free_port, running_broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault

from .flows import LIMITS, SIMULATED_CHARGER, site, suggestions

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled")

USERNAME: Final = "house"
PASSWORD: Final = "open sesame"
USER_ID: Final = "6f1c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"
TOKEN: Final = "0a" * 48


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A charger that does not answer on this machine within half a second never will."""
    monkeypatch.setattr(evmeter, "EVMeterConfig", partial(EVMeterConfig, request_timeout=0.5))
    monkeypatch.setattr(evmeter, "ANNOUNCED_WITHIN", 0.5)


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    """Run a broker that wants a user name and a password."""
    async with running_broker(BrokerSettings(username=USERNAME, password=PASSWORD)) as running:
        yield running


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """A site without chargers."""
    return site(hass)


def gateway(broker: Broker, charger_id: str = "garage", fault: Fault | None = None) -> ChargerGateway:
    """Put a charger on the broker."""
    config = EVMeterConfig(
        host=broker.host, port=broker.port, tls=False, username=USERNAME, password=PASSWORD
    )
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id=charger_id))
    return ChargerGateway(config, charger, fault=fault)


def connection(broker: Broker, **changes: object) -> dict[str, object]:
    """What the user types to reach the charger in the garage."""
    return {
        "host": broker.host,
        "port": broker.port,
        "tls": False,
        "username": USERNAME,
        "password": PASSWORD,
        "charger_id": "garage",
        "dialect": "json",
        **changes,
    }


def stored(broker: Broker, **changes: str) -> dict[str, str]:
    """What is stored of the charger in the garage."""
    return {
        "charger": "evmeter",
        "host": broker.host,
        "port": str(broker.port),
        "tls": "false",
        "username": USERNAME,
        "password": PASSWORD,
        "charger_id": "garage",
        "dialect": "json",
        **LIMITS,
        **changes,
    }


async def start(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> SubentryFlowResult:
    """Start adding a charger of one kind."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
    )
    assert result["step_id"] == "user"
    return await submit(hass, result, charger=kind)


async def change(hass: HomeAssistant, entry: MockConfigEntry, charger: ConfigSubentry) -> SubentryFlowResult:
    """Start changing a charger."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": charger.subentry_id},
    )


async def submit(hass: HomeAssistant, result: SubentryFlowResult, **answers: object) -> SubentryFlowResult:
    """Fill in the form and send it."""
    return await hass.config_entries.subentries.async_configure(result["flow_id"], answers)


def add_charger(
    hass: HomeAssistant, entry: MockConfigEntry, title: str, data: dict[str, str]
) -> ConfigSubentry:
    """Give the site a charger that was added earlier."""
    charger = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type=SUBENTRY_CHARGER,
        title=title,
        unique_id=data.get("charger_id"),
    )
    hass.config_entries.async_add_subentry(entry, charger)
    return charger


def only_charger(entry: MockConfigEntry) -> ConfigSubentry:
    """The charger of a site that has one."""
    (charger,) = entry.subentries.values()
    return charger


async def test_simulated_charger(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A charger out of nothing in three forms."""
    result = await start(hass, entry, "simulated")
    assert result["step_id"] == "simulated"
    assert suggestions(result["data_schema"]) == {"car_phases": "3", "car_current": "16"}

    result = await submit(hass, result, car_phases="1", car_current=10)
    assert (result["step_id"], suggestions(result["data_schema"])) == ("limits", LIMITS)

    result = await submit(hass, result, **LIMITS)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Simulated charger")
    charger = only_charger(entry)
    assert charger.data == SIMULATED_CHARGER | {"car_phases": "1", "car_current": "10"}
    assert charger.unique_id is None


async def test_two_simulated_chargers(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Nothing makes one simulated charger the same as another."""
    for _ in range(2):
        result = await start(hass, entry, "simulated")
        result = await submit(hass, result, car_phases="3", car_current=16)
        await submit(hass, result, **LIMITS)
    assert len(entry.subentries) == 2


@pytest.mark.parametrize(
    ("current", "error"), [("abc", "invalid_number"), (5, "out_of_range"), ("nan", "invalid_number")]
)
async def test_bad_car_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, current: object, error: str
) -> None:
    """A car that takes nonsense is said at its field."""
    result = await start(hass, entry, "simulated")
    result = await submit(hass, result, car_phases="3", car_current=current)
    assert (result["step_id"], result["errors"]) == ("simulated", {"car_current": error})
    result = await submit(hass, result, car_phases="3", car_current=16)
    assert result["step_id"] == "limits"


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"min_current": "5"}, {"min_current": "out_of_range"}),
        ({"min_current": "six"}, {"min_current": "invalid_number"}),
        ({"max_current": "0"}, {"max_current": "out_of_range"}),
        ({"max_current": 1000}, {"max_current": "out_of_range"}),
        ({"priority": "0"}, {"priority": "out_of_range"}),
        ({"priority": "1.5"}, {"priority": "invalid_number"}),
        ({"fallback_current": "3"}, {"fallback_current": "out_of_range"}),
        ({"fallback_current": "nan"}, {"fallback_current": "invalid_number"}),
        (
            {"min_current": "x", "max_current": "y", "priority": "z"},
            {"min_current": "invalid_number", "max_current": "invalid_number", "priority": "invalid_number"},
        ),
    ],
)
async def test_bad_limits_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, answers: dict[str, object], errors: dict[str, str]
) -> None:
    """Every bad value is said at its own field, all at once, and what was typed stays."""
    result = await start(hass, entry, "simulated")
    result = await submit(hass, result, car_phases="3", car_current=16)
    result = await submit(hass, result, **{**LIMITS, **answers})
    assert (result["step_id"], result["errors"]) == ("limits", errors)
    assert suggestions(result["data_schema"]) == {
        key: str(value) for key, value in {**LIMITS, **answers}.items()
    }

    result = await submit(hass, result, **LIMITS | {"fallback_current": "0", "wiring": "L2,L3,L1"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert only_charger(entry).data["fallback_current"] == "0"
    assert only_charger(entry).data["wiring"] == "L2,L3,L1"


async def test_wirings(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Every way to wire one, two or three terminals is offered; one phase leaves one."""
    result = await start(hass, entry, "simulated")
    result = await submit(hass, result, car_phases="3", car_current=16)
    schema = result["data_schema"]
    assert schema is not None
    options = schema.schema["wiring"].config["options"]
    assert len({option["value"] for option in options}) == 15
    assert options[0] == {"value": "L1,L2,L3", "label": "L1 → L1, L2 → L2, L3 → L3"}
    assert {"value": "L3", "label": "L1 → L3"} in options

    one_phase = site(hass, "simulated-2", seed="2", phases="1")
    result = await start(hass, one_phase, "simulated")
    result = await submit(hass, result, car_phases="1", car_current=16)
    schema = result["data_schema"]
    assert schema is not None
    assert schema.schema["wiring"].config["options"] == [{"value": "L1", "label": "L1 → L1"}]
    assert suggestions(schema)["wiring"] == "L1"


async def test_evmeter_charger(hass: HomeAssistant, entry: MockConfigEntry, broker: Broker) -> None:
    """A charger on a broker with a password; it is read once before the step ends."""
    async with gateway(broker) as charger:
        result = await start(hass, entry, "evmeter")
        assert result["step_id"] == "evmeter"
        assert suggestions(result["data_schema"]) == {"port": "8883", "tls": True, "dialect": "json"}

        result = await submit(hass, result, **connection(broker, host=f" {broker.host} "))
        assert (result["step_id"], charger.requests) == ("limits", 1)

    result = await submit(hass, result, **LIMITS)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "EV-Meter garage")
    assert only_charger(entry).data == stored(broker)
    assert only_charger(entry).unique_id == "garage"


async def test_vendor_charger(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A charger as the vendor ships it needs the user's id and token; both are asked for at their fields."""
    async with running_broker() as open_broker:
        config = EVMeterConfig(
            host=open_broker.host,
            port=open_broker.port,
            tls=False,
            dialect=BlewifiDialect(USER_ID, bytes.fromhex(TOKEN)),
        )
        charger = SimulatedCharger(SimulatedChargerSettings(charger_id="240AC4000001"))
        answers: dict[str, object] = {
            "host": open_broker.host,
            "port": open_broker.port,
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


async def test_refused_port_and_recovery(hass: HomeAssistant, entry: MockConfigEntry, broker: Broker) -> None:
    """Nobody listens there: said above the form, and what was typed stays."""
    async with gateway(broker):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(broker, port=free_port()))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "cannot_connect"})
        filled_in = suggestions(result["data_schema"])
        assert (filled_in["host"], filled_in["tls"], filled_in["charger_id"]) == (
            broker.host,
            False,
            "garage",
        )

        result = await submit(hass, result, **connection(broker))
        assert result["step_id"] == "limits"


async def test_plaintext_broker_is_no_tls_broker(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker
) -> None:
    """Encryption that the broker does not speak is a connection that fails, not one without it."""
    result = await start(hass, entry, "evmeter")
    result = await submit(hass, result, **connection(broker, tls=True))
    assert result["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize(
    "credentials", [{"password": "wrong"}, {"username": "nobody"}, {"username": "", "password": ""}]
)
async def test_wrong_credentials_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker, credentials: dict[str, str]
) -> None:
    """The broker refuses: said as such, not as a charger that is away."""
    async with gateway(broker):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(broker, **credentials))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "invalid_auth"})
        result = await submit(hass, result, **connection(broker))
        assert result["step_id"] == "limits"


async def test_silent_charger_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker
) -> None:
    """A charger that is there and does not answer is not an unknown one."""
    async with gateway(broker, fault=Fault.SILENT) as charger:
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(broker))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "timeout"})
        charger.fault = None
        result = await submit(hass, result, **connection(broker))
        assert result["step_id"] == "limits"


async def test_unknown_charger_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker
) -> None:
    """Nobody of that name was ever at this broker."""
    async with gateway(broker):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(broker, charger_id="grage"))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"charger_id": "unknown_charger"})
        result = await submit(hass, result, **connection(broker))
        assert result["step_id"] == "limits"


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.TRUNCATED])
async def test_garbage_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker, fault: Fault
) -> None:
    """Noise is no answer: the client drops it, and none comes."""
    async with gateway(broker, fault=fault) as charger:
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(broker))
        assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "timeout"})
        charger.fault = None
        result = await submit(hass, result, **connection(broker))
        assert result["step_id"] == "limits"


async def test_invalid_answer_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker
) -> None:
    """An answer to our request that is no reading: the charger speaks something else."""
    async with aiomqtt.Client(
        broker.host, broker.port, username=USERNAME, password=PASSWORD, protocol=aiomqtt.ProtocolVersion.V311
    ) as stranger:
        await stranger.subscribe("evmeter/garage/command", qos=1)

        async def answer_nonsense() -> None:
            async for message in stranger.messages:
                request = json.loads(str(message.payload, "utf-8"))
                answer = {"v": 1, "id": request["id"], "ok": True, "result": {"status": "fine"}}
                await stranger.publish("evmeter/garage/response", json.dumps(answer))

        answering = asyncio.create_task(answer_nonsense())
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **connection(broker))
        answering.cancel()
        await asyncio.wait([answering])
    assert (result["step_id"], result["errors"]) == ("evmeter", {"base": "protocol"})

    async with gateway(broker):
        result = await submit(hass, result, **connection(broker))
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


async def test_same_charger_twice_aborts(hass: HomeAssistant, entry: MockConfigEntry, broker: Broker) -> None:
    """A charger that another site has, too: two balancers would fight over its limit."""
    other = site(hass, "simulated-2", seed="2")
    add_charger(hass, other, "EV-Meter garage", stored(broker))
    result = await start(hass, entry, "evmeter")
    result = await submit(hass, result, **connection(broker))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reconfigure_keeps_the_password(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker
) -> None:
    """Every form is filled in but for the password, which stays when its field is left empty."""
    charger = add_charger(hass, entry, "EV-Meter garage", stored(broker, max_current="32"))
    async with gateway(broker):
        result = await change(hass, entry, charger)
        assert result["step_id"] == "evmeter"
        assert suggestions(result["data_schema"]) == {
            "host": broker.host,
            "port": str(broker.port),
            "tls": False,
            "username": USERNAME,
            "charger_id": "garage",
            "dialect": "json",
        }
        answers = connection(broker)
        del answers["password"]
        result = await submit(hass, result, **answers | {"port": free_port()})
        assert result["errors"] == {"base": "cannot_connect"}
        assert "password" not in suggestions(result["data_schema"])
        result = await submit(hass, result, **answers)
    assert suggestions(result["data_schema"]) == LIMITS | {"max_current": "32"}
    result = await submit(hass, result, **LIMITS | {"max_current": "20"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert only_charger(entry).data == stored(broker, max_current="20")
    assert only_charger(entry).title == "EV-Meter garage"


async def test_reconfigure_does_not_give_the_password_to_another_user(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker
) -> None:
    """A password belongs to the user name it was given for."""
    charger = add_charger(hass, entry, "EV-Meter garage", stored(broker, password="wrong"))
    async with gateway(broker):
        result = await change(hass, entry, charger)
        answers = connection(broker, username="somebody")
        del answers["password"]
        result = await submit(hass, result, **answers)
        assert result["errors"] == {"base": "invalid_auth"}
        result = await submit(hass, result, **connection(broker))
        await submit(hass, result, **LIMITS)
    assert only_charger(entry).data == stored(broker)


@pytest.mark.parametrize(
    ("title", "renamed"), [("EV-Meter garage", "EV-Meter carport"), ("Left of the door", "Left of the door")]
)
async def test_reconfigure_to_another_charger(
    hass: HomeAssistant, entry: MockConfigEntry, broker: Broker, title: str, renamed: str
) -> None:
    """The name follows the charger id unless the user chose it."""
    charger = add_charger(hass, entry, title, stored(broker))
    add_charger(hass, entry, "EV-Meter yard", stored(broker, charger_id="yard"))
    async with gateway(broker, "carport"):
        result = await change(hass, entry, charger)
        result = await submit(hass, result, **connection(broker, charger_id="carport"))
        await submit(hass, result, **LIMITS)
    changed = entry.subentries[charger.subentry_id]
    assert (changed.title, changed.unique_id) == (renamed, "carport")

    result = await change(hass, entry, charger)
    result = await submit(hass, result, **connection(broker, charger_id="yard"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reconfigure_simulated(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A simulated charger gets another car."""
    charger = add_charger(hass, entry, "Simulated charger", SIMULATED_CHARGER | {"car_phases": "2"})
    result = await change(hass, entry, charger)
    assert suggestions(result["data_schema"]) == {"car_phases": "2", "car_current": "16"}
    result = await submit(hass, result, car_phases="3", car_current=32)
    await submit(hass, result, **LIMITS | {"wiring": "L3,L1,L2"})
    assert only_charger(entry).data == SIMULATED_CHARGER | {"car_current": "32", "wiring": "L3,L1,L2"}
