"""What the command line changes in a scenario."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.appliances import MIXES, ApplianceMix
from evmeter_client.simulator.profile import HouseProfile

if TYPE_CHECKING:
    from .scenario import ChargerPlan, HousePlan, Scenario

KEPT_FREE = 2.0
"""A random house leaves at least this free [A], so that every overload is a charger's doing."""
MAX_CHARGERS = len(ascii_lowercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Values that count instead of a scenario's own; None = its own.

    Attributes:
        house: a mix of appliances or a recording, in random scenarios.
        fuse: rating of the main fuse [A].
        meter_period: from one measurement to the next [s].
        meter_delay: from a measurement to its report [s].
        resolution: of the meter [A].
        command_latency: from a command to the pilot [s].
        ev_phases: terminals that each car uses.
        maximum: of each charger and car [A].
        chargers: number of copies of the first charger.
    """

    house: ApplianceMix | HouseProfile | None = None
    fuse: float | None = None
    meter_period: float | None = None
    meter_delay: float | None = None
    resolution: float | None = None
    command_latency: float | None = None
    ev_phases: int | None = None
    maximum: float | None = None
    chargers: int | None = None

    def apply(self, scenario: Scenario) -> Scenario:
        """Return the scenario as it is to be run."""
        fuse = _or(self.fuse, scenario.fuse)
        meter = scenario.meter
        return replace(
            scenario,
            seconds=self._seconds(scenario),
            fuse=fuse,
            house=self._house(scenario.house, fuse),
            meter=replace(
                meter,
                period=_or(self.meter_period, meter.period),
                delay=_or(self.meter_delay, meter.delay),
                resolution=_or(self.resolution, meter.resolution),
            ),
            chargers=tuple(self._charger(plan) for plan in self._plans(scenario)),
        )

    def _seconds(self, scenario: Scenario) -> float:
        """Return how long the run lasts: as long as the recording [s]."""
        if scenario.house.is_random and isinstance(self.house, HouseProfile):
            return float(int(self.house.times[-1]) + 1)
        return scenario.seconds

    def _house(self, house: HousePlan, fuse: float) -> HousePlan:
        if not house.is_random:
            return house
        if isinstance(self.house, HouseProfile):
            return replace(house, mix=None, profile=self.house, clip=inf)
        return replace(house, mix=self.house or house.mix, clip=min(house.clip, fuse - KEPT_FREE))

    def _plans(self, scenario: Scenario) -> tuple[ChargerPlan, ...]:
        if self.chargers is None:
            return scenario.chargers
        first = scenario.chargers[0]
        return tuple(replace(first, id=name) for name in ascii_lowercase[: self.chargers])

    def _charger(self, plan: ChargerPlan) -> ChargerPlan:
        return replace(
            plan,
            command_latency=_or(self.command_latency, plan.command_latency),
            car_phases=self.ev_phases or plan.car_phases,
            maximum=_or(self.maximum, plan.maximum),
            car_maximum=_or(self.maximum, plan.car_maximum),
        )


def read_house(name: str) -> ApplianceMix | HouseProfile:
    """Return the mix of appliances of a name, or the recording in a file; its first row is at 0 s.

    Raises:
        EVMeterConfigError: what is wrong with the file.
    """
    if name in MIXES:
        return MIXES[name]
    if not Path(name).is_file():
        mixes = ", ".join(map(repr, MIXES))
        raise EVMeterConfigError("house", f"{name!r} is no file and no house of the simulator ({mixes})")
    recorded = HouseProfile.read(name)
    start = recorded.times[0]
    if recorded.times[-1] - start < 1:
        raise EVMeterConfigError("house", f"{name} holds less than two seconds")
    return HouseProfile(
        (time - start, *currents) for time, currents in zip(recorded.times, recorded.currents, strict=True)
    )


def _or(value: float | None, own: float) -> float:
    return own if value is None else value
