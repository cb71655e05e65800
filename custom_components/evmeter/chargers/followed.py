"""One entity of a charger: its state now, and when it was reported."""

from math import isfinite

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import ElectricCurrentConverter


class FollowedEntity:
    """An entity by its registry id, which survives a rename.

    Attributes:
        reference: registry id, or the entity id where there is no registry entry.
        entity_id: what it is called now, None = there is no such entity.
    """

    def __init__(self, hass: HomeAssistant, reference: str, value_attribute: str | None = None) -> None:
        """Look the entity up.

        Args:
            hass: the running Home Assistant.
            reference: registry id, or the entity id where there is no registry entry.
            value_attribute: the current is in this attribute [A], None = in the state.
        """
        self._hass = hass
        self._value_attribute = value_attribute
        self.reference = reference
        self.entity_id: str | None = None
        self.look_up()

    def look_up(self) -> None:
        """Look the entity up again, after the registry has changed."""
        self.entity_id = er.async_resolve_entity_id(er.async_get(self._hass), self.reference)

    @property
    def registry_entry(self) -> er.RegistryEntry | None:
        """What the registry knows of the entity, None = nothing."""
        return None if self.entity_id is None else er.async_get(self._hass).async_get(self.entity_id)

    @property
    def _any_state(self) -> State | None:
        return None if self.entity_id is None else self._hass.states.get(self.entity_id)

    @property
    def exists(self) -> bool:
        """Whether there is such an entity; it may be disabled, or unavailable now."""
        return self.registry_entry is not None or self._any_state is not None

    @property
    def disabled(self) -> bool:
        """Whether the entity is disabled."""
        entry = self.registry_entry
        return entry is not None and entry.disabled

    @property
    def available(self) -> bool:
        """Whether the entity can be read and written now."""
        state = self._any_state
        return state is not None and state.state != STATE_UNAVAILABLE

    @property
    def state(self) -> str | None:
        """The state, None = there is none now."""
        state = self._any_state
        return None if state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN) else state.state

    @property
    def amperes(self) -> float | None:
        """The state, or the attribute, as a current [A], None = it is none."""
        state = self._any_state
        if state is None:
            return None
        told, unit = state.state, state.attributes.get("unit_of_measurement", UnitOfElectricCurrent.AMPERE)
        if self._value_attribute is not None:
            told, unit = str(state.attributes.get(self._value_attribute)), UnitOfElectricCurrent.AMPERE
        try:
            number = float(told)
        except ValueError:
            return None
        if not isfinite(number) or unit not in ElectricCurrentConverter.VALID_UNITS:
            return None
        return ElectricCurrentConverter.convert(number, unit, UnitOfElectricCurrent.AMPERE)

    @property
    def unit(self) -> str | None:
        """The unit, None = it has none."""
        state, entry = self._any_state, self.registry_entry
        if state is None or state.state == STATE_UNAVAILABLE:
            return None if entry is None else entry.unit_of_measurement
        return state.attributes.get("unit_of_measurement")

    @property
    def reported_at(self) -> float | None:
        """When the state was reported, changed or not, on the event loop's clock [s]."""
        state = self._any_state
        if state is None:
            return None
        age = (dt_util.utcnow() - state.last_reported).total_seconds()
        return self._hass.loop.time() - max(0.0, age)

    def attribute(self, name: str) -> float | None:
        """Return an attribute that is a number: of the state, or what the registry remembers of it."""
        state = self._any_state
        value: object = None if state is None else state.attributes.get(name)
        entry = self.registry_entry
        if value is None and entry is not None:
            value = (entry.capabilities or {}).get(name)
        return float(value) if isinstance(value, int | float) and isfinite(value) else None
