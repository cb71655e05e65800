"""The flow that sets up a site: where its mains currents come from, a live look at them, and its fuse."""

from asyncio import Task
from collections.abc import Mapping
from typing import Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.const import CONF_HOST
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.loader import async_get_integration

from .const import (
    CONF_CHARGER,
    CONF_CURRENT,
    CONF_MAINS,
    CONF_PHASES,
    CONF_POWER,
    CONF_SEED,
    CONF_TEMPLATE,
    CONF_WIRING,
    DOMAIN,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
)
from .flow.charger import ChargerSubentryFlow
from .flow.circuit import CircuitSubentryFlow
from .flow.credentials import CREDENTIALS_FORM, async_try_credentials, without_secrets
from .flow.forms import (
    CHARGER_NEEDS_PHASE,
    CONF_ENABLE,
    ENABLE_FORM,
    FUSE_FORM,
    SITE_DEFAULTS,
    bullets,
    filled_in,
    form_errors,
    fuse_errors,
    fuse_suggestions,
    mains_form,
    source_form,
    strings,
    with_equal_fuses,
)
from .flow.live import (
    CONF_LOOK_AGAIN,
    async_look,
    async_option_placeholders,
    async_wait_for_values,
    live_form,
    live_placeholders,
)
from .flow.options import SiteOptionsFlow
from .mains import MAINS, FoundMeter, TooSlow, async_enable, find_meters, open_mains
from .settings import (
    ChargerConfig,
    ErrorCode,
    MainsKind,
    SettingsErrors,
    SimulatedMainsSettings,
    SiteConfig,
)
from .site_entry import MINOR_VERSION, VERSION

WITHOUT_FORM: Final = (MainsKind.CLAMPS, MainsKind.NONE)
"""Sources that need to know nothing."""

MEASURED_WITH: Final = (CONF_CURRENT, CONF_POWER, CONF_TEMPLATE)
"""What the keys of a source begin with that no two sites have in common."""


class EVMeterConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a site, or changes one: the same forms, filled in."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    _meter: FoundMeter
    _refused: ConfigSubentry

    def __init__(self) -> None:
        """Start with nothing known."""
        self._mains: dict[str, str] = {}
        self._meter_name = ""
        self._restart: Task[None] | None = None

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Chargers, and circuits below the mains, are added to a site one by one."""
        return {SUBENTRY_CHARGER: ChargerSubentryFlow, SUBENTRY_CIRCUIT: CircuitSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return what tunes the balancing of a site."""
        return SiteOptionsFlow()

    @property
    def _stored(self) -> Mapping[str, str]:
        """The strings of the site that is being changed; empty for a new one."""
        return self._get_reconfigure_entry().data if self.source == SOURCE_RECONFIGURE else {}

    async def async_step_reauth(self, entry_data: Mapping[str, str]) -> ConfigFlowResult:
        """Ask for other credentials: the broker of a charger refuses those that are stored."""
        self._refused = self._get_reauth_entry().subentries[entry_data[CONF_CHARGER]]
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: Mapping[str, object] | None = None
    ) -> ConfigFlowResult:
        """Try other credentials before they are stored; the entry's update listener does the rest."""
        charger = self._refused
        given = without_secrets(charger.data) if user_input is None else strings(user_input)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                data = await async_try_credentials(self.hass, charger.data, given)
            except SettingsErrors as error:
                errors = form_errors(error, CREDENTIALS_FORM)
            else:
                self.hass.config_entries.async_update_subentry(self._get_reauth_entry(), charger, data=data)
                return self.async_abort(reason="reauth_successful")
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=filled_in(CREDENTIALS_FORM, given),
            description_placeholders={"charger": charger.title, "broker": charger.data[CONF_HOST]},
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: Mapping[str, object] | None = None
    ) -> ConfigFlowResult:
        """Change a site."""
        return await self.async_step_user(user_input)

    @override
    async def async_step_user(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Ask where the mains currents come from."""
        meters = {meter.id: meter for meter in find_meters(self.hass)}
        errors: dict[str, str] = {}
        if user_input is not None:
            answer = str(user_input[CONF_MAINS])
            if answer in MainsKind:
                return await self._async_take_kind(MainsKind(answer))
            if (chosen := meters.get(answer)) is not None:
                return await self._async_take_meter(chosen)
            errors[CONF_MAINS] = ErrorCode.METER_NOT_FOUND
        names = {key: f"{await self._async_name(meter)} ({meter.title})" for key, meter in meters.items()}
        form = source_form(meters, names, self._stored)
        return self.async_show_form(step_id="user", data_schema=form, errors=errors)

    async def _async_take_kind(self, kind: MainsKind) -> ConfigFlowResult:
        """Go on with a kind of source; some have nothing to ask, and nothing to look at yet."""
        if kind not in WITHOUT_FORM:
            return await self._async_step_mains(kind, None)
        await self._async_take_mains(kind, {CONF_PHASES: SITE_DEFAULTS[CONF_PHASES]})
        return self._finish(self._preview) if kind is MainsKind.NONE else await self.async_step_fuse()

    async def _async_take_meter(self, meter: FoundMeter) -> ConfigFlowResult:
        self._meter = meter
        phases = {CONF_PHASES: str(len(meter.phases))}
        await self._async_take_mains(MainsKind.KNOWN, phases | meter.to_strings())
        self._meter_name = await self._async_name(meter)
        return await (self.async_step_enable() if meter.needs_enabling else self.async_step_live())

    async def _async_name(self, meter: FoundMeter) -> str:
        """Return the name of a meter; the title of its entry may be an address alone."""
        return (await async_get_integration(self.hass, meter.meter)).name

    async def async_step_enable(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Offer to enable what a found meter measures per phase."""
        if user_input is None:
            return self.async_show_form(
                step_id="enable",
                data_schema=ENABLE_FORM,
                description_placeholders={
                    "meter": self._meter_name,
                    "entities": bullets(self._meter.needs_enabling),
                },
            )
        if not user_input[CONF_ENABLE]:
            return await self.async_step_user()
        async_enable(self.hass, self._meter)
        return await self.async_step_restart()

    async def async_step_restart(self, _user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Wait until Home Assistant has restarted the meter's integration and the entities have values."""
        if self._restart is None:
            values = async_wait_for_values(self.hass, self._meter.needs_enabling)
            self._restart = self.hass.async_create_background_task(values, "EV-Meter waits for a meter")
        if self._restart.done():
            self._restart = None
            return self.async_show_progress_done(next_step_id="live")
        return self.async_show_progress(
            step_id="restart",
            progress_action="restart",
            description_placeholders={"meter": self._meter_name},
            progress_task=self._restart,
        )

    async def async_step_entities(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Ask for the entities that measure every phase."""
        return await self._async_step_mains(MainsKind.ENTITIES, user_input)

    async def async_step_template(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Ask for a template per phase."""
        return await self._async_step_mains(MainsKind.TEMPLATE, user_input)

    async def async_step_simulated(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Ask which simulated house."""
        return await self._async_step_mains(MainsKind.SIMULATED, user_input)

    async def _async_step_mains(
        self, kind: MainsKind, user_input: Mapping[str, object] | None
    ) -> ConfigFlowResult:
        given = self._stored if user_input is None else strings(user_input)
        form = mains_form(self.hass, kind, given)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                answers = await MAINS[kind].async_validate(self.hass, given)
                phases = {CONF_PHASES: given.get(CONF_PHASES, SITE_DEFAULTS[CONF_PHASES])}
                await self._async_take_mains(kind, phases | answers)
            except SettingsErrors as error:
                errors = form_errors(error, form)
            else:
                return await self.async_step_live()
        return self.async_show_form(step_id=kind, data_schema=filled_in(form, given), errors=errors)

    async def _async_take_mains(self, kind: MainsKind, answers: Mapping[str, str]) -> None:
        """Keep a source of the mains currents, unless another site has it.

        Raises:
            AbortFlow: another site has it: two balancers would each give away the whole headroom.
            SettingsErrors: a phase has no source.
        """
        self._mains = {CONF_MAINS: kind, **answers}
        ours = _sources(self._preview.to_strings())
        for entry in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if entry.entry_id != self.context.get("entry_id") and not ours.isdisjoint(_sources(entry.data)):
                raise AbortFlow("already_configured")
        await self.async_set_unique_id(min(ours), raise_on_progress=False)

    @property
    def _preview(self) -> SiteConfig:
        """The site with the fuse of most houses, for a look at its mains."""
        return SiteConfig.from_strings(with_equal_fuses({**SITE_DEFAULTS, **self._mains}))

    async def async_step_live(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Show what the mains say right now, and what follows from it."""
        if user_input is not None and not user_input.get(CONF_LOOK_AGAIN):
            return await self.async_step_fuse()
        look = await async_look(open_mains(self.hass, self.flow_id, self._preview), self._usual_period())
        placeholders = live_placeholders(self.hass, look)
        too_slow = self._too_slow()
        if too_slow is not None:
            placeholders |= await async_option_placeholders(self.hass, self._meter.meter, too_slow)
            placeholders["meter"] = self._meter_name
        return self.async_show_form(
            step_id="live", data_schema=live_form(look, too_slow), description_placeholders=placeholders
        )

    def _usual_period(self) -> float | None:
        """Return how often a known meter updates where that is known to be rare [s]."""
        return self._meter.period if self._mains[CONF_MAINS] == MainsKind.KNOWN else None

    def _too_slow(self) -> TooSlow | None:
        """Return what slows a known meter down as set now: the user may have changed it while we look."""
        if self._mains[CONF_MAINS] != MainsKind.KNOWN:
            return None
        found = (meter for meter in find_meters(self.hass) if meter.to_strings() == self._meter.to_strings())
        return next((meter.too_slow for meter in found), None)

    async def async_step_fuse(self, user_input: Mapping[str, object] | None = None) -> ConfigFlowResult:
        """Ask what the connection may carry."""
        given = fuse_suggestions(self._stored, self._mains) if user_input is None else strings(user_input)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                config = SiteConfig.from_strings(self._mains | with_equal_fuses(given))
            except SettingsErrors as error:
                errors = fuse_errors(error, given)
            else:
                if self._chargers_fit(config):
                    return self._finish(config)
                errors = {CONF_PHASES: CHARGER_NEEDS_PHASE}
        return self.async_show_form(step_id="fuse", data_schema=filled_in(FUSE_FORM, given), errors=errors)

    def _chargers_fit(self, config: SiteConfig) -> bool:
        """Whether every charger of the site that is being changed finds its phases there."""
        if self.source != SOURCE_RECONFIGURE:
            return True
        phase_count = config.balancing.phase_count
        for charger in self._get_reconfigure_entry().get_subentries_of_type(SUBENTRY_CHARGER):
            try:
                ChargerConfig.from_strings(charger.subentry_id, charger.data, phase_count=phase_count)
            except SettingsErrors as error:
                if CONF_WIRING in error.keys:
                    return False
        return True

    def _finish(self, config: SiteConfig) -> ConfigFlowResult:
        """Add the site, or store the change; the entry's update listener does the rest."""
        data = config.to_strings()
        if self.source != SOURCE_RECONFIGURE:
            options = config.options_to_strings()
            return self.async_create_entry(title=self.hass.config.location_name, data=data, options=options)
        return self.async_update_and_abort(self._get_reconfigure_entry(), unique_id=self.unique_id, data=data)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go straight on into adding the first charger."""
        charger_flow = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_CHARGER), context=SubentryFlowContext(source=SOURCE_USER)
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, charger_flow["flow_id"])
        return result


def _sources(data: Mapping[str, str]) -> frozenset[str]:
    """Return what a site measures its mains with; two sites with one of these in common are the same site."""
    if data.get(CONF_MAINS) == MainsKind.SIMULATED:
        seed = data.get(CONF_SEED, str(SimulatedMainsSettings().seed))
        return frozenset({f"{MainsKind.SIMULATED}-{seed}"})
    if data.get(CONF_MAINS) in WITHOUT_FORM:
        return frozenset({data[CONF_MAINS]})
    return frozenset(value for key, value in data.items() if key.startswith(MEASURED_WITH))
