"""What can be wrong with a meter is told after its grace, goes by itself, and has a way out that works."""

import pytest
from homeassistant.config_entries import ConfigEntryDisabler, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_config_flow,
    mock_integration,
)

from custom_components.evmeter.balancing.tuning import SOFT_AGE
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.issues import mains as mains_issues

from .clock import Clock
from .fixes import fix, fixed, go_on, leads_to, set_up_other, shown
from .flows import submit
from .meter_samples import add_meter
from .sites import SITE, report_mains, set_up, site_entry
from .test_known_meters import DSMR

GRACE = int(mains_issues.METER_GRACE)
UNITS = {"current": "A", "power": "W", "power_export": "W", "voltage": "V"}
SILENT = int(mains_issues.METER_GRACE + SOFT_AGE)


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


def meter_entity(
    hass: HomeAssistant,
    entry: MockConfigEntry | None = None,
    device_id: str | None = None,
    disabled_by: er.RegistryEntryDisabler | None = None,
) -> er.RegistryEntry:
    """Give Home Assistant a sensor of L1."""
    return er.async_get(hass).async_get_or_create(
        "sensor", "meter", "l1", config_entry=entry, device_id=device_id, disabled_by=disabled_by
    )


async def until_shown(hass: HomeAssistant, clock: Clock, issue_id: str, grace: int) -> None:
    """Let the grace pass, and see that the issue comes then and no sooner."""
    await clock.run(grace - 2)
    assert issue_id not in shown(hass)
    await clock.run(4)
    assert issue_id in shown(hass)


async def test_disabled_entity_is_enabled(hass: HomeAssistant, clock: Clock) -> None:
    """With one click; its value takes the issue away."""
    entity = meter_entity(hass, disabled_by=er.RegistryEntryDisabler.USER)
    await set_up(hass, site_entry(data=SITE | {"current_l1": entity.id}))
    issue_id = f"source_disabled_{entity.entity_id}"
    await until_shown(hass, clock, issue_id, GRACE)
    await fixed(hass, issue_id)
    enabled = er.async_get(hass).async_get(entity.entity_id)
    assert enabled is not None
    assert not enabled.disabled
    hass.states.async_set(entity.entity_id, "4", {"unit_of_measurement": "A"})
    await clock.run(GRACE + 2)
    assert not [issue for issue in shown(hass) if entity.entity_id in issue]


async def test_what_disabled_an_entity_is_enabled_too(hass: HomeAssistant, clock: Clock) -> None:
    """Its device and its integration."""
    mock_integration(hass, MockModule("meter"))
    entry = MockConfigEntry(domain="meter", disabled_by=ConfigEntryDisabler.USER)
    entry.add_to_hass(hass)
    devices = dr.async_get(hass)
    device = devices.async_get_or_create(config_entry_id=entry.entry_id, identifiers={("meter", "1")})
    devices.async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
    entity = meter_entity(hass, entry, device_id=device.id, disabled_by=er.RegistryEntryDisabler.DEVICE)
    await set_up(hass, site_entry(data=SITE | {"current_l1": entity.id}))
    issue_id = f"source_disabled_{entity.entity_id}"
    await until_shown(hass, clock, issue_id, GRACE)
    await fixed(hass, issue_id)
    assert entry.disabled_by is None
    now = devices.async_get(device.id)
    assert now is not None
    assert not now.disabled
    enabled = er.async_get(hass).async_get(entity.entity_id)
    assert enabled is not None
    assert not enabled.disabled


async def test_removed_entity_leads_to_the_settings(hass: HomeAssistant, clock: Clock) -> None:
    """It is called by the name it had, and another meter can be chosen: then the issue goes."""
    entity = meter_entity(hass)
    hass.states.async_set(entity.entity_id, "4", {"unit_of_measurement": "A"})
    await set_up(hass, site_entry(data=SITE | {"current_l1": entity.id}))
    er.async_get(hass).async_remove(entity.entity_id)
    hass.states.async_remove(entity.entity_id)
    issue_id = f"source_missing_{entity.id}"
    await until_shown(hass, clock, issue_id, GRACE)
    assert shown(hass)[issue_id] == {"entity": "sensor.meter_l1", "phase": "L1"}
    kind, flow_id = await leads_to(hass, issue_id)
    assert kind == "config_flow"
    flow = hass.config_entries.flow.async_get(flow_id)
    assert (flow["step_id"], flow["context"]["source"]) == ("user", "reconfigure")
    assert flow["context"]["entry_id"] == "site"
    result = await hass.config_entries.flow.async_configure(flow_id, {"mains": "simulated"})
    result = await submit(hass, result, seed="1")
    result = await submit(hass, await submit(hass, result), **flow_answers())
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await hass.async_block_till_done()
    await clock.run(2)
    assert issue_id not in shown(hass)


def flow_answers() -> dict[str, object]:
    """What the user types about the fuse."""
    return {"phases": "3", "fuse_l1": 25, "fuse_type": "b", "margin": 0.5, "voltage": 230}


async def test_fix_flow_of_a_site_that_is_gone(hass: HomeAssistant, clock: Clock) -> None:
    """The flow says so and ends; it was open when the site went."""
    report_mains(hass, 3.0, 4.0, 5.0)
    hass.states.async_set("sensor.mains_l1", "3", {"unit_of_measurement": "%"})
    await set_up(hass, site_entry())
    issue_id = "source_wrong_unit_sensor.mains_l1"
    await until_shown(hass, clock, issue_id, GRACE)
    flow = await fix(hass, issue_id)
    await hass.config_entries.async_remove("site")
    result = await go_on(hass, flow)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "gone")
    assert shown(hass) == {}


