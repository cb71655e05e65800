"""Mains currents from templates: whatever Home Assistant knows, calculated by the user."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import MAX_LENGTH_STATE_STATE, STATE_UNAVAILABLE, UnitOfElectricCurrent
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.event import async_track_state_change_event, async_track_state_report_event
from homeassistant.helpers.template import Template
from homeassistant.util import dt as dt_util

from ..balancing.model import MainsReading, Phase, SiteSettings
from ..const import CONF_TEMPLATE
from ..exceptions import BadSettingError, ErrorCode, SettingsErrors
from ..form_fields import template
from ..settings import MainsKind, TemplateMainsSettings
from .base import Mains, Quantity, SourceView
from .source import EntitySource

UNKNOWN_PERIOD: Final = 1.0
"""Period assumed until it is learned [s]."""

_AMPERE: Final = {"unit_of_measurement": UnitOfElectricCurrent.AMPERE}
_ANY_SENSOR: Final = "sensor.template"


class TemplateMains(Mains):
    """Renders one template per phase, the current in A, whenever an entity it names reports.

    A value is as old as the oldest report of the sensors in its template: one that fell silent must not look
    fresh because another one still talks. Switches and helpers in it report only when they change, and have
    no age.
    """

    kind: ClassVar = MainsKind.TEMPLATE

    def __init__(self, hass: HomeAssistant, site: SiteSettings, settings: TemplateMainsSettings) -> None:
        """Prepare one source per phase."""
        super().__init__(hass, site)
        self._phases = tuple(
            (EntitySource(phase, Quantity.CURRENT, ""), Template(text, hass))
            for phase, text in zip(Phase, settings.templates, strict=False)
        )
        self._known_at = [hass.loop.time()] * self.phase_count
        self._entities: frozenset[str] = frozenset()
        self._listener: Callable[[], None] | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._render_pending = False

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._render()

    @override
    async def async_stop(self) -> None:
        self._listener = None
        self._follow(frozenset())

    @property
    @override
    def reading(self) -> MainsReading:
        samples = [source.sample(source.resolution) for source, _ in self._phases]
        known = [sample for sample in samples if sample is not None]
        periods = [source.period for source, _ in self._phases if source.period is not None]
        return MainsReading(
            current=tuple(None if sample is None else sample.value for sample in samples),
            # A phase without a value is as old as its last one, or as our listening.
            measured_at=tuple(self._known_at),
            resolution=max((sample.resolution for sample in known), default=1.0),
            period=max(periods, default=UNKNOWN_PERIOD),
        )

    @property
    @override
    def sources(self) -> tuple[SourceView, ...]:
        now = self.hass.loop.time()
        return tuple(source.view(now) for source, _ in self._phases)

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        fields: dict[vol.Optional, object] = {}
        for phase in range(1, phase_count + 1):
            key = f"{CONF_TEMPLATE}{phase}"
            suggestion = {"suggested_value": stored[key]} if key in stored else None
            fields[vol.Optional(key, description=suggestion)] = template()
        return vol.Schema(fields)

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        keys = [key for key in user_input if key.startswith(CONF_TEMPLATE)]
        errors = [error for key in keys if (error := _wrong_with(hass, key, user_input[key])) is not None]
        if errors:
            raise SettingsErrors(errors)
        return {key: user_input[key] for key in keys}

    @callback
    def _render(self) -> None:
        """Render every template, and follow the entities it names now: they may depend on its result."""
        self._render_pending = False
        named: set[str] = set()
        for source, current in self._phases:
            info = current.async_render_to_info(strict=True)
            named |= info.entities
            try:
                text = str(info.result())[:MAX_LENGTH_STATE_STATE]
            except TemplateError:
                text = STATE_UNAVAILABLE
            source.update(State(_ANY_SENSOR, text, _AMPERE), self._reported_at(info.entities))
            if (sample := source.sample(source.resolution)) is not None:
                self._known_at[source.phase] = sample.measured_at
        self._follow(frozenset(named))
        if self._listener is not None:
            self._listener()

    def _reported_at(self, entity_ids: Iterable[str]) -> float:
        """Return when the sensor that has been silent for longest reported, on the event loop's clock [s]."""
        states = (self.hass.states.get(entity_id) for entity_id in _sensors(entity_ids))
        now = dt_util.utcnow()
        ages = [(now - state.last_reported).total_seconds() for state in states if state is not None]
        return self.hass.loop.time() - max(ages, default=0.0)

    @callback
    def _follow(self, entity_ids: frozenset[str]) -> None:
        if entity_ids == self._entities:
            return
        self._entities = entity_ids
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = [
            async_track_state_change_event(self.hass, entity_ids, self._state_told),
            async_track_state_report_event(self.hass, entity_ids, self._state_told),
        ]

    @callback
    def _state_told(self, _event: Event[EventStateChangedData] | Event[EventStateReportedData]) -> None:
        """Render once for all reports of one turn of the event loop, as those of one telegram are."""
        if not self._render_pending:
            self._render_pending = True
            self.hass.loop.call_soon(self._render_if_running)

    @callback
    def _render_if_running(self) -> None:
        if self._listener is not None:
            self._render()


def _sensors(entity_ids: Iterable[str]) -> list[str]:
    return [entity_id for entity_id in entity_ids if split_entity_id(entity_id)[0] == SENSOR_DOMAIN]


def _wrong_with(hass: HomeAssistant, key: str, text: str) -> BadSettingError | None:
    """Return what is wrong with a template, None = nothing."""
    current = Template(text, hass)
    try:
        current.ensure_valid()
        info = current.async_render_to_info(strict=True)
        info.result()
    except TemplateError as error:
        return BadSettingError(key, ErrorCode.INVALID_TEMPLATE, str(error))
    if not _sensors(info.entities):
        return BadSettingError(key, ErrorCode.TEMPLATE_WITHOUT_SENSOR, "names no sensor, so it never ages")
    return None
