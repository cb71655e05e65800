"""What the tests of the repairs share: what the user is shown, and the fix flows as the browser runs them."""

from homeassistant.components.repairs import (
    DOMAIN as REPAIRS,
    RepairsFlowContext,
    RepairsFlowManager,
    RepairsFlowResult,
    repairs_flow_manager,
)
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from custom_components.evmeter.const import DOMAIN

from .texts import load, placeholders

ISSUES = load("en")["issues"]


def shown(hass: HomeAssistant) -> dict[str, dict[str, str]]:
    """What the user is told: issue -> what its text names."""
    return {
        issue_id: issue.translation_placeholders or {}
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


async def manager(hass: HomeAssistant) -> RepairsFlowManager:
    """What runs the fix flows."""
    assert await async_setup_component(hass, REPAIRS, {})
    found = repairs_flow_manager(hass)
    assert found is not None
    return found


async def fix(hass: HomeAssistant, issue_id: str) -> RepairsFlowResult:
    """Press "fix", and see that every text of the first form is there and filled in."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.is_fixable
    flows = await manager(hass)
    result = await flows.async_init(DOMAIN, context=RepairsFlowContext(issue_id=issue_id))
    texts = ISSUES[str(issue.translation_key)]
    step = texts["fix_flow"]["step"][result["step_id"]]
    given = set(result["description_placeholders"] or {})
    assert placeholders(texts["title"]) | placeholders(step["description"]) <= given
    return result


async def go_on(
    hass: HomeAssistant, result: RepairsFlowResult, choice: str | None = None
) -> RepairsFlowResult:
    """Send the form, or choose from the menu."""
    answers = {} if choice is None else {"next_step_id": choice}
    result = await (await manager(hass)).async_configure(result["flow_id"], answers)
    await hass.async_block_till_done()
    return result


async def fixed(hass: HomeAssistant, issue_id: str, choice: str | None = None) -> None:
    """Go through a fix flow that ends its issue by itself."""
    result = await go_on(hass, await fix(hass, issue_id), choice)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issue_id not in shown(hass)


async def leads_to(hass: HomeAssistant, issue_id: str, choice: str | None = None) -> tuple[str, str]:
    """Go through a fix flow that leads to another one; return the kind of that and its id.

    The issue stays: nothing is put right yet.
    """
    result = await go_on(hass, await fix(hass, issue_id), choice)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "goes_on")
    assert issue_id in shown(hass)
    kind, flow_id = result["next_flow"]
    return str(kind), flow_id


async def set_up_other(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    """Set up an integration that does nothing; the list that is returned grows with each set-up."""
    set_ups: list[str] = []

    async def setup(_hass: HomeAssistant, entry: ConfigEntry) -> bool:
        set_ups.append(entry.entry_id)
        return True

    async def unload(_hass: HomeAssistant, _entry: ConfigEntry) -> bool:
        return True

    mock_integration(hass, MockModule(entry.domain, async_setup_entry=setup, async_unload_entry=unload))
    mock_platform(hass, f"{entry.domain}.config_flow")
    entry.add_to_hass(hass)
    with mock_config_flow(entry.domain, ConfigFlow):
        assert await hass.config_entries.async_setup(entry.entry_id)
    return set_ups
