"""The flow that adds a charger to a site, or changes one."""

from asyncio import Task
from collections.abc import Mapping
from typing import Final

import voluptuous as vol
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.loader import async_get_integration

from ..chargers import CHARGERS, FoundCharger, async_enable, find_chargers, needs_enabling, title_of
from ..const import (
    CONF_CHARGER,
    CONF_CHARGER_ID,
    CONF_CIRCUIT,
    CONF_DEVICE,
    CONF_LIMIT,
    CONF_SWITCH,
    CONF_WIRING,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from ..settings import CHARGER_DRAWS, ChargerConfig, ChargerKind, ErrorCode, SettingsErrors
from ..site_entry import circuit_names
from .credentials import with_kept_secrets, without_secrets
from .forms import (
    CHARGER_DEFAULTS,
    CONF_ENABLE,
    ENABLE_FORM,
    ENTITY_IN_USE,
    ON_MAINS,
    charger_kind_form,
    filled_in,
    form_errors,
    limits_form,
    site_of,
    strings,
    wirings,
)
from .live import async_wait_for_values

_OWN: Final = (CONF_DEVICE, CONF_LIMIT, CONF_SWITCH, *CHARGER_DRAWS)
"""What belongs to one charger alone."""


class ChargerSubentryFlow(ConfigSubentryFlow):
    """Asks how a charger is reached, tries it, and asks for its limits and wiring."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._device: dict[str, str] = {}
        self._disabled: tuple[str, ...] = ()
        self._restart: Task[None] | None = None

    @property
    def _stored(self) -> Mapping[str, str]:
        """The strings of the charger that is being changed; empty for a new one."""
        return self._get_reconfigure_subentry().data if self.source == SOURCE_RECONFIGURE else {}

    @property
    def _shown(self) -> dict[str, str]:
        """What the forms are filled in with: what is stored, but for the secrets."""
        return without_secrets(self._stored)

    @property
    def _phase_count(self) -> int:
        """The number of phases of the site, 1 or 3.

        Raises:
            AbortFlow: the site itself must be put right first.
        """
        return site_of(self._get_entry()).balancing.phase_count

    async def async_step_user(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask which charger: one that was found, or how it is reached."""
        found = {charger.device_id: charger for charger in find_chargers(self.hass)}
        errors: dict[str, str] = {}
        if user_input is not None:
            answer = str(user_input[CONF_CHARGER])
            if answer in ChargerKind:
                return await self._async_step_device(ChargerKind(answer), None)
            if answer in found:
                return await self._async_step_device(ChargerKind.KNOWN, {CONF_DEVICE: answer})
            errors[CONF_CHARGER] = ErrorCode.CHARGER_NOT_FOUND
        names = {key: await self._async_name(charger) for key, charger in found.items()}
        return self.async_show_form(step_id="user", data_schema=charger_kind_form(names), errors=errors)

    async def _async_name(self, charger: FoundCharger) -> str:
        """Return the name of a found charger with that of its integration, unless it says it itself."""
        integration = (await async_get_integration(self.hass, charger.entities.known or "")).name
        named = integration.lower() in charger.title.lower()
        return charger.title if named else f"{charger.title} ({integration})"

    async def async_step_reconfigure(
        self, user_input: Mapping[str, object] | None = None
    ) -> SubentryFlowResult:
        """Change a charger: the same forms, filled in."""
        return await self._async_step_device(ChargerKind(self._stored[CONF_CHARGER]), user_input)

    async def async_step_evmeter(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask for the broker and the charger, and try them."""
        return await self._async_step_device(ChargerKind.EVMETER, user_input)

    async def async_step_known(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask which of the chargers that were found."""
        return await self._async_step_device(ChargerKind.KNOWN, user_input)

    async def async_step_entities(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask for the entities of the charger."""
        return await self._async_step_device(ChargerKind.ENTITIES, user_input)

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
            self._abort_if_configured(given.get(CONF_CHARGER_ID))
            try:
                answers = await CHARGERS[kind].async_validate(
                    self.hass, with_kept_secrets(self._stored, given)
                )
            except SettingsErrors as error:
                errors = form_errors(error, form)
            else:
                self._abort_if_configured(answers.get(CONF_CHARGER_ID))
                errors = self._entities_in_use(answers, form)
                if not errors:
                    self._device = {CONF_CHARGER: kind, **answers}
                    self._disabled = needs_enabling(self.hass, answers)
                    return await (self.async_step_enable() if self._disabled else self.async_step_limits())
        return self.async_show_form(step_id=kind, data_schema=filled_in(form, given), errors=errors)

    async def async_step_enable(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Offer to enable entities of a found charger."""
        if user_input is None:
            return self.async_show_form(
                step_id="enable",
                data_schema=ENABLE_FORM,
                description_placeholders={
                    "charger": self._title(self._device),
                    "entities": ", ".join(self._disabled),
                },
            )
        if not user_input[CONF_ENABLE]:
            return await (
                self.async_step_reconfigure() if self.source == SOURCE_RECONFIGURE else self.async_step_user()
            )
        async_enable(self.hass, self._disabled)
        return await self.async_step_restart()

    async def async_step_restart(self, _user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Wait until Home Assistant has restarted the charger's integration and the entities have values."""
        if self._restart is None:
            values = async_wait_for_values(self.hass, self._disabled)
            self._restart = self.hass.async_create_background_task(values, "EV-Meter waits for a charger")
        if self._restart.done():
            self._restart = None
            return self.async_show_progress_done(next_step_id="limits")
        return self.async_show_progress(
            step_id="restart",
            progress_action="restart",
            description_placeholders={"charger": self._title(self._device)},
            progress_task=self._restart,
        )

    async def async_step_limits(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask for the limits, the wiring and the place among the other chargers."""
        form = limits_form(self._phase_count, circuit_names(self._get_entry()))
        straight = {CONF_WIRING: wirings(self._phase_count)[0]["value"]}
        given = (
            {**CHARGER_DEFAULTS, **straight, **self._suggested_limits, **self._stored_limits}
            if user_input is None
            else strings(user_input)
        )
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                answers = self._device | given
                if answers.get(CONF_CIRCUIT) == ON_MAINS:
                    del answers[CONF_CIRCUIT]
                config = ChargerConfig.from_strings(self.flow_id, answers, phase_count=self._phase_count)
            except SettingsErrors as error:
                errors = form_errors(error, form)
            else:
                return self._finish(config)
        return self.async_show_form(step_id="limits", data_schema=filled_in(form, given), errors=errors)

    @property
    def _stored_limits(self) -> Mapping[str, str]:
        """What is stored; a circuit that was removed is none."""
        circuit = self._stored.get(CONF_CIRCUIT)
        known = circuit in circuit_names(self._get_entry())
        return {**self._stored, CONF_CIRCUIT: circuit if circuit is not None and known else ON_MAINS}

    @property
    def _suggested_limits(self) -> Mapping[str, str]:
        kind = ChargerKind(self._device[CONF_CHARGER])
        return CHARGERS[kind].suggested_limits(self.hass, self._device)

    def _finish(self, config: ChargerConfig) -> SubentryFlowResult:
        """Add the charger, or store the change; the entry's update listener does the rest."""
        data = config.to_strings()
        unique_id = _unique_id(data)
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=self._title(data), data=data, unique_id=unique_id)
        charger = self._get_reconfigure_subentry()
        # A name the user gave stays; ours follows the charger id.
        title = self._title(data) if charger.title == self._title(charger.data) else charger.title
        return self.async_update_and_abort(
            self._get_entry(), charger, title=title, data=data, unique_id=unique_id
        )

    def _abort_if_configured(self, unique_id: str | None) -> None:
        """Refuse a charger that any site already has: two balancers would fight over its limit."""
        if unique_id is not None and any(charger.unique_id == unique_id for charger in self._others):
            raise AbortFlow("already_configured")

    def _entities_in_use(self, answers: Mapping[str, str], form: vol.Schema) -> dict[str, str]:
        """Return an error for every entity that another charger is limited or measured with.

        A found charger is one field, its device. A state may be shared: some have one for two sockets.
        """
        taken = {charger.data[key] for charger in self._others for key in _OWN if key in charger.data}
        shared = [key for key in _OWN if answers.get(key) in taken]
        fields = {str(key) for key in form.schema}
        return {key if key in fields else CONF_DEVICE: ENTITY_IN_USE for key in shared}

    @property
    def _others(self) -> list[ConfigSubentry]:
        """Every charger of every site, but for the one that is being changed."""
        return [
            charger
            for entry in self.hass.config_entries.async_entries(DOMAIN)
            for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER)
            if charger.subentry_id != self.context.get("subentry_id")
        ]

    def _title(self, data: Mapping[str, str]) -> str:
        if CONF_LIMIT in data or CONF_DEVICE in data:
            return title_of(self.hass, data)
        charger_id = data.get(CONF_CHARGER_ID)
        return "Simulated charger" if charger_id is None else f"EV-Meter {charger_id}"


def _unique_id(data: Mapping[str, str]) -> str | None:
    """Return what makes a charger the same as another: its id, the number that limits it, or its device."""
    return data.get(CONF_CHARGER_ID) or data.get(CONF_LIMIT) or data.get(CONF_DEVICE)
