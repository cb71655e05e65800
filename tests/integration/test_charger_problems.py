"""Chargers that cannot be used: each says why, none stops the site or the other chargers."""

import asyncio
import json
from functools import partial

import aiomqtt
import pytest
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from custom_components.evmeter.balancing import ChargerState
from custom_components.evmeter.chargers import ChargerProblem, evmeter
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.issues import charger as charger_issues
from evmeter_client import BlewifiDialect, EVMeterConfig
from evmeter_client.simulator import SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker, free_port
from evmeter_client.simulator.gateway import ChargerGateway, Fault

from .flows import submit, suggestions
from .sites import (
    evmeter_charger,
    report_mains,
    set_up,
    site_entry,
    state_of,
    subentry,
    until,
    wallbox,
)

USER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TOKEN = "5a" * 48


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no answer longer than a moment, and tell the user at once."""
    quick = partial(EVMeterConfig, request_timeout=0.5, backoff_base=0.05, backoff_cap=0.2)
    monkeypatch.setattr(evmeter, "EVMeterConfig", quick)
    monkeypatch.setattr(evmeter, "POLL_INTERVAL", dict.fromkeys(evmeter.POLL_INTERVAL, 0.3))
    for problem in charger_issues.PROBLEM_GRACE:
        monkeypatch.setitem(charger_issues.PROBLEM_GRACE, problem, 0.0)


def has_issue(hass: HomeAssistant, key: str, charger_id: str = "driveway") -> bool:
    """Whether the user is told of it."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{charger_id}") is not None


async def until_told(hass: HomeAssistant, coordinator: EVMeterCoordinator, problem: ChargerProblem) -> None:
    """Wait until the charger has this problem, and the user knows it by its name."""
    await until(lambda: coordinator.data.chargers["driveway"].problem is problem)
    await until(lambda: has_issue(hass, f"charger_{problem}"))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"charger_{problem}_driveway")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["charger"] == "Driveway"
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.driveway_problem") == problem
    assert state_of(hass, "sensor.driveway_state") == "unavailable"
    assert state_of(hass, "binary_sensor.driveway_connectivity") == "off"


async def until_well(hass: HomeAssistant, coordinator: EVMeterCoordinator, problem: ChargerProblem) -> None:
    """Wait until the charger is back and the issue has gone by itself."""
    await until(lambda: coordinator.data.chargers["driveway"].available)
    await until(lambda: not has_issue(hass, f"charger_{problem}"))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.driveway_connectivity") == "on"


async def test_unreachable_broker_and_back(hass: HomeAssistant, broker: Broker) -> None:
    """The site comes up without it; the charger joins when its broker does."""
    await broker.stop()
    coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
    await until_told(hass, coordinator, ChargerProblem.UNREACHABLE)
    await broker.start()
    async with wallbox(broker):
        await until_well(hass, coordinator, ChargerProblem.UNREACHABLE)


