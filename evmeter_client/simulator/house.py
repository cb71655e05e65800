"""A house with appliances that come and go, the same ones at the same seconds for the same seed."""

from __future__ import annotations

import heapq
from math import inf, sqrt
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.appliances import FAMILY, MIXES, Appliance, ApplianceMix, Span
from evmeter_client.simulator.basics import TIME_TOLERANCE, Phase
from evmeter_client.simulator.profile import HouseProfile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from evmeter_client.models import PerPhase

NOISE_LOW = 0.6
NOISE_HIGH = 1.6
NOISE_MEAN = (NOISE_LOW + NOISE_HIGH) / 2
NOISE_MEMORY = 0.97
NOISE_SIGMA = 0.06
"""What always runs: AR(1) noise per phase, per second, held within low and high [A]."""
CLIP = 23.0
"""Highest current of the house alone [A]: behind a 25 A fuse every overload is then a charger's doing."""
NOTHING: PerPhase = (0.0, 0.0, 0.0)


class Switching(NamedTuple):
    """A change of the house's load; ``number`` keeps the order of those at the same time."""

    time: float
    number: int
    change: PerPhase | None
    """Current per phase [A]; None = the next appliance starts."""


class House:
    """What a house draws from each phase besides its chargers.

    The sum of noise, appliances that start at random, a recorded profile and what a person switches on.

    Attributes:
        quiet: no random appliances while this is set; they go on out of sight, so that the same seed gives
            the same seconds whoever sets it.
        clip: highest current per phase [A].
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        mix: ApplianceMix | None = FAMILY,
        profile: HouseProfile | None = None,
        noise: bool = True,
        quiet: bool = False,
        clip: float = CLIP,
    ) -> None:
        """Make a house at time 0 with nothing but its noise.

        Args:
            seed: decides every random thing.
            mix: appliances that start at random; None = none ever.
            profile: recorded currents.
            noise: whether something always runs.
            quiet: see the attribute.
            clip: see the attribute [A].
        """
        self.quiet = quiet
        self.clip = clip
        self._mix = mix
        self._profile = profile
        self._noisy = noise
        self._clock = 0.0
        self._noise_random = Random(seed)
        self._random = Random(seed + 1_000_003)
        self._noise: PerPhase = NOTHING
        self._running: PerPhase = NOTHING
        self._switchings: list[Switching] = []
        self._numbered = 0
        self._switched: dict[str, tuple[Phase, PerPhase]] = {}
        self._switched_sum: PerPhase = NOTHING
        if mix is not None:
            self._schedule_next_start(0.0, mix)

    @classmethod
    def from_csv(cls, path: Path | str) -> Self:
        """Make a house that draws exactly what a table ``t_s,l1_a,l2_a,l3_a`` says.

        Raises:
            EVMeterConfigError: what is wrong with which line.
        """
        return cls(mix=None, profile=HouseProfile.read(path), noise=False, clip=inf)

    @property
    def switched(self) -> Mapping[str, Phase]:
        """Appliances a person has on, by name, with the first of their phases."""
        return {name: phase for name, (phase, _) in self._switched.items()}

    def switch(self, name: str, *, on: bool, phase: Phase = Phase.L1) -> None:
        """Switch an appliance on or off as a person does; it then draws its highest current without a break.

        Args:
            name: as in the table of appliances.
            on: True to switch on, or to move it to another phase.
            phase: the first phase it is on; those with more go on to the next ones.

        Raises:
            EVMeterConfigError: no appliance has this name.
        """
        appliance = self._appliance(name)
        if on:
            phases = [Phase((phase + place) % 3) for place in range(appliance.phases)]
            self._switched[name] = (phase, _on(phases, max(appliance.currents)))
        else:
            self._switched.pop(name, None)
        total = NOTHING
        for _, currents in self._switched.values():
            total = _sum(total, currents)
        self._switched_sum = total

    def _appliance(self, name: str) -> Appliance:
        """Find an appliance: this house's own goes before those of other mixes, and theirs in their order."""
        mixes = [*MIXES.values()]
        if self._mix is not None:
            mixes.insert(0, self._mix)
        known = {appliance.name: appliance for mix in reversed(mixes) for appliance in mix.appliances}
        if name not in known:
            raise EVMeterConfigError("appliance", f"no {name!r}; there are {', '.join(sorted(known))}")
        return known[name]

    def step(self, dt: float) -> PerPhase:
        """Live through one stretch of time.

        Args:
            dt: its length [s].

        Returns:
            Current drawn from each phase at its end [A].
        """
        self._clock += dt
        while self._switchings and self._switchings[0].time <= self._clock + TIME_TOLERANCE:
            self._act(heapq.heappop(self._switchings))
        first, second, third = self._switched_sum
        if not self.quiet:
            first, second, third = _sum((first, second, third), self._running)
        if self._noisy:
            first, second, third = _sum((first, second, third), self._next_noise(dt))
        if self._profile is not None:
            first, second, third = _sum((first, second, third), self._profile.at(self._clock))
        clip = self.clip
        return (min(first, clip), min(second, clip), min(third, clip))

    def _schedule(self, time: float, change: PerPhase | None) -> None:
        """Have something happen at a time."""
        self._numbered += 1
        heapq.heappush(self._switchings, Switching(time, self._numbered, change))

    def _schedule_next_start(self, now: float, mix: ApplianceMix) -> None:
        """Draw when the next appliance starts."""
        self._schedule(now + self._random.expovariate(1 / mix.mean_interval), None)

    def _act(self, switching: Switching) -> None:
        """Let the load change, or the next appliance start."""
        if switching.change is not None:
            self._running = _sum(self._running, switching.change)
        elif self._mix is not None:
            self._start_one(switching.time, self._mix)
            self._schedule_next_start(switching.time, self._mix)

    def _start_one(self, start: float, mix: ApplianceMix) -> None:
        """Draw which appliance starts and when it will switch on and off."""
        weights = [appliance.weight for appliance in mix.appliances]
        appliance = self._random.choices(mix.appliances, weights)[0]
        phases = self._random.sample(list(Phase), appliance.phases)
        on = _on(phases, self._random.choice(appliance.currents))
        off: PerPhase = (-on[0], -on[1], -on[2])
        end = start + self._draw(appliance.duration)
        time = start
        while time < end:
            self._schedule(time, on)
            stop = end if appliance.cycle is None else min(end, time + self._draw(appliance.cycle.on))
            self._schedule(stop, off)
            time = end if appliance.cycle is None else stop + self._draw(appliance.cycle.off)

    def _draw(self, span: Span) -> float:
        """Draw a duration [s]."""
        return self._random.uniform(span.shortest, span.longest)

    def _next_noise(self, dt: float) -> PerPhase:
        """Return the next noise per phase [A]; a longer step forgets more, the spread stays the same."""
        memory = NOISE_MEMORY if dt == 1 else NOISE_MEMORY**dt
        sigma = NOISE_SIGMA if dt == 1 else NOISE_SIGMA * sqrt((1 - memory**2) / (1 - NOISE_MEMORY**2))
        gauss, (first, second, third) = self._noise_random.gauss, self._noise
        first = memory * first + gauss(0.0, sigma)
        second = memory * second + gauss(0.0, sigma)
        third = memory * third + gauss(0.0, sigma)
        self._noise = (first, second, third)
        return (_held(first), _held(second), _held(third))


def _held(deviation: float) -> float:
    """Return the noise [A] for its deviation from the mean, held between low and high."""
    return min(NOISE_HIGH, max(NOISE_LOW, NOISE_MEAN + deviation))


def _on(phases: list[Phase], current: float) -> PerPhase:
    """Return a current [A] on some phases."""
    first, second, third = (current if phase in phases else 0.0 for phase in Phase)
    return (first, second, third)


def _sum(left: PerPhase, right: PerPhase) -> PerPhase:
    """Add two currents per phase."""
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2])
