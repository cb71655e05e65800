"""P10 of the control law: a reaction that is on its way, or that is reported late, is no new overload."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, strategies as st

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerReading,
    ChargerState,
    MainsReading,
    Mode,
    ReactionProfile,
    SiteSettings,
)
from custom_components.evmeter.balancing.tuning import CAR_REACTION

from .desk import charger

CALM_HOUSE = 3.0
BEGIN = 8
"""The house grows at this second [s]."""
LENGTH = 48


@dataclass(slots=True)
class LateLoop:
    """One charger whose car follows late, is reported late, and a meter that is late too.

    Attributes:
        profile: how late commands and reports may be.
        follows_after: from a write to the car's draw, at least 1 [s].
        meter_delay: from a current to its reading [s].
        draw: what the car takes at each second [A].
    """

    profile: ReactionProfile
    follows_after: int
    meter_delay: int
    draw: list[float] = field(default_factory=list)

    def run(self, balancer: Balancer, start: float, house: float) -> list[float]:
        """Let the house grow to a current on L1 [A]; return the limit of every second [A]."""
        limits = [start]
        for now in range(LENGTH):
            self.draw.append(limits[max(0, len(limits) - self.follows_after)])
            measured = max(0, now - self.meter_delay)
            background = house if measured >= BEGIN else CALM_HOUSE
            mains = MainsReading(
                current=(background + self.draw[measured], 1.0, 1.0), measured_at=(float(now),) * 3
            )
            limits.append(
                balancer.step(float(now), mains, [self._report(now, limits[-1])]).charger("a").current
            )
        return limits

    def _report(self, now: int, limit: float) -> ChargerReading:
        period = int(self.profile.report_period)
        measured = max(0, now - now % period - int(self.profile.report_latency))
        return ChargerReading(
            id="a",
            state=ChargerState.CHARGING,
            current=(self.draw[measured], 0.0, 0.0),
            measured_at=float(measured),
            limit=limit,
        )


profiles = st.builds(
    ReactionProfile,
    command_latency=st.sampled_from([0.0, 1.0, 3.0]),
    report_latency=st.sampled_from([0.0, 1.0, 4.0]),
    report_period=st.sampled_from([1.0, 5.0, 10.0]),
)


@given(
    profile=profiles,
    car=st.integers(1, int(CAR_REACTION)),
    meter_delay=st.integers(0, 1),
    mode=st.sampled_from([Mode.BALANCED, Mode.FAST]),
    start=st.integers(8, 16),
    house=st.integers(95, 180),
)
def test_p10_late_reports_and_reactions_never_cause_a_second_cut(
    profile: ReactionProfile, car: int, meter_delay: int, mode: Mode, start: int, house: int
) -> None:
    loop = LateLoop(profile, int(profile.command_latency) + car, meter_delay)
    site = SiteSettings(fuse_rating=(25.0, 25.0, 25.0), mode=mode)
    limits = loop.run(Balancer(site, [charger(reaction=profile)]), float(start), house / 10)
    assert sum(later < earlier for earlier, later in pairwise(limits)) <= 1
