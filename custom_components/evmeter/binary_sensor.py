"""Binary sensors: what is wrong, or not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from evmeter_client.models import EvStatus

from .coordinator import EVMeterConfigEntry
from .entity import ChargerEntity, ChargerEntityDescription, SiteEntity, SiteEntityDescription
from .snapshot import ChargerProblem, ChargerView, Snapshot

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SiteBinarySensorDescription(BinarySensorEntityDescription, SiteEntityDescription):
    """A binary sensor of the site.

    Attributes:
        value: whether it is on.
    """

    value: Callable[[Snapshot], bool | None]


@dataclass(frozen=True, kw_only=True)
class ChargerBinarySensorDescription(BinarySensorEntityDescription, ChargerEntityDescription):
    """A binary sensor of a charger.

    Attributes:
        value: whether it is on.
    """

    value: Callable[[ChargerView], bool | None]


def _car_connected(charger: ChargerView) -> bool | None:
    if charger.details is None or charger.details.status.ev_status is EvStatus.UNKNOWN:
        return None
    return charger.details.status.ev_status is not EvStatus.NOT_CONNECTED


SITE_BINARY_SENSORS: Final = (
    SiteBinarySensorDescription(
        key="overload",
        translation_key="overload",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value=lambda snapshot: None if snapshot.decision is None else snapshot.decision.overload,
    ),
    SiteBinarySensorDescription(
        key="meter_problem",
        translation_key="meter_problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda snapshot: snapshot.meter_silent,
    ),
    SiteBinarySensorDescription(
        key="fail_safe",
        translation_key="fail_safe",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value=lambda snapshot: None if snapshot.decision is None else snapshot.decision.fail_safe,
    ),
)

CHARGER_BINARY_SENSORS: Final = (
    ChargerBinarySensorDescription(
        key="car_connected",
        translation_key="car_connected",
        device_class=BinarySensorDeviceClass.PLUG,
        value=_car_connected,
    ),
    ChargerBinarySensorDescription(
        key="connection",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda _charger: True,
        value=lambda charger: (
            charger.available and charger.problem in (ChargerProblem.NONE, ChargerProblem.OWN_BALANCING)
        ),
    ),
    ChargerBinarySensorDescription(
        key="obeying",
        translation_key="obeying",
        entity_category=EntityCategory.DIAGNOSTIC,
        exists=lambda charger: charger.can_limit,
        value=lambda charger: None if charger.decision is None else charger.decision.obeying,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of the site and of every charger."""
    coordinator = entry.runtime_data
    if coordinator.config.measured:
        async_add_entities(SiteBinarySensor(coordinator, description) for description in SITE_BINARY_SENSORS)
    for view in coordinator.data.chargers.values():
        async_add_entities(
            (
                ChargerBinarySensor(coordinator, description, view.id)
                for description in CHARGER_BINARY_SENSORS
                if description.exists(view)
            ),
            config_subentry_id=view.id,
        )


class SiteBinarySensor(SiteEntity, BinarySensorEntity):
    """A binary sensor of the site."""

    entity_description: SiteBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it is on."""
        return self.entity_description.value(self.coordinator.data)


class ChargerBinarySensor(ChargerEntity, BinarySensorEntity):
    """A binary sensor of a charger."""

    entity_description: ChargerBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it is on."""
        return self.entity_description.value(self.charger)
