"""Chargers of actions and templates: what is run, what is read, and what is never passed over."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.evmeter.balancing.model import ChargerState, WriteClass
from custom_components.evmeter.chargers import Charger, ChargerProblem, limit_port, open_charger
from custom_components.evmeter.diagnostics import async_get_config_entry_diagnostics
from custom_components.evmeter.exceptions import ChargerWriteError
from custom_components.evmeter.settings import ChargerConfig, SettingsErrors

from .entity_wallbox import EntityWallbox, LimitNumber
from .sites import report_mains, set_up, site_entry, state_of, subentry, until

STRAIGHT = {"min_current": "6", "max_current": "32", "wiring": "L1,L2,L3"}
SET_NUMBER = {
    "action": "number.set_value",
    "target": {"entity_id": "number.limit"},
    "data": {"value": "{{ current }}"},
}
RESUME = {"action": "switch.turn_on", "target": {"entity_id": "switch.charge"}}
PAUSE = json.dumps([{"action": "switch.turn_off", "target": {"entity_id": "switch.charge"}}])
SET_LIMIT = json.dumps([SET_NUMBER, RESUME])
LIMIT = "{{ states('number.limit') | float }}"
STATE = "{{ states('sensor.state') }}"
DRAWS = {
    f"draw_template_l{terminal}": f"{{{{ states('sensor.draw_l{terminal}') | float / 1000 }}}}"
    for terminal in (1, 2, 3)
}
EVERYTHING = {"pause": PAUSE, "state_template": STATE, "limit_template": LIMIT, **DRAWS}


def charger_of(hass: HomeAssistant, set_limit: str = SET_LIMIT, **strings: str) -> Charger:
    """Open a charger of actions and templates."""
    data = {"charger": "template", "set_limit": set_limit, **STRAIGHT, **strings}
    return open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)


async def failed(charger: Charger, current: float = 10.0) -> str:
    """Write a limit that must fail; returns what the user's repairs say."""
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((current, current, current))
    assert raised.value.translation_placeholders is not None
    return raised.value.translation_placeholders["reason"]


@pytest.fixture
async def wallbox(hass: HomeAssistant) -> EntityWallbox:
    """A charger of real entities, from 0 to 32 A."""
    wallbox = EntityWallbox(number=LimitNumber(0, 32))
    await wallbox.start(hass)
    return wallbox


@pytest.fixture
async def heard() -> list[int]:
    """One element per call of the charger's listener."""
    return []


@pytest.fixture
async def charger(hass: HomeAssistant, wallbox: EntityWallbox, heard: list[int]) -> AsyncIterator[Charger]:
    """The charger with every action and template, started."""
    charger = charger_of(hass, **EVERYTHING)
    await charger.async_start(lambda: heard.append(1))
    yield charger
    await charger.async_stop()


async def test_reads_what_the_templates_say(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger, heard: list[int]
) -> None:
    """Currents on the phases that the terminals are wired to, the limit and the state, at every report."""
    assert heard
    heard.clear()
    wallbox.show_state("charging")
    wallbox.show_draws(15900, 15800, 0)
    await hass.async_block_till_done()
    assert len(heard) == 1
    reading = charger.reading
    assert (reading.state, reading.limit, reading.current) == (ChargerState.CHARGING, 32, (15.9, 15.8, 0))
    assert (charger.problem, charger.details, charger.entities) == (ChargerProblem.NONE, None, ())
    assert (charger.device.manufacturer, charger.device.model) == ("EV-Meter", "Charger")
    await charger.async_stop()
    wallbox.show_draws(0, 0, 0)
    await hass.async_block_till_done()
    assert len(heard) == 1


async def test_what_is_known_of_it(hass: HomeAssistant, charger: Charger) -> None:
    """Nothing: everything is assumed with care."""
    assert (charger.settings.step, charger.settings.minimum_gap) == (1, 60)
    assert charger.settings.write_class is WriteClass.PERSISTENT
    assert charger.settings.has_draw_sensor
    assert charger.measures_each_terminal
    one = charger_of(hass, draw_template_l1=DRAWS["draw_template_l1"])
    assert one.settings.has_draw_sensor
    assert not one.measures_each_terminal
    assert not charger_of(hass).settings.has_draw_sensor


