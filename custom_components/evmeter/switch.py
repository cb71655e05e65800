"""The switch that turns load balancing on and off."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import STATE_OFF
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .coordinator import EVMeterConfigEntry
from .entity import SiteEntity, SiteEntityDescription

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SiteSwitchDescription(SwitchEntityDescription, SiteEntityDescription):
    """A switch of the site."""


BALANCING: Final = SiteSwitchDescription(
    key="balancing", translation_key="balancing", available=lambda _snapshot: True
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switch of the site."""
    if entry.runtime_data.config.measured:
        async_add_entities([BalancingSwitch(entry.runtime_data, BALANCING)])


class BalancingSwitch(SiteEntity, SwitchEntity, RestoreEntity):
    """Turns load balancing on and off.

    While it is off no limit is written; what the chargers were told last stays, until a charger's own
    watchdog takes it to its fallback current.
    """

    entity_description: SiteSwitchDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Stay off over a restart."""
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        if state is not None and state.state == STATE_OFF:
            self.coordinator.async_set_enabled(False)

    @property
    @override
    def is_on(self) -> bool:
        """Whether limits are written."""
        return self.coordinator.data.enabled

    @override
    async def async_turn_on(self, **kwargs: object) -> None:
        """Balance."""
        self.coordinator.async_set_enabled(True)

    @override
    async def async_turn_off(self, **kwargs: object) -> None:
        """Write no more limits."""
        self.coordinator.async_set_enabled(False)
