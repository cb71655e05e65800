"""The flow that adds a charger to a site, or changes one."""

from collections.abc import Mapping
from typing import Final

import voluptuous as vol
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_PASSWORD, CONF_TOKEN, CONF_USERNAME
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import SelectSelectorMode

from ..chargers import CHARGERS
from ..const import CONF_CHARGER, CONF_CHARGER_ID, CONF_USER_ID, CONF_WIRING, DOMAIN, SUBENTRY_CHARGER
from ..form_fields import choice
from ..settings import ChargerConfig, ChargerKind, SettingsErrors, SiteConfig
from .forms import CHARGER_DEFAULTS, filled_in, form_errors, limits_form, strings, wirings

SECRETS: Final[Mapping[str, str]] = {CONF_PASSWORD: CONF_USERNAME, CONF_TOKEN: CONF_USER_ID}
"""What is never shown again, and whose it is: an empty field keeps the stored secret of the same owner."""

KIND_FORM: Final = vol.Schema(
    {vol.Required(CONF_CHARGER): choice(ChargerKind, CONF_CHARGER, SelectSelectorMode.LIST)}
)


class ChargerSubentryFlow(ConfigSubentryFlow):
    """Asks how a charger is reached, tries it, and asks for its limits and wiring."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._device: dict[str, str] = {}

    @property
    def _stored(self) -> Mapping[str, str]:
        """The strings of the charger that is being changed; empty for a new one."""
        return self._get_reconfigure_subentry().data if self.source == SOURCE_RECONFIGURE else {}

    @property
    def _shown(self) -> dict[str, str]:
        """What the forms are filled in with: what is stored, but for the secrets."""
        return {key: value for key, value in self._stored.items() if key not in SECRETS}

    @property
    def _phase_count(self) -> int:
        """The number of phases of the site, 1 or 3.

        Raises:
            AbortFlow: the site itself must be put right first.
        """
        try:
            return SiteConfig.from_strings(self._get_entry().data).balancing.phase_count
        except SettingsErrors as error:
            raise AbortFlow("invalid_site") from error

    async def async_step_user(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask what kind of charger it is."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=KIND_FORM)
        return await self._async_step_device(ChargerKind(str(user_input[CONF_CHARGER])), None)

    async def async_step_reconfigure(
        self, user_input: Mapping[str, object] | None = None
    ) -> SubentryFlowResult:
        """Change a charger: the same forms, filled in."""
        return await self._async_step_device(ChargerKind(self._stored[CONF_CHARGER]), user_input)

    async def async_step_evmeter(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask for the broker and the charger, and try them."""
        return await self._async_step_device(ChargerKind.EVMETER, user_input)

    async def async_step_simulated(
        self, user_input: Mapping[str, object] | None = None
    ) -> SubentryFlowResult:
        """Ask for the car at the simulated charger."""
        return await self._async_step_device(ChargerKind.SIMULATED, user_input)

    async def _async_step_device(
        self, kind: ChargerKind, user_input: Mapping[str, object] | None
    ) -> SubentryFlowResult:
        given = self._shown if user_input is None else strings(user_input)
        form = CHARGERS[kind].fields(self.hass, given, self._phase_count)
        errors: dict[str, str] = {}
        if user_input is not None:
            self._abort_if_charger_configured(given)
            try:
                answers = await CHARGERS[kind].async_validate(self.hass, self._with_kept_secrets(given))
            except SettingsErrors as error:
                errors = form_errors(error, form)
            else:
                self._device = {CONF_CHARGER: kind, **answers}
                return await self.async_step_limits()
        return self.async_show_form(step_id=kind, data_schema=filled_in(form, given), errors=errors)

    async def async_step_limits(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask for the limits, the wiring and the place among the other chargers."""
        form = limits_form(self._phase_count)
        straight = {CONF_WIRING: wirings(self._phase_count)[0]["value"]}
        given = (
            {**CHARGER_DEFAULTS, **straight, **self._stored} if user_input is None else strings(user_input)
        )
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                config = ChargerConfig.from_strings(
                    self.flow_id, self._device | given, phase_count=self._phase_count
                )
            except SettingsErrors as error:
                errors = form_errors(error, form)
            else:
                return self._finish(config)
        return self.async_show_form(step_id="limits", data_schema=filled_in(form, given), errors=errors)

    def _finish(self, config: ChargerConfig) -> SubentryFlowResult:
        """Add the charger, or store the change; the entry's update listener does the rest."""
        data = config.to_strings()
        unique_id = data.get(CONF_CHARGER_ID)
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=_title(data), data=data, unique_id=unique_id)
        charger = self._get_reconfigure_subentry()
        # A name the user gave stays; ours follows the charger id.
        title = _title(data) if charger.title == _title(charger.data) else charger.title
        return self.async_update_and_abort(
            self._get_entry(), charger, title=title, data=data, unique_id=unique_id
        )

    def _with_kept_secrets(self, given: Mapping[str, str]) -> dict[str, str]:
        kept = {
            secret: self._stored[secret]
            for secret, owner in SECRETS.items()
            if secret in self._stored and owner in given and given[owner] == self._stored.get(owner)
        }
        return kept | dict(given)

    def _abort_if_charger_configured(self, given: Mapping[str, str]) -> None:
        """Refuse a charger that any site already has: two balancers would fight over its limit."""
        others = (
            charger
            for entry in self.hass.config_entries.async_entries(DOMAIN)
            for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER)
            if charger.subentry_id != self.context.get("subentry_id")
        )
        if given.get(CONF_CHARGER_ID) in {charger.unique_id for charger in others if charger.unique_id}:
            raise AbortFlow("already_configured")


def _title(data: Mapping[str, str]) -> str:
    charger_id = data.get(CONF_CHARGER_ID)
    return "Simulated charger" if charger_id is None else f"EV-Meter {charger_id}"
