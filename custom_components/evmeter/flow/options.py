"""The options of a site: what tunes its balancing."""

from collections.abc import Mapping
from typing import Final

import voluptuous as vol
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfPower

from ..balancing.model import Mode
from ..const import CONF_DERATING, CONF_GROUP_POWER_CAP, CONF_MODE
from ..form_fields import choice, number
from ..settings import SettingsErrors, SiteConfig
from .forms import filled_in, form_errors, strings

OPTIONS_FORM: Final = vol.Schema(
    {
        vol.Required(CONF_MODE): choice(Mode, CONF_MODE),
        vol.Required(CONF_DERATING): number("%"),
        vol.Optional(CONF_GROUP_POWER_CAP): number(UnitOfPower.WATT),
    }
)

OPTIONS_DEFAULTS: Final[Mapping[str, str]] = {CONF_MODE: Mode.BALANCED, CONF_DERATING: "100"}


class SiteOptionsFlow(OptionsFlow):
    """Asks how eagerly charging is raised, and what it may take at most."""

    async def async_step_init(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Show what is stored, and store what is valid; the entry's update listener does the rest."""
        entry = self.config_entry
        given = {**OPTIONS_DEFAULTS, **entry.options} if user_input is None else strings(user_input)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                config = SiteConfig.from_strings({**entry.data, **given})
            except SettingsErrors as error:
                errors = form_errors(error, OPTIONS_FORM)
            else:
                return self.async_create_entry(data=config.options_to_strings())
        return self.async_show_form(step_id="init", data_schema=filled_in(OPTIONS_FORM, given), errors=errors)
