"""Chargers that actions of the user's own limit, and templates tell about."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import slugify

from evmeter_client.models import ChargerReading as ChargerDetails

from ..balancing.model import Amps, ChargerReading, ChargerSettings, ChargerState
from ..const import CONF_LIMIT_TEMPLATE, CONF_PAUSE, CONF_SET_LIMIT, CONF_STATE_TEMPLATE, MANUFACTURER
from ..exceptions import BadSettingError, SettingsErrors
from ..form_fields import actions, template
from ..settings import (
    DRAW_TEMPLATES,
    ChargerKind,
    TemplateChargerSettings,
    charger_templates_to_strings,
    read_template_charger,
)
from ..templates import FollowedTemplate, TemplateFollower, wrong_with_template
from .base import Charger, ChargerDevice, ChargerProblem
from .inference import draws_at_terminals, state_of
from .script_limit import ScriptLimit, async_check_actions, shown_actions
from .traits import PICKED_BY_HAND
from .wiring import at_terminals

_DEVICE: Final = ChargerDevice(manufacturer=MANUFACTURER, model="Charger")


class TemplateCharger(Charger):
    """Runs actions to set the limit and to pause, and renders templates for everything it reads."""

    kind: ClassVar = ChargerKind.TEMPLATE

    def __init__(
        self,
        hass: HomeAssistant,
        settings: ChargerSettings,
        phase_count: int,
        templates: TemplateChargerSettings,
    ) -> None:
        """Read the actions.

        Raises:
            SettingsErrors: what is stored is no sequence of actions.
        """
        super().__init__(hass, settings, phase_count)
        self._state = None if templates.state is None else FollowedTemplate(hass, templates.state)
        self._in_force = None if templates.limit is None else FollowedTemplate(hass, templates.limit)
        self._draws = tuple(FollowedTemplate(hass, draw) for draw in templates.draws)
        self._limit = ScriptLimit(hass, templates, self._in_force)
        self._listener: Callable[[], None] | None = None
        told = [followed for followed in (self._state, self._in_force) if followed is not None]
        self._follower = TemplateFollower(hass, (*told, *self._draws), self._tell)
        self.settings = replace(
            settings,
            reaction=PICKED_BY_HAND.reaction,
            write_class=PICKED_BY_HAND.write_class,
            minimum_gap=PICKED_BY_HAND.minimum_gap,
            has_draw_sensor=bool(self._draws),
        )

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._follower.async_start()

    @override
    async def async_stop(self) -> None:
        self._listener = None
        self._follower.async_stop()
        await self._limit.async_stop()

    @override
    async def async_poll(self) -> None:
        """Do nothing: every report of an entity in a template is heard."""

    @property
    @override
    def reading(self) -> ChargerReading:
        if self.problem is not ChargerProblem.NONE:
            return ChargerReading(id=self.settings.id, state=ChargerState.UNAVAILABLE)
        draws = draws_at_terminals([draw.amperes for draw in self._draws], len(self.settings.wiring))
        limit = self._limit.current
        return ChargerReading(
            id=self.settings.id,
            state=state_of(self._told, draws, limit),
            current=None if draws is None else self.settings.to_mains(draws, self.phase_count),
            measured_at=None if draws is None else min(draw.reported_at for draw in self._draws),
            limit=limit,
        )

    @property
    def _told(self) -> ChargerState | None:
        """What the charger says it does, None = nothing."""
        told = None if self._state is None else self._state.state
        return None if told is None else PICKED_BY_HAND.states.get(slugify(told))

    @property
    @override
    def details(self) -> ChargerDetails | None:
        return None

    @property
    @override
    def device(self) -> ChargerDevice:
        return _DEVICE

    @property
    @override
    def problem(self) -> ChargerProblem:
        told = self._state is None or self._state.available
        return ChargerProblem.NONE if told and self._limit.available else ChargerProblem.UNAVAILABLE

    @property
    @override
    def measures_each_terminal(self) -> bool:
        return len(self._draws) >= len(self.settings.wiring)

    @override
    async def async_write(self, limit: Amps) -> None:
        limits = at_terminals(limit, self.settings)
        # One terminal at 0 pauses the whole charger.
        await self._limit.async_write(limits if min(limits) > 0 else (0.0, 0.0, 0.0))

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        def description(key: str) -> dict[str, object] | None:
            if key not in stored:
                return None
            sequence = key in (CONF_SET_LIMIT, CONF_PAUSE)
            return {"suggested_value": shown_actions(stored[key]) if sequence else stored[key]}

        templates = (CONF_STATE_TEMPLATE, CONF_LIMIT_TEMPLATE, *DRAW_TEMPLATES[:phase_count])
        return vol.Schema(
            {
                vol.Required(CONF_SET_LIMIT, description=description(CONF_SET_LIMIT)): actions(),
                vol.Optional(CONF_PAUSE, description=description(CONF_PAUSE)): actions(),
                **{vol.Optional(key, description=description(key)): template() for key in templates},
            }
        )

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        strings = charger_templates_to_strings(read_template_charger(user_input))
        errors: list[BadSettingError] = []
        for key, text in strings.items():
            if key in (CONF_SET_LIMIT, CONF_PAUSE):
                try:
                    await async_check_actions(hass, key, text)
                except SettingsErrors as error:
                    errors += error.errors
            elif wrong := wrong_with_template(hass, key, text, needs_sensor=key in DRAW_TEMPLATES):
                errors.append(wrong)
        if errors:
            raise SettingsErrors(errors)
        return strings

    @callback
    def _tell(self) -> None:
        if self._listener is not None:
            self._listener()
