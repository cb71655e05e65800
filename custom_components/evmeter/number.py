"""The number that holds the user's own limit for a charger."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .entity import ChargerEntity, ChargerEntityDescription

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ChargerNumberDescription(NumberEntityDescription, ChargerEntityDescription):
    """A number of a charger."""


MAXIMUM_CURRENT: Final = ChargerNumberDescription(
    key="maximum_current",
    translation_key="maximum_current",
    device_class=NumberDeviceClass.CURRENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    mode=NumberMode.BOX,
    entity_category=EntityCategory.CONFIG,
    exists=lambda charger: charger.can_limit,
    available=lambda _charger: True,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the number of every charger that can be limited."""
    coordinator = entry.runtime_data
    for view in coordinator.data.chargers.values():
        if MAXIMUM_CURRENT.exists(view):
            async_add_entities(
                [MaximumCurrent(coordinator, MAXIMUM_CURRENT, view.id)], config_subentry_id=view.id
            )


class MaximumCurrent(ChargerEntity, RestoreNumber):
    """The user's own limit: never exceeded, whatever the room."""

    entity_description: ChargerNumberDescription

    def __init__(
        self, coordinator: EVMeterCoordinator, description: ChargerNumberDescription, charger_id: str
    ) -> None:
        """Take the range from the charger's settings."""
        super().__init__(coordinator, description, charger_id)
        settings = self.charger.settings
        self._attr_native_min_value = settings.min_current
        self._attr_native_max_value = settings.max_current
        self._attr_native_step = settings.step

    @override
    async def async_added_to_hass(self) -> None:
        """Keep the limit over a restart, within the range that the settings allow now."""
        await super().async_added_to_hass()
        stored = await self.async_get_last_number_data()
        if stored is not None and stored.native_value is not None:
            value = min(max(stored.native_value, self.native_min_value), self.native_max_value)
            self.coordinator.async_set_maximum_current(self.charger_id, value)

    @property
    @override
    def native_value(self) -> float:
        """The limit [A]."""
        return self.charger.maximum_current

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the limit [A]."""
        self.coordinator.async_set_maximum_current(self.charger_id, value)
