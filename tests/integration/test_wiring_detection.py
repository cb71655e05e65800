"""The phases of a charger are found in its flow and by its button, and everything is given back."""

import asyncio

import pytest
from homeassistant.config_entries import ConfigSubentry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.balancing import ReasonCode
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.exceptions import DetectionError
from custom_components.evmeter.repairs import FIX_FLOWS, async_create_fix_flow
from custom_components.evmeter.simulation import simulation_of
from custom_components.evmeter.snapshot import ChargerMode, WiringCheck
from custom_components.evmeter.wiring import DetectionFailure
from custom_components.evmeter.wiring_repair import CHARGER_GONE, WiringRepairFlow
from evmeter_client.simulator import WiredCharger
from evmeter_client.simulator.basics import Phase as MainsPhase

from .charger_flows import change, submit
from .clock import Clock
from .flows import suggestions
from .sites import SIMULATED_SITE, set_up, site_entry, state_of, subentry

CAR = {"charger": "simulated", "car_phases": "1", "car_current": "16"}
LIMITS = {
    "min_current": 6,
    "max_current": 16,
    "wiring": "L1,L2,L3",
    "priority": 1,
    "fallback_current": 6,
}
CROSSED = (MainsPhase.L2, MainsPhase.L3, MainsPhase.L1)
BUTTON = "button.driveway_detect_phases"
CHECK = "sensor.driveway_wiring_check"
ISSUE = "wiring_contradicts_driveway"


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


async def crossed_site(
    hass: HomeAssistant, clock: Clock, *others: dict[str, str], **car: str
) -> EVMeterCoordinator:
    """Set up a quiet house whose first charger is wired to L2, L3, L1, though its settings say L1, L2, L3."""
    chargers = [subentry(CAR | car)]
    chargers += [
        subentry(other, f"Charger {place}", f"charger{place}") for place, other in enumerate(others, start=2)
    ]
    coordinator = await set_up(hass, site_entry(*chargers, data=SIMULATED_SITE | {"seed": "3"}))
    site = simulation_of(hass, "site").site
    site.house.quiet = True
    first, *rest = site.chargers
    site.chargers = (WiredCharger(first.charger, CROSSED), *rest)
    await clock.run(60)
    return coordinator


def limit(coordinator: EVMeterCoordinator, charger_id: str = "driveway") -> float:
    """Return the limit of a charger [A]."""
    limit = coordinator.data.chargers[charger_id].limit
    assert limit is not None
    return limit


def charger_of(hass: HomeAssistant) -> tuple[MockConfigEntry, ConfigSubentry]:
    """Return the site and its charger."""
    entry = hass.config_entries.async_get_entry("site")
    assert isinstance(entry, MockConfigEntry)
    return entry, entry.subentries["driveway"]


async def detecting(hass: HomeAssistant, **limits: object) -> SubentryFlowResult:
    """Change the charger up to the detection."""
    result = await change(hass, *charger_of(hass))
    result = await submit(hass, result, car_phases="1", car_current=16)
    assert result["step_id"] == "limits"
    return await submit(hass, result, **(LIMITS | {"detect": True} | limits))


async def now(hass: HomeAssistant, result: SubentryFlowResult) -> SubentryFlowResult:
    """Look at the flow as the browser does when its progress is done."""
    return await hass.config_entries.subentries.async_configure(result["flow_id"])


async def press(hass: HomeAssistant) -> None:
    """Press the button."""
    await hass.services.async_call("button", "press", {"entity_id": BUTTON}, blocking=True)


