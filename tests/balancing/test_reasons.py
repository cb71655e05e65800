"""Every limit names what truly binds it, in closed-loop runs of any kind of site."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings, strategies as st

from custom_components.evmeter.balancing import (
    Balancer,
    Ceiling,
    ChargerDecision,
    ChargerSettings,
    CircuitSettings,
    Decision,
    FuseType,
    Mode,
    Phase,
    Reason,
    ReasonCode,
    SiteSettings,
)
from custom_components.evmeter.balancing.pace import pace_of
from custom_components.evmeter.balancing.tuning import Timing

from .desk import L1, L2, Desk, Socket, charger
from .plant import Car, NoisyHouse, Plant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custom_components.evmeter.balancing import Amps

RUNS = settings(max_examples=max(10, settings().max_examples // 20))
LENGTH = 900
IN_FLIGHT = 20
"""Cuts free nothing for as long as a car may take to follow, and others wait for that [s]."""
EVIDENCE = 60
"""Nobody waits for others for longer than this without anybody being served [s]."""
RESUME_ROOM = 1.0
PERIOD = 1.0
CLOSE = 1e-6


def random_site(random: Random) -> tuple[SiteSettings, list[ChargerSettings]]:
    """Return a site with one to four chargers that share phases, a circuit and a cap, or do not."""
    site = SiteSettings(
        fuse_rating=(random.choice((25.0, 35.0)),) * 3,
        fuse_type=random.choice(list(FuseType)),
        margin=0.25,
        mode=random.choice((Mode.BALANCED, Mode.FAST)),
        circuits=(CircuitSettings(id="garage", rating=(20.0,) * 3, power_cap=random.choice((None, 9000.0))),),
        group_power_cap=random.choice((None, None, 4200.0, 12000.0)),
    )
    wirings = ((L1, L2, Phase.L3), (L2, Phase.L3, L1), (L1,), (L2,))
    chargers = [
        ChargerSettings(
            id=name,
            wiring=random.choice(wirings),
            max_current=random.choice((10.0, 16.0, 32.0)),
            min_current=random.choice((6.0, 6.0, 8.0)),
            fallback_current=0.0,
            priority=random.choice((1, 1, 2)),
            circuit=random.choice((None, "garage")),
            minimum_gap=random.choice((0.0, 0.0, 120.0)),
            daily_budget=random.choice((None, None, 20)),
        )
        for name in "abcd"[: random.randint(1, 4)]
    ]
    return site, chargers


@dataclass(slots=True)
class Witness:
    """Judges the reasons of a run from outside, by its own reckoning.

    Attributes:
        site: the site.
        chargers: on it.
        decisions: of the whole run, one per second.
    """

    site: SiteSettings
    chargers: Sequence[ChargerSettings]
    decisions: Sequence[Decision]
    now: int = 0

    def judge(self) -> None:
        """Check every reason of the run."""
        for now, decision in enumerate(self.decisions[:-IN_FLIGHT]):
            self.now = now
            for place, verdict in enumerate(decision.chargers):
                assert self.is_true(place, verdict), (decision.now, verdict)

    @property
    def timing(self) -> Timing:
        """How much evidence a raise needs at this site."""
        return pace_of(self.chargers[0], self.site.mode, PERIOD).timing

    def course(self, place: int, before: int, after: int = 0) -> list[float]:
        """Return the limits of a charger around now, over some seconds before and after [A]."""
        span = self.decisions[max(0, self.now - before) : self.now + after + 1]
        return [decision.chargers[place].current for decision in span]

    def has_changed(self, place: int, seconds: float) -> bool:
        """Return whether a limit was changed in the last seconds."""
        return len(set(self.course(place, int(seconds)))) > 1

    def has_risen(self, place: int, seconds: float) -> bool:
        """Return whether a limit was raised in the last seconds."""
        return any(earlier < later for earlier, later in pairwise(self.course(place, int(seconds) + 1)))

    def is_true(self, place: int, verdict: ChargerDecision) -> bool:
        """Return whether a reason is true."""
        setting, code = self.chargers[place], verdict.reason.code
        if code is ReasonCode.CHARGER_MAXIMUM:
            return verdict.current == setting.max_current
        if code is ReasonCode.RESTART_HOLD:
            return self.now <= self.timing.wary_window + 5
        if code is ReasonCode.OVERLOADS:
            return self.was_overloaded()
        if code is ReasonCode.WRITE_BUDGET:
            return setting.daily_budget is not None or self.has_risen(place, setting.minimum_gap)
        return self.is_delayed(place) or self.is_bound(place, verdict)

    def was_overloaded(self) -> bool:
        """Return whether any phase has carried more than it may."""
        mains = [
            phase.mains or 0.0 for decision in self.decisions[: self.now + 1] for phase in decision.phases
        ]
        return max(mains) > max(self.site.limit)

    def is_delayed(self, place: int) -> bool:
        """Return whether a charger may not rise yet for the sake of steadiness, whatever room there is."""
        if self.has_changed(place, max(self.timing.raise_hold, self.timing.minimum_off) + 1):
            return True
        places = range(len(self.chargers))
        return any(limits[-1] < limits[0] for limits in (self.course(other, 1) for other in places))

    def is_bound(self, place: int, verdict: ChargerDecision) -> bool:
        """Return whether what is named leaves no room for the next step, and whether others hold it."""
        setting, reason = self.chargers[place], verdict.reason
        room, uses = self.shared(reason)
        if uses[place] == 0:
            return False
        others = [other for other, use in enumerate(uses) if other != place and use > 0]
        held = {other: max(self.course(other, IN_FLIGHT, IN_FLIGHT)) for other in others}
        served = {self.chargers[other].priority for other in others if held[other] > 0}
        if reason.code is ReasonCode.PRIORITY:
            waiting = {self.chargers[other].priority for other in others if self.waits(other)}
            return min(served | waiting, default=99) < setting.priority
        if reason.code is ReasonCode.WAITING_TURN and max(served, default=0) < setting.priority:
            return any(max(self.course(each, 0, EVIDENCE)) > 0 for each in range(len(self.chargers)))
        taken = sum(self.claim(other, held[other], verdict.current) * uses[other] for other in others)
        step = verdict.current + setting.step if verdict.current else setting.min_current + RESUME_ROOM
        return taken + min(step, setting.max_current) * uses[place] > room - CLOSE

    def claim(self, other: int, held: float, current: float) -> float:
        """Return what another one holds or may go up to before one with this current may have more [A]."""
        setting = self.chargers[other]
        if held > current or (held == 0 and not self.waits(other)):
            return held
        return min(current + setting.step, setting.max_current)

    def waits(self, other: int) -> bool:
        """Return whether a charger waits for another one to give way."""
        verdict = self.decisions[self.now].chargers[other]
        return verdict.current == 0 and verdict.reason.code in {
            ReasonCode.PRIORITY,
            ReasonCode.WAITING_TURN,
        }

    def shared(self, reason: Reason) -> tuple[float, list[float]]:
        """Return the room of what is named [A or W], and what one ampere of each charger uses up of it."""
        decision = self.decisions[self.now]
        inside = [reason.circuit in {None, setting.circuit} for setting in self.chargers]
        active = [verdict.active_phases for verdict in decision.chargers]
        if reason.phase is not None:
            uses = [float(reason.phase in phases) for phases in active]
        else:
            uses = [self.site.voltage * len(phases) for phases in active]
        uses = [use if member else 0.0 for use, member in zip(uses, inside, strict=True)]
        if reason.circuit is not None:
            circuit = self.site.circuits[0]
            cap = circuit.rating[reason.phase] if reason.phase is not None else circuit.power_cap
        elif reason.phase is not None:
            background = decision.phases[reason.phase].background or 0.0
            cap = self.site.limit[reason.phase] - self.site.margin - 0.005 - background
        else:
            cap = self.site.group_power_cap
        assert cap is not None, "a reason names what there is not"
        return cap, uses


@RUNS
@given(st.integers(0, 2**32))
def test_reason_is_true_in_every_step_of_any_run(seed: int) -> None:
    random = Random(seed)
    site, chargers = random_site(random)
    cars = [
        Car(
            setting,
            random.choice((frozenset(setting.wiring), frozenset(setting.wiring[:1]))),
            most=random.choice((10.0, 16.0, 32.0)),
        )
        for setting in chargers
    ]
    base, noise = random.choice((0.0, 0.0, 6.0)), NoisyHouse(seed, LENGTH)

    def house(now: int) -> Amps:
        return tuple(min(site.limit[0] - 2, amps + base) for amps in noise(now))

    plant = Plant(house=house, cars=cars, limit=site.limit[0])
    record = plant.run(Balancer(site, chargers), LENGTH)
    Witness(site, chargers, record.decisions).judge()


def test_charger_that_spares_its_writes_says_so() -> None:
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(charger(minimum_gap=600.0), limit=6.0)])
    desk.wait(60)
    assert desk.limit() == 10
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(60)
    assert desk.limit() == 10
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.WRITE_BUDGET)
    desk.wait(600)
    assert desk.limit() == 16


def test_raise_that_waits_for_the_meter_says_so() -> None:
    desk = Desk(house=(14.0, 3.0, 3.0), sockets=[Socket(charger(minimum_gap=600.0), limit=6.0)])
    desk.wait(60)
    desk.house = (3.0, 3.0, 3.0)
    desk.wait(60)
    desk.silent = True
    desk.wait(10)
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.WRITE_BUDGET)
    desk.step()
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.STALE_METER)
    assert not desk.last.fail_safe


def test_pause_by_a_cap_keeps_its_reason_until_it_may_end() -> None:
    desk = Desk(
        sockets=[Socket(limit=16.0)], site=SiteSettings(fuse_rating=(25.0,) * 3, group_power_cap=4000.0)
    )
    for _ in range(200):
        assert desk.step().charger("a").reason == Reason(code=ReasonCode.GROUP_CAP)


def test_lone_paused_charger_never_waits_for_a_turn() -> None:
    idle = Socket(charger(id="b"))
    idle.ceiling = Ceiling(current=0.0, reason=ReasonCode.MANUAL)
    desk = Desk(house=(20.0, 3.0, 3.0), sockets=[Socket(charger(id="a")), idle])
    for _ in range(200):
        desk.step()
        assert desk.last.charger("a").reason.code in {ReasonCode.MAINS_PHASE, ReasonCode.RESTART_HOLD}


def test_two_of_equal_priority_beside_an_urgent_one_wait_for_each_other() -> None:
    """Room for two of three: the urgent one stays, and the others take turns instead of blaming it."""
    sockets = [
        Socket(charger(id=name, priority=priority)) for name, priority in (("a", 1), ("b", 2), ("c", 2))
    ]
    desk = Desk(house=(11.0, 3.0, 3.0), sockets=sockets)
    desk.wait(120)
    assert [decision.current for decision in desk.last.chargers] == [7, 6, 0]
    assert desk.last.charger("c").reason == Reason(code=ReasonCode.WAITING_TURN, phase=L1)
    desk.wait(900)
    assert [decision.current > 0 for decision in desk.last.chargers] == [True, False, True]
