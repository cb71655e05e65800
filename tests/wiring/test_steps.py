"""Steps of terminals that are about equal, and what each step says about a wiring."""

from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import Phase
from custom_components.evmeter.wiring import Measured, WiringEvidence, WiringStep, WiringVerdict
from custom_components.evmeter.wiring.evidence import MEMORY, Wiring
from custom_components.evmeter.wiring.steps import without_small_differences

from .site import STRAIGHT

CROSSED: Wiring = (Phase.L2, Phase.L3, Phase.L1)
UP, DOWN = 10.0, -10.0


def step(
    *mains: float | None, terminals: tuple[float, ...], measured: Measured = Measured.EACH_TERMINAL
) -> WiringStep:
    """Return a step of charger and mains [A]."""
    return WiringStep(terminals=terminals, measured=measured, mains=mains)


def judged(steps: list[WiringStep], terminals: int = 3) -> WiringVerdict:
    """Return what some steps say together."""
    evidence = WiringEvidence(terminals)
    for one in steps:
        evidence.add(one)
    return evidence.verdict()


def phases(verdict: WiringVerdict) -> list[Phase | None]:
    """Return the phase of each terminal."""
    return [terminal.phase for terminal in verdict.terminals]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((10.0, 0.0, 0.0), (10.0, 0.0, 0.0)),
        ((10.0, 9.7, 10.3), (10.0, 10.0, 10.0)),
        ((-16.0, -14.0, 0.2), (-15.0, -15.0, 0.2)),
        ((16.0, 10.0, 6.0), (16.0, 10.0, 6.0)),
        ((5.0,), (5.0,)),
    ],
)
def test_small_differences_are_none(before: tuple[float, ...], after: tuple[float, ...]) -> None:
    assert without_small_differences(before) == pytest.approx(after)


@pytest.mark.parametrize("truth", permutations(Phase))
def test_a_car_on_one_phase_shows_the_first_terminal(truth: Wiring) -> None:
    """The other two stay unknown: each is on one of two phases."""
    mains = [UP if phase is truth[0] else 0.0 for phase in Phase]
    verdict = judged(
        [
            step(*mains, terminals=(UP, 0.0, 0.0)),
            step(*(-change for change in mains), terminals=(DOWN, 0.0, 0.0)),
        ]
        * 2
    )
    assert phases(verdict) == [truth[0], None, None]
    assert verdict.terminals[0].confidence > 0.999
    assert verdict.terminals[1].confidence == pytest.approx(0.5, abs=0.01)
    assert verdict.settled


@pytest.mark.parametrize("truth", permutations(Phase))
@pytest.mark.parametrize("measured", Measured)
def test_a_car_on_two_phases_shows_the_third_terminal(truth: Wiring, measured: Measured) -> None:
    """By what is left over; which of the two is which is not seen."""
    mains = [0.0 if phase is truth[2] else UP for phase in Phase]
    terminals = (UP, UP, 0.0) if measured is Measured.EACH_TERMINAL else (UP, UP, UP)
    verdict = judged([step(*mains, terminals=terminals, measured=measured)] * 4)
    assert phases(verdict) == [None, None, truth[2]]


@pytest.mark.parametrize("measured", Measured)
def test_a_car_on_three_phases_shows_nothing(measured: Measured) -> None:
    """Not even where the phases differ by some percent, however often that is seen."""
    verdict = judged([step(9.6, 10.0, 10.4, terminals=(10.4, 10.0, 9.6), measured=measured)] * 100)
    assert phases(verdict) == [None, None, None]
    assert verdict.visible
    assert verdict.settled
    assert verdict.alike
    assert verdict.proposal(CROSSED) == CROSSED


@pytest.mark.parametrize("truth", permutations(Phase))
def test_clearly_different_terminals_show_everything(truth: Wiring) -> None:
    terminals = (UP, 6.0, 2.0)
    mains = [terminals[truth.index(phase)] for phase in Phase]
    verdict = judged([step(*mains, terminals=terminals)] * 4)
    assert phases(verdict) == list(truth)
    assert verdict.proposal(STRAIGHT) == truth


