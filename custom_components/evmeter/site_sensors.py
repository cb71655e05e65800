"""The sensors of a site, one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfRatio, UnitOfTime

from .balancing.model import Decision, Phase, PhaseDecision, ReasonCode, SiteState
from .entity import SiteEntityDescription
from .snapshot import Snapshot

NO_PHASE: Final = "none"


@dataclass(frozen=True, kw_only=True)
class SiteSensorDescription(SensorEntityDescription, SiteEntityDescription):
    """A sensor of the site.

    Attributes:
        value: what it shows.
        attributes: what it shows beside.
    """

    value: Callable[[Snapshot], str | float | datetime | None]
    attributes: Callable[[Snapshot], Mapping[str, str]] | None = None


def site_sensors(phase_count: int) -> tuple[SiteSensorDescription, ...]:
    """Return the sensors of a site of 1 or 3 phases."""
    per_phase = tuple(sensor for phase in list(Phase)[:phase_count] for sensor in _phase_sensors(phase))
    return per_phase + _SITE_SENSORS


def _phase(decision: Decision) -> str:
    """Return the phase that limits; none is an answer, not an unknown."""
    return NO_PHASE if decision.limiting_phase is None else decision.limiting_phase.name.lower()


def _phase_sensors(phase: Phase) -> tuple[SiteSensorDescription, ...]:
    def shows(value: Callable[[PhaseDecision], float | None]) -> Callable[[Snapshot], float | None]:
        def show(snapshot: Snapshot) -> float | None:
            decision = snapshot.phase(phase)
            return None if decision is None else value(decision)

        return show

    def is_measured(snapshot: Snapshot) -> bool:
        decision = snapshot.phase(phase)
        return decision is not None and decision.mains is not None

    name = phase.name.lower()
    return (
        SiteSensorDescription(
            key=f"mains_current_{name}",
            translation_key="mains_current",
            phase=phase,
            device_class=SensorDeviceClass.CURRENT,
            state_class=SensorStateClass.MEASUREMENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=1,
            available=is_measured,
            value=shows(lambda decision: _rounded(decision.mains, 2)),
        ),
        SiteSensorDescription(
            key=f"available_current_{name}",
            translation_key="available_current",
            phase=phase,
            device_class=SensorDeviceClass.CURRENT,
            state_class=SensorStateClass.MEASUREMENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=1,
            available=is_measured,
            value=shows(lambda decision: _rounded(decision.headroom, 2)),
        ),
        SiteSensorDescription(
            key=f"fuse_load_{name}",
            translation_key="fuse_load",
            phase=phase,
            state_class=SensorStateClass.MEASUREMENT,
            native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
            suggested_display_precision=0,
            value=shows(lambda decision: round(100 * decision.load)),
        ),
    )


_SITE_SENSORS: Final = (
    SiteSensorDescription(
        key="balancing_state",
        translation_key="balancing_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in SiteState],
        value=lambda snapshot: snapshot.state,
    ),
    SiteSensorDescription(
        key="limiting_phase",
        translation_key="limiting_phase",
        device_class=SensorDeviceClass.ENUM,
        options=[*(phase.name.lower() for phase in Phase), NO_PHASE],
        value=lambda snapshot: None if snapshot.decision is None else _phase(snapshot.decision),
    ),
    SiteSensorDescription(
        key="binding_reason",
        translation_key="binding_reason",
        device_class=SensorDeviceClass.ENUM,
        options=[code.value for code in ReasonCode],
        value=lambda snapshot: None if snapshot.binding is None else snapshot.binding.code,
        attributes=lambda snapshot: snapshot.where(snapshot.binding),
    ),
    SiteSensorDescription(
        key="last_limit_change",
        translation_key="last_limit_change",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda snapshot: snapshot.limit_changed_at,
    ),
    SiteSensorDescription(
        key="meter_age",
        translation_key="meter_age",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda snapshot: _rounded(snapshot.meter_age, 0),
    ),
    SiteSensorDescription(
        key="writes_today",
        translation_key="writes_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda snapshot: snapshot.writes_today,
    ),
    SiteSensorDescription(
        key="steps",
        translation_key="steps",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda snapshot: snapshot.steps,
    ),
    SiteSensorDescription(
        key="decision_time",
        translation_key="decision_time",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda snapshot: _rounded(snapshot.decision_time, 2),
    ),
)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
