"""The flow that stores the wiring that was seen."""

from typing import Final

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.helpers import issue_registry as ir

from .const import CONF_WIRING, DOMAIN, SUBENTRY_CHARGER

CHARGER_GONE: Final = "gone"


class WiringRepairFlow(RepairsFlow):
    """Asks once more, and changes the wiring of the charger."""

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Show what was seen beside what is configured, and store it when the user agrees."""
        found = self._charger()
        if found is None:
            return self.async_abort(reason=CHARGER_GONE)
        if user_input is None:
            issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=None if issue is None else issue.translation_placeholders,
            )
        entry, charger, wiring = found
        # The entry's update listener sets the site up anew, and the issue goes with the old wiring.
        self.hass.config_entries.async_update_subentry(
            entry, charger, data=dict(charger.data) | {CONF_WIRING: wiring}
        )
        return self.async_create_entry(data={})

    def _charger(self) -> tuple[ConfigEntry, ConfigSubentry, str] | None:
        """Return site, charger and the wiring it is to have; None = there is no such charger any more."""
        data = self.data or {}
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
                if charger.subentry_id == data.get("subentry_id"):
                    return entry, charger, str(data[CONF_WIRING])
        return None
