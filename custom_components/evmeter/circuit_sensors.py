"""What the sensors of a circuit below the mains show."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import UnitOfElectricCurrent

from .balancing.model import Phase
from .snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class CircuitSensorDescription(SensorEntityDescription):
    """A sensor of a circuit.

    Attributes:
        phase: the mains phase it is about, named in its name.
        value: what it shows of the circuit with an id.
    """

    phase: Phase
    value: Callable[[Snapshot, str], float]


def circuit_sensors(phase_count: int) -> tuple[CircuitSensorDescription, ...]:
    """Return the sensors of a circuit at a site of 1 or 3 phases: what its chargers draw."""
    return tuple(
        CircuitSensorDescription(
            key=f"current_{phase.name.lower()}",
            translation_key="current",
            phase=phase,
            device_class=SensorDeviceClass.CURRENT,
            state_class=SensorStateClass.MEASUREMENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=1,
            value=partial(_current, phase),
        )
        for phase in list(Phase)[:phase_count]
    )


def _current(phase: Phase, snapshot: Snapshot, circuit_id: str) -> float:
    return round(snapshot.circuit_current(circuit_id, phase), 2)
