"""What can be wrong with a charger is told after its grace, goes by itself, and has a way out that works."""

import asyncio
from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.chargers import ChargerProblem
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.issues import charger as charger_issues
from custom_components.evmeter.simulation import simulation_of

from .clock import Clock
from .entity_wallbox import EntityWallbox
from .fixes import fix, fixed, go_on, leads_to, set_up_other, shown
from .flows import LIMITS
from .sites import SIMULATED_SITE, set_up, site_entry, subentry

CAR = {"charger": "simulated"}
OBEYS_NOT = "charger_not_obeying_driveway"


def grace(problem: ChargerProblem) -> int:
    """How long a problem must last [s]."""
    return int(charger_issues.PROBLEM_GRACE[problem])


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


@pytest.fixture
async def wallbox(hass: HomeAssistant) -> EntityWallbox:
    """A charger made of entities of another integration."""
    return EntityWallbox()


@pytest.fixture
async def ids(hass: HomeAssistant, wallbox: EntityWallbox) -> Mapping[str, str]:
    """Its entities by unique id."""
    return await wallbox.start(hass)


@pytest.fixture
async def coordinator(hass: HomeAssistant, ids: Mapping[str, str]) -> EVMeterCoordinator:
    """A simulated house with that charger."""
    strings = {"charger": "entities", "limit": ids["limit"], "switch": ids["charge"], **LIMITS}
    return await set_up(hass, site_entry(subentry(strings), data=SIMULATED_SITE))


async def until_shown(hass: HomeAssistant, clock: Clock, issue_id: str, seconds: int) -> None:
    """Let the grace pass, and see that the issue comes then and no sooner."""
    await clock.run(max(0, seconds - 2))
    assert issue_id not in shown(hass)
    await clock.run(5)
    assert issue_id in shown(hass)


@pytest.mark.usefixtures("coordinator")
async def test_disabled_entity_is_enabled(hass: HomeAssistant, clock: Clock, wallbox: EntityWallbox) -> None:
    """It is told from one that is gone, and enabled with one click."""
    registry = er.async_get(hass)
    name = wallbox.switch.entity_id
    registry.async_update_entity(name, disabled_by=er.RegistryEntryDisabler.USER)
    issue_id = "charger_entity_disabled_driveway"
    await until_shown(hass, clock, issue_id, grace(ChargerProblem.ENTITY_DISABLED))
    assert shown(hass) == {issue_id: {"charger": "Driveway", "entities": name}}
    await fixed(hass, issue_id)
    enabled = registry.async_get(name)
    assert enabled is not None
    assert not enabled.disabled
    await clock.run(grace(ChargerProblem.ENTITY_DISABLED) + 5)
    assert shown(hass) == {}


@pytest.mark.usefixtures("coordinator")
async def test_removed_entity_leads_to_the_settings(
    hass: HomeAssistant, clock: Clock, wallbox: EntityWallbox
) -> None:
    """It is called by the name it had; restored it takes the issue away."""
    name = wallbox.switch.entity_id
    er.async_get(hass).async_remove(name)
    await hass.async_block_till_done()
    issue_id = "charger_entity_missing_driveway"
    await until_shown(hass, clock, issue_id, grace(ChargerProblem.ENTITY_MISSING))
    assert shown(hass)[issue_id] == {"charger": "Driveway", "entities": name}
    kind, flow_id = await leads_to(hass, issue_id)
    assert kind == "config_subentries_flow"
    flow = hass.config_entries.subentries.async_get(flow_id)
    assert flow["step_id"] == "entities"
    assert flow["context"]["subentry_id"] == "driveway"
    er.async_get(hass).async_get_or_create("switch", "test", "charge", suggested_object_id="charge")
    await clock.run(2)
    assert issue_id not in shown(hass)


@pytest.mark.usefixtures("coordinator")
async def test_unavailable_charger(hass: HomeAssistant, clock: Clock, wallbox: EntityWallbox) -> None:
    """Without a config entry of its own there is nothing to restart; back again it is well."""
    wallbox.go_away()
    issue_id = "charger_unavailable_driveway"
    await until_shown(hass, clock, issue_id, grace(ChargerProblem.UNAVAILABLE))
    assert (await fix(hass, issue_id))["menu_options"] == ["change_charger"]
    assert (await leads_to(hass, issue_id, "change_charger"))[0] == "config_subentries_flow"
    wallbox.go_away(back=True)
    await clock.run(2)
    assert shown(hass) == {}


async def test_disobedience_is_forgiven(hass: HomeAssistant, clock: Clock) -> None:
    """One that obeys again is balanced at once; one that does not is told of again."""
    coordinator = await set_up(hass, site_entry(subentry(CAR), data=SIMULATED_SITE))
    await clock.run(60)
    site = simulation_of(hass, "site").site
    site.chargers[0].charger.obeys = False
    site.house.quiet = True
    site.house.switch("kettle", on=True)
    site.house.switch("oven", on=True)
    await clock.run(int(charger_issues.NOT_OBEYING_GRACE) + 40)
    assert shown(hass) == {OBEYS_NOT: {"charger": "Driveway"}}
    assert (await fix(hass, OBEYS_NOT))["menu_options"] == ["trust", "change_charger"]
    await fixed(hass, OBEYS_NOT, "trust")
    decision = coordinator.data.chargers["driveway"].decision
    assert decision is not None
    assert decision.obeying
    await clock.run(int(charger_issues.NOT_OBEYING_GRACE) + 40)
    assert shown(hass) == {OBEYS_NOT: {"charger": "Driveway"}}
    assert (await leads_to(hass, OBEYS_NOT, "change_charger"))[0] == "config_subentries_flow"

    site.chargers[0].charger.obeys = True
    await fixed(hass, OBEYS_NOT, "trust")
    await clock.run(int(charger_issues.NOT_OBEYING_GRACE) + 40)
    assert shown(hass) == {}


