"""The select that says what the user wants of a charger."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .coordinator import EVMeterConfigEntry
from .entity import ChargerEntity, ChargerEntityDescription
from .snapshot import ChargerMode

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ChargerSelectDescription(SelectEntityDescription, ChargerEntityDescription):
    """A select of a charger."""


MODE: Final = ChargerSelectDescription(
    key="mode",
    translation_key="mode",
    options=[mode.value for mode in ChargerMode],
    exists=lambda charger: charger.can_limit,
    available=lambda _charger: True,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the select of every charger that can be limited."""
    coordinator = entry.runtime_data
    for view in coordinator.data.chargers.values():
        if MODE.exists(view):
            async_add_entities([ModeSelect(coordinator, MODE, view.id)], config_subentry_id=view.id)


class ModeSelect(ChargerEntity, SelectEntity, RestoreEntity):
    """Balanced, paused, or at the user's own limit."""

    entity_description: ChargerSelectDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Keep the mode over a restart."""
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        if state is not None and state.state in self.options:
            self.coordinator.async_set_mode(self.charger_id, ChargerMode(state.state))

    @property
    @override
    def current_option(self) -> str:
        """What the user wants."""
        return self.charger.mode.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Take what the user wants."""
        self.coordinator.async_set_mode(self.charger_id, ChargerMode(option))
