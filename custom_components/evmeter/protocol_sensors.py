"""The sensors of what an EV-Meter charger tells about itself, one row each; per phase means its terminals."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from evmeter_client.models import (
    ChargerMetrics,
    ChargerStatus,
    ChargingState,
    EvStatus,
    GridType,
    MqttState,
    PhaseType,
)

from .balancing.model import Phase
from .charger_sensors import ChargerSensorDescription
from .snapshot import ChargerView

type Value = str | float | datetime | None


def _status(value: Callable[[ChargerStatus], Value]) -> Callable[[ChargerView], Value]:
    """Show something of the charger's status."""
    return lambda charger: None if charger.details is None else value(charger.details.status)


def _metrics(value: Callable[[ChargerMetrics], Value]) -> Callable[[ChargerView], Value]:
    """Show something the charger measures."""
    return lambda charger: None if charger.details is None else value(charger.details.metrics)


def _per_phase(
    key: str,
    device_class: SensorDeviceClass,
    unit: str,
    value: Callable[[ChargerMetrics], tuple[float, float, float]],
) -> tuple[ChargerSensorDescription, ...]:
    """Return one sensor per charger terminal."""

    def of(phase: Phase) -> Callable[[ChargerView], Value]:
        return _metrics(lambda metrics: round(value(metrics)[phase], 1))

    return tuple(
        ChargerSensorDescription(
            key=f"{key}_{phase.name.lower()}",
            translation_key=key,
            phase=phase,
            device_class=device_class,
            state_class=SensorStateClass.MEASUREMENT,
            native_unit_of_measurement=unit,
            suggested_display_precision=1,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            value=of(phase),
        )
        for phase in Phase
    )


def _number(key: str, value: Callable[[ChargerStatus], Value]) -> ChargerSensorDescription:
    """Return a number or a text for the technically minded, disabled by default."""
    return ChargerSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_status(value),
    )


_ENERGY: Final = (
    ChargerSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value=_metrics(lambda metrics: round(metrics.power_w)),
    ),
    ChargerSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value=_metrics(lambda metrics: metrics.session_energy_wh),
    ),
    ChargerSensorDescription(
        key="total_energy",
        translation_key="total_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=_metrics(lambda metrics: metrics.total_energy_wh),
    ),
)

_STATES: Final = (
    ChargerSensorDescription(
        key="ev_status",
        translation_key="ev_status",
        device_class=SensorDeviceClass.ENUM,
        options=[member.value for member in EvStatus],
        value=_status(lambda status: status.ev_status),
    ),
    ChargerSensorDescription(
        key="charging_state",
        translation_key="charging_state",
        device_class=SensorDeviceClass.ENUM,
        options=[member.value for member in ChargingState],
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_status(lambda status: status.charging_state),
    ),
    ChargerSensorDescription(
        key="phase_type",
        translation_key="phase_type",
        device_class=SensorDeviceClass.ENUM,
        options=[member.value for member in PhaseType],
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_status(lambda status: status.phase_type),
    ),
    ChargerSensorDescription(
        key="grid_type",
        translation_key="grid_type",
        device_class=SensorDeviceClass.ENUM,
        options=[member.value for member in GridType],
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_status(lambda status: status.grid_type),
    ),
    ChargerSensorDescription(
        key="mqtt_state",
        translation_key="mqtt_state",
        device_class=SensorDeviceClass.ENUM,
        options=[member.value for member in MqttState],
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_status(lambda status: status.mqtt_state),
    ),
    ChargerSensorDescription(
        key="start_time",
        translation_key="start_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=_status(lambda status: status.start_time),
    ),
)

_MEANS: Final = (
    ChargerSensorDescription(
        key="voltage_mean",
        translation_key="voltage_mean",
        device_class=SensorDeviceClass.VOLTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_metrics(lambda metrics: round(metrics.voltage_mean, 1)),
    ),
    ChargerSensorDescription(
        key="current_mean",
        translation_key="current_mean",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_metrics(lambda metrics: round(metrics.current_mean, 1)),
    ),
    ChargerSensorDescription(
        key="dlm_current_mean",
        translation_key="dlm_current_mean",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_metrics(lambda metrics: round(metrics.dlm_current_mean, 1)),
    ),
)

_SETTINGS: Final = (
    ChargerSensorDescription(
        key="set_current",
        translation_key="set_current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_status(lambda status: status.set_current),
    ),
    ChargerSensorDescription(
        key="circuit_breaker",
        translation_key="circuit_breaker",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_status(lambda status: status.circuit_breaker),
    ),
    ChargerSensorDescription(
        key="temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_status(lambda status: status.temperature),
    ),
    ChargerSensorDescription(
        key="ping_latency",
        translation_key="ping_latency",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_status(lambda status: status.ping_latency_ms),
    ),
    _number("warnings", lambda status: status.warnings),
    _number("errors", lambda status: status.errors),
    _number("device_limit", lambda status: status.limit),
    _number("firmware_version", lambda status: status.firmware_version),
    _number("kubis_version", lambda status: status.kubis_version),
    _number("scheduler_version", lambda status: status.scheduler_version),
    _number("wifi_network", lambda status: status.wifi_network),
    _number("peer_serial_number", lambda status: status.peer_serial_number),
)

PROTOCOL_SENSORS: Final = (
    *_ENERGY,
    *_STATES,
    *_per_phase(
        "voltage",
        SensorDeviceClass.VOLTAGE,
        UnitOfElectricPotential.VOLT,
        lambda metrics: metrics.voltages,
    ),
    *_per_phase(
        "dlm_current",
        SensorDeviceClass.CURRENT,
        UnitOfElectricCurrent.AMPERE,
        lambda metrics: metrics.dlm_currents,
    ),
    *_MEANS,
    *_SETTINGS,
)
"""Every sensor of an EV-Meter charger."""
