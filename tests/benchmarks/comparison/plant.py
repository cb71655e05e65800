"""One run of one controller: the plant of a scenario, second by second, and what really flowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, override

from evmeter_client.exceptions import EVMeterCommandError
from evmeter_client.simulator.basics import in_any
from evmeter_client.simulator.car import Car, CarSettings
from evmeter_client.simulator.charger import SimulatedCharger
from evmeter_client.simulator.charger_settings import SimulatedChargerSettings
from evmeter_client.simulator.house import House
from evmeter_client.simulator.meter import Meter
from evmeter_client.simulator.site import SimulatedSite, WiredCharger
from evmeter_client.simulator.solar import SolarInverter

from .controller import ChargerSeen, Seen

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase

    from .controller import Controller
    from .scenario import ChargerPlan, HousePlan, Scenario

DRAWING = 0.5
"""A car that takes more than this is charging [A]."""
KEPT_MINIMUM = 1.0
"""A charger keeps a limit of so much, and tells it, though no car charges with it [A]."""
RAW_MINIMUM = 6.0
"""No car charges below this [A]."""


class ScriptedHouse(House):
    """A house with appliances that come and go, and loads that the script switches."""

    def __init__(self, plan: HousePlan, seed: int) -> None:
        """Furnish the house."""
        super().__init__(seed, mix=plan.mix, profile=plan.profile, noise=plan.profile is None, clip=plan.clip)
        self._plan = plan
        self._second = 0.0

    @override
    def step(self, dt: float) -> PerPhase:
        """Live through one stretch of time and return what is drawn per phase [A]."""
        first, second, third = super().step(dt)
        self._second += dt
        plan = self._plan
        first, second, third = first + plan.base[0], second + plan.base[1], third + plan.base[2]
        for step in plan.steps:
            if step.window.start <= self._second < step.window.end:
                first += step.currents[0]
                second += step.currents[1]
                third += step.currents[2]
        return (first, second, third)


@dataclass(slots=True)
class ChargerRun:
    """What one charger went through.

    Attributes:
        draws: of the car on each phase it uses, second by second [A].
        writes: commands sent to it.
        pauses: commands of 0 after one above.
        below_minimum: commands above 0 and below the minimum on some terminal.
    """

    draws: list[float] = field(default_factory=list)
    writes: int = 0
    pauses: int = 0
    below_minimum: int = 0
    _paused: bool = False

    def told(self, limits: PerPhase, car_phases: int) -> None:
        """Count a command.

        Args:
            limits: per terminal [A].
            car_phases: terminals that the car uses; a limit on another one does not pause it.
        """
        self.writes += 1
        if any(0 < limit < RAW_MINIMUM for limit in limits):
            self.below_minimum += 1
        paused = min(limits[:car_phases]) < RAW_MINIMUM
        if paused and not self._paused:
            self.pauses += 1
        self._paused = paused


@dataclass(slots=True)
class Run:
    """What really flowed in one run, second by second.

    Attributes:
        scenario: that was run.
        background: of the house per phase [A].
        mains: per phase [A].
        chargers: in the order of the scenario.
    """

    scenario: Scenario
    background: list[PerPhase]
    mains: list[PerPhase]
    chargers: list[ChargerRun]


def run(scenario: Scenario, controller: Controller, seed: int) -> Run:
    """Let a controller live through a scenario.

    Args:
        scenario: what happens.
        controller: made for it.
        seed: of the house; the same seed brings the same house to every controller.
    """
    site = _build(scenario, seed)
    record = Run(scenario, [], [], [ChargerRun() for _ in scenario.chargers])
    mains: PerPhase | None = None
    reported_at = measured_at = -1.0
    away = tuple(restart.window for restart in scenario.restarts)
    for second in range(int(scenario.seconds)):
        now = float(second)
        moment = site.step(now)
        record.background.append(moment.background)
        record.mains.append(moment.mains)
        for wired, charger in zip(site.chargers, record.chargers, strict=True):
            charger.draws.append(wired.charger.currents[0])
        if moment.sample is not None and moment.sample.measured_at > measured_at:
            mains, reported_at = moment.sample.currents, now
            measured_at = moment.sample.measured_at
        if in_any(away, now):
            continue
        for restart in scenario.restarts:
            if restart.window.end == now:
                controller = controller.restart(keeps_state=restart.keeps_state)
        seen = Seen(
            now,
            mains,
            reported_at,
            tuple(
                _told_by(plan, wired.charger)
                for plan, wired in zip(scenario.chargers, site.chargers, strict=True)
            ),
            scenario.dimmed_to(now),
        )
        for wired, charger, limits in zip(site.chargers, record.chargers, controller.step(seen), strict=True):
            if limits is not None:
                _tell(wired.charger, charger, limits)
    return record


def _build(scenario: Scenario, seed: int) -> SimulatedSite:
    """Wire the site of a scenario, with every car plugged in."""
    wired = []
    for plan in scenario.chargers:
        charger = SimulatedCharger(
            SimulatedChargerSettings(
                charger_id=plan.id,
                minimum_current=KEPT_MINIMUM,
                maximum_current=plan.maximum,
                command_latency=plan.command_latency,
                readback_latency=plan.readback_latency,
                deaf=plan.deaf,
                refuses_below_minimum=False,
            ),
            seed=seed,
        )
        charger.plug(Car(CarSettings(maximum_current=plan.car_maximum, phases=plan.car_phases)))
        wired.append(WiredCharger(charger, plan.wiring))
    solar = scenario.house.solar
    return SimulatedSite(
        ScriptedHouse(scenario.house, seed),
        Meter(scenario.meter, seed=seed),
        wired,
        solar=None if solar is None else SolarInverter(solar, seed=seed),
        rating=(scenario.fuse,) * 3,
    )


def _told_by(plan: ChargerPlan, charger: SimulatedCharger) -> ChargerSeen:
    """Return what a charger tells now, as it was one read-back latency ago."""
    told = charger.reading()
    currents = told.metrics.currents
    return ChargerSeen(
        currents if plan.has_draw_sensor else None, told.limits or (0.0, 0.0, 0.0), currents[0] > DRAWING
    )


def _tell(charger: SimulatedCharger, record: ChargerRun, limits: PerPhase) -> None:
    """Send a command; one that the charger refuses is lost, as it is in a real house."""
    car = charger.car
    record.told(limits, len(limits) if car is None else car.phases_in_use)
    try:
        charger.set_current_limits(limits, None)
    except EVMeterCommandError:
        return
