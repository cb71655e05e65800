"""Follows templates of the user's own: rendered whenever an entity that they name reports."""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import MAX_LENGTH_STATE_STATE, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.event import async_track_state_change_event, async_track_state_report_event
from homeassistant.helpers.template import Template
from homeassistant.util import dt as dt_util

from .exceptions import BadSettingError, ErrorCode


class FollowedTemplate:
    """A template, and what it rendered last.

    A value is as old as the oldest report of the sensors in its template: one that fell silent must not look
    fresh because another one still talks. Switches and helpers in it report only when they change, and have
    no age.

    Attributes:
        text: what it rendered, as long as a state may be; ``unavailable`` where it cannot be rendered.
        reported_at: when the sensor in it that has been silent for longest reported, on the event loop's
            clock [s].
    """

    def __init__(self, hass: HomeAssistant, source: str) -> None:
        """Render nothing yet.

        Args:
            hass: the running Home Assistant.
            source: the template as the user wrote it.
        """
        self._hass = hass
        self._template = Template(source, hass)
        self.text = STATE_UNAVAILABLE
        self.reported_at = hass.loop.time()

    def render(self) -> frozenset[str]:
        """Render the template, and return the entities that it named this time."""
        info = self._template.async_render_to_info(strict=True)
        try:
            self.text = str(info.result()).strip()[:MAX_LENGTH_STATE_STATE]
        except TemplateError:
            self.text = STATE_UNAVAILABLE
        states = (self._hass.states.get(entity_id) for entity_id in _sensors(info.entities))
        now = dt_util.utcnow()
        ages = [(now - state.last_reported).total_seconds() for state in states if state is not None]
        self.reported_at = self._hass.loop.time() - max(ages, default=0.0)
        return frozenset(info.entities)

    @property
    def available(self) -> bool:
        """Whether it could be rendered, to something that is there."""
        return self.text not in (STATE_UNAVAILABLE, "")

    @property
    def state(self) -> str | None:
        """What it rendered, None = nothing."""
        return self.text if self.available and self.text != STATE_UNKNOWN else None

    @property
    def amperes(self) -> float | None:
        """What it rendered as a current [A], None = it is none."""
        try:
            current = float(self.text)
        except ValueError:
            return None
        return current if isfinite(current) else None


class TemplateFollower:
    """Renders templates at the start, and again on every report of an entity that they name."""

    def __init__(
        self, hass: HomeAssistant, templates: Sequence[FollowedTemplate], on_rendered: Callable[[], None]
    ) -> None:
        """Follow nothing yet.

        Args:
            hass: the running Home Assistant.
            templates: those to render.
            on_rendered: called after all of them were rendered, once for all reports of one turn of the event
                loop, as those of one telegram are.
        """
        self._hass = hass
        self._templates = templates
        self._on_rendered = on_rendered
        self._started = False
        self._pending = False
        self._entities: frozenset[str] = frozenset()
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Render, and listen from now on."""
        self._started = True
        self._render()

    @callback
    def async_stop(self) -> None:
        """Listen to nothing any more; may be called twice, and before the start."""
        self._started = False
        self._follow(frozenset())

    @callback
    def _render(self) -> None:
        """Render every template, and follow the entities it names now: they may depend on its result."""
        self._pending = False
        if self._started:
            self._follow(frozenset[str]().union(*(template.render() for template in self._templates)))
            self._on_rendered()

    def _follow(self, entity_ids: frozenset[str]) -> None:
        if entity_ids == self._entities:
            return
        self._entities = entity_ids
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = [
            async_track_state_change_event(self._hass, entity_ids, self._state_told),
            async_track_state_report_event(self._hass, entity_ids, self._state_told),
        ]

    @callback
    def _state_told(self, _event: Event[EventStateChangedData] | Event[EventStateReportedData]) -> None:
        if not self._pending:
            self._pending = True
            self._hass.loop.call_soon(self._render)


def wrong_with_template(
    hass: HomeAssistant, key: str, source: str, *, needs_sensor: bool
) -> BadSettingError | None:
    """Return what is wrong with a template, None = nothing.

    Args:
        hass: the running Home Assistant.
        key: of the setting.
        source: the template as the user wrote it.
        needs_sensor: it must name one, or its value would never grow old.
    """
    template = Template(source, hass)
    try:
        template.ensure_valid()
        info = template.async_render_to_info(strict=True)
        info.result()
    except TemplateError as error:
        return BadSettingError(key, ErrorCode.INVALID_TEMPLATE, str(error))
    if needs_sensor and not _sensors(info.entities):
        return BadSettingError(key, ErrorCode.TEMPLATE_WITHOUT_SENSOR, "names no sensor, so it never ages")
    return None


def _sensors(entity_ids: Iterable[str]) -> list[str]:
    return [entity_id for entity_id in entity_ids if split_entity_id(entity_id)[0] == SENSOR_DOMAIN]