async def test_wrong_password_stops_nobody_else(hass: HomeAssistant, locked_broker: Broker) -> None:
    """The charger next to it, with the right one, is balanced."""
    right = {"username": "house", "password": "right"}
    async with wallbox(locked_broker, "B", username="house", password="right") as box:
        await until(lambda: box.charger.currents[0] > 15)
        report_mains(hass, 18.0, 18.0, 18.0)
        entry = site_entry(
            subentry(evmeter_charger(locked_broker, "A", username="house", password="wrong")),
            subentry(evmeter_charger(locked_broker, "B", **right), "Garage", "garage"),
        )
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.data.chargers["driveway"].problem is ChargerProblem.REFUSED)
        await until(lambda: coordinator.data.chargers["garage"].available)
        for _ in range(10):
            report_mains(hass, 18.0, 18.0, 18.0)
            await asyncio.sleep(0.1)
        report_mains(hass, 38.0, 18.0, 18.0)
        await until(lambda: box.charger.limits[0] < 6.1)
        (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
        assert flow["step_id"] == "reauth_confirm"


async def test_other_credentials_are_asked_for_and_tried(hass: HomeAssistant, locked_broker: Broker) -> None:
    """Wrong ones are said; the right ones are stored, and the charger is back."""
    async with wallbox(locked_broker, "A", username="house", password="right"):
        entry = site_entry(subentry(evmeter_charger(locked_broker, "A", username="house", password="wrong")))
        await set_up(hass, entry)
        await until(lambda: any(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
        (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        told = form["description_placeholders"]
        assert told is not None
        assert (told["charger"], told["broker"]) == ("Driveway", locked_broker.host)
        assert suggestions(form["data_schema"]) == {"username": "house"}

        form = await submit(hass, form, username="house", password="guessed")
        assert form["errors"] == {"base": "invalid_auth"}
        # An empty field keeps the stored password, which is the wrong one.
        form = await submit(hass, form, username="house")
        assert form["errors"] == {"base": "invalid_auth"}
        result = await submit(hass, form, username="house", password="right")
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
        await hass.async_block_till_done()
        stored = entry.subentries["driveway"].data
        assert (stored["password"], stored["charger_id"], stored["charger"]) == ("right", "A", "evmeter")
        await until(lambda: entry.runtime_data.data.chargers["driveway"].available)
        await asyncio.sleep(1.5)
        assert not any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


async def test_silent_charger_and_back(
    hass: HomeAssistant, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """It is at its broker but says nothing: unavailable, logged once, and well again by itself."""
    async with wallbox(broker, fault=Fault.SILENT) as box:
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await until_told(hass, coordinator, ChargerProblem.SILENT)
        await asyncio.sleep(1)
        assert caplog.text.count("Driveway cannot be used: silent") == 1
        box.gateway.fault = None
        await until_well(hass, coordinator, ChargerProblem.SILENT)
    assert caplog.text.count("Driveway is back") == 1
    # It said goodbye, and that is noticed without a question.
    await until(lambda: not coordinator.data.chargers["driveway"].available)


async def test_nobody_answers_as_this_charger(hass: HomeAssistant, broker: Broker) -> None:
    """A wrong charger id is told from a charger that is away."""
    async with wallbox(broker, "OTHER"):
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await until_told(hass, coordinator, ChargerProblem.UNKNOWN_CHARGER)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"ok": True, "result": {"status": {}, "metrics": {}}}, ChargerProblem.PROTOCOL),
        ({"ok": False, "error": {"code": "not_connected", "message": "away"}}, ChargerProblem.SILENT),
    ],
)
async def test_a_gateway_without_a_reading(
    hass: HomeAssistant, broker: Broker, answer: dict[str, object], problem: ChargerProblem
) -> None:
    """What it answers is told apart from no answer at all."""

    async def gateway() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as client:
            await client.subscribe("evmeter/CHARGER1/command")
            async for message in client.messages:
                request = json.loads(str(message.payload, "utf-8"))
                response = {"v": 1, "id": request["id"], **answer}
                await client.publish("evmeter/CHARGER1/response", json.dumps(response))

    answering = asyncio.create_task(gateway())
    coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
    await until_told(hass, coordinator, problem)
    answering.cancel()
    await asyncio.wait([answering])


async def test_faulty_charger(hass: HomeAssistant, broker: Broker) -> None:
    """Its fault is a state, not a problem with the connection."""
    async with wallbox(broker) as box:
        box.charger.faulty = True
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await until(lambda: coordinator.data.chargers["driveway"].reading.state is ChargerState.FAULT)
        assert coordinator.data.chargers["driveway"].problem is ChargerProblem.NONE


async def test_malformed_frames_do_no_harm(hass: HomeAssistant, broker: Broker) -> None:
    """Whatever anybody sends on the charger's topics, its readings go on."""
    async with wallbox(broker):
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await until(lambda: coordinator.data.chargers["driveway"].available)
        async with aiomqtt.Client(broker.host, broker.port) as intruder:
            for payload in (b"", b"\xff\x00", b"{}", b'{"status": {}}', b"[" * 1000, b'{"v": 1, "id": NaN}'):
                for topic in ("state", "response", "availability"):
                    await intruder.publish(f"evmeter/CHARGER1/{topic}", payload)
        statistics = coordinator.chargers["driveway"].charger.statistics
        assert statistics is not None
        answers = statistics.answers

        def answered_more() -> bool:
            now = coordinator.chargers["driveway"].charger.statistics
            return now is not None and now.answers > answers and now.rejected_messages > 5

        await until(answered_more)
        assert coordinator.data.chargers["driveway"].available


async def test_vendor_protocol_is_watched_only(hass: HomeAssistant, broker: Broker) -> None:
    """No command is known for it: it is shown, counts as part of the house, and has nothing to set."""
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id="240AC4000001"))
    dialect = BlewifiDialect(user_id=USER_ID, token=bytes.fromhex(TOKEN))
    config = EVMeterConfig(host=broker.host, port=broker.port, tls=False, dialect=dialect)
    strings = evmeter_charger(broker, "24:0a:c4:00:00:01", dialect="blewifi", user_id=USER_ID, token=TOKEN)
    async with ChargerGateway(config, charger):
        report_mains(hass, 8.0, 7.0, 7.5)
        coordinator = await set_up(hass, site_entry(subentry(strings)))
        await until(lambda: coordinator.data.chargers["driveway"].available)
        await hass.async_block_till_done()
        assert state_of(hass, "sensor.driveway_state") == "disconnected"
        assert coordinator.data.decision is not None
        assert coordinator.data.decision.chargers == ()
        domains = {
            entity.domain
            for entity in er.async_entries_for_config_entry(er.async_get(hass), "site")
            if entity.config_subentry_id == "driveway"
        }
        assert domains == {"sensor", "binary_sensor"}
        assert hass.states.get("sensor.driveway_limit") is None
    assert charger.commands == 0


async def test_bad_settings_leave_one_charger_out(hass: HomeAssistant, broker: Broker) -> None:
    """The others are set up, and the user is told which setting it is."""
    bad = evmeter_charger(broker, "A", min_current="3", wiring="L9")
    unusable = evmeter_charger(broker, "B", password="without a user")
    async with wallbox(broker, "C"):
        entry = site_entry(
            subentry(bad),
            subentry(unusable, "Street", "street"),
            subentry(evmeter_charger(broker, "C"), "Garage", "garage"),
        )
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.data.chargers["garage"].available)
        assert list(coordinator.data.chargers) == ["garage"]
        await until(
            lambda: has_issue(hass, "charger_settings") and has_issue(hass, "charger_settings", "street")
        )
        issue = ir.async_get(hass).async_get_issue(DOMAIN, "charger_settings_driveway")
        assert issue is not None
        assert issue.translation_placeholders == {"charger": "Driveway", "keys": "wiring, min_current"}


async def test_no_broker_at_all(hass: HomeAssistant, socket_enabled: None) -> None:
    """A site whose only charger has nowhere to connect to is set up, and unloads at once."""
    strings = {"charger": "evmeter", "host": "127.0.0.1", "port": str(free_port()), "tls": "false"}
    entry = site_entry(subentry(strings | {"charger_id": "A"}))
    coordinator = await set_up(hass, entry)
    await until_told(hass, coordinator, ChargerProblem.UNREACHABLE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not has_issue(hass, "charger_unreachable")
