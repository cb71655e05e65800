"""Chargers reached through entities of this Home Assistant, whichever integration they come from."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.const import Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event, async_track_state_report_event
from homeassistant.util import slugify

from evmeter_client.models import ChargerReading as ChargerDetails

from ..balancing.model import Amps, ChargerReading, ChargerSettings, ChargerState
from ..const import (
    CONF_FALLBACK_CURRENT,
    CONF_LIMIT,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    DOMAIN,
    MANUFACTURER,
)
from ..exceptions import ChargerWriteError
from ..settings import ChargerKind, EntityChargerSettings
from .base import Charger, ChargerDevice, ChargerProblem
from .entity_form import entity_fields, read_entities
from .evmeter_reading import DRAWING
from .followed import FollowedEntity
from .traits import PICKED_BY_HAND, PICKED_BY_HAND_INVERTED, Traits

WRITE_TIMEOUT: Final = 30.0
"""An action of another integration that takes longer has failed [s]."""

FINEST_STEP: Final = 0.1
COARSEST_STEP: Final = 6.0
"""Between these is what a number may say about its step [A]; others say nothing about the charger."""

LOWEST_CURRENT: Final = 6.0
HIGHEST_CURRENT: Final = 80.0
"""What IEC 61851-1 lets a charger signal [A]."""

_SWITCH_ACTIONS: Final[Mapping[str, str]] = {"on": "turn_on", "off": "turn_off"}
"""Actions that bring a switch into a state; a select is told the state itself."""


class EntityCharger(Charger):
    """Writes a number entity, pauses with a switch, and reads what the entities of the charger say.

    A limit of 0 is the switch's; without one it is the number's own 0. A limit below the number's minimum
    pauses too, and one above its maximum is written as the maximum: neither is ever sent.
    """

    kind: ClassVar = ChargerKind.ENTITIES

    def __init__(
        self,
        hass: HomeAssistant,
        settings: ChargerSettings,
        phase_count: int,
        entities: EntityChargerSettings,
        traits: Traits | None = None,
    ) -> None:
        """Look the entities up.

        Args:
            hass: the running Home Assistant.
            settings: the charger as stored.
            phase_count: of the site.
            entities: its entities.
            traits: what is known about this type of charger, None = nothing.
        """
        super().__init__(hass, settings, phase_count)
        by_hand = PICKED_BY_HAND_INVERTED if entities.switch_pauses else PICKED_BY_HAND
        self._traits = by_hand if traits is None else traits
        self._limit = FollowedEntity(hass, entities.limit)
        self._switch = None if entities.switch is None else FollowedEntity(hass, entities.switch)
        self._state = None if entities.state is None else FollowedEntity(hass, entities.state)
        self._draws = tuple(FollowedEntity(hass, draw) for draw in entities.draws)
        # None until the first write: a pause from before is taken for ours, or it would last for ever.
        self._paused: bool | None = None
        self._listener: Callable[[], None] | None = None
        self._news_pending = False
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._unsubscribe_states: list[CALLBACK_TYPE] = []
        self.settings = replace(
            settings,
            step=self._step(),
            reaction=self._traits.reaction,
            write_class=self._traits.write_class,
            minimum_gap=self._traits.minimum_gap,
            has_draw_sensor=bool(self._draws),
        )

    def _step(self) -> float:
        step = self._traits.step
        if step is None:
            step = self._limit.attribute("step")
        return step if step is not None and FINEST_STEP <= step <= COARSEST_STEP else 1.0

    @property
    def _entities(self) -> tuple[FollowedEntity, ...]:
        optional = (entity for entity in (self._switch, self._state) if entity is not None)
        return (self._limit, *optional, *self._draws)

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._unsubscribe.append(
            self.hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_updated)
        )
        self._follow()

    @override
    async def async_stop(self) -> None:
        self._listener = None
        for unsubscribe in (*self._unsubscribe, *self._unsubscribe_states):
            unsubscribe()
        self._unsubscribe.clear()
        self._unsubscribe_states.clear()

    @override
    async def async_poll(self) -> None:
        """Do nothing: every report of an entity is heard."""

    @property
    @override
    def reading(self) -> ChargerReading:
        if not self._limit.available:
            return ChargerReading(id=self.settings.id, state=ChargerState.UNAVAILABLE)
        draws = self._known_draws()
        limit = 0.0 if self._is_paused() else self._limit.amperes
        return ChargerReading(
            id=self.settings.id,
            state=self._charger_state(draws, limit),
            current=None if draws is None else self.settings.to_mains(draws, self.phase_count),
            measured_at=self._measured_at() if draws is not None else None,
            limit=limit,
        )

    @property
    @override
    def details(self) -> ChargerDetails | None:
        return None

    @property
    @override
    def device(self) -> ChargerDevice:
        entry = self._limit.registry_entry
        device_id = None if entry is None else entry.device_id
        device = None if device_id is None else dr.async_get(self.hass).async_get(device_id)
        if not isinstance(device, dr.DeviceEntry):
            return ChargerDevice(manufacturer=MANUFACTURER, model="Charger")
        return ChargerDevice(
            manufacturer=device.manufacturer or MANUFACTURER,
            model=device.model or device.name or "Charger",
            serial_number=device.serial_number,
            sw_version=device.sw_version,
        )

    @property
    @override
    def problem(self) -> ChargerProblem:
        if not all(entity.usable for entity in self._entities):
            return ChargerProblem.ENTITY_MISSING
        return ChargerProblem.NONE if self._limit.available else ChargerProblem.UNAVAILABLE

    @override
    async def async_write(self, limit: Amps) -> None:
        current = min(self.settings.to_terminals(limit))
        lowest = self._limit.attribute("min") or 0.0
        highest = self._limit.attribute("max")
        if current <= 0 or current < lowest:
            await self._pause(lowest)
            return
        await self._set_number(current if highest is None else min(current, highest))
        if self._switch is not None and self._is_paused():
            await self._set_switch(self._switch, self._traits.pause.resumed)
        self._paused = False

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        return entity_fields(hass, stored, phase_count)

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        """Return the entities by their registry ids."""
        return read_entities(hass, user_input)

    @classmethod
    @override
    def suggested_limits(cls, hass: HomeAssistant, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the number takes, within what any charger may do."""
        number = FollowedEntity(hass, answers[CONF_LIMIT])
        lowest = max(LOWEST_CURRENT, number.attribute("min") or 0.0)
        highest = min(number.attribute("max") or 0.0, HIGHEST_CURRENT)
        if highest < lowest:
            return {}
        return {
            CONF_MIN_CURRENT: f"{lowest:g}",
            CONF_MAX_CURRENT: f"{highest:g}",
            CONF_FALLBACK_CURRENT: f"{lowest:g}",
        }

    @property
    @override
    def measures_each_terminal(self) -> bool:
        return len(self._draws) >= len(self.settings.wiring)

    def _known_draws(self) -> tuple[float, ...] | None:
        """Return what the car draws per wired terminal [A]; None = some sensor does not know.

        A terminal without a sensor of its own is taken for the one that draws most.
        """
        currents = [draw.amperes for draw in self._draws]
        known = [abs(current) for current in currents if current is not None]
        if not known or len(known) < len(currents):
            return None
        wired = len(self.settings.wiring)
        return tuple((known + [max(known)] * wired)[:wired])

    def _measured_at(self) -> float | None:
        times = [draw.reported_at for draw in self._draws]
        return min((time for time in times if time is not None), default=None)

    def _charger_state(self, draws: tuple[float, ...] | None, limit: float | None) -> ChargerState:
        told = None if self._state is None or self._state.state is None else slugify(self._state.state)
        state = None if told is None else self._traits.states.get(told)
        if state in (ChargerState.FAULT, ChargerState.UNAVAILABLE):
            return state
        if draws is not None and max(draws) > DRAWING:
            return ChargerState.CHARGING
        if limit == 0 and state in (None, ChargerState.READY):
            return ChargerState.PAUSED
        if state is None:
            # Nobody says what the charger does: without a sensor of its draw, a car may be charging.
            return ChargerState.CHARGING if draws is None else ChargerState.READY
        return state

    def _is_paused(self) -> bool:
        """Return whether the switch pauses charging; the number may keep its limit meanwhile."""
        if self._switch is None or not self._switch.available:
            return False
        told = self._switch.state
        if told is None:
            return self._paused is True
        return told == self._traits.pause.paused and (self._traits.pause.tells or self._paused is not False)

    async def _pause(self, lowest: float) -> None:
        if self._switch is not None and self._has_nothing_to_pause(self._switch):
            # Until a car is connected, the least is kept; then the switch is there.
            if self._limit.amperes != lowest:
                await self._set_number(lowest)
        elif self._switch is not None:
            await self._set_switch(self._switch, self._traits.pause.paused)
        elif lowest <= 0:
            await self._set_number(0.0)
        else:
            raise _write_failed(f"{self._limit.entity_id} does not go down to 0 A, and there is no switch")
        self._paused = True

    def _has_nothing_to_pause(self, switch: FollowedEntity) -> bool:
        """Return whether the charger is there, but its switch only once a car is."""
        return not switch.available and self.reading.state is ChargerState.DISCONNECTED

    async def _set_number(self, current: float) -> None:
        await self._act(self._limit, "set_value", value=current)

    async def _set_switch(self, switch: FollowedEntity, state: str) -> None:
        domain = None if switch.entity_id is None else split_entity_id(switch.entity_id)[0]
        action = _SWITCH_ACTIONS.get(state)
        if domain == Platform.SWITCH and action is not None:
            await self._act(switch, action)
        else:
            await self._act(switch, "select_option", option=state)

    async def _act(self, entity: FollowedEntity, action: str, **data: float | str) -> None:
        """Run an action on an entity and wait until it is done.

        Raises:
            ChargerWriteError: it failed. Other integrations raise what they like; a limit that was lost for
                want of a name for its error would never be written again.
        """
        entity_id = entity.entity_id
        if entity_id is None or not entity.available:
            # Home Assistant silently leaves out what is unavailable.
            raise _write_failed(f"{entity_id or entity.reference} is unavailable")
        call = self.hass.services.async_call(
            split_entity_id(entity_id)[0], action, {"entity_id": entity_id, **data}, blocking=True
        )
        try:
            async with asyncio.timeout(WRITE_TIMEOUT):
                (result,) = await asyncio.gather(call, return_exceptions=True)
        except TimeoutError as error:
            raise _write_failed(f"{entity_id} took longer than {WRITE_TIMEOUT:g} s") from error
        if isinstance(result, BaseException):
            raise _write_failed(str(result) or type(result).__name__) from result

    @callback
    def _follow(self) -> None:
        """Look every entity up and listen to it under its present name."""
        for unsubscribe in self._unsubscribe_states:
            unsubscribe()
        for entity in self._entities:
            entity.look_up()
        entity_ids = {entity.entity_id for entity in self._entities if entity.entity_id is not None}
        self._unsubscribe_states = [
            async_track_state_change_event(self.hass, entity_ids, self._state_changed),
            async_track_state_report_event(self.hass, entity_ids, self._state_reported),
        ]
        self._fresh_news()

    @callback
    def _registry_updated(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Follow an entity that was renamed, removed, created again, disabled or enabled."""
        names = {event.data["entity_id"], event.data.get("old_entity_id")}
        entry = er.async_get(self.hass).async_get(event.data["entity_id"])
        if entry is not None:
            names.add(entry.id)
        ours = {name for entity in self._entities for name in (entity.entity_id, entity.reference)}
        if names & (ours - {None}):
            self._follow()

    @callback
    def _state_changed(self, _event: Event[EventStateChangedData]) -> None:
        self._fresh_news()

    @callback
    def _state_reported(self, _event: Event[EventStateReportedData]) -> None:
        self._fresh_news()

    @callback
    def _fresh_news(self) -> None:
        """Tell once of everything that arrives in one turn of the event loop, as one poll's values do."""
        if not self._news_pending:
            self._news_pending = True
            self.hass.loop.call_soon(self._tell)

    @callback
    def _tell(self) -> None:
        self._news_pending = False
        if self._listener is not None:
            self._listener()


def _write_failed(reason: str) -> ChargerWriteError:
    return ChargerWriteError(
        translation_domain=DOMAIN, translation_key="write_failed", translation_placeholders={"reason": reason}
    )
