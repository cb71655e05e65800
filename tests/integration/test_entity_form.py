"""The answers of a user who picks a charger's entities by hand."""

from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant

from custom_components.evmeter.chargers import CHARGERS
from custom_components.evmeter.settings import ChargerKind, SettingsErrors

from .entity_wallbox import EntityWallbox


@pytest.fixture
async def ids(hass: HomeAssistant) -> Mapping[str, str]:
    """The entities of a charger from 6 to 32 A, by unique id."""
    return await EntityWallbox().start(hass)


async def test_answers_are_stored_by_registry_id(hass: HomeAssistant, ids: Mapping[str, str]) -> None:
    """Nothing that was not given, and no switch that is usual."""
    kind = CHARGERS[ChargerKind.ENTITIES]
    answers = {"limit": "number.limit", "switch": "switch.charge", "switch_pauses": "false"}
    stored = await kind.async_validate(hass, answers | {"draw_l1": "sensor.draw_l1"})
    assert stored == {"limit": ids["limit"], "switch": ids["charge"], "draw_l1": ids["draw_l1"]}
    assert kind.suggested_limits(hass, stored) == {
        "min_current": "6",
        "max_current": "32",
        "fallback_current": "6",
    }


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({}, {"limit": "required"}),
        ({"limit": "number.limit"}, {"switch": "cannot_pause"}),
        ({"limit": "number.nowhere"}, {"limit": "entity_not_found"}),
        (
            {"limit": "number.nowhere", "switch": "switch.nowhere", "draw_l1": "sensor.nowhere"},
            {"limit": "entity_not_found", "switch": "entity_not_found", "draw_l1": "entity_not_found"},
        ),
        ({"limit": "sensor.draw_l1", "switch": "switch.charge"}, {"limit": "wrong_unit"}),
        (
            {"limit": "number.limit", "switch": "switch.charge", "draw_l2": "sensor.draw_l2"},
            {"draw_l1": "required"},
        ),
    ],
)
async def test_answers_that_cannot_be_used(
    hass: HomeAssistant, ids: Mapping[str, str], answers: dict[str, str], errors: dict[str, str]
) -> None:
    """Every one is named at its field."""
    with pytest.raises(SettingsErrors) as raised:
        await CHARGERS[ChargerKind.ENTITIES].async_validate(hass, answers)
    assert raised.value.form_errors() == errors
