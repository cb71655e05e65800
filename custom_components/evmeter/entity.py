"""What all entities share: their device, their id, and the snapshot they show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .balancing.model import Phase
from .coordinator import EVMeterCoordinator
from .devices import site_identifier, subentry_identifier
from .snapshot import ChargerView, Snapshot


@dataclass(frozen=True, kw_only=True)
class SiteEntityDescription(EntityDescription):
    """An entity of the site.

    Attributes:
        available: whether the entity says anything now.
        phase: the mains phase it is about, named in its name.
    """

    available: Callable[[Snapshot], bool] = lambda snapshot: snapshot.decision is not None
    phase: Phase | None = None


@dataclass(frozen=True, kw_only=True)
class ChargerEntityDescription(EntityDescription):
    """An entity of a charger.

    Attributes:
        available: whether the entity says anything now.
        exists: whether this charger has it.
        phase: the phase it is about, named in its name.
    """

    available: Callable[[ChargerView], bool] = lambda charger: charger.available
    exists: Callable[[ChargerView], bool] = lambda _charger: True
    phase: Phase | None = None


class SiteEntity(CoordinatorEntity[EVMeterCoordinator]):
    """An entity of the site's device."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: EVMeterCoordinator, description: SiteEntityDescription) -> None:
        """Show one thing of the site."""
        super().__init__(coordinator)
        entry_id = coordinator.config_entry.entry_id
        self.entity_description = description
        self._says_anything = description.available
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={site_identifier(entry_id)})
        if description.phase is not None:
            self._attr_translation_placeholders = {"phase": description.phase.name}

    @property
    @override
    def available(self) -> bool:
        """Whether the entity says anything now."""
        return super().available and self._says_anything(self.coordinator.data)


class ChargerEntity(CoordinatorEntity[EVMeterCoordinator]):
    """An entity of a charger's device."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: EVMeterCoordinator, description: ChargerEntityDescription, charger_id: str
    ) -> None:
        """Show one thing of a charger."""
        super().__init__(coordinator)
        entry_id = coordinator.config_entry.entry_id
        self.entity_description = description
        self._says_anything = description.available
        self.charger_id = charger_id
        self._attr_unique_id = f"{entry_id}_{charger_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={subentry_identifier(entry_id, charger_id)})
        if description.phase is not None:
            self._attr_translation_placeholders = {"phase": description.phase.name}

    @property
    def charger(self) -> ChargerView:
        """The charger as it is now."""
        return self.coordinator.data.chargers[self.charger_id]

    @property
    @override
    def available(self) -> bool:
        """Whether the entity says anything now."""
        return super().available and self._says_anything(self.charger)
