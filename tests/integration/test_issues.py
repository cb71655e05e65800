"""What is wrong is told to the user with its name and the way out, and taken back when it is over."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from custom_components.evmeter.balancing.tuning import SOFT_AGE
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.issues import (
    Issue,
    IssueBoard,
    charger as charger_issues,
    mains as mains_issues,
)
from custom_components.evmeter.simulation import simulation_of

from .clock import Clock
from .sites import SIMULATED_SITE, SITE, report_mains, set_up, site_entry, subentry

CAR = {"charger": "simulated"}


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


def shown(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """What the user is told: issue -> what its text names."""
    return {
        issue_id: issue.translation_placeholders or {}
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


def test_shown_after_its_grace_and_taken_back(hass: HomeAssistant) -> None:
    """What mends itself in time is never shown."""
    board = IssueBoard(hass)
    issue = Issue(key="meter_silent", subject="site", placeholders={"site": "Home"}, grace=10.0)
    board.show([issue], 100.0)
    board.show([issue], 109.0)
    assert shown(hass) == {}
    board.show([], 110.0)
    board.show([issue], 111.0)
    assert shown(hass) == {}
    board.show([issue], 121.0)
    assert shown(hass) == {"meter_silent_site": {"site": "Home"}}
    board.show([], 122.0)
    assert shown(hass) == {}
    board.show([issue], 130.0)
    board.show([issue], 140.0)
    board.clear()
    assert shown(hass) == {}


async def test_entities_that_tell_nothing(hass: HomeAssistant, clock: Clock) -> None:
    """Missing, disabled or of another unit: each is named with its phase."""
    entity = er.async_get(hass).async_get_or_create(
        "sensor", "test", "l2", disabled_by=er.RegistryEntryDisabler.USER
    )
    hass.states.async_set("sensor.mains_l3", "5", {"unit_of_measurement": "%"})
    await set_up(hass, site_entry(data=SITE | {"current_l2": entity.id}))
    await clock.run(int(mains_issues.METER_GRACE + SOFT_AGE) + 2)
    assert shown(hass) == {
        "source_missing_sensor.mains_l1": {"entity": "sensor.mains_l1", "phase": "L1"},
        f"source_disabled_{entity.entity_id}": {"entity": entity.entity_id, "phase": "L2"},
        "source_wrong_unit_sensor.mains_l3": {"entity": "sensor.mains_l3", "phase": "L3"},
        "meter_silent_site": {"site": "Home"},
    }
    er.async_get(hass).async_update_entity(entity.entity_id, disabled_by=None)
    hass.states.async_set(entity.entity_id, "4", {"unit_of_measurement": "A"})
    report_mains(hass, 3.0, 4.0, 5.0)
    await clock.run(1)
    assert shown(hass) == {}


async def test_slow_meter(hass: HomeAssistant, clock: Clock) -> None:
    """It says how slow."""
    await set_up(hass, site_entry())
    for _ in range(6):
        report_mains(hass, 3.5, 4.0, 5.0)
        await clock.run(20)
    assert shown(hass) == {"meter_slow_site": {"site": "Home", "period": "20"}}


async def test_charger_that_does_not_obey(hass: HomeAssistant, clock: Clock) -> None:
    """It is told from one that is only late."""
    await set_up(hass, site_entry(subentry(CAR), data=SIMULATED_SITE))
    await clock.run(60)
    site = simulation_of(hass, "site").site
    site.chargers[0].charger.obeys = False
    site.house.quiet = True
    site.house.switch("kettle", on=True)
    site.house.switch("oven", on=True)
    await clock.run(int(charger_issues.NOT_OBEYING_GRACE) + 40)
    assert shown(hass) == {"charger_not_obeying_driveway": {"charger": "Driveway"}}
