"""Courses of a house for the closed-loop properties: any load, in stretches of short and of long steps."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from custom_components.evmeter.balancing import (
    Amps,
    Balancer,
    ChargerSettings,
    Decision,
    FuseType,
    Mode,
    Phase,
    SiteSettings,
    pace as paces,
)
from custom_components.evmeter.balancing.pace import Pace, pace_of

from .desk import ALL, L1, L2, L3, Desk, Socket, charger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = ("a", "b", "c")
LONG_STEP = 9.0
"""The longest time between two readings that leaves the meter fresh, in whole seconds [s]."""
CLOSE = 1e-5
"""Rounding of sums of currents [A]."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of constant load.

    Attributes:
        house: background per phase [A].
        steps: how many.
        seconds: length of each step [s].
        silent: the meter says nothing new.
    """

    house: Amps
    steps: int
    seconds: float
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A charger with its car.

    Attributes:
        settings: of the charger.
        phases: mains phases the car uses.
        most: the car draws at most [A].
    """

    settings: ChargerSettings
    phases: frozenset[Phase] = ALL
    most: float = 80.0

    def socket(self, name: str, limit: float | None = 0.0) -> Socket:
        """Return one of this kind, with a limit in force [A]."""
        settings = replace(self.settings, id=name)
        return Socket(
            settings,
            phases=self.phases,
            most=self.most,
            limit=limit,
            tells_draw=settings.has_draw_sensor,
        )


KINDS = (
    Kind(charger()),
    Kind(charger(step=0.5, max_current=32.0)),
    Kind(charger(min_current=8.0, fallback_current=8.0)),
    Kind(charger(max_current=32.0, fallback_current=0.0), most=10.0),
    Kind(charger(max_current=32.0, fallback_current=10.0), phases=frozenset({L1})),
    Kind(charger(wiring=(L2, L3, L1)), phases=frozenset({L2})),
    Kind(charger(wiring=(L3,), max_current=32.0), phases=frozenset({L3})),
    Kind(charger(wiring=(L1, L2), weight=2.0, priority=2), phases=frozenset({L1, L2})),
    Kind(charger(minimum_gap=100.0, daily_budget=3)),
)
"""Chargers and cars that do what they are told and tell what they draw."""

tenths = st.integers(0, 240).map(lambda number: number / 10)
houses = st.tuples(tenths, tenths, tenths)
step_counts = st.integers(1, 6)
step_lengths = st.sampled_from([1.0, 2.0, 5.0, LONG_STEP])
stretches = st.builds(Stretch, houses, step_counts, step_lengths)
courses = st.lists(stretches, min_size=1, max_size=4)
broken_courses = st.lists(
    st.builds(Stretch, houses, step_counts, step_lengths, st.sampled_from([False, False, False, True])),
    min_size=2,
    max_size=4,
)
"""The same with a meter that falls silent now and then."""
sites = st.builds(
    SiteSettings,
    fuse_rating=st.sampled_from([(25.0, 25.0, 25.0), (16.0, 16.0, 16.0), (35.0, 25.0, 20.0)]),
    fuse_type=st.sampled_from(FuseType),
    margin=st.sampled_from([0.5, 0.0, 2.0]),
    mode=st.sampled_from(Mode),
)
strict_sites = st.one_of(
    sites.map(lambda site: replace(site, fuse_type=FuseType.GG)),
    sites.map(lambda site: replace(site, mode=Mode.GENTLE)),
)
"""Sites where no overload may ride, however short."""
kinds = st.sampled_from(KINDS)
limits_in_force = st.sampled_from([0.0, 6.0, 10.0, 16.0])
socket_lists = st.lists(st.tuples(kinds, limits_in_force), min_size=1, max_size=3).map(
    lambda found: [kind.socket(name, limit) for name, (kind, limit) in zip(NAMES, found, strict=False)]
)
"""One to three chargers, with the limits that are in force when the balancer starts."""


def drive(desk: Desk, course: Iterable[Stretch]) -> Iterator[Decision]:
    """Let a course pass; give the decision of every step."""
    for stretch in course:
        desk.house, desk.silent = stretch.house, stretch.silent
        for _ in range(stretch.steps):
            yield desk.step(stretch.seconds)


def pass_through(desk: Desk, course: Iterable[Stretch]) -> None:
    """Let a course pass."""
    for _ in drive(desk, course):
        pass


def rest(desk: Desk, seconds: float) -> None:
    """Let time pass in long steps until nothing has been written for a while [s]."""
    quiet = 0.0
    for _ in range(400):
        written = len(desk.writes)
        desk.step(LONG_STEP)
        quiet = quiet + LONG_STEP if len(desk.writes) == written else 0.0
        if quiet >= seconds:
            return
    raise AssertionError("the limits never come to rest")


def pace(desk: Desk, socket: Socket) -> Pace:
    """Return the times of one charger."""
    return pace_of(socket.settings, desk.site.mode, desk.period)


def longest_window(desk: Desk) -> float:
    """Return the longest evidence that any charger asks for [s]."""
    return paces.longest_window(pace(desk, socket) for socket in desk.sockets)


def targets(site: SiteSettings) -> Amps:
    """Return what every phase of the mains is balanced to: rating - margin [A]."""
    return tuple(rating - site.margin for rating in site.fuse_rating)


def limits(desk: Desk) -> dict[str, float]:
    """Return the limit decided last for each charger [A]."""
    return {decision.id: decision.current for decision in desk.last.chargers}


def twin(desk: Desk) -> Desk:
    """Return a desk of equal history that goes its own way from here."""
    other = copy(desk)
    other.sockets = [copy(socket) for socket in desk.sockets]
    other.writes = list(desk.writes)
    settings = [socket.settings for socket in desk.sockets]
    other.balancer = Balancer.from_dict(desk.site, settings, desk.balancer.as_dict())
    return other
