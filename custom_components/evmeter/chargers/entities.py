"""Chargers reached through entities of this Home Assistant, whichever integration they come from."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple, override

import voluptuous as vol
from homeassistant.const import STATE_OFF, Platform
from homeassistant.core import HomeAssistant, callback, split_entity_id
from homeassistant.helpers import device_registry as dr
from homeassistant.util import slugify

from evmeter_client.models import ChargerReading as ChargerDetails

from ..balancing.model import Amps, ChargerReading, ChargerSettings, ChargerState
from ..const import CONF_FALLBACK_CURRENT, CONF_LIMIT, CONF_MAX_CURRENT, CONF_MIN_CURRENT, MANUFACTURER
from ..exceptions import ChargerWriteError
from ..following import EntityFollower
from ..settings import ChargerKind, EntityChargerSettings
from .base import Charger, ChargerDevice, ChargerProblem
from .entity_form import entity_fields, read_entities
from .followed import FollowedEntity
from .inference import draws_at_terminals, state_of
from .limit_port import LimitPort, async_act, write_failed
from .number_limit import NumberLimit
from .traits import PICKED_BY_HAND, PICKED_BY_HAND_INVERTED, Traits
from .wiring import at_terminals

FINEST_STEP: Final = 0.1
COARSEST_STEP: Final = 6.0
"""Between these is what a number may say about its step [A]; others say nothing about the charger."""

LOWEST_CURRENT: Final = 6.0
HIGHEST_CURRENT: Final = 80.0
"""What IEC 61851-1 lets a charger signal [A]."""

_SWITCH_ACTIONS: Final[Mapping[str, str]] = {"on": "turn_on", "off": "turn_off"}
"""Actions that bring a switch into a state; a select is told the state itself."""


class Demand(NamedTuple):
    """A state that an entity must be in for the charger to obey.

    Attributes:
        entity: the entity.
        state: the state.
    """

    entity: FollowedEntity
    state: str

    @property
    def is_met(self) -> bool:
        """Whether it is; an entity that says nothing is taken at its best."""
        return self.entity.state in (None, self.state)


class EntityCharger(Charger):
    """Writes a limit, pauses with a switch, and reads what the entities of the charger say.

    A limit of 0 is the switch's; without one it is the limit's own 0. A limit below the lowest that can be
    written pauses too: it is never sent.
    """

    kind: ClassVar = ChargerKind.ENTITIES

    def __init__(
        self,
        hass: HomeAssistant,
        settings: ChargerSettings,
        phase_count: int,
        entities: EntityChargerSettings,
        limit: LimitPort,
        traits: Traits | None = None,
        demand: Demand | None = None,
        plug: FollowedEntity | None = None,
    ) -> None:
        """Look the entities up.

        Args:
            hass: the running Home Assistant.
            settings: the charger as stored.
            phase_count: of the site.
            entities: its entities.
            limit: takes its limit.
            traits: what is known about this type of charger, None = nothing.
            demand: what must be for it to obey, None = nothing.
            plug: is off while no car is connected, for where its state does not say so.
        """
        super().__init__(hass, settings, phase_count)
        by_hand = PICKED_BY_HAND_INVERTED if entities.switch_pauses else PICKED_BY_HAND
        self._traits = by_hand if traits is None else traits
        self._limit = limit
        self._demand = demand
        self._plug = plug
        self._switch = None if entities.switch is None else FollowedEntity(hass, entities.switch)
        self._state = None if entities.state is None else FollowedEntity(hass, entities.state)
        attributes = self._traits.draw_attributes or (None,) * len(entities.draws)
        self._draws = tuple(
            FollowedEntity(hass, draw, attribute)
            for draw, attribute in zip(entities.draws, attributes, strict=False)
        )
        # None until the first write: a pause from before is taken for ours, or it would last for ever.
        self._paused: bool | None = None
        self._listener: Callable[[], None] | None = None
        self._follower = EntityFollower(
            hass,
            lambda: self._followed,
            look_up=self._look_up,
            on_report=lambda _entity_id: None,
            on_news=self._tell,
        )
        self.settings = replace(
            settings,
            step=self._step(),
            reaction=self._traits.reaction,
            write_class=self._traits.write_class,
            minimum_gap=self._traits.minimum_gap,
            rearm_after=self._traits.rearm_after,
            rearm_by_step=self._traits.rearm_by_step,
            has_draw_sensor=bool(self._draws),
        )

    def _step(self) -> float:
        step = self._traits.step
        if step is None:
            step = self._limit.step
        return step if step is not None and FINEST_STEP <= step <= COARSEST_STEP else 1.0

    @property
    def _entities(self) -> tuple[FollowedEntity, ...]:
        demanded = None if self._demand is None else self._demand.entity
        optional = (entity for entity in (self._switch, self._state, demanded) if entity is not None)
        return (*self._limit.entities, *optional, *self._draws)

    @property
    def _followed(self) -> tuple[FollowedEntity, ...]:
        """What is listened to: also what a charger is usable without."""
        plug = () if self._plug is None else (self._plug,)
        return (*self._entities, *self._limit.beside, *plug)

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._follower.async_start()

    @override
    async def async_stop(self) -> None:
        self._listener = None
        self._follower.async_stop()

    @override
    async def async_poll(self) -> None:
        """Do nothing: every report of an entity is heard."""

    @property
    @override
    def reading(self) -> ChargerReading:
        if not self._limit.available:
            return ChargerReading(id=self.settings.id, state=ChargerState.UNAVAILABLE)
        draws = self._known_draws()
        limit = 0.0 if self._is_paused() else self._limit.current
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
        device_id = self._limit.device_id
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
        if not all(entity.exists for entity in self._entities):
            return ChargerProblem.ENTITY_MISSING
        if any(entity.disabled for entity in self._entities):
            return ChargerProblem.ENTITY_DISABLED
        if not self._limit.available:
            return ChargerProblem.UNAVAILABLE
        obeys = self._demand is None or self._demand.is_met
        return ChargerProblem.NONE if obeys else ChargerProblem.OWN_BALANCING

    @property
    @override
    def problem_placeholders(self) -> Mapping[str, str]:
        if self._demand is None or self.problem is not ChargerProblem.OWN_BALANCING:
            return {}
        return {"entity": self._demand.entity.entity_id or "", "state": self._demand.state}

    @property
    @override
    def entities(self) -> tuple[str, ...]:
        return tuple(entity.reference for entity in self._entities)

    @override
    async def async_write(self, limit: Amps) -> None:
        limits = at_terminals(limit, self.settings)
        if min(limits) <= 0 or min(limits) < self._limit.lowest:
            await self._pause()
            return
        await self._limit.async_write(limits)
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
        if CONF_LIMIT not in answers:
            return {}
        number = NumberLimit(hass, answers[CONF_LIMIT])
        lowest = max(LOWEST_CURRENT, number.lowest)
        highest = min(number.highest or 0.0, HIGHEST_CURRENT)
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
        """Return what the car draws per wired terminal [A]; None = some sensor does not know."""
        return draws_at_terminals([draw.amperes for draw in self._draws], len(self.settings.wiring))

    def _measured_at(self) -> float | None:
        times = [draw.reported_at for draw in self._draws]
        return min((time for time in times if time is not None), default=None)

    def _charger_state(self, draws: tuple[float, ...] | None, limit: float | None) -> ChargerState:
        told = None if self._state is None or self._state.state is None else slugify(self._state.state)
        state = None if told is None else self._traits.states.get(told)
        return state_of(state, draws, limit, unplugged=self._is_unplugged(state))

    def _is_unplugged(self, state: ChargerState | None) -> bool:
        """Return whether the plug says that no car is there, where the state of the charger cannot."""
        if state is not None and ChargerState.DISCONNECTED in self._traits.states.values():
            return False
        return self._plug is not None and self._plug.state == STATE_OFF

    def _is_paused(self) -> bool:
        """Return whether the switch pauses charging; the number may keep its limit meanwhile."""
        if self._switch is None or not self._switch.available:
            return False
        told = self._switch.state
        if told is None:
            return self._paused is True
        return told == self._traits.pause.paused and (self._traits.pause.tells or self._paused is not False)

    async def _pause(self) -> None:
        lowest = self._limit.lowest
        if self._switch is not None and self._has_nothing_to_pause(self._switch):
            # Until a car is connected, the least is kept; then the switch is there.
            if self._limit.current != lowest:
                await self._limit.async_write((lowest, lowest, lowest))
        elif self._switch is not None:
            await self._pause_or_lower(self._switch, lowest)
        elif lowest <= 0:
            await self._limit.async_write((0.0, 0.0, 0.0))
        else:
            raise write_failed(f"{self._limit.name} does not go down to 0 A, and there is no switch")
        self._paused = True

    async def _pause_or_lower(self, switch: FollowedEntity, lowest: float) -> None:
        """Pause; a charger that refuses goes on with as little as it takes, until a pause gets through."""
        try:
            await self._set_switch(switch, self._traits.pause.paused)
        except ChargerWriteError:
            if self._limit.current != lowest:
                await self._limit.async_write((lowest, lowest, lowest))
            raise

    def _has_nothing_to_pause(self, switch: FollowedEntity) -> bool:
        """Return whether the charger is there, but its switch only once a car is."""
        return not switch.available and self.reading.state is ChargerState.DISCONNECTED

    async def _set_switch(self, switch: FollowedEntity, state: str) -> None:
        entity_id = switch.entity_id
        if entity_id is None or not switch.available:
            # Home Assistant silently leaves out what is unavailable.
            raise write_failed(f"{entity_id or switch.reference} is unavailable")
        domain, action = split_entity_id(entity_id)[0], _SWITCH_ACTIONS.get(state)
        data = {"entity_id": entity_id}
        if domain != Platform.SWITCH or action is None:
            action, data = "select_option", data | {"option": state}
        await async_act(self.hass, domain, action, data, entity_id)

    @callback
    def _look_up(self) -> None:
        for entity in self._followed:
            entity.look_up()

    @callback
    def _tell(self) -> None:
        if self._listener is not None:
            self._listener()
