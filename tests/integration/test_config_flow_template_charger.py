"""The flow that adds and changes a charger of actions and templates."""

import json

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .charger_flows import change, only_charger, start, submit
from .entity_wallbox import EntityWallbox
from .flows import LIMITS, site, suggestions

SET_LIMIT = [
    {
        "action": "number.set_value",
        "target": {"entity_id": "number.limit"},
        "data": {"value": "{{ current }}"},
    }
]
PAUSE = [{"action": "switch.turn_off", "target": {"entity_id": "switch.charge"}}]
TEMPLATES = {
    "state_template": "{{ states('sensor.state') }}",
    "limit_template": "{{ states('number.limit') }}",
    "draw_template_l1": "{{ states('sensor.draw_l1') | float / 1000 }}",
}
ANSWERS = {"set_limit": SET_LIMIT, "pause": PAUSE, **TEMPLATES}


@pytest.fixture
async def entry(hass: HomeAssistant) -> MockConfigEntry:
    """A site without chargers, and the entities of one."""
    await EntityWallbox().start(hass)
    return site(hass)


async def test_add_and_change(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Actions are stored as compact JSON text, templates as they are; both are shown again."""
    result = await start(hass, entry, "template")
    assert (result["step_id"], suggestions(result["data_schema"])) == ("template", {})
    result = await submit(hass, result, **ANSWERS)
    assert (result["step_id"], suggestions(result["data_schema"])) == ("limits", LIMITS)
    result = await submit(hass, result, **LIMITS)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Charger")
    charger = only_charger(entry)
    assert charger.data == {
        "charger": "template",
        "set_limit": json.dumps(SET_LIMIT, separators=(",", ":")),
        "pause": json.dumps(PAUSE, separators=(",", ":")),
        **TEMPLATES,
        **LIMITS,
    }

    result = await change(hass, entry, charger)
    assert suggestions(result["data_schema"]) == ANSWERS
    result = await submit(hass, result, set_limit=SET_LIMIT, pause=[])
    result = await submit(hass, result, **LIMITS)
    assert result["reason"] == "reconfigure_successful"
    assert only_charger(entry).data.keys() == {"charger", "set_limit", *LIMITS}


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"set_limit": []}, {"set_limit": "required"}),
        ({"set_limit": [{"turn_on": "switch.charge"}]}, {"set_limit": "invalid_action"}),
        (
            {"set_limit": [{"device_id": "nowhere", "domain": "switch", "type": "turn_on"}]},
            {"set_limit": "invalid_action"},
        ),
        ({"pause": [{"action": 7}]}, {"pause": "invalid_action"}),
        (
            {"state_template": "{{ 5", "limit_template": "{{ 1 / 0 }}", "draw_template_l1": "{{ 7 }}"},
            {
                "state_template": "invalid_template",
                "limit_template": "invalid_template",
                "draw_template_l1": "template_without_sensor",
            },
        ),
        (
            {"pause": [{}], "draw_template_l1": "{{ states.sensor.nowhere.state | float }}"},
            {"pause": "invalid_action", "draw_template_l1": "invalid_template"},
        ),
        ({"draw_template_l1": "", "draw_template_l2": "{{ 7 }}"}, {"draw_template_l1": "required"}),
    ],
)
async def test_errors_at_their_fields_and_recovery(
    hass: HomeAssistant, entry: MockConfigEntry, answers: dict[str, object], errors: dict[str, str]
) -> None:
    """All at once, and what was typed stays."""
    result = await start(hass, entry, "template")
    result = await submit(hass, result, **ANSWERS | answers)
    assert (result["step_id"], result["errors"]) == ("template", errors)
    shown = suggestions(result["data_schema"])
    assert shown == {key: value for key, value in (ANSWERS | answers).items() if value not in ([], "")}
    result = await submit(hass, result, **ANSWERS)
    assert result["step_id"] == "limits"


async def test_the_same_actions_twice(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """They limit the same charger: two balancers would fight over it."""
    result = await submit(hass, await start(hass, entry, "template"), set_limit=SET_LIMIT)
    await submit(hass, result, **LIMITS)
    result = await submit(hass, await start(hass, entry, "template"), set_limit=SET_LIMIT)
    assert result["errors"] == {"set_limit": "entity_in_use"}
