"""The button that gives a charger back to load balancing."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EVMeterConfigEntry
from .entity import ChargerEntity, ChargerEntityDescription

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ChargerButtonDescription(ButtonEntityDescription, ChargerEntityDescription):
    """A button of a charger."""


RELEASE_LIMIT: Final = ChargerButtonDescription(
    key="release_limit",
    translation_key="release_limit",
    exists=lambda charger: charger.can_limit,
    available=lambda _charger: True,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the button of every charger that can be limited."""
    coordinator = entry.runtime_data
    for view in coordinator.data.chargers.values():
        if RELEASE_LIMIT.exists(view):
            async_add_entities(
                [ReleaseLimitButton(coordinator, RELEASE_LIMIT, view.id)], config_subentry_id=view.id
            )


class ReleaseLimitButton(ChargerEntity, ButtonEntity):
    """Takes the user's own limit away: balanced, up to the charger's maximum."""

    entity_description: ChargerButtonDescription

    @override
    async def async_press(self) -> None:
        """Take the limit away."""
        self.coordinator.async_release(self.charger_id)
