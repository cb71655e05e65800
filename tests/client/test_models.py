"""What a reading tells beyond its fields."""

from dataclasses import replace

import pytest

from evmeter_client import ChargerMetrics, EvStatus, PhaseType
from tests.client.peers import CHARGER, reading_of

METRICS = ChargerMetrics(
    charger_id=CHARGER, voltages=(235.5, 6.0, 4.75), currents=(9.0, 0.5, 0.0), phases_in_use=1
)


def test_a_single_phase_charger_is_judged_by_its_one_phase() -> None:
    """Averaging its unused terminals would show 82 V."""
    assert METRICS.voltage_mean == 235.5
    assert METRICS.current_mean == 9.0
    assert METRICS.power_w == 235.5 * 9.0


def test_a_three_phase_charger_is_judged_by_all() -> None:
    metrics = replace(METRICS, phases_in_use=3)
    assert metrics.voltage_mean == pytest.approx((235.5 + 6.0 + 4.75) / 3)
    assert metrics.current_mean == pytest.approx(9.5 / 3)
    assert replace(metrics, dlm_currents=(6.0, 3.0, 1.5)).dlm_current_mean == 3.5
    assert metrics.power_w == 235.5 * 9.0 + 6.0 * 0.5


@pytest.mark.parametrize(
    ("phase_type", "phases"),
    [(PhaseType.SINGLE_PHASE, 1), (PhaseType.THREE_PHASE, 3), (PhaseType.UNKNOWN, 3)],
)
def test_phases_in_use_follow_the_wiring(phase_type: PhaseType, phases: int) -> None:
    assert replace(reading_of().status, phase_type=phase_type).phases_in_use == phases


def test_a_reading_has_the_id_of_its_status() -> None:
    assert reading_of().charger_id == CHARGER


def test_enums_are_their_names_and_know_their_numbers() -> None:
    assert EvStatus.WANTS_TO_CHARGE.value == "wants_to_charge"
    assert str(EvStatus.WANTS_TO_CHARGE) == "wants_to_charge"
    assert EvStatus.WANTS_TO_CHARGE.wire == 3
    assert EvStatus.from_wire(3) is EvStatus.WANTS_TO_CHARGE
    assert EvStatus.from_wire(99) is EvStatus.UNKNOWN