async def test_as_old_as_the_oldest_sensor(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """One that goes on talking does not make the silent one fresh."""
    wallbox.show_draws(6000, 6000, 6000)
    freezer.tick(timedelta(seconds=30))
    wallbox.draws[0].async_write_ha_state()
    await hass.async_block_till_done()
    measured_at = charger.reading.measured_at
    assert measured_at is not None
    assert hass.loop.time() - measured_at == pytest.approx(30, abs=2)
    wallbox.show_draws(6000, 6000, 6000)
    await hass.async_block_till_done()
    measured_at = charger.reading.measured_at
    assert measured_at is not None
    assert hass.loop.time() - measured_at == pytest.approx(0, abs=2)


@pytest.mark.parametrize(
    ("word", "draw", "state"),
    [
        ("disconnected", 0, ChargerState.DISCONNECTED),
        ("ready", 0, ChargerState.READY),
        ("ready", 16000, ChargerState.CHARGING),
        ("Charging", 0, ChargerState.CHARGING),
        ("paused", 0, ChargerState.PAUSED),
        ("fault", 0, ChargerState.FAULT),
        ("nobody has heard of this", 0, ChargerState.READY),
        ("nobody has heard of this", None, ChargerState.CHARGING),
        (None, 0, ChargerState.READY),
    ],
)
async def test_states(
    hass: HomeAssistant,
    wallbox: EntityWallbox,
    charger: Charger,
    word: str | None,
    draw: float | None,
    state: ChargerState,
) -> None:
    """Our words; where one is not known, a car may be charging."""
    wallbox.show_state(word)
    wallbox.show_draws(draw, 0, 0)
    await hass.async_block_till_done()
    assert charger.reading.state is state


async def test_limit_pause_and_resume(hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger) -> None:
    """The limit is in the variables, the pause has actions of its own, and a limit resumes."""
    await charger.async_write((13.0, 13.0, 13.0))
    await hass.async_block_till_done()
    assert (wallbox.number.written, charger.reading.limit) == ([13], 13)
    await charger.async_write((0.0, 0.0, 0.0))
    await hass.async_block_till_done()
    assert (wallbox.number.written, wallbox.switch.is_on) == ([13], False)
    assert (charger.reading.limit, charger.reading.state) == (0, ChargerState.PAUSED)
    await charger.async_write((10.0, 10.0, 10.0))
    await hass.async_block_till_done()
    assert (wallbox.number.written, wallbox.switch.is_on) == ([13, 10], True)
    assert (charger.reading.limit, charger.reading.state) == (10, ChargerState.READY)


async def test_without_actions_to_pause(hass: HomeAssistant, wallbox: EntityWallbox) -> None:
    """The same actions pause at 0 A; what was set last is believed, and nothing before that."""
    charger = charger_of(hass)
    assert charger.reading.limit is None
    await charger.async_write((0.0, 10.0, 10.0))
    paused = charger.reading
    assert (wallbox.number.written, paused.limit, paused.state) == ([0], 0, ChargerState.PAUSED)
    await charger.async_write((6.0, 6.0, 6.0))
    resumed = charger.reading
    assert (wallbox.number.written, resumed.limit) == ([0, 6], 6)
    await charger.async_stop()


async def test_variables(hass: HomeAssistant) -> None:
    """One per terminal and the lowest of them; whole amperes have no point."""
    calls: list[ServiceCall] = async_mock_service(hass, "charger", "limit")
    lines = {"lowest": "{{ current }}", **{f"l{line}": f"{{{{ current_l{line} }}}}" for line in (1, 2, 3)}}
    step = {"action": "charger.limit", "data": lines}
    charger = charger_of(hass, json.dumps([step]), wiring="L2,L3,L1")
    await charger.async_write((16.0, 10.5, 12.0))
    assert [dict(call.data) for call in calls] == [{"lowest": 10.5, "l1": 10.5, "l2": 12, "l3": 16}]
    assert isinstance(calls[0].data["l2"], int)
    single = charger_of(hass, json.dumps([step]), wiring="L2")
    await single.async_write((16.0, 10.0, 12.0))
    assert dict(calls[1].data) == {"lowest": 10, "l1": 10, "l2": 10, "l3": 10}


@pytest.mark.parametrize(("template", "entity"), [("limit_template", "number"), ("state_template", "state")])
async def test_a_template_that_cannot_be_rendered(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger, template: str, entity: str
) -> None:
    """The charger is away while its limit or its state is, and comes back with it."""
    for available in (False, True):
        wallbox.go_away(back=True)
        source = wallbox.number if entity == "number" else wallbox.state
        source._attr_available = available
        source.async_write_ha_state()
        await hass.async_block_till_done()
        expected = ChargerProblem.NONE if available else ChargerProblem.UNAVAILABLE
        assert charger.problem is expected, template
        assert (charger.reading.state is ChargerState.UNAVAILABLE) is not available


async def test_a_draw_that_is_not_known(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger
) -> None:
    """Half a draw is none, and no draw is not 0 A."""
    wallbox.show_draws(6000, None, 6000)
    await hass.async_block_till_done()
    assert (charger.reading.current, charger.reading.measured_at) == (None, None)
    assert charger.problem is ChargerProblem.NONE


@pytest.mark.parametrize("failure", [HomeAssistantError("out of reach"), OSError("out of reach")])
async def test_failed_action(hass: HomeAssistant, wallbox: EntityWallbox, failure: Exception) -> None:
    """Whatever an action raises is a failed write, with its own words, and the limit is not known."""
    charger = charger_of(hass)
    await charger.async_write((12.0, 12.0, 12.0))
    wallbox.number.failure = failure
    assert await failed(charger) == "out of reach"
    assert charger.reading.limit is None
    await charger.async_stop()


@pytest.mark.parametrize(
    "step",
    [
        {"stop": "not today", "error": True},
        {"condition": "template", "value_template": "{{ current > 20 }}"},
        {"wait_template": "{{ false }}", "timeout": 0.01, "continue_on_timeout": False},
    ],
)
async def test_actions_that_end_early(
    hass: HomeAssistant, wallbox: EntityWallbox, step: dict[str, object]
) -> None:
    """Home Assistant ends such a script quietly; a limit that was not set is never passed over."""
    charger = charger_of(hass, json.dumps([step, SET_NUMBER]))
    assert "ended early" in await failed(charger)
    assert wallbox.number.written == []
    await charger.async_stop()


async def test_actions_in_actions(hass: HomeAssistant, wallbox: EntityWallbox) -> None:
    """How a script that is called, or a branch, ends is not taken for the end of the whole."""
    condition = {"condition": "template", "value_template": "{{ false }}"}
    scripts = {"ends_early": {"sequence": [condition]}, "ends": {"sequence": [{"delay": 0}]}}
    assert await async_setup_component(hass, "script", {"script": scripts})
    branches = {"parallel": [{"delay": 0}, {"sequence": [{"delay": 0}]}]}
    charger = charger_of(hass, json.dumps([{"action": "script.ends_early"}, branches, SET_NUMBER]))
    await charger.async_write((10.0, 10.0, 10.0))
    assert wallbox.number.written == [10]
    failing = charger_of(hass, json.dumps([{"action": "script.ends"}, branches, condition, SET_NUMBER]))
    assert "ended early" in await failed(failing)
    for each in (charger, failing):
        await each.async_stop()


async def test_a_stop_without_an_error_is_an_end(hass: HomeAssistant, wallbox: EntityWallbox) -> None:
    """The user means it."""
    charger = charger_of(hass, json.dumps([SET_NUMBER, {"stop": "done"}, RESUME]))
    await charger.async_write((10.0, 10.0, 10.0))
    assert wallbox.number.written == [10]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"action": "charger.nowhere"}, "charger.nowhere"),
        ({**SET_NUMBER, "target": {"entity_id": "number.nowhere"}}, "number.nowhere is unavailable"),
        ({"device_id": "nowhere", "domain": "switch", "type": "turn_on"}, "cannot be run"),
    ],
)
async def test_what_is_not_there(hass: HomeAssistant, step: dict[str, object], words: str) -> None:
    """An action, an entity or a device that is gone is named."""
    assert words in await failed(charger_of(hass, json.dumps([step])))