@pytest.mark.parametrize("measured", Measured)
def test_a_charger_the_mains_do_not_follow(measured: Measured) -> None:
    verdict = judged([step(0.1, -0.2, 0.0, terminals=(UP, UP, UP), measured=measured)] * 5)
    assert not verdict.visible
    assert verdict.invisible
    assert phases(verdict) == [None, None, None]


def test_what_the_meter_may_hide_is_no_evidence() -> None:
    """Export hides two of three phases: a car on three must not look like a car on one."""
    for measured in Measured:
        verdict = judged([step(UP, None, None, terminals=(UP, UP, UP), measured=measured)] * 50)
        assert phases(verdict) == [None, None, None]


def test_an_appliance_of_the_same_size_is_outvoted() -> None:
    """It joins in once, on another phase; the car is seen all the time."""
    usual = [step(0.0, UP, 0.0, terminals=(UP, 0.0, 0.0)), step(0.0, DOWN, 0.0, terminals=(DOWN, 0.0, 0.0))]
    verdict = judged([step(UP, 0.0, 0.0, terminals=(UP, 0.0, 0.0)), *usual, *usual, *usual])
    assert phases(verdict)[0] is Phase.L2


def test_a_home_battery_that_evens_out_the_mains_misleads_nobody() -> None:
    """Spread over all phases, it leaves nothing that fits any wiring."""
    verdict = judged([step(6.7, -3.3, -3.3, terminals=(UP, 0.0, 0.0))] * 50)
    assert phases(verdict) == [None, None, None]


def test_what_was_seen_can_be_unlearned() -> None:
    """An electrician changes the wiring: so many steps later the new one is seen."""
    evidence = WiringEvidence(3)
    for _ in range(1000):
        evidence.add(step(UP, 0.0, 0.0, terminals=(UP, 0.0, 0.0)))
    for _ in range(int(MEMORY / 4) + 4):
        evidence.add(step(0.0, UP, 0.0, terminals=(UP, 0.0, 0.0)))
    assert phases(evidence.verdict())[0] is Phase.L2


def test_a_small_step_says_nothing() -> None:
    evidence = WiringEvidence(3)
    evidence.add(step(2.5, 0.0, 0.0, terminals=(2.5, 0.0, 0.0)))
    assert evidence.steps == 0


def test_the_proposal_keeps_what_was_not_seen() -> None:
    """Where the configured wiring fits it stays; else the phases go on in their order."""
    verdict = judged([step(0.0, UP, 0.0, terminals=(UP, 0.0, 0.0))] * 4)
    assert verdict.proposal((Phase.L2, Phase.L1, Phase.L3)) == (Phase.L2, Phase.L1, Phase.L3)
    assert verdict.proposal(STRAIGHT) == CROSSED
    assert verdict.contradicts(STRAIGHT)
    assert not verdict.contradicts((Phase.L2, Phase.L1, Phase.L3))


@pytest.mark.parametrize("terminals", [1, 2])
def test_a_charger_with_fewer_terminals(terminals: int) -> None:
    verdict = judged([step(0.0, 0.0, UP, terminals=(UP, 0.0)[:terminals])] * 4, terminals)
    assert phases(verdict)[0] is Phase.L3
    assert len(verdict.terminals) == terminals


changes = st.one_of(st.none(), st.floats(-30, 30))
terminal_steps = st.lists(st.floats(-20, 20), min_size=3, max_size=3).map(tuple)


@given(
    st.lists(
        st.tuples(st.tuples(changes, changes, changes), terminal_steps, st.sampled_from(Measured)),
        max_size=12,
    ),
    st.permutations(list(Phase)),
)
def test_renaming_the_phases_renames_the_answer(
    course: list[tuple[tuple[float | None, ...], tuple[float, ...], Measured]], names: list[Phase]
) -> None:
    """No phase is preferred; confidences are probabilities."""
    plain = judged([step(*mains, terminals=moved, measured=how) for mains, moved, how in course])
    renamed = judged(
        [
            step(*(mains[names.index(phase)] for phase in Phase), terminals=moved, measured=how)
            for mains, moved, how in course
        ]
    )
    for one, other in zip(plain.terminals, renamed.terminals, strict=True):
        assert 0 < one.confidence <= 1
        assert one.confidence == pytest.approx(other.confidence)
        assert (None if one.phase is None else names[one.phase]) == other.phase
    assert plain.visible == renamed.visible