async def test_silent_meter_is_restarted(hass: HomeAssistant, clock: Clock) -> None:
    """Its integration is set up anew; if that was no help, the user is told again."""
    meter = MockConfigEntry(domain="meter")
    set_ups = await set_up_other(hass, meter)
    entity = meter_entity(hass, meter)
    report_mains(hass, 3.0, 4.0, 5.0)
    hass.states.async_set(entity.entity_id, "4", {"unit_of_measurement": "A"})
    await set_up(hass, site_entry(data=SITE | {"current_l1": entity.id}))
    await clock.run(SILENT + 2)
    assert shown(hass) == {"meter_silent_site": {"site": "Home"}}
    form = await fix(hass, "meter_silent_site")
    assert form["menu_options"] == ["reload", "change_site"]
    with mock_config_flow("meter", ConfigFlow):
        await fixed(hass, "meter_silent_site", "reload")
    assert set_ups == [meter.entry_id, meter.entry_id]
    await clock.run(GRACE + 2)
    assert shown(hass) == {"meter_silent_site": {"site": "Home"}}
    assert (await leads_to(hass, "meter_silent_site", "change_site"))[0] == "config_flow"
    report_mains(hass, 3.0, 4.0, 5.0)
    hass.states.async_set(entity.entity_id, "4.1", {"unit_of_measurement": "A"})
    await clock.run(1)
    assert shown(hass) == {}


async def test_silent_meter_without_an_integration(hass: HomeAssistant, clock: Clock) -> None:
    """There is nothing to restart; another meter can be chosen."""
    report_mains(hass, 3.0, 4.0, 5.0)
    await set_up(hass, site_entry())
    await clock.run(SILENT + 2)
    assert (await fix(hass, "meter_silent_site"))["menu_options"] == ["change_site"]


async def test_slow_meter_leads_to_the_settings(hass: HomeAssistant, clock: Clock) -> None:
    """A larger margin helps; a meter that got faster takes the issue away."""
    await set_up(hass, site_entry())
    for current in range(6):
        report_mains(hass, 3.5 + current, 4.0, 5.0)
        await clock.run(20)
    assert shown(hass) == {"meter_slow_site": {"site": "Home", "period": "20"}}
    assert (await leads_to(hass, "meter_slow_site"))[0] == "config_flow"
    for current in range(30):
        report_mains(hass, 3.5 + current % 2, 4.0, 5.0)
        await clock.run(2)
    assert shown(hass) == {}


async def test_slow_option_is_opened(hass: HomeAssistant, clock: Clock) -> None:
    """The flow goes straight on in the options of the meter's own integration."""
    phases = add_meter(hass, DSMR)
    ids = {
        f"{quantity}_l{number}": entity.id
        for number, phase in enumerate(phases, start=1)
        for quantity, entity in phase.items()
    }
    for phase in phases:
        for entity in phase.values():
            er.async_get(hass).async_update_entity(entity.entity_id, disabled_by=None)
    others = {key: value for key, value in SITE.items() if not key.startswith("current")}
    data = others | {"mains": "known", "meter": "dsmr"} | ids
    await set_up(hass, site_entry(data=data))
    for current in range(6):
        for quantity, entity in (item for phase in phases for item in phase.items()):
            unit = {"unit_of_measurement": UNITS[quantity]}
            hass.states.async_set(entity.entity_id, str(230.5 + current), unit)
        await clock.run(20)
    assert shown(hass) == {"meter_slow_option_site": {"site": "Home", "period": "20"}}
    form = await fix(hass, "meter_slow_option_site")
    assert form["description_placeholders"] == {
        "site": "Home",
        "period": "20",
        "option": "Minimum time between entity updates [s]",
        "seconds": "30",
        "advised": "5",
    }
    kind, flow_id = await leads_to(hass, "meter_slow_option_site")
    assert kind == "options_flow"
    flow = hass.config_entries.options.async_get(flow_id)
    (meter,) = hass.config_entries.async_entries("dsmr")
    assert (flow["handler"], flow["step_id"]) == (meter.entry_id, "init")

    form = await fix(hass, "meter_slow_option_site")
    hass.config_entries.async_update_entry(meter, options={"time_between_update": 5})
    result = await go_on(hass, form)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "gone")


async def test_coarse_meter_is_told_once(
    hass: HomeAssistant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole amps cost something; whoever can live with it ignores it, also after a restart of the site."""
    monkeypatch.setattr(mains_issues, "COARSE_GRACE", 30.0)
    entry = site_entry()
    await set_up(hass, entry)

    async def run(seconds: int, fraction: float = 0.0) -> None:
        for second in range(seconds):
            report_mains(hass, 3 + second % 3 + fraction, 4.0, 5.0)
            await clock.run(1)

    await run(25)
    assert shown(hass) == {}
    await run(10)
    assert shown(hass) == {"meter_coarse_site": {"site": "Home", "resolution": "1", "precaution": "0.5"}}
    ir.async_ignore_issue(hass, DOMAIN, "meter_coarse_site", ignore=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await run(40)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "meter_coarse_site")
    assert issue is not None
    assert issue.dismissed_version is not None
    assert (await leads_to(hass, "meter_coarse_site"))[0] == "config_flow"


async def test_fine_meter_that_began_with_whole_amps(
    hass: HomeAssistant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fraction takes the issue away."""
    monkeypatch.setattr(mains_issues, "COARSE_GRACE", 5.0)
    await set_up(hass, site_entry())
    report_mains(hass, 3, 4, 5)
    await clock.run(8)
    assert "meter_coarse_site" in shown(hass)
    report_mains(hass, 3.25, 4.25, 5.25)
    await clock.run(2)
    assert shown(hass) == {}
