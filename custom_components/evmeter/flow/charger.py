"""The flow that adds a charger to a site, or changes one."""

from asyncio import Task
from collections.abc import Mapping
from typing import Final

import voluptuous as vol
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
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
    CONF_DETECT,
    CONF_DEVICE,
    CONF_LIMIT,
    CONF_SET_LIMIT,
    CONF_SWITCH,
    CONF_WIRING,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from ..coordinator import EVMeterConfigEntry
from ..settings import CHARGER_DRAWS, ChargerConfig, ChargerKind, ErrorCode, SettingsErrors
from ..site_entry import circuit_names
from ..wiring import DetectionResult, WiringVerdict
from ..wiring_watch import WiringWatch, wiring_string
from .credentials import with_kept_secrets, without_secrets
from .detection import confidence_rows, detection_answer
from .forms import (
    CHARGER_DEFAULTS,
    CONF_ENABLE,
    ENABLE_FORM,
    ENTITY_IN_USE,
    ON_MAINS,
    bullets,
    charger_kind_form,
    filled_in,
    form_errors,
    limits_form,
    site_of,
    strings,
    wiring_form,
    wirings,
)
from .live import async_wait_for_values

_OWN: Final = (CONF_DEVICE, CONF_LIMIT, CONF_SWITCH, CONF_SET_LIMIT, *CHARGER_DRAWS)
"""What belongs to one charger alone."""


class ChargerSubentryFlow(ConfigSubentryFlow):
    """Asks how a charger is reached, tries it, and asks for its limits and wiring."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._device: dict[str, str] = {}
        self._disabled: tuple[str, ...] = ()
        self._restart: Task[None] | None = None
        self._limits: dict[str, str] = {}
        self._detection: Task[DetectionResult] | None = None
        self._found: WiringVerdict | None = None
        self._detect_error: str | None = None

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

    async def async_step_template(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Ask for the actions that limit the charger, and the templates that tell about it."""
        return await self._async_step_device(ChargerKind.TEMPLATE, user_input)

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
                    "entities": bullets(self._disabled),
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
        watch = self._wiring_watch
        circuits = circuit_names(self._get_entry())
        form = limits_form(self._phase_count, circuits, detectable=watch is not None)
        straight = {CONF_WIRING: wirings(self._phase_count)[0]["value"]}
        given = (
            {**CHARGER_DEFAULTS, **straight, **self._suggested_limits, **self._stored_limits, **self._limits}
            if user_input is None
            else strings(user_input)
        )
        errors = {} if self._detect_error is None else {CONF_DETECT: self._detect_error}
        self._detect_error = None
        if user_input is not None:
            detect = bool(user_input.get(CONF_DETECT)) and watch is not None
            self._limits = {key: text for key, text in given.items() if key != CONF_DETECT}
            try:
                config = self._config(self._limits)
            except SettingsErrors as error:
                errors = form_errors(error, form)
            else:
                return await self.async_step_detect() if detect else self._finish(config)
        return self.async_show_form(step_id="limits", data_schema=filled_in(form, given), errors=errors)

    def _config(self, limits: Mapping[str, str]) -> ChargerConfig:
        """Return the charger as answered.

        Raises:
            SettingsErrors: with every answer that cannot be used.
        """
        answers = self._device | dict(limits)
        if answers.get(CONF_CIRCUIT) == ON_MAINS:
            del answers[CONF_CIRCUIT]
        return ChargerConfig.from_strings(self.flow_id, answers, phase_count=self._phase_count)

    @property
    def _wiring_watch(self) -> WiringWatch | None:
        """What can detect the wiring of the charger that is being changed, None = it does not run."""
        entry: EVMeterConfigEntry = self._get_entry()
        if self.source != SOURCE_RECONFIGURE or entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data.wiring if entry.runtime_data.wiring.possible else None

    async def async_step_detect(self, _user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Move the charger's limit and watch the mains; whoever closes the form ends it."""
        watch = self._wiring_watch
        if self._detection is None and watch is not None:
            charger_id = self._get_reconfigure_subentry().subentry_id
            self._detection = self.hass.async_create_background_task(
                watch.async_detect(charger_id, self.async_update_progress), "EV-Meter phase detection"
            )
        if self._detection is None or self._detection.done():
            detection, self._detection = self._detection, None
            self._found, self._detect_error = detection_answer(detection)
            return self.async_show_progress_done(next_step_id="limits" if self._found is None else "wiring")
        return self.async_show_progress(
            step_id="detect",
            progress_action="detect",
            description_placeholders={"charger": self._get_reconfigure_subentry().title},
            progress_task=self._detection,
        )

    async def async_step_wiring(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Propose what was found; the user accepts or changes it."""
        if user_input is not None or self._found is None:
            return self._finish(self._config(self._limits | strings(user_input or {})))
        configured = self._config(self._limits).balancing.wiring
        proposal = wiring_string(self._found.proposal(configured))
        return self.async_show_form(
            step_id="wiring",
            data_schema=filled_in(wiring_form(self._phase_count), {CONF_WIRING: proposal}),
            description_placeholders={"rows": confidence_rows(self._found)},
        )

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
        if CONF_CHARGER_ID in data:
            return f"EV-Meter {data[CONF_CHARGER_ID]}"
        if CONF_LIMIT in data or CONF_DEVICE in data:
            return title_of(self.hass, data)
        return "Charger" if CONF_SET_LIMIT in data else "Simulated charger"


def _unique_id(data: Mapping[str, str]) -> str | None:
    """Return what makes a charger the same as another: its id, the number that limits it, or its device."""
    return data.get(CONF_CHARGER_ID) or data.get(CONF_LIMIT) or data.get(CONF_DEVICE)
