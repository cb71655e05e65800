"""Mains currents from entities of this Home Assistant, whichever integration they come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import STATE_OFF
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..balancing.model import MainsReading, Phase, SiteSettings
from ..const import CONF_CURRENT, CONF_PHASE_VOLTAGE, CONF_POWER, CONF_POWER_EXPORT
from ..exceptions import BadSettingError, ErrorCode, SettingsErrors
from ..following import EntityFollower, Followable
from ..form_fields import sensor
from ..settings import EntityMainsSettings, MainsKind, PhaseEntities
from .base import Mains, Quantity, SourceView
from .current import PhaseCurrent, PhaseSample, phase_current
from .source import EntitySource

UNKNOWN_PERIOD: Final = 1.0
"""Period assumed until it is learned [s]."""

_FIELDS: Final = {
    CONF_CURRENT: SensorDeviceClass.CURRENT,
    CONF_POWER: SensorDeviceClass.POWER,
    CONF_POWER_EXPORT: SensorDeviceClass.POWER,
    CONF_PHASE_VOLTAGE: SensorDeviceClass.VOLTAGE,
}


@dataclass(slots=True)
class SignOfLife:
    """A binary sensor that is off while the meter is out of reach.

    Attributes:
        reference: its registry id.
        entity_id: what it is called now, None = there is no such entity.
    """

    reference: str
    entity_id: str | None = None


class EntityMains(Mains):
    """Listens to up to four entities per phase.

    An entity that reports the same value again is as fresh as one that changed. All reports that arrive in
    one turn of the event loop, as those of one telegram do, make one sample.
    """

    kind: ClassVar = MainsKind.ENTITIES

    def __init__(self, hass: HomeAssistant, site: SiteSettings, entities: EntityMainsSettings) -> None:
        """Prepare one source per entity."""
        super().__init__(hass, site)
        self._phases = tuple(
            _sources(phase, names) for phase, names in zip(Phase, entities.phases, strict=False)
        )
        self._alive: SignOfLife | None = None
        self._listener: Callable[[], None] | None = None
        self._follower = EntityFollower(
            hass, self._followed, look_up=self._look_up, on_report=self._take, on_news=self._tell
        )
        self._known_at = [hass.loop.time()] * self.phase_count

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
        currents = self._currents()
        known = [current for current in currents if current is not None]
        periods = [
            sources[current.decided_by].period
            for current, sources in zip(currents, self._phases, strict=True)
            if current is not None
        ]
        return MainsReading(
            current=tuple(None if current is None else current.current for current in currents),
            # A phase that has gone silent is as old as its last value, or as our listening.
            measured_at=tuple(
                known_at if current is None else current.measured_at
                for current, known_at in zip(currents, self._known_at, strict=True)
            ),
            resolution=max((current.resolution for current in known), default=1.0),
            # Only of what decides: a voltage that comes once a minute must not hide a silent current.
            period=max((period for period in periods if period is not None), default=UNKNOWN_PERIOD),
        )

    @property
    @override
    def sources(self) -> tuple[SourceView, ...]:
        now = self.hass.loop.time()
        return tuple(source.view(now) for source in self._all_sources())

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        registry = er.async_get(hass)
        fields: dict[vol.Optional, object] = {}
        for phase in range(1, phase_count + 1):
            for name, device_class in _FIELDS.items():
                key = f"{name}{phase}"
                reference = stored.get(key)
                entity_id = None if reference is None else er.async_resolve_entity_id(registry, reference)
                suggestion = None if entity_id is None else {"suggested_value": entity_id}
                fields[vol.Optional(key, description=suggestion)] = sensor(device_class)
        return vol.Schema(fields)

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        """Return the entities by their registry ids, which survive a rename."""
        registry = er.async_get(hass)
        strings: dict[str, str] = {}
        errors: list[BadSettingError] = []
        for phase in Phase:
            for name in _FIELDS:
                key = f"{name}{phase + 1}"
                if key not in user_input:
                    continue
                entity_id = user_input[key]
                entry = registry.async_get(entity_id)
                if entry is None and hass.states.get(entity_id) is None:
                    errors.append(BadSettingError(key, ErrorCode.ENTITY_NOT_FOUND, f"no entity {entity_id}"))
                strings[key] = entity_id if entry is None else entry.id
        if errors:
            raise SettingsErrors(errors)
        return strings

    def _all_sources(self) -> list[EntitySource]:
        return [source for sources in self._phases for source in sources.values()]

    def _followed(self) -> list[Followable]:
        return [*self._all_sources(), *(() if self._alive is None else (self._alive,))]

    def _is_out_of_reach(self) -> bool:
        """Whether the meter is away, though its entities report their last values again."""
        entity_id = None if self._alive is None else self._alive.entity_id
        state = None if entity_id is None else self.hass.states.get(entity_id)
        return state is not None and state.state == STATE_OFF

    def _currents(self) -> list[PhaseCurrent | None]:
        if self._is_out_of_reach():
            return [None] * self.phase_count
        return [self._current(sources) for sources in self._phases]

    def _resolution(self, quantity: Quantity) -> float:
        """Return the finest step any phase showed: a phase that carries nothing shows none."""
        return min(sources[quantity].resolution for sources in self._phases if quantity in sources)

    def _current(self, sources: Mapping[Quantity, EntitySource]) -> PhaseCurrent | None:
        samples = {
            quantity: source.sample(self._resolution(quantity)) for quantity, source in sources.items()
        }
        current = sources.get(Quantity.CURRENT)
        sample = PhaseSample(
            current=samples.get(Quantity.CURRENT),
            power=samples.get(Quantity.POWER),
            power_export=samples.get(Quantity.POWER_EXPORT),
            voltage=samples.get(Quantity.VOLTAGE),
            signed=current is not None and current.signed,
        )
        return phase_current(sample, self.site.voltage)

    @callback
    def _look_up(self) -> None:
        """Look every entity up in the registry, and take its present state."""
        registry = er.async_get(self.hass)
        for source in self._all_sources():
            entity_id = er.async_resolve_entity_id(registry, source.reference)
            entry = None if entity_id is None else registry.async_get(entity_id)
            source.follow(entity_id, disabled=entry is not None and entry.disabled)
            state = None if entity_id is None else self.hass.states.get(entity_id)
            if state is not None:
                age = (dt_util.utcnow() - state.last_reported).total_seconds()
                source.update(state, self.hass.loop.time() - max(0.0, age))
        if self._alive is not None:
            self._alive.entity_id = er.async_resolve_entity_id(registry, self._alive.reference)

    @callback
    def _take(self, entity_id: str) -> None:
        """Take a report that was made this very moment."""
        state = self.hass.states.get(entity_id)
        for source in self._all_sources():
            if source.entity_id == entity_id:
                source.update(state, self.hass.loop.time())

    @callback
    def _tell(self) -> None:
        for place, current in enumerate(self._currents()):
            if current is not None:
                self._known_at[place] = current.measured_at
        if self._listener is not None:
            self._listener()


def _sources(phase: Phase, entities: PhaseEntities) -> dict[Quantity, EntitySource]:
    references = {
        Quantity.CURRENT: entities.current,
        Quantity.POWER: entities.power,
        Quantity.POWER_EXPORT: entities.power_export,
        Quantity.VOLTAGE: entities.voltage,
    }
    return {
        quantity: EntitySource(phase, quantity, reference)
        for quantity, reference in references.items()
        if reference is not None
    }
