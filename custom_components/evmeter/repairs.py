"""The ways out of what is wrong, one fix flow per kind of way; Home Assistant runs them from its repairs."""

from collections.abc import Mapping
from typing import Final, override

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowContext
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.data_entry_flow import FlowResultType, UnknownHandler
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir

from .const import DOMAIN, SUBENTRY_CHARGER
from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .flow.live import async_option_placeholders
from .issues import IssueData
from .mains import find_meters
from .wiring_repair import WiringRepairFlow
from .wiring_watch import ISSUE as WIRING_CONTRADICTS

NOTHING_TO_FILL_IN: Final = vol.Schema({})

GOES_ON: Final = "goes_on"
GONE: Final = "gone"
RELOAD: Final = "reload"

type Answer = Mapping[str, object] | None
"""What the user filled in, None = the form was not shown yet."""


class EVMeterRepairsFlow(RepairsFlow):
    """What all fix flows share: a form that says what is wrong, with the issue's own placeholders."""

    async def async_step_init(self, _answer: Answer = None) -> RepairsFlowResult:
        """Begin by saying what is wrong."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, answer: Answer = None) -> RepairsFlowResult:
        """Say what is wrong, and go on when the user has read it."""
        if answer is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=NOTHING_TO_FILL_IN,
                description_placeholders=self._placeholders,
            )
        return await self.async_fix()

    async def async_fix(self) -> RepairsFlowResult:
        """Do what this flow is for."""
        return self.async_create_entry(data={})

    def _given(self, key: str) -> str:
        """Return what the issue says, empty where it does not."""
        return str((self.data or {}).get(key) or "")

    def _given_list(self, key: str) -> list[str]:
        return [part for part in self._given(key).split(",") if part]

    @property
    def _placeholders(self) -> dict[str, str] | None:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return None if issue is None else issue.translation_placeholders

    def _charger(self) -> tuple[EVMeterConfigEntry, str] | None:
        """Return the charger that the issue is about, with its site; None = it is gone."""
        charger_id = self._given("charger")
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if charger_id in entry.subentries:
                return entry, charger_id
        return None

    def _coordinator(self) -> tuple[EVMeterCoordinator, str] | None:
        """Return what runs the charger that the issue is about; None = it does not run."""
        found = self._charger()
        if found is None:
            return None
        entry, charger_id = found
        running = entry in self.hass.config_entries.async_loaded_entries(DOMAIN)
        if not running or charger_id not in entry.runtime_data.chargers:
            return None
        return entry.runtime_data, charger_id

    async def _change_site(self) -> RepairsFlowResult:
        """Go on in the flow that changes the site."""
        entry_id = self._given("site")
        if self.hass.config_entries.async_get_entry(entry_id) is None:
            return self.async_abort(reason=GONE)
        flow = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry_id}
        )
        return self.async_abort(reason=GOES_ON, next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))

    async def _change_charger(self) -> RepairsFlowResult:
        """Go on in the flow that changes the charger."""
        found = self._charger()
        if found is None:
            return self.async_abort(reason=GONE)
        entry, charger_id = found
        flow = await self.hass.config_entries.subentries.async_init(
            (entry.entry_id, SUBENTRY_CHARGER),
            context=SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=charger_id),
        )
        if flow["type"] is FlowResultType.ABORT:
            return self.async_abort(reason=GONE)
        return self.async_abort(reason=GOES_ON, next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"]))


class ChangeSiteFlow(EVMeterRepairsFlow):
    """Leads to the settings of the site; the issue goes by itself when they are right."""

    @override
    async def async_fix(self) -> RepairsFlowResult:
        return await self._change_site()


class ChangeChargerFlow(EVMeterRepairsFlow):
    """Leads to the settings of the charger; the issue goes by itself when they are right."""

    @override
    async def async_fix(self) -> RepairsFlowResult:
        return await self._change_charger()


class EnableFlow(EVMeterRepairsFlow):
    """Enables the entities that are disabled, with whatever disabled them."""

    @override
    async def async_fix(self) -> RepairsFlowResult:
        registry = er.async_get(self.hass)
        entries = [registry.async_get(name) for name in self._given_list("entities")]
        known = [entry for entry in entries if entry is not None]
        if not known:
            return self.async_abort(reason=GONE)
        for entry in known:
            await _async_enable(self.hass, entry)
        return self.async_create_entry(data={})


class MeterOptionsFlow(EVMeterRepairsFlow):
    """Leads to the options of the meter's integration, where the user says how often it updates."""

    @override
    async def async_step_confirm(self, answer: Answer = None) -> RepairsFlowResult:
        """Name the option as its own form calls it."""
        entry_id = self._given("meter")
        meters = (meter for meter in find_meters(self.hass) if meter.entry_id == entry_id)
        slow = next(((meter.meter, meter.too_slow) for meter in meters if meter.too_slow is not None), None)
        if slow is None:
            return self.async_abort(reason=GONE)
        if answer is None:
            option = await async_option_placeholders(self.hass, *slow)
            return self.async_show_form(
                step_id="confirm",
                data_schema=NOTHING_TO_FILL_IN,
                description_placeholders=option | (self._placeholders or {}),
            )
        flow = await self.hass.config_entries.options.async_init(entry_id)
        return self.async_abort(reason=GOES_ON, next_flow=(FlowType.OPTIONS_FLOW, flow["flow_id"]))


