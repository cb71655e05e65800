"""Sensors: what the mains carry, what the chargers do, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .charger_sensors import (
    REASON_SENSOR,
    ChargerSensorDescription,
    ReasonSensorDescription,
    charger_sensors,
)
from .circuit_sensors import CircuitSensorDescription, circuit_sensors
from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .devices import subentry_identifier
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
    for circuit_id in coordinator.data.circuits:
        async_add_entities(
            [CircuitSensor(coordinator, each, circuit_id) for each in circuit_sensors(phase_count)],
            config_subentry_id=circuit_id,
        )
    for view in coordinator.data.chargers.values():
        sensors: list[SensorEntity] = [
            ChargerSensor(coordinator, description, view.id)
            for description in (*charger_sensors(phase_count), *PROTOCOL_SENSORS)
            if description.exists(view)
        ]
        if REASON_SENSOR.exists(view):
            sensors.append(ReasonSensor(coordinator, REASON_SENSOR, view.id))
        async_add_entities(sensors, config_subentry_id=view.id)


class CircuitSensor(CoordinatorEntity[EVMeterCoordinator], SensorEntity):
    """A sensor of a circuit."""

    _attr_has_entity_name = True
    entity_description: CircuitSensorDescription

    def __init__(
        self, coordinator: EVMeterCoordinator, description: CircuitSensorDescription, circuit_id: str
    ) -> None:
        """Show one thing of a circuit."""
        super().__init__(coordinator)
        entry_id = coordinator.config_entry.entry_id
        self.entity_description = description
        self._circuit_id = circuit_id
        self._attr_unique_id = f"{entry_id}_{circuit_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={subentry_identifier(entry_id, circuit_id)})
        self._attr_translation_placeholders = {"phase": description.phase.name}

    @property
    @override
    def native_value(self) -> float:
        """What the sensor shows."""
        return self.entity_description.value(self.coordinator.data, self._circuit_id)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, float]:
        """What the circuit may carry on this phase [A]."""
        rating = self.coordinator.data.circuits[self._circuit_id].rating
        return {"rating": rating[self.entity_description.phase]}


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
