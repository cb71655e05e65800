"""The actions: a limit for a while, its release, and what the last decisions were."""

import json

import pytest
import voluptuous as vol
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util.json import JsonObjectType
from homeassistant.util.yaml import load_yaml_dict

from custom_components.evmeter.actions import (
    ACTION_EXPLAIN,
    ACTION_RELEASE_LIMIT,
    ACTION_SET_LIMIT,
    EXPLAIN_SCHEMA,
    RELEASE_LIMIT_SCHEMA,
    SET_LIMIT_SCHEMA,
)
from custom_components.evmeter.balancing import ReasonCode
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.coordinator import REMEMBERED_DECISIONS, EVMeterCoordinator
from custom_components.evmeter.snapshot import ChargerMode

from .clock import Clock
from .sites import SIMULATED_SITE, set_up, site_entry, state_of, subentry
from .texts import TRANSLATIONS, load

CAR = {"charger": "simulated", "car_phases": "3", "car_current": "16"}
WISH = ("select.driveway_mode", "number.driveway_maximum_current")


@pytest.fixture
async def coordinator(hass: HomeAssistant, clock: Clock) -> EVMeterCoordinator:
    """A simulated house whose car charges at all it may."""
    coordinator = await set_up(hass, site_entry(subentry(CAR), data=SIMULATED_SITE | {"seed": "3"}))
    await clock.run(60)
    assert limit(coordinator) == 16
    return coordinator


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


def limit(coordinator: EVMeterCoordinator) -> float | None:
    """Return the limit of the charger [A]."""
    return coordinator.data.chargers["driveway"].limit


