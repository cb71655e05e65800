"""Numbers: the user's own limit for a charger, and the settings that are worth a number."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .balancing.model import Phase, SiteSettings
from .const import CONF_FUSE, CONF_MARGIN, CONF_PRIORITY
from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .entity import ChargerEntity, ChargerEntityDescription, SiteEntity, SiteEntityDescription
from .settings import number_to_string

PARALLEL_UPDATES = 0

LEAST_ROOM: Final = 1.0
"""What a safety margin must leave of every rating [A]."""

FUSE_RATINGS: Final = (6.0, 250.0)
PRIORITIES: Final = (1.0, 100.0)


@dataclass(frozen=True, kw_only=True)
class SiteNumberDescription(NumberEntityDescription, SiteEntityDescription):
    """A setting of the site; a new value sets the site up anew.

    Attributes:
        value: as stored [A].
        lowest: the least that the other settings allow [A].
        highest: the most that they allow [A].
    """

    value: Callable[[SiteSettings], float]
    lowest: Callable[[SiteSettings], float]
    highest: Callable[[SiteSettings], float]


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


PRIORITY: Final = ChargerNumberDescription(
    key="priority",
    translation_key="priority",
    native_min_value=PRIORITIES[0],
    native_max_value=PRIORITIES[1],
    native_step=1.0,
    mode=NumberMode.BOX,
    entity_category=EntityCategory.CONFIG,
    exists=lambda charger: charger.can_limit,
    available=lambda _charger: True,
)


def site_numbers(phase_count: int) -> tuple[SiteNumberDescription, ...]:
    """Return the numbers of a site of 1 or 3 phases."""
    return (*(_main_fuse(phase) for phase in list(Phase)[:phase_count]), MARGIN)


def _main_fuse(phase: Phase) -> SiteNumberDescription:
    """Return the rating of one phase; hidden at first: it is printed on the fuse and hardly ever changes."""
    return SiteNumberDescription(
        key=f"{CONF_FUSE}{phase + 1}",
        translation_key="main_fuse",
        phase=phase,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1.0,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        available=lambda _snapshot: True,
        value=lambda site: site.fuse_rating[phase],
        lowest=lambda site: max(FUSE_RATINGS[0], site.margin + LEAST_ROOM),
        highest=lambda _site: FUSE_RATINGS[1],
    )


MARGIN: Final = SiteNumberDescription(
    key=CONF_MARGIN,
    translation_key="margin",
    device_class=NumberDeviceClass.CURRENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    native_step=0.1,
    mode=NumberMode.BOX,
    entity_category=EntityCategory.CONFIG,
    available=lambda _snapshot: True,
    value=lambda site: site.margin,
    lowest=lambda _site: 0.0,
    highest=lambda site: min(site.fuse_rating) - LEAST_ROOM,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of the site, and of every charger that can be limited."""
    coordinator = entry.runtime_data
    phase_count = coordinator.config.balancing.phase_count
    if coordinator.config.measured:
        async_add_entities(SiteNumber(coordinator, description) for description in site_numbers(phase_count))
    for view in coordinator.data.chargers.values():
        if MAXIMUM_CURRENT.exists(view):
            async_add_entities(
                [
                    MaximumCurrent(coordinator, MAXIMUM_CURRENT, view.id),
                    PriorityNumber(coordinator, PRIORITY, view.id),
                ],
                config_subentry_id=view.id,
            )


class SiteNumber(SiteEntity, NumberEntity):
    """A setting of the site."""

    entity_description: SiteNumberDescription

    def __init__(self, coordinator: EVMeterCoordinator, description: SiteNumberDescription) -> None:
        """Take the value and its range from the settings, which are read once."""
        super().__init__(coordinator, description)
        site = coordinator.config.balancing
        self._attr_native_value = description.value(site)
        self._attr_native_min_value = description.lowest(site)
        self._attr_native_max_value = description.highest(site)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Store the setting [A]."""
        entry = self.coordinator.config_entry
        changed = {self.entity_description.key: number_to_string(value)}
        self.hass.config_entries.async_update_entry(entry, data={**entry.data, **changed})


class PriorityNumber(ChargerEntity, NumberEntity):
    """The place of a charger among the others: 1 is served first."""

    entity_description: ChargerNumberDescription

    @property
    @override
    def native_value(self) -> float:
        """The priority."""
        return self.charger.settings.priority

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Store the priority."""
        entry = self.coordinator.config_entry
        subentry = entry.subentries[self.charger_id]
        changed = {CONF_PRIORITY: number_to_string(value)}
        self.hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, **changed})


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