async def test_an_entity_that_is_unavailable(hass: HomeAssistant, wallbox: EntityWallbox) -> None:
    """Home Assistant would leave it out and call that done."""
    charger = charger_of(hass)
    wallbox.go_away()
    assert await failed(charger) == "number.limit is unavailable"
    assert wallbox.number.written == []
    wallbox.go_away(back=True)
    await charger.async_write((9.0, 9.0, 9.0))
    assert wallbox.number.written == [9]


async def test_actions_that_do_not_end(
    hass: HomeAssistant, wallbox: EntityWallbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for them for ever, and nothing of them is left running."""
    monkeypatch.setattr(limit_port, "WRITE_TIMEOUT", 0.05)
    charger = charger_of(hass)
    wallbox.number.hanging = True
    assert "took longer than" in await failed(charger)
    wallbox.number.hanging = False
    await charger.async_write((8.0, 8.0, 8.0))
    assert wallbox.number.written == [8]


async def test_a_newer_limit_ends_a_write(hass: HomeAssistant, wallbox: EntityWallbox) -> None:
    """What is cancelled is cancelled, and is no failure."""
    charger = charger_of(hass)
    wallbox.number.hanging = True
    write = asyncio.create_task(charger.async_write((16.0, 16.0, 16.0)))
    await asyncio.sleep(0.05)
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    wallbox.number.hanging = False
    await charger.async_write((8.0, 8.0, 8.0))
    assert wallbox.number.written == [8]
    await charger.async_stop()
    await charger.async_stop()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("set_limit", "no JSON"),
        ("set_limit", "[]"),
        ("set_limit", "null"),
        ("set_limit", '[{"turn_on": "switch.charge"}]'),
        ("pause", "7"),
        ("pause", '[{"action": "no domain"}]'),
    ],
)
async def test_stored_actions_that_are_none(hass: HomeAssistant, key: str, text: str) -> None:
    """The charger is left out, with the key at fault."""
    with pytest.raises(SettingsErrors) as raised:
        charger_of(hass, **{key: text})
    assert raised.value.form_errors() == {key: "invalid_action"}


async def test_a_stored_template_with_an_error(hass: HomeAssistant) -> None:
    """As after an update that no longer knows a filter: the charger is away, and nothing fails."""
    charger = charger_of(hass, state_template="{{ 5", draw_template_l1="{{ 5 | gone }}")
    await charger.async_start(lambda: None)
    assert charger.problem is ChargerProblem.UNAVAILABLE
    await charger.async_stop()


async def test_at_a_site(hass: HomeAssistant, wallbox: EntityWallbox) -> None:
    """The balancer limits it: an overload is cut through the actions, and the entities tell of it."""
    wallbox.show_state("charging")
    report_mains(hass, 8.0, 8.0, 8.0)
    data: Mapping[str, str] = {"charger": "template", "set_limit": SET_LIMIT, **STRAIGHT, **EVERYTHING}
    coordinator = await set_up(hass, site_entry(subentry(dict(data), "Garage", "garage")))
    assert coordinator.data.chargers["garage"].can_limit

    def cut() -> bool:
        wallbox.show_draws(20000, 20000, 20000)
        report_mains(hass, 34.0, 22.0, 22.0)
        return bool(wallbox.number.written) and wallbox.number.written[-1] < 12

    await until(cut, 30)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.garage_problem") == "none"
    assert coordinator.data.chargers["garage"].write_failures == 0
    diagnostics = await async_get_config_entry_diagnostics(hass, coordinator.config_entry)
    assert STATE in str(diagnostics)
    assert "set_value" not in str(diagnostics)
