"""Mains currents from templates: whatever Home Assistant knows, calculated by the user."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import HomeAssistant, State, callback

from ..balancing.model import MainsReading, Phase, SiteSettings
from ..const import CONF_TEMPLATE
from ..exceptions import SettingsErrors
from ..form_fields import template
from ..settings import MainsKind, TemplateMainsSettings
from ..templates import FollowedTemplate, TemplateFollower, wrong_with_template
from .base import Mains, Quantity, SourceView
from .source import EntitySource

UNKNOWN_PERIOD: Final = 1.0
"""Period assumed until it is learned [s]."""

_AMPERE: Final = {"unit_of_measurement": UnitOfElectricCurrent.AMPERE}
_ANY_SENSOR: Final = "sensor.template"


class TemplateMains(Mains):
    """Renders one template per phase, the current in A, whenever an entity it names reports."""

    kind: ClassVar = MainsKind.TEMPLATE

    def __init__(self, hass: HomeAssistant, site: SiteSettings, settings: TemplateMainsSettings) -> None:
        """Prepare one source per phase."""
        super().__init__(hass, site)
        self._phases = tuple(
            (EntitySource(phase, Quantity.CURRENT, ""), FollowedTemplate(hass, text))
            for phase, text in zip(Phase, settings.templates, strict=False)
        )
        self._known_at = [hass.loop.time()] * self.phase_count
        self._listener: Callable[[], None] | None = None
        self._follower = TemplateFollower(hass, [current for _, current in self._phases], self._take)

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._follower.async_start()

    @override
    async def async_stop(self) -> None:
        self._listener = None
        self._follower.async_stop()

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
        wrong = (wrong_with_template(hass, key, user_input[key], needs_sensor=True) for key in keys)
        errors = [error for error in wrong if error is not None]
        if errors:
            raise SettingsErrors(errors)
        return {key: user_input[key] for key in keys}

    @callback
    def _take(self) -> None:
        """Take what was rendered as one sample per phase."""
        for source, current in self._phases:
            source.update(State(_ANY_SENSOR, current.text, _AMPERE), current.reported_at)
            if (sample := source.sample(source.resolution)) is not None:
                self._known_at[source.phase] = sample.measured_at
        if self._listener is not None:
            self._listener()
