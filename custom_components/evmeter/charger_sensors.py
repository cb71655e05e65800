"""The sensors that every charger has, one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfElectricCurrent

from .balancing.model import ChargerState, Phase, ReasonCode
from .entity import ChargerEntityDescription
from .snapshot import ChargerProblem, ChargerView, Snapshot, WiringCheck


@dataclass(frozen=True, kw_only=True)
class ChargerSensorDescription(SensorEntityDescription, ChargerEntityDescription):
    """A sensor of a charger.

    Attributes:
        value: what it shows.
    """

    value: Callable[[ChargerView], str | float | datetime | None]


@dataclass(frozen=True, kw_only=True)
class ReasonSensorDescription(SensorEntityDescription, ChargerEntityDescription):
    """The sensor that says what binds a charger's limit.

    Attributes:
        value: what it shows.
        attributes: where the limit binds.
    """

    value: Callable[[Snapshot, str], str | None]
    attributes: Callable[[Snapshot, str], Mapping[str, str]]


def charger_sensors(phase_count: int) -> tuple[ChargerSensorDescription, ...]:
    """Return the sensors of a charger at a site of 1 or 3 phases."""
    per_phase = tuple(sensor for phase in list(Phase)[:phase_count] for sensor in _phase_sensors(phase))
    wiring = (WIRING_SENSOR,) if phase_count > 1 else ()
    return (*_CHARGER_SENSORS, *wiring, *per_phase)


REASON_SENSOR: Final = ReasonSensorDescription(
    key="reason",
    translation_key="reason",
    device_class=SensorDeviceClass.ENUM,
    options=[code.value for code in ReasonCode],
    exists=lambda charger: charger.can_limit,
    value=lambda snapshot, charger_id: (
        None if (reason := snapshot.reason(charger_id)) is None else reason.code.value
    ),
    attributes=lambda snapshot, charger_id: snapshot.where(snapshot.reason(charger_id)),
)


WIRING_SENSOR: Final = ChargerSensorDescription(
    key="wiring_check",
    translation_key="wiring_check",
    device_class=SensorDeviceClass.ENUM,
    options=[check.value for check in WiringCheck],
    entity_category=EntityCategory.DIAGNOSTIC,
    exists=lambda charger: charger.can_limit,
    available=lambda _charger: True,
    value=lambda charger: charger.wiring_check,
)


def _phase_sensors(phase: Phase) -> tuple[ChargerSensorDescription, ...]:
    name = phase.name.lower()
    return (
        ChargerSensorDescription(
            key=f"limit_{name}",
            translation_key="limit_phase",
            phase=phase,
            device_class=SensorDeviceClass.CURRENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=0,
            entity_registry_enabled_default=False,
            exists=lambda charger: charger.can_limit,
            value=lambda charger: None if charger.decision is None else charger.decision.limit[phase],
        ),
        ChargerSensorDescription(
            key=f"current_{name}",
            translation_key="current",
            phase=phase,
            device_class=SensorDeviceClass.CURRENT,
            state_class=SensorStateClass.MEASUREMENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=1,
            value=lambda charger: (
                None if charger.reading.current is None else round(charger.reading.current[phase], 2)
            ),
        ),
    )


_CHARGER_SENSORS: Final = (
    ChargerSensorDescription(
        key="limit",
        translation_key="limit",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        exists=lambda charger: charger.can_limit,
        value=lambda charger: charger.limit,
    ),
    ChargerSensorDescription(
        key="state",
        translation_key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in ChargerState if state is not ChargerState.UNAVAILABLE],
        value=lambda charger: charger.reading.state,
    ),
    ChargerSensorDescription(
        key="problem",
        translation_key="problem",
        device_class=SensorDeviceClass.ENUM,
        options=[problem.value for problem in ChargerProblem],
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda _charger: True,
        value=lambda charger: charger.problem,
    ),
)