async def test_the_flow_finds_and_stores_the_wiring(hass: HomeAssistant, clock: Clock) -> None:
    """What was found is proposed with its confidence; accepting it stores it."""
    coordinator = await crossed_site(hass, clock)
    result = await detecting(hass, priority=3)
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    limits = set()
    reasons = set()
    for _ in range(300):
        await clock.run(1)
        limits.add(limit(coordinator))
        reasons.add(state_of(hass, "sensor.driveway_limit_reason"))
        result = await now(hass, result)
        if result["type"] is not FlowResultType.SHOW_PROGRESS:
            break
    assert {6.0, 16.0} <= limits
    assert max(limits) == 16
    assert ReasonCode.WIRING in reasons
    assert result["step_id"] == "wiring"
    rows = (result["description_placeholders"] or {})["rows"]
    assert rows == "| L1 | L2 | 100\u00a0% |\n| L2 | ? | – |\n| L3 | ? | – |"
    assert suggestions(result["data_schema"]) == {"wiring": "L2,L3,L1"}
    result = await submit(hass, result, wiring="L2,L3,L1")
    assert result["reason"] == "reconfigure_successful"
    stored = charger_of(hass)[1].data
    assert (stored["wiring"], stored["priority"]) == ("L2,L3,L1", "3")
    assert "detect" not in stored


async def test_the_user_may_change_what_was_found(hass: HomeAssistant, clock: Clock) -> None:
    await crossed_site(hass, clock)
    result = await detecting(hass)
    await clock.run(300)
    result = await now(hass, result)
    assert result["step_id"] == "wiring"
    await submit(hass, result, wiring="L2,L1,L3")
    assert charger_of(hass)[1].data["wiring"] == "L2,L1,L3"


async def test_a_wiring_of_fewer_terminals_that_was_just_chosen(hass: HomeAssistant, clock: Clock) -> None:
    """It does not fit what was found with three; the usual order that does is proposed."""
    await crossed_site(hass, clock)
    result = await detecting(hass, wiring="L1")
    for _ in range(300):
        await clock.run(1)
        result = await now(hass, result)
        if result["type"] is not FlowResultType.SHOW_PROGRESS:
            break
    assert result["step_id"] == "wiring"
    assert suggestions(result["data_schema"]) == {"wiring": "L2,L3,L1"}


async def test_a_car_on_every_phase_tells_nothing(hass: HomeAssistant, clock: Clock) -> None:
    """That is said in words, at the form it was asked from, which has kept its answers."""
    await crossed_site(hass, clock, car_phases="3")
    result = await detecting(hass, priority=3)
    await clock.run(300)
    result = await now(hass, result)
    assert (result["step_id"], result["errors"]) == ("limits", {"detect": "detection_all_alike"})
    assert suggestions(result["data_schema"])["priority"] == "3"
    result = await submit(hass, result, **LIMITS, detect=False)
    assert result["reason"] == "reconfigure_successful"


async def test_closing_the_flow_gives_the_charger_back(hass: HomeAssistant, clock: Clock) -> None:
    coordinator = await crossed_site(hass, clock)
    result = await detecting(hass)
    await clock.run(40)
    assert limit(coordinator) == 6
    hass.config_entries.subentries.async_abort(result["flow_id"])
    await clock.run(60)
    assert limit(coordinator) == 16
    assert coordinator.chargers["driveway"].detection_ceiling is None
    assert coordinator.chargers["driveway"].mode is ChargerMode.BALANCED
    assert state_of(hass, CHECK) == WiringCheck.FAILED


async def test_unloading_ends_the_detection(hass: HomeAssistant, clock: Clock) -> None:
    """The flow says so, and nothing of it is left after the reload."""
    coordinator = await crossed_site(hass, clock)
    result = await detecting(hass)
    await clock.run(40)
    assert limit(coordinator) == 6
    assert await hass.config_entries.async_reload("site")
    await hass.async_block_till_done()
    result = await now(hass, result)
    assert (result["step_id"], result["errors"]) == ("limits", {"detect": "detection_stopped"})
    assert coordinator.chargers["driveway"].detection_ceiling is None
    fresh = charger_of(hass)[0].runtime_data
    assert fresh is not coordinator
    await clock.run(90)
    assert fresh.chargers["driveway"].detection_ceiling is None
    assert limit(fresh) == 16