def device(hass: HomeAssistant, name: str = "Driveway") -> str:
    """Return the device of that name."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), "site")
    return next(entry.id for entry in devices if entry.name == name)


async def act(hass: HomeAssistant, action: str, **data: object) -> None:
    """Run an action on the charger."""
    await hass.services.async_call(DOMAIN, action, {"device_id": device(hass)} | data, blocking=True)


async def test_limit_is_held_until_it_is_released(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, clock: Clock
) -> None:
    await act(hass, ACTION_SET_LIMIT, current=10)
    assert limit(coordinator) == 10
    reason = coordinator.data.reason("driveway")
    assert reason is not None
    assert reason.code is ReasonCode.MANUAL
    assert [state_of(hass, entity) for entity in WISH] == ["manual", "10.0"]
    await clock.run(120)
    assert limit(coordinator) == 10
    await act(hass, ACTION_RELEASE_LIMIT)
    assert [state_of(hass, entity) for entity in WISH] == ["balanced", "16.0"]
    await clock.run(60)
    assert (limit(coordinator) or 0) > 10


async def test_after_the_duration_the_wish_from_before_holds_again(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, clock: Clock
) -> None:
    coordinator.async_set_maximum_current("driveway", 12.0)
    await act(hass, ACTION_SET_LIMIT, current=0, duration={"seconds": 30})
    assert limit(coordinator) == 0
    assert [state_of(hass, entity) for entity in WISH] == ["paused", "12.0"]
    await act(hass, ACTION_SET_LIMIT, current=8, duration="00:01:00")
    assert [state_of(hass, entity) for entity in WISH] == ["manual", "8.0"]
    await clock.run(55)
    assert state_of(hass, WISH[0]) == "manual"
    await clock.run(6)
    assert [state_of(hass, entity) for entity in WISH] == ["balanced", "12.0"]


@pytest.mark.parametrize("wish", ["mode", "maximum", "release"])
async def test_what_is_wanted_later_outlasts_the_duration(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, clock: Clock, wish: str
) -> None:
    await act(hass, ACTION_SET_LIMIT, current=8, duration={"minutes": 1})
    if wish == "mode":
        coordinator.async_set_mode("driveway", ChargerMode.PAUSED)
    elif wish == "maximum":
        coordinator.async_set_maximum_current("driveway", 9)
    else:
        await act(hass, ACTION_RELEASE_LIMIT)
    wanted = [state_of(hass, entity) for entity in WISH]
    await clock.run(90)
    assert [state_of(hass, entity) for entity in WISH] == wanted


async def test_reload_ends_a_limit_that_has_a_duration(
    hass: HomeAssistant, coordinator: EVMeterCoordinator
) -> None:
    """A wish that nobody would end any more must not be kept."""
    await act(hass, ACTION_SET_LIMIT, current=8, duration={"minutes": 1})
    assert await hass.config_entries.async_reload("site")
    await hass.async_block_till_done()
    assert [state_of(hass, entity) for entity in WISH] == ["balanced", "16.0"]
    assert coordinator.chargers["driveway"].mode is ChargerMode.BALANCED


async def test_stop_of_home_assistant_ends_a_limit_that_has_a_duration(
    hass: HomeAssistant, coordinator: EVMeterCoordinator
) -> None:
    """What is written down when Home Assistant stops is restored when it starts."""
    await act(hass, ACTION_SET_LIMIT, current=8, duration={"minutes": 1})
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert [state_of(hass, entity) for entity in WISH] == ["balanced", "16.0"]
    assert coordinator.chargers["driveway"].mode is ChargerMode.BALANCED


async def test_limit_without_a_duration_outlasts_a_reload(
    hass: HomeAssistant, coordinator: EVMeterCoordinator
) -> None:
    await act(hass, ACTION_SET_LIMIT, current=8)
    assert await hass.config_entries.async_reload("site")
    await hass.async_block_till_done()
    assert [state_of(hass, entity) for entity in WISH] == ["manual", "8.0"]
    assert coordinator.chargers["driveway"].mode is ChargerMode.MANUAL


@pytest.mark.parametrize("current", [0.5, 5.9, 16.1, 100])
async def test_impossible_limit_is_refused(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, current: float
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, ACTION_SET_LIMIT, current=current)
    assert refused.value.translation_key == "limit_out_of_range"
    assert refused.value.translation_placeholders == {"charger": "Driveway", "minimum": "6", "maximum": "16"}
    assert limit(coordinator) == 16


@pytest.mark.parametrize("current", [-1, "many", None])
async def test_limit_that_is_none_is_refused(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, current: object
) -> None:
    with pytest.raises(vol.Invalid):
        await act(hass, ACTION_SET_LIMIT, current=current)
    assert limit(coordinator) == 16


@pytest.mark.parametrize("action", [ACTION_SET_LIMIT, ACTION_RELEASE_LIMIT])
async def test_device_that_is_no_charger_is_refused(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, action: str
) -> None:
    current = {"current": 10} if action == ACTION_SET_LIMIT else {}
    for wrong in (device(hass, "Home"), "nothing"):
        with pytest.raises(ServiceValidationError) as refused:
            await act(hass, action, device_id=wrong, **current)
        assert refused.value.translation_key == "no_such_charger"
    assert limit(coordinator) == 16


async def test_charger_that_is_only_watched_is_refused(
    hass: HomeAssistant, coordinator: EVMeterCoordinator
) -> None:
    coordinator.chargers["driveway"].charger.can_limit = False
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, ACTION_SET_LIMIT, current=10)
    assert refused.value.translation_key == "charger_only_watched"


async def explain(hass: HomeAssistant, **data: object) -> list[JsonObjectType]:
    """Return the decisions that are explained."""
    response = await hass.services.async_call(
        DOMAIN, ACTION_EXPLAIN, {"config_entry_id": "site"} | data, blocking=True, return_response=True
    )
    assert response is not None
    decisions = response["decisions"]
    assert isinstance(decisions, list)
    return [decision for decision in decisions if isinstance(decision, dict)]


async def test_decisions_are_explained(
    hass: HomeAssistant, coordinator: EVMeterCoordinator, clock: Clock
) -> None:
    await act(hass, ACTION_SET_LIMIT, current=10)
    newest = (await explain(hass))[0]
    assert newest["age_s"] == 0
    assert newest["chargers"] == [
        {
            "name": "Driveway",
            "limit_a": 10,
            "reason": "manual",
            "phase": None,
            "circuit": None,
            "obeying": True,
            "written": True,
        }
    ]
    phases = newest["phases"]
    assert isinstance(phases, dict)
    assert set(phases) == {"L1", "L2", "L3"}
    decision = coordinator.data.decision
    assert decision is not None
    first = decision.phases[0]
    assert first.mains is not None
    assert first.headroom is not None
    shown = phases["L1"]
    assert isinstance(shown, dict)
    assert shown["mains_a"] == pytest.approx(first.mains, abs=0.01)
    assert shown["headroom_a"] == pytest.approx(first.headroom, abs=0.01)
    await clock.run(5)
    ages = [decision["age_s"] for decision in await explain(hass, count=5)]
    assert len(ages) == 5
    assert ages[0] == 0
    assert ages[-1] != 0


async def test_no_more_is_explained_than_is_remembered(
    hass: HomeAssistant, coordinator: EVMeterCoordinator
) -> None:
    assert len(await explain(hass, count=10**6)) == len(coordinator.history) <= REMEMBERED_DECISIONS


async def test_site_that_is_not_loaded_cannot_be_explained(
    hass: HomeAssistant, coordinator: EVMeterCoordinator
) -> None:
    assert await hass.config_entries.async_unload("site")
    assert coordinator.history
    with pytest.raises(ServiceValidationError):
        await explain(hass)


def test_every_action_has_its_form_its_texts_and_its_icon() -> None:
    schemas = {
        ACTION_SET_LIMIT: SET_LIMIT_SCHEMA,
        ACTION_RELEASE_LIMIT: RELEASE_LIMIT_SCHEMA,
        ACTION_EXPLAIN: EXPLAIN_SCHEMA,
    }
    fields = {action: {str(key) for key in schema.schema} for action, schema in schemas.items()}
    forms = load_yaml_dict(TRANSLATIONS.parent / "services.yaml")
    texts = load("en")["services"]
    icons = json.loads((TRANSLATIONS.parent / "icons.json").read_text(encoding="utf-8"))["services"]
    assert {action: set(form["fields"]) for action, form in forms.items()} == fields
    assert {action: set(text["fields"]) for action, text in texts.items()} == fields
    assert set(icons) == set(fields)
