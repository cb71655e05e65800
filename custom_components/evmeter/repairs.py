"""Flows that put right what an issue tells of, one class per kind of issue."""

from typing import Final

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.core import HomeAssistant

from .wiring_repair import WiringRepairFlow
from .wiring_watch import ISSUE as WIRING_CONTRADICTS

FIX_FLOWS: Final[dict[str, type[RepairsFlow]]] = {
    WIRING_CONTRADICTS: WiringRepairFlow,
}
"""By the key that the id of an issue begins with."""


async def async_create_fix_flow(
    _hass: HomeAssistant, issue_id: str, _data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow for an issue; Home Assistant hands it the issue's data."""
    flows = (flow for key, flow in FIX_FLOWS.items() if issue_id.startswith(f"{key}_"))
    return next(flows, ConfirmRepairFlow)()
