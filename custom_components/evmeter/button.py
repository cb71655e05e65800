"""The buttons of a charger: give it back to load balancing, and find the phases it hangs on."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .balancing.model import ChargerState
from .coordinator import EVMeterConfigEntry
from .entity import ChargerEntity, ChargerEntityDescription
from .snapshot import WiringCheck

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

DETECT_PHASES: Final = ChargerButtonDescription(
    key="detect_phases",
    translation_key="detect_phases",
    entity_category=EntityCategory.CONFIG,
    exists=lambda charger: charger.can_limit,
    available=lambda charger: (
        charger.reading.state is ChargerState.CHARGING and charger.wiring_check is not WiringCheck.RUNNING
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of every charger that can be limited; with one phase there is no wiring to find."""
    coordinator = entry.runtime_data
    for view in coordinator.data.chargers.values():
        buttons: list[ButtonEntity] = []
        if RELEASE_LIMIT.exists(view):
            buttons.append(ReleaseLimitButton(coordinator, RELEASE_LIMIT, view.id))
        if DETECT_PHASES.exists(view) and coordinator.wiring.possible:
            buttons.append(DetectPhasesButton(coordinator, DETECT_PHASES, view.id))
        async_add_entities(buttons, config_subentry_id=view.id)


class ReleaseLimitButton(ChargerEntity, ButtonEntity):
    """Takes the user's own limit away: balanced, up to the charger's maximum."""

    entity_description: ChargerButtonDescription

    @override
    async def async_press(self) -> None:
        """Take the limit away."""
        self.coordinator.async_release(self.charger_id)


class DetectPhasesButton(ChargerEntity, ButtonEntity):
    """Moves the charger's limit for some minutes to find out which phase each terminal hangs on."""

    entity_description: ChargerButtonDescription

    @override
    async def async_press(self) -> None:
        """Begin; what differs from the settings is shown as a repair.

        Raises:
            DetectionError: it cannot run now.
        """
        self.coordinator.wiring.async_start(self.charger_id)
