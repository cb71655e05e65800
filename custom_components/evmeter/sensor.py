"""Sensors: what the mains carry, what the chargers do, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .charger_sensors import (
    REASON_SENSOR,
    ChargerSensorDescription,
    ReasonSensorDescription,
    charger_sensors,
)
from .coordinator import EVMeterConfigEntry
from .entity import ChargerEntity, SiteEntity
from .protocol_sensors import PROTOCOL_SENSORS
from .site_sensors import SiteSensorDescription, site_sensors

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: EVMeterConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the site and of every charger."""
    coordinator = entry.runtime_data
    phase_count = coordinator.config.balancing.phase_count
    if coordinator.config.measured:
        async_add_entities(SiteSensor(coordinator, description) for description in site_sensors(phase_count))
    for view in coordinator.data.chargers.values():
        sensors: list[SensorEntity] = [
            ChargerSensor(coordinator, description, view.id)
            for description in (*charger_sensors(phase_count), *PROTOCOL_SENSORS)
            if description.exists(view)
        ]
        if REASON_SENSOR.exists(view):
            sensors.append(ReasonSensor(coordinator, REASON_SENSOR, view.id))
        async_add_entities(sensors, config_subentry_id=view.id)


class SiteSensor(SiteEntity, SensorEntity):
    """A sensor of the site."""

    entity_description: SiteSensorDescription

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """What the sensor shows."""
        return self.entity_description.value(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, str] | None:
        """What the sensor shows beside."""
        attributes = self.entity_description.attributes
        return None if attributes is None else attributes(self.coordinator.data)


class ChargerSensor(ChargerEntity, SensorEntity):
    """A sensor of a charger."""

    entity_description: ChargerSensorDescription

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """What the sensor shows."""
        return self.entity_description.value(self.charger)


class ReasonSensor(ChargerEntity, SensorEntity):
    """The sensor that says what binds a charger's limit."""

    entity_description: ReasonSensorDescription

    @property
    @override
    def native_value(self) -> str | None:
        """What binds the limit."""
        return self.entity_description.value(self.coordinator.data, self.charger_id)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, str]:
        """Where the limit binds."""
        return self.entity_description.attributes(self.coordinator.data, self.charger_id)
