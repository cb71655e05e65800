"""The event entity of a site: what the balancing did, for automations."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EVMeterConfigEntry
from .entity import SiteEntity, SiteEntityDescription
from .events import BalancingEvent, EventType

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SiteEventDescription(EventEntityDescription, SiteEntityDescription):
    """An event entity of the site."""


BALANCING: Final = SiteEventDescription(
    key="balancing",
    translation_key="balancing",
    event_types=[kind.value for kind in EventType],
    available=lambda _snapshot: True,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event entity of the site."""
    if entry.runtime_data.config.measured:
        async_add_entities([BalancingEventEntity(entry.runtime_data, BALANCING)])


class BalancingEventEntity(SiteEntity, EventEntity):
    """Says what the balancing did last."""

    entity_description: SiteEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what happens."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.events.async_listen(self._happened))

    @callback
    def _happened(self, event: BalancingEvent) -> None:
        self._trigger_event(event.type, dict(event.attributes))
        self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Do nothing: an event is over when it is told."""
