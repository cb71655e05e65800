"""One entity that measures one quantity of one mains phase: its value, and what is learned about it."""

from collections import deque
from math import isfinite
from statistics import median
from typing import Final

from homeassistant.const import (
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)

from ..balancing.model import Phase
from .base import Quantity, SourceProblem, SourceView
from .current import Sample

REMEMBERED_REPORTS: Final = 20
"""Reports the period is learned from."""

SAME_REPORT: Final = 0.1
"""Two states within this time are one report [s]."""

_CONVERTERS: Final[dict[Quantity, tuple[type[BaseUnitConverter], str]]] = {
    Quantity.CURRENT: (ElectricCurrentConverter, UnitOfElectricCurrent.AMPERE),
    Quantity.POWER: (PowerConverter, UnitOfPower.WATT),
    Quantity.POWER_EXPORT: (PowerConverter, UnitOfPower.WATT),
    Quantity.VOLTAGE: (ElectricPotentialConverter, UnitOfElectricPotential.VOLT),
}

_COARSEST: Final = {
    Quantity.CURRENT: 1.0,
    Quantity.POWER: 100.0,
    Quantity.POWER_EXPORT: 100.0,
    Quantity.VOLTAGE: 1.0,
}
"""Assumed resolution until the values show a finer one [A, W, V]."""

_STEPS: Final = tuple(10.0**exponent for exponent in range(3, -4, -1))
"""Resolutions a source may have, in its own unit, coarse to fine."""


class EntitySource:
    """Follows the state of one entity."""

    def __init__(self, phase: Phase, quantity: Quantity, reference: str) -> None:
        """Follow nothing yet.

        Args:
            phase: the mains phase.
            quantity: what the entity measures.
            reference: the entity's registry id, or its entity id where it has no registry entry.
        """
        self.phase = phase
        self.quantity = quantity
        self.reference = reference
        self.entity_id: str | None = None
        self.disabled = False
        self.signed = False
        self._state: State | None = None
        self._value: float | None = None
        self._unit: str | None = None
        self._problem = SourceProblem.MISSING
        self._step: float | None = None
        self._reported_at: float | None = None
        self._gaps: deque[float] = deque(maxlen=REMEMBERED_REPORTS)

    def follow(self, entity_id: str | None, *, disabled: bool) -> None:
        """Take another entity id, after the entity was renamed, removed, disabled or enabled."""
        self.entity_id = entity_id
        self.disabled = disabled
        self.update(None, 0.0)

    def update(self, state: State | None, reported_at: float) -> None:
        """Take what the entity says now.

        Args:
            state: of the entity, None = it has none.
            reported_at: when the entity reported it, changed or not [s].
        """
        self._value, self._unit, self._problem = self._read(state)
        if state is None or self._value is None:
            return
        gap = 0.0 if self._reported_at is None else reported_at - self._reported_at
        if gap > SAME_REPORT:
            self._gaps.append(gap)
        self._reported_at = reported_at
        self._learn_resolution(float(state.state))
        self.signed = self.signed or self._value < 0

    def _read(self, state: State | None) -> tuple[float | None, str | None, SourceProblem]:
        """Return value [A, W, V], unit as reported and what is wrong."""
        if state is None:
            return None, None, SourceProblem.DISABLED if self.disabled else SourceProblem.MISSING
        unit = state.attributes.get("unit_of_measurement")
        if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            return None, unit, SourceProblem.UNAVAILABLE
        try:
            number = float(state.state)
        except ValueError:
            return None, unit, SourceProblem.NOT_A_NUMBER
        if not isfinite(number):
            return None, unit, SourceProblem.NOT_A_NUMBER
        converter, si_unit = _CONVERTERS[self.quantity]
        if unit not in converter.VALID_UNITS:
            return None, unit, SourceProblem.WRONG_UNIT
        if unit != self._unit:
            self._step = None
        return converter.convert(number, unit, si_unit), unit, SourceProblem.OK

    def _learn_resolution(self, number: float) -> None:
        """Remember the coarsest step that every value so far is a multiple of; 0 fits every step."""
        if number == 0:
            return
        steps = [step for step in _STEPS if self._step is None or step <= self._step]
        self._step = next((step for step in steps if _is_multiple(number, step)), _STEPS[-1])

    @property
    def resolution(self) -> float:
        """Smallest step of the values [A, W, V]."""
        coarsest = _COARSEST[self.quantity]
        if self._step is None or self._unit is None:
            return coarsest
        converter, si_unit = _CONVERTERS[self.quantity]
        return min(coarsest, converter.convert(self._step, self._unit, si_unit))

    @property
    def period(self) -> float | None:
        """Median time between two reports [s], None before the second report."""
        return median(self._gaps) if self._gaps else None

    def sample(self, resolution: float) -> Sample | None:
        """Return what the source says, None = nothing that can be used.

        Args:
            resolution: of the meter: what one phase shows of it counts for all [A, W, V].
        """
        if self._value is None or self._reported_at is None:
            return None
        return Sample(value=self._value, resolution=resolution, measured_at=self._reported_at)

    def view(self, now: float) -> SourceView:
        """Return the source as it is to be looked at; ``now`` on the clock of the reports [s]."""
        value = self._value
        resolution: float | None = None
        if value is not None and self._unit is not None:
            converter, si_unit = _CONVERTERS[self.quantity]
            value = converter.convert(value, si_unit, self._unit)
            resolution = converter.convert(self.resolution, si_unit, self._unit)
        return SourceView(
            phase=self.phase,
            quantity=self.quantity,
            entity_id=self.entity_id or self.reference,
            value=value,
            unit=self._unit,
            age=None if self._reported_at is None else max(0.0, now - self._reported_at),
            period=self.period,
            resolution=resolution,
            problem=self._problem,
        )


def _is_multiple(number: float, step: float) -> bool:
    multiple = number / step
    return abs(multiple - round(multiple)) < 1e-6