async def test_bad_settings_lead_to_them(hass: HomeAssistant, clock: Clock) -> None:
    """The flow that changes the charger begins; a charger that was removed meanwhile is said to be gone."""
    entry = site_entry(subentry(CAR | {"wiring": "L9"}), data=SIMULATED_SITE)
    await set_up(hass, entry)
    await clock.run(2)
    assert shown(hass) == {"charger_settings_driveway": {"charger": "Driveway", "keys": "wiring"}}
    assert (await leads_to(hass, "charger_settings_driveway"))[0] == "config_subentries_flow"
    flow = await fix(hass, "charger_settings_driveway")
    hass.config_entries.async_remove_subentry(entry, "driveway")
    result = await go_on(hass, flow)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "gone")
    await clock.run(2)
    assert shown(hass) == {}


async def run(clock: Clock, seconds: int) -> None:
    """Let seconds pass, each long enough for a write to be done: it takes its time in real turns."""
    for _ in range(seconds):
        await clock.run(1)
        for _ in range(20):
            await asyncio.sleep(0)


async def somebody_writes(hass: HomeAssistant, clock: Clock, wallbox: EntityWallbox, *values: float) -> None:
    """Let somebody write other limits than ours, each when ours has been in force for a while."""
    for value in values:
        await run(clock, 100)
        await hass.services.async_call(
            "number", "set_value", {"entity_id": wallbox.number.entity_id, "value": value}, blocking=True
        )
        await run(clock, 30)


@pytest.mark.usefixtures("coordinator")
async def test_two_controllers(hass: HomeAssistant, clock: Clock, wallbox: EntityWallbox) -> None:
    """Once by hand is nothing; again and again with other values is somebody."""
    wallbox.show_state("Disconnected")
    await somebody_writes(hass, clock, wallbox, 20.0)
    assert shown(hass) == {}
    await somebody_writes(hass, clock, wallbox, 23.0, 26.0, 29.0)
    issue_id = "two_controllers_driveway"
    assert shown(hass) == {issue_id: {"charger": "Driveway", "values": "20, 23, 26, 29"}}
    await fixed(hass, issue_id)
    await clock.run(60)
    assert shown(hass) == {}


@pytest.mark.usefixtures("coordinator")
async def test_an_automation_is_named(hass: HomeAssistant, clock: Clock, wallbox: EntityWallbox) -> None:
    """Whoever writes this number from within Home Assistant is easy to find."""
    automation = {
        "alias": "Cheap hours",
        "triggers": {"trigger": "event", "event_type": "cheap"},
        "actions": {
            "action": "number.set_value",
            "target": {"entity_id": wallbox.number.entity_id},
            "data": {"value": 20},
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await clock.run(60)
    assert shown(hass) == {}
    await somebody_writes(hass, clock, wallbox, 20.0, 23.0, 26.0, 29.0)
    assert shown(hass) == {"two_controllers_known_driveway": {"charger": "Driveway", "rivals": "Cheap hours"}}


@pytest.mark.usefixtures("coordinator")
async def test_another_load_balancer_is_named(
    hass: HomeAssistant, clock: Clock, ids: Mapping[str, str]
) -> None:
    """At once, where its settings name an entity of this charger; gone when it is unloaded."""
    rival = MockConfigEntry(domain="evse_load_balancer", data={"charger": {"numbers": [ids["limit"]]}})
    await set_up_other(hass, rival)
    await set_up_other(hass, MockConfigEntry(domain="evcc_intg", data={"host": "evcc.local"}))
    issue_id = "two_controllers_known_driveway"
    await until_shown(hass, clock, issue_id, int(charger_issues.RIVAL_GRACE))
    assert shown(hass) == {issue_id: {"charger": "Driveway", "rivals": "EVSE Load Balancer"}}
    await fixed(hass, issue_id)
    await until_shown(hass, clock, issue_id, int(charger_issues.RIVAL_GRACE))
    assert await hass.config_entries.async_unload(rival.entry_id)
    await clock.run(2)
    assert shown(hass) == {}


@pytest.mark.usefixtures("coordinator")
async def test_another_site_is_named(hass: HomeAssistant, clock: Clock, ids: Mapping[str, str]) -> None:
    """Both sites say so, each with the name of the other."""
    strings = {"charger": "entities", "limit": ids["limit"], "switch": ids["charge"], **LIMITS}
    other = MockConfigEntry(
        domain="evmeter",
        title="Barn",
        entry_id="barn",
        data=SIMULATED_SITE | {"seed": "2"},
        subentries_data=[subentry(strings, "Same one", "same")],
    )
    await set_up(hass, other)
    await clock.run(int(charger_issues.RIVAL_GRACE) + 2)
    assert shown(hass) == {
        "two_controllers_known_driveway": {"charger": "Driveway", "rivals": "Barn"},
        "two_controllers_known_same": {"charger": "Same one", "rivals": "Home"},
    }
    assert await hass.config_entries.async_unload("barn")
    await clock.run(2)
    assert shown(hass) == {}