class OwnBalancingFlow(EVMeterRepairsFlow):
    """Sets the entity by which the charger obeys; the issue goes by itself when it does."""

    @override
    async def async_fix(self) -> RepairsFlowResult:
        entity_id, state = self._given("entity"), self._given("state")
        if self.hass.states.get(entity_id) is None:
            return self.async_abort(reason=GONE)
        domain, _ = split_entity_id(entity_id)
        is_switch = domain == Platform.SWITCH
        action = f"turn_{state}" if is_switch else "select_option"
        option = {} if is_switch else {"option": state}
        await self.hass.services.async_call(domain, action, {"entity_id": entity_id, **option}, blocking=True)
        return self.async_create_entry(data={})


class RivalFlow(EVMeterRepairsFlow):
    """Begins to watch anew once the user has switched the other controller off."""

    @override
    async def async_fix(self) -> RepairsFlowResult:
        found = self._coordinator()
        if found is not None:
            coordinator, charger_id = found
            coordinator.chargers[charger_id].forget_rivals()
        return self.async_create_entry(data={})


class MenuFlow(EVMeterRepairsFlow):
    """Offers more than one way out."""

    options: tuple[str, ...]

    @override
    async def async_step_init(self, _answer: Answer = None) -> RepairsFlowResult:
        """Offer what can be done."""
        possible = [option for option in self.options if option != RELOAD or self._given(RELOAD)]
        return self.async_show_menu(
            step_id="init", menu_options=possible, description_placeholders=self._placeholders
        )

    async def async_step_reload(self, _answer: Answer = None) -> RepairsFlowResult:
        """Set the integration up anew that the entities come from."""
        for entry_id in self._given_list(RELOAD):
            if self.hass.config_entries.async_get_entry(entry_id) is not None:
                self.hass.config_entries.async_schedule_reload(entry_id)
        return self.async_create_entry(data={})

    async def async_step_trust(self, _answer: Answer = None) -> RepairsFlowResult:
        """Judge the charger anew."""
        found = self._coordinator()
        if found is None:
            return self.async_abort(reason=GONE)
        coordinator, charger_id = found
        coordinator.async_trust(charger_id)
        return self.async_create_entry(data={})

    async def async_step_change_site(self, _answer: Answer = None) -> RepairsFlowResult:
        """Go on in the flow that changes the site."""
        return await self._change_site()

    async def async_step_change_charger(self, _answer: Answer = None) -> RepairsFlowResult:
        """Go on in the flow that changes the charger."""
        return await self._change_charger()


class SilentMeterFlow(MenuFlow):
    """Sets the meter's integration up anew, or leads to another meter."""

    options = (RELOAD, "change_site")


class UnavailableChargerFlow(MenuFlow):
    """Sets the charger's integration up anew, or leads to the charger's settings."""

    options = (RELOAD, "change_charger")


class DisobedienceFlow(MenuFlow):
    """Gives the charger another chance, or leads to its settings."""

    options = ("trust", "change_charger")


FIX_FLOWS: Final[dict[str, type[RepairsFlow]]] = {
    "charger_entity_disabled": EnableFlow,
    "charger_entity_missing": ChangeChargerFlow,
    "charger_not_obeying": DisobedienceFlow,
    "charger_own_balancing": OwnBalancingFlow,
    "charger_protocol": ChangeChargerFlow,
    "charger_settings": ChangeChargerFlow,
    "charger_unavailable": UnavailableChargerFlow,
    "charger_unknown_charger": ChangeChargerFlow,
    "charger_unreachable": ChangeChargerFlow,
    "meter_coarse": ChangeSiteFlow,
    "meter_silent": SilentMeterFlow,
    "meter_slow": ChangeSiteFlow,
    "meter_slow_option": MeterOptionsFlow,
    "source_disabled": EnableFlow,
    "source_missing": ChangeSiteFlow,
    "source_wrong_unit": ChangeSiteFlow,
    "two_controllers": RivalFlow,
    "two_controllers_known": RivalFlow,
    WIRING_CONTRADICTS: WiringRepairFlow,
}
"""The fix flow of every issue that has one, by its key."""


async def async_create_fix_flow(hass: HomeAssistant, issue_id: str, _data: IssueData | None) -> RepairsFlow:
    """Return the flow for an issue.

    Raises:
        UnknownHandler: the issue has none.
    """
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if issue is None or issue.translation_key not in FIX_FLOWS:
        raise UnknownHandler(issue_id)
    return FIX_FLOWS[issue.translation_key]()


async def _async_enable(hass: HomeAssistant, entity: er.RegistryEntry) -> None:
    """Enable an entity, and first its config entry and its device where they are disabled."""
    entry_id, device_id = entity.config_entry_id, entity.device_id
    entry = None if entry_id is None else hass.config_entries.async_get_entry(entry_id)
    if entry is not None and entry.disabled_by is not None:
        await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    devices = dr.async_get(hass)
    device = None if device_id is None else devices.async_get(device_id)
    if device is not None and device.disabled:
        devices.async_update_device(device.id, disabled_by=None)
    er.async_get(hass).async_update_entity(entity.entity_id, disabled_by=None)
