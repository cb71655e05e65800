"""The current of one phase from what its sources say: the rules, one example each."""

import pytest

from custom_components.evmeter.mains import Quantity
from custom_components.evmeter.mains.current import PhaseCurrent, PhaseSample, Sample, phase_current

NOMINAL = 230.0


def amps(value: float, resolution: float = 0.01, at: float = 1.0) -> Sample:
    """A current [A]."""
    return Sample(value=value, resolution=resolution, measured_at=at)


def watts(value: float, resolution: float = 1.0, at: float = 2.0) -> Sample:
    """A power [W]."""
    return Sample(value=value, resolution=resolution, measured_at=at)


def volts(value: float) -> Sample:
    """A voltage [V]."""
    return Sample(value=value, resolution=0.1, measured_at=3.0)


def measured(current: float, resolution: float) -> PhaseCurrent:
    """A current as the current's own sensor decided it."""
    return PhaseCurrent(current=current, resolution=resolution, measured_at=1.0, decided_by=Quantity.CURRENT)


def powered(current: float, resolution: float) -> PhaseCurrent:
    """A current as the power decided it."""
    return PhaseCurrent(current=current, resolution=resolution, measured_at=2.0, decided_by=Quantity.POWER)


def current_of(sample: PhaseSample) -> PhaseCurrent:
    """The current, which must be known."""
    current = phase_current(sample, NOMINAL)
    assert current is not None
    return current


def test_fine_current_is_taken_as_it_is() -> None:
    """No power is needed, and none changes it."""
    fine = measured(12.34, 0.01)
    assert current_of(PhaseSample(current=amps(12.34))) == fine
    assert current_of(PhaseSample(current=amps(12.34), power=watts(2000))) == fine


def test_whole_amps_are_a_lower_bound_of_power() -> None:
    """Power says more than whole amps do; where it says less, the current is reactive."""
    by_power = current_of(PhaseSample(current=amps(9, 1.0), power=watts(2208), voltage=volts(230)))
    assert by_power == powered(9.6, 1 / 230)
    reactive = current_of(PhaseSample(current=amps(9, 1.0), power=watts(1500), voltage=volts(230)))
    assert reactive.current == 9


def test_whole_amps_without_power_keep_their_resolution() -> None:
    """Half a step is the balancer's precaution."""
    alone = current_of(PhaseSample(current=amps(9, 1.0)))
    assert alone == measured(9, 1.0)


@pytest.mark.parametrize("resolution", [0.01, 1.0])
def test_unsigned_current_takes_its_sign_from_power(resolution: float) -> None:
    """What the amount of an export is counts as zero: it may end at any moment."""
    exporting = PhaseSample(current=amps(8, resolution), power=watts(-1840))
    assert current_of(exporting).current == 0


def test_import_and_export_as_two_powers() -> None:
    """A phase exports when it imports nothing and feeds something in."""
    exporting = PhaseSample(current=amps(8, 1.0), power=watts(0), power_export=watts(1840))
    assert current_of(exporting).current == 0
    importing = PhaseSample(current=amps(8, 1.0), power=watts(1840), power_export=watts(0))
    assert current_of(importing).current == 8
    idle = PhaseSample(current=amps(2, 1.0), power=watts(0), power_export=watts(0))
    assert current_of(idle).current == 2


def test_signed_current_keeps_its_sign() -> None:
    """A sensor that was seen negative means it."""
    assert current_of(PhaseSample(current=amps(-8), signed=True)).current == -8
    assert current_of(PhaseSample(current=amps(8), power=watts(-100), signed=True)).current == 8


def test_power_alone() -> None:
    """Power over voltage; export counts as zero."""
    importing = current_of(PhaseSample(power=watts(2300, 10), voltage=volts(230)))
    assert importing == powered(10, 10 / 230)
    assert current_of(PhaseSample(power=watts(-2300))).current == 0


@pytest.mark.parametrize("voltage", [None, volts(0), volts(23), volts(400)])
def test_missing_or_senseless_voltage_is_the_nominal_one(voltage: Sample | None) -> None:
    """A sensor's fault must not hide an overload."""
    assert current_of(PhaseSample(power=watts(2300), voltage=voltage)).current == 10


def test_sagging_voltage_counts() -> None:
    """At 207 V the same power is more current."""
    assert current_of(PhaseSample(power=watts(2070), voltage=volts(207))).current == 10


def test_nothing_known() -> None:
    """Voltage and export alone say nothing."""
    assert phase_current(PhaseSample(voltage=volts(230), power_export=watts(0)), NOMINAL) is None
