"""A limit that is written by an action of the charger's integration."""

from collections.abc import Mapping
from typing import Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from evmeter_client.models import PerPhase

from ..balancing.model import ChargerSettings
from .followed import FollowedEntity
from .limit_port import LimitPort, async_act, write_failed
from .rows import Action, ActionValue, Fill, LimitAction

ARM_AGAIN: Final = 300.0
"""A watchdog is armed anew after this time: a charger that was restarted has forgotten it [s]."""

SECONDS_PER_MINUTE: Final = 60.0


class ActionLimit(LimitPort):
    """Fills the limit into the data of an action and runs it.

    The limit in force is what the charger tells; what it does not tell is remembered as it was written.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        row: LimitAction,
        settings: ChargerSettings,
        state: str,
        feedback: tuple[str, ...],
    ) -> None:
        """Look the entities up.

        Args:
            hass: the running Home Assistant.
            row: how the limit is written.
            settings: of the charger, with the step of its limits.
            state: registry id of the charger's state.
            feedback: registry ids of what tells the limit in force.
        """
        self._hass = hass
        self._row = row
        self._settings = settings
        self._state = FollowedEntity(hass, state)
        self._feedback = tuple(FollowedEntity(hass, reference) for reference in feedback)
        self._written: float | None = None
        self._armed_at: float | None = None

    @property
    @override
    def entities(self) -> tuple[FollowedEntity, ...]:
        return (self._state, *self._feedback)

    @property
    @override
    def available(self) -> bool:
        return self._state.available

    @property
    @override
    def current(self) -> float | None:
        told_nothing = not self._feedback or (self._written == 0 and not self._row.tells_pause)
        if told_nothing:
            return self._written
        told = [entity.amperes for entity in self._feedback[: len(self._settings.wiring)]]
        known = [current for current in told if current is not None]
        return min(known) if len(known) == len(told) else None

    @property
    @override
    def name(self) -> str:
        return f"{self._row.write.domain}.{self._row.write.name}"

    @property
    @override
    def device_id(self) -> str | None:
        entry = self._state.registry_entry
        return None if entry is None else entry.device_id

    @override
    async def async_write(self, limits: PerPhase) -> None:
        if not self.available:
            raise write_failed(f"{self._state.entity_id or self._state.reference} is unavailable")
        values = self._values(limits)
        # What is not known to have arrived is not known to be in force.
        self._written = None
        await self._run(self._row.write, values)
        self._written = min(limits)
        now = self._hass.loop.time()
        armed = self._armed_at is not None and now - self._armed_at < ARM_AGAIN
        if self._row.watchdog is not None and not armed:
            await self._run(self._row.watchdog, values)
            self._armed_at = now

    async def _run(self, action: Action, values: Mapping[Fill, ActionValue]) -> None:
        data = {field: _filled_in(value, values) for field, value in action.data.items()}
        await async_act(self._hass, action.domain, action.name, data, f"{action.domain}.{action.name}")

    def _values(self, limits: PerPhase) -> dict[Fill, ActionValue]:
        """Return what can be filled in now."""
        first, second, third = (self._number(min(limit, self._row.highest)) for limit in limits)
        return {
            Fill.CURRENT: min(first, second, third),
            Fill.L1: first,
            Fill.L2: second,
            Fill.L3: third,
            Fill.LIFETIME: self._lifetime(min(limits)),
            Fill.FALLBACK: self._number(self._settings.fallback_current),
            **self._places(),
        }

    def _number(self, current: float) -> float:
        """Return a current as the action takes it: a whole number where the charger knows whole amperes."""
        return round(current) if self._settings.step >= 1 else round(current, 1)

    def _lifetime(self, current: float) -> int:
        """Return how long a limit holds [min].

        An unchanged limit is not written, so the lowest one and a pause could not be kept alive: they hold
        for ever, or the charger would begin to charge at its maximum.
        """
        lifetime, settings = self._row.lifetime, self._settings
        if lifetime is None or current - settings.step < settings.min_current:
            return 0
        return round(lifetime / SECONDS_PER_MINUTE)

    def _places(self) -> dict[Fill, ActionValue]:
        """Return what names this charger among others."""
        entry = self._state.registry_entry
        if entry is None:
            return {}
        places: dict[Fill, ActionValue] = {}
        device_id = entry.device_id
        device = None if device_id is None else dr.async_get(self._hass).async_get(device_id)
        if device_id is not None:
            places[Fill.DEVICE] = device_id
        if isinstance(device, dr.DeviceEntry) and device.via_device_id is not None:
            places[Fill.PARENT] = device.via_device_id
        named = None if self._row.names is None else self._row.names.fullmatch(entry.unique_id)
        if named is not None:
            places[Fill.CHARGE_POINT] = named["charge_point"]
            places[Fill.CONNECTOR] = int(named["connector"] or 1)
        return places


def _filled_in(value: ActionValue, values: Mapping[Fill, ActionValue]) -> object:
    """Return a value of the table as the action takes it.

    Raises:
        ChargerWriteError: the charger has no such name in this Home Assistant.
    """
    if isinstance(value, Fill):
        if value not in values:
            raise write_failed(f"the charger's {value.name.lower().replace('_', ' ')} is not known")
        return values[value]
    if isinstance(value, Mapping):
        return {field: _filled_in(item, values) for field, item in value.items()}
    if isinstance(value, tuple):
        return [_filled_in(item, values) for item in value]
    return value
