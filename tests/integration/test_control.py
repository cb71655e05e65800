"""The control cycle over a real broker: what the meter says ends up in the charger, at once."""

import asyncio

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

import custom_components.evmeter as integration
from custom_components.evmeter import managed_charger
from custom_components.evmeter.balancing import SiteState, tuning
from custom_components.evmeter.chargers import ChargerProblem
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.coordinator import EVMeterCoordinator
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import Fault

from .sites import (
    Wallbox,
    evmeter_charger,
    report_mains,
    set_up,
    site_entry,
    state_of,
    subentry,
    until,
    wallbox,
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A meter counts as silent after 1 s instead of 30."""
    for name, value in {"SOFT_AGE": 1.0, "SOFT_PERIODS": 1, "HARD_AGE": 1.0, "HARD_PERIODS": 1}.items():
        monkeypatch.setattr(tuning, name, value)


async def report_until_seen(hass: HomeAssistant, *currents: float) -> None:
    """Let the meter report, and let the loop hand it on."""
    report_mains(hass, *currents)
    await hass.async_block_till_done()


async def charging(box: Wallbox) -> None:
    """Wait until the car draws all it may."""
    await until(lambda: box.charger.currents[0] > 15)


async def settled(hass: HomeAssistant, coordinator: EVMeterCoordinator, *currents: float) -> None:
    """Let the meter report the same for a while, until the balancer has adopted what the chargers do."""
    for _ in range(15):
        report_mains(hass, *currents)
        await asyncio.sleep(0.1)
    decision = coordinator.data.decision
    assert decision is not None
    assert {charger.current for charger in decision.chargers} == {16}
    assert all(view.available for view in coordinator.data.chargers.values())


async def test_overload_is_cut_at_once(hass: HomeAssistant, broker: Broker) -> None:
    """One sample above the fuse is enough, and the command is on its way before the next second."""
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        entry = site_entry(subentry(evmeter_charger(broker)))
        coordinator = await set_up(hass, entry)
        await settled(hass, coordinator, 18.0, 17.0, 17.5)
        commands = box.charger.commands

        report_mains(hass, 33.0, 17.0, 17.5)
        began = hass.loop.time()
        await until(lambda: box.charger.limits[0] < 16)
        assert hass.loop.time() - began < 1
        assert box.charger.limits == (7, 7, 7)
        assert box.charger.commands == commands + 1
        decision = coordinator.data.decision
        assert decision is not None
        assert decision.overload
        assert state_of(hass, "sensor.driveway_limit") == "7.0"
        assert state_of(hass, "binary_sensor.home_overload") == "on"


async def test_control_needs_no_entities_and_no_polling(
    hass: HomeAssistant, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fuse is protected with nobody looking."""
    monkeypatch.setattr(integration, "PLATFORMS", ())
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        entry = site_entry(subentry(evmeter_charger(broker)))
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
        coordinator = await set_up(hass, entry)
        await settled(hass, coordinator, 18.0, 17.0, 17.5)
        await report_until_seen(hass, 33.0, 17.0, 17.5)
        await until(lambda: box.charger.limits == (7, 7, 7))


@pytest.mark.usefixtures("impatient")
async def test_silent_meter_leads_to_the_fallback_current(hass: HomeAssistant, broker: Broker) -> None:
    """Nothing happens, and that is noticed; when the meter is back the state is taken back."""
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await settled(hass, coordinator, 18.0, 17.0, 17.5)
        assert box.charger.limits == (16, 16, 16)

        await until(lambda: box.charger.limits == (6, 6, 6))
        await until(lambda: coordinator.data.state is SiteState.FAIL_SAFE)
        await hass.async_block_till_done()
        assert state_of(hass, "binary_sensor.home_fail_safe") == "on"
        assert state_of(hass, "binary_sensor.home_meter_problem") == "on"

        await report_until_seen(hass, 8.0, 7.0, 7.5)
        assert state_of(hass, "binary_sensor.home_fail_safe") == "off"
        assert box.charger.limits == (6, 6, 6)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("state", ["unavailable", "nan", "inf"])
async def test_a_meter_that_talks_nonsense_is_silent(hass: HomeAssistant, broker: Broker, state: str) -> None:
    """A value that is no number never looks like an empty house."""
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await settled(hass, coordinator, 18.0, 17.0, 17.5)

        async def talk() -> None:
            while True:
                report_mains(hass, 18.0, state, 17.5)
                await asyncio.sleep(0.1)

        talking = asyncio.create_task(talk())
        await until(lambda: box.charger.limits == (6, 6, 6))
        talking.cancel()
        await asyncio.wait([talking])


async def test_failed_write_is_tried_again(
    hass: HomeAssistant, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """Also with nothing new from the meter; the log says it once, and once when it is over."""
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await settled(hass, coordinator, 18.0, 17.0, 17.5)
        box.refuse_below(10)
        await report_until_seen(hass, 33.0, 17.0, 17.5)
        await until(lambda: coordinator.data.chargers["driveway"].write_failures > 1)
        assert box.charger.limits == (16, 16, 16)

        box.refuse_below(6)
        await until(lambda: box.charger.limits == (7, 7, 7))
        await until(lambda: coordinator.data.chargers["driveway"].write_failures == 0)
    assert caplog.text.count("did not reach Driveway") == 1
    assert caplog.text.count("reach Driveway again") == 1


async def test_many_failed_writes_are_reported(
    hass: HomeAssistant, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is told, until the charger takes its limit."""
    monkeypatch.setattr(managed_charger, "MANY_FAILURES", 1)
    issues = ir.async_get(hass)
    issue = (DOMAIN, "charger_write_failed_driveway")
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await settled(hass, coordinator, 18.0, 17.0, 17.5)
        box.refuse_below(10)
        await report_until_seen(hass, 33.0, 17.0, 17.5)
        await until(lambda: issues.async_get_issue(*issue) is not None)
        box.refuse_below(6)
        await until(lambda: issues.async_get_issue(*issue) is None)


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.TRUNCATED])
async def test_limits_reach_a_charger_that_answers_nonsense(
    hass: HomeAssistant, broker: Broker, fault: Fault
) -> None:
    """Its answers are of no use, but it hears."""
    async with wallbox(broker) as box:
        await charging(box)
        report_mains(hass, 18.0, 17.0, 17.5)
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await settled(hass, coordinator, 18.0, 17.0, 17.5)
        box.gateway.fault = fault
        await report_until_seen(hass, 33.0, 17.0, 17.5)
        await until(lambda: box.charger.limits == (7, 7, 7))


async def test_two_chargers_share(hass: HomeAssistant, broker: Broker) -> None:
    """What is cut is cut fairly."""
    async with wallbox(broker, "A") as first, wallbox(broker, "B") as second:
        await charging(first)
        await charging(second)
        report_mains(hass, 24.0, 24.0, 24.0)
        entry = site_entry(
            subentry(evmeter_charger(broker, "A"), "Left", "left"),
            subentry(evmeter_charger(broker, "B"), "Right", "right"),
        )
        coordinator = await set_up(hass, entry)
        await settled(hass, coordinator, 24.0, 24.0, 24.0)
        await report_until_seen(hass, 37.0, 37.0, 37.0)
        await until(lambda: first.charger.limits[0] < 16 and second.charger.limits[0] < 16)
        left, right = first.charger.limits[0], second.charger.limits[0]
        assert abs(left - right) <= 1
        assert 37 - 32 + left + right <= 25
        assert coordinator.data.chargers["left"].problem is ChargerProblem.NONE
