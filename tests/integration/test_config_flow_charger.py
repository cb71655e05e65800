"""The flow that adds and changes a charger: its limits, its wiring, its name and its secrets."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from evmeter_client.simulator.broker import Broker, free_port

from .charger_flows import (
    USERNAME,
    add_charger,
    change,
    connection,
    gateway,
    only_charger,
    start,
    stored,
    submit,
)
from .flows import LIMITS, SIMULATED_CHARGER, site, suggestions

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """A site without chargers."""
    return site(hass)


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


async def test_same_charger_twice_aborts(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """A charger that another site has, too: two balancers would fight over its limit."""
    other = site(hass, "simulated-2", seed="2")
    add_charger(hass, other, "EV-Meter garage", stored(locked_broker))
    result = await start(hass, entry, "evmeter")
    result = await submit(hass, result, **connection(locked_broker))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reconfigure_keeps_the_password(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """Every form is filled in but for the password, which stays when its field is left empty."""
    charger = add_charger(hass, entry, "EV-Meter garage", stored(locked_broker, max_current="32"))
    async with gateway(locked_broker):
        result = await change(hass, entry, charger)
        assert result["step_id"] == "evmeter"
        assert suggestions(result["data_schema"]) == {
            "host": locked_broker.host,
            "port": str(locked_broker.port),
            "tls": False,
            "username": USERNAME,
            "charger_id": "garage",
            "dialect": "json",
        }
        answers = connection(locked_broker)
        del answers["password"]
        result = await submit(hass, result, **answers | {"port": free_port()})
        assert result["errors"] == {"base": "cannot_connect"}
        assert "password" not in suggestions(result["data_schema"])
        result = await submit(hass, result, **answers)
    assert suggestions(result["data_schema"]) == LIMITS | {"max_current": "32"}
    result = await submit(hass, result, **LIMITS | {"max_current": "20"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert only_charger(entry).data == stored(locked_broker, max_current="20")
    assert only_charger(entry).title == "EV-Meter garage"


async def test_reconfigure_does_not_give_the_password_to_another_user(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker
) -> None:
    """A password belongs to the user name it was given for."""
    charger = add_charger(hass, entry, "EV-Meter garage", stored(locked_broker, password="wrong"))
    async with gateway(locked_broker):
        result = await change(hass, entry, charger)
        answers = connection(locked_broker, username="somebody")
        del answers["password"]
        result = await submit(hass, result, **answers)
        assert result["errors"] == {"base": "invalid_auth"}
        result = await submit(hass, result, **connection(locked_broker))
        await submit(hass, result, **LIMITS)
    assert only_charger(entry).data == stored(locked_broker)


@pytest.mark.parametrize(
    ("title", "renamed"), [("EV-Meter garage", "EV-Meter carport"), ("Left of the door", "Left of the door")]
)
async def test_reconfigure_to_another_charger(
    hass: HomeAssistant, entry: MockConfigEntry, locked_broker: Broker, title: str, renamed: str
) -> None:
    """The name follows the charger id unless the user chose it."""
    charger = add_charger(hass, entry, title, stored(locked_broker))
    add_charger(hass, entry, "EV-Meter yard", stored(locked_broker, charger_id="yard"))
    async with gateway(locked_broker, "carport"):
        result = await change(hass, entry, charger)
        result = await submit(hass, result, **connection(locked_broker, charger_id="carport"))
        await submit(hass, result, **LIMITS)
    changed = entry.subentries[charger.subentry_id]
    assert (changed.title, changed.unique_id) == (renamed, "carport")

    result = await change(hass, entry, charger)
    result = await submit(hass, result, **connection(locked_broker, charger_id="yard"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reconfigure_simulated(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A simulated charger gets another car."""
    charger = add_charger(hass, entry, "Simulated charger", SIMULATED_CHARGER | {"car_phases": "2"})
    result = await change(hass, entry, charger)
    assert suggestions(result["data_schema"]) == {"car_phases": "2", "car_current": "16"}
    result = await submit(hass, result, car_phases="3", car_current=32)
    await submit(hass, result, **LIMITS | {"wiring": "L3,L1,L2"})
    assert only_charger(entry).data == SIMULATED_CHARGER | {"car_current": "32", "wiring": "L3,L1,L2"}


async def test_site_that_cannot_be_used(hass: HomeAssistant) -> None:
    """A charger cannot be added to a site whose own settings are broken: that is said, and what to do."""
    broken = site(hass, fuse_l1="many")
    result = await start(hass, broken, "simulated")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "invalid_site")