async def test_the_car_stops_in_the_middle(hass: HomeAssistant, clock: Clock) -> None:
    coordinator = await crossed_site(hass, clock)
    result = await detecting(hass)
    await clock.run(10)
    coordinator.async_set_mode("driveway", ChargerMode.PAUSED)
    await clock.run(60)
    result = await now(hass, result)
    assert result["errors"] == {"detect": "detection_not_charging"}
    assert limit(coordinator) == 0


async def test_the_users_own_limit_holds_during_a_detection(hass: HomeAssistant, clock: Clock) -> None:
    coordinator = await crossed_site(hass, clock)
    coordinator.async_set_maximum_current("driveway", 12.0)
    await clock.run(20)
    await press(hass)
    seen = set()
    for _ in range(240):
        await clock.run(1)
        seen.add(limit(coordinator))
    assert max(seen) == 12
    assert min(seen) == 6
    assert state_of(hass, CHECK) == WiringCheck.DIFFERS
    assert coordinator.chargers["driveway"].maximum_current == 12


async def test_the_button_raises_a_repair_that_changes_the_wiring(hass: HomeAssistant, clock: Clock) -> None:
    assert await async_setup_component(hass, "repairs", {})
    await crossed_site(hass, clock)
    assert state_of(hass, CHECK) == WiringCheck.NOT_RUN
    await press(hass)
    await clock.run(2)
    assert state_of(hass, CHECK) == WiringCheck.RUNNING
    assert state_of(hass, BUTTON) == "unavailable"
    await clock.run(250)
    assert state_of(hass, CHECK) == WiringCheck.DIFFERS
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE)
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "charger": "Driveway",
        "configured": "L1 → L1, L2 → L2, L3 → L3",
        "seen": "L1 → L2, L2 → ?, L3 → ?",
        "proposal": "L1 → L2, L2 → L3, L3 → L1",
    }
    flow = await fix(hass)
    assert (await flow.async_step_init())["type"] is FlowResultType.FORM
    assert (await flow.async_step_confirm({}))["type"] is FlowResultType.CREATE_ENTRY
    await clock.run(2)
    assert charger_of(hass)[1].data["wiring"] == "L2,L3,L1"
    assert ir.async_get(hass).async_get_issue(DOMAIN, ISSUE) is None


