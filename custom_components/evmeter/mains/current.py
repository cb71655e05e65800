"""From what the sources of one phase say to the current the fuse carries: pure arithmetic, no entities.

The rules, in the order they are tried:

1. A measured current with a resolution of 0.1 A or better is taken as it is.
2. A coarser one is a lower bound; power / voltage says more.
3. Without power the coarse current stands, and its resolution says how far it may be off.
4. A current without a sign takes it from the power. Export counts as zero, because it may end at any moment,
   unless the current itself is known to be signed. What one phase exports is never credited to another.
"""

from dataclasses import dataclass, replace
from typing import Final

from .base import Quantity

FINE_RESOLUTION: Final = 0.1
"""A current is trusted without a look at the power where its steps are no coarser than this [A]."""

PLAUSIBLE_VOLTAGE: Final = (0.75, 1.25)
"""A measured voltage outside this share of the nominal one is a fault of its sensor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one source says.

    Attributes:
        value: [A, W or V].
        resolution: smallest step of the source, same unit.
        measured_at: when the source reported it [s].
    """

    value: float
    resolution: float
    measured_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSample:
    """What the sources of one phase say; None = there is no such source, or it says nothing.

    Attributes:
        current: signed or not [A].
        power: signed, or imported [W].
        power_export: exported, never negative [W].
        voltage: between phase and neutral [V].
        signed: the current has been seen negative, so its sign is real.
    """

    current: Sample | None = None
    power: Sample | None = None
    power_export: Sample | None = None
    voltage: Sample | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCurrent:
    """The current of one phase.

    Attributes:
        current: import positive [A].
        resolution: by how much it may step [A].
        measured_at: when the source that decided reported it [s].
        decided_by: the source that decided.
    """

    current: float
    resolution: float
    measured_at: float
    decided_by: Quantity


def phase_current(sample: PhaseSample, nominal_voltage: float) -> PhaseCurrent | None:
    """Return the current of one phase, None where neither current nor power is known.

    Args:
        sample: what the sources say.
        nominal_voltage: stands in for a voltage that is not measured or makes no sense [V].
    """
    current = sample.current
    if current is not None and sample.signed:
        return _measured(current, current.value)
    by_power = _by_power(sample, nominal_voltage)
    if current is None:
        return by_power
    if by_power is not None and _exports(sample):
        return by_power
    measured = _measured(current, abs(current.value))
    if by_power is None or current.resolution <= FINE_RESOLUTION:
        return measured
    return replace(by_power, current=max(by_power.current, measured.current))


def _measured(current: Sample, value: float) -> PhaseCurrent:
    return PhaseCurrent(
        current=value,
        resolution=current.resolution,
        measured_at=current.measured_at,
        decided_by=Quantity.CURRENT,
    )


def _exports(sample: PhaseSample) -> bool:
    """Whether the phase feeds into the grid: negative power, or no import and some export."""
    power = sample.power
    if power is None or power.value > 0:
        return False
    return power.value < 0 or (sample.power_export is not None and sample.power_export.value > 0)


def _by_power(sample: PhaseSample, nominal_voltage: float) -> PhaseCurrent | None:
    power = sample.power
    if power is None:
        return None
    voltage = nominal_voltage
    if sample.voltage is not None:
        low, high = (share * nominal_voltage for share in PLAUSIBLE_VOLTAGE)
        if low <= sample.voltage.value <= high:
            voltage = sample.voltage.value
    return PhaseCurrent(
        current=max(power.value, 0.0) / voltage,
        resolution=power.resolution / voltage,
        measured_at=power.measured_at,
        decided_by=Quantity.POWER,
    )
