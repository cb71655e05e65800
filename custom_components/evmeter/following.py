"""Follows entities of this Home Assistant under whatever name the registry gives them at the moment."""

from collections.abc import Callable, Sequence
from typing import Protocol

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event, async_track_state_report_event


class Followable(Protocol):
    """An entity that can be followed."""

    @property
    def reference(self) -> str:
        """Its registry id, or its entity id where it has no registry entry."""

    @property
    def entity_id(self) -> str | None:
        """What it is called now, None = there is no such entity."""


class EntityFollower:
    """Tells of every report of some entities, whatever they are called meanwhile.

    A value that is reported again is told of as well as one that changed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entities: Callable[[], Sequence[Followable]],
        *,
        look_up: Callable[[], None],
        on_report: Callable[[str], None],
        on_news: Callable[[], None],
    ) -> None:
        """Follow nothing yet.

        Args:
            hass: the running Home Assistant.
            entities: those to follow.
            look_up: asks the registry for their present names; called at the start and after a change.
            on_report: called at once with the entity id of every report.
            on_news: called once for everything that arrives in one turn of the event loop, as the values of
                one poll or one telegram do.
        """
        self._hass = hass
        self._entities = entities
        self._look_up = look_up
        self._on_report = on_report
        self._on_news = on_news
        self._started = False
        self._news_pending = False
        self._unsubscribe_registry: CALLBACK_TYPE | None = None
        self._unsubscribe_states: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Look every entity up and listen to it."""
        self._started = True
        self._unsubscribe_registry = self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_updated
        )
        self._follow()

    @callback
    def async_stop(self) -> None:
        """Listen to nothing any more; may be called twice, and before the start."""
        self._started = False
        if self._unsubscribe_registry is not None:
            self._unsubscribe_registry()
            self._unsubscribe_registry = None
        self._unsubscribe_from_states()

    def _unsubscribe_from_states(self) -> None:
        for unsubscribe in self._unsubscribe_states:
            unsubscribe()
        self._unsubscribe_states.clear()

    def _follow(self) -> None:
        """Look every entity up and listen to it under its present name."""
        self._unsubscribe_from_states()
        self._look_up()
        entity_ids = {entity.entity_id for entity in self._entities() if entity.entity_id is not None}
        self._unsubscribe_states = [
            async_track_state_change_event(self._hass, entity_ids, self._state_changed),
            async_track_state_report_event(self._hass, entity_ids, self._state_reported),
        ]
        self._fresh_news()

    @callback
    def _registry_updated(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Follow an entity that was renamed, removed, created again, disabled or enabled."""
        names = {event.data["entity_id"], event.data.get("old_entity_id")}
        entry = er.async_get(self._hass).async_get(event.data["entity_id"])
        if entry is not None:
            names.add(entry.id)
        ours = {name for entity in self._entities() for name in (entity.entity_id, entity.reference)}
        if names & (ours - {None}):
            self._follow()

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        self._take(event.data["entity_id"])

    @callback
    def _state_reported(self, event: Event[EventStateReportedData]) -> None:
        self._take(event.data["entity_id"])

    def _take(self, entity_id: str) -> None:
        self._on_report(entity_id)
        self._fresh_news()

    def _fresh_news(self) -> None:
        if not self._news_pending:
            self._news_pending = True
            self._hass.loop.call_soon(self._tell)

    @callback
    def _tell(self) -> None:
        self._news_pending = False
        if self._started:
            self._on_news()