async def fix(hass: HomeAssistant) -> WiringRepairFlow:
    """Begin to fix the issue, as the repairs integration does."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE)
    assert issue is not None
    flow = await async_create_fix_flow(hass, issue.issue_id, issue.data)
    assert isinstance(flow, WiringRepairFlow)
    flow.hass, flow.data, flow.handler, flow.issue_id = hass, issue.data, DOMAIN, issue.issue_id
    flow.flow_id, flow.context = "fix", {"issue_id": issue.issue_id}
    return flow


async def test_a_charger_that_is_gone_cannot_be_fixed(hass: HomeAssistant, clock: Clock) -> None:
    await crossed_site(hass, clock)
    await press(hass)
    await clock.run(250)
    flow = await fix(hass)
    entry, charger = charger_of(hass)
    hass.config_entries.async_remove_subentry(entry, charger.subentry_id)
    assert (await flow.async_step_confirm({}))["reason"] == CHARGER_GONE


async def test_the_same_wiring_is_no_repair(hass: HomeAssistant, clock: Clock) -> None:
    coordinator = await crossed_site(hass, clock, wiring="L2,L1,L3")
    await press(hass)
    await clock.run(250)
    assert state_of(hass, CHECK) == WiringCheck.AGREES
    assert ir.async_get(hass).async_get_issue(DOMAIN, ISSUE) is None
    assert coordinator.chargers["driveway"].detection_ceiling is None


async def test_the_other_chargers_get_no_more_meanwhile(hass: HomeAssistant, clock: Clock) -> None:
    """What one leaves must not go to the others: their steps would hide its own."""
    coordinator = await crossed_site(hass, clock, CAR | {"wiring": "L2,L1,L3"}, car_phases="1")
    before = limit(coordinator, "charger2")
    await press(hass)
    seen = set()
    for _ in range(40):
        await clock.run(1)
        seen.add(limit(coordinator, "charger2"))
    assert max(seen) <= before
    await clock.run(400)
    assert coordinator.chargers["charger2"].detection_ceiling is None


@pytest.mark.parametrize(
    "failure",
    [
        DetectionFailure.ALREADY_RUNNING,
        DetectionFailure.BALANCING_OFF,
        DetectionFailure.NOT_CHARGING,
        DetectionFailure.NO_METER,
        DetectionFailure.NO_ROOM,
        DetectionFailure.ONLY_WATCHED,
    ],
)
async def test_why_it_cannot_run(hass: HomeAssistant, clock: Clock, failure: DetectionFailure) -> None:
    """The error is translated, and nothing has begun."""
    coordinator = await crossed_site(hass, clock)
    managed = coordinator.chargers["driveway"]
    match failure:
        case DetectionFailure.ALREADY_RUNNING:
            coordinator.wiring.async_start("driveway")
        case DetectionFailure.BALANCING_OFF:
            coordinator.async_set_enabled(False)
        case DetectionFailure.NOT_CHARGING:
            coordinator.async_set_mode("driveway", ChargerMode.PAUSED)
            await clock.run(20)
        case DetectionFailure.NO_METER:
            simulation_of(hass, "site").site.meter.silent = True
            await clock.run(70)
        case DetectionFailure.NO_ROOM:
            coordinator.async_set_maximum_current("driveway", 8.0)
            await clock.run(5)
        case _:
            managed.charger.can_limit = False
    with pytest.raises(DetectionError) as refused:
        coordinator.wiring.async_start("driveway")
    assert refused.value.failure is failure
    assert isinstance(refused.value, HomeAssistantError)
    assert "detection_" not in str(refused.value)
    if failure is not DetectionFailure.ALREADY_RUNNING:
        assert managed.detection_ceiling is None


async def test_one_phase_has_no_wiring(hass: HomeAssistant, clock: Clock) -> None:
    """No button, no sensor, no tick in the form, and nothing to start."""
    site = SIMULATED_SITE | {"seed": "3", "phases": "1"}
    coordinator = await set_up(hass, site_entry(subentry(CAR | {"wiring": "L1"}), data=site))
    await clock.run(30)
    entities = {entity.entity_id for entity in er.async_get(hass).entities.values()}
    assert "button.driveway_release_limit" in entities
    assert not {BUTTON, CHECK} & entities
    with pytest.raises(DetectionError) as refused:
        coordinator.wiring.async_start("driveway")
    assert refused.value.failure is DetectionFailure.ONE_PHASE
    result = await change(hass, *charger_of(hass))
    result = await submit(hass, result, car_phases="1", car_current=16)
    assert result["data_schema"] is not None
    assert "detect" not in {str(key) for key in result["data_schema"].schema}


async def test_natural_steps_are_enough(hass: HomeAssistant, clock: Clock) -> None:
    """Nobody asked: after some steps over half an hour the wrong wiring is told."""
    coordinator = await crossed_site(hass, clock)
    for _ in range(4):
        coordinator.async_set_maximum_current("driveway", 8.0)
        await clock.run(200)
        coordinator.async_set_maximum_current("driveway", 16.0)
        await clock.run(200)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ISSUE)
    assert issue is not None
    assert issue.data == {"subentry_id": "driveway", "wiring": "L2,L3,L1"}
    assert charger_of(hass)[1].data.get("wiring") is None


async def test_cancelling_passes_through(hass: HomeAssistant, clock: Clock) -> None:
    coordinator = await crossed_site(hass, clock)
    task = hass.async_create_task(coordinator.wiring.async_detect("driveway", lambda _progress: None))
    await clock.run(0)
    await asyncio.sleep(0)
    assert coordinator.chargers["driveway"].wiring_check is WiringCheck.RUNNING
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert coordinator.chargers["driveway"].detection_ceiling is None


def test_every_fix_flow_is_listed() -> None:
    assert FIX_FLOWS["wiring_contradicts"] is WiringRepairFlow
