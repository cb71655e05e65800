"""The scenarios S1 to S18 of the benchmark, one row each."""

from __future__ import annotations

from evmeter_client.simulator.appliances import FAMILY
from evmeter_client.simulator.basics import Phase, Window
from evmeter_client.simulator.meter import MeterSettings
from evmeter_client.simulator.solar import SolarSettings

from .scenario import ChargerPlan, CircuitPlan, Dimming, HousePlan, Restart, Scenario, Step

L1, L2, L3 = Phase
BASE = (2.0, 2.0, 2.0)
"""What a scripted house draws all the time, beside its noise [A]."""
HAN = MeterSettings(period=10.0, delay=3.0, resolution=0.1)
"""A meter as the Nordic countries have them."""


def _on(start: float, end: float, l1: float, l2: float = 0.0, l3: float = 0.0) -> Step:
    return Step(Window(start, end), (l1, l2, l3))


NOISY = HousePlan(mix=FAMILY)
STEP_OF_14 = HousePlan(base=BASE, steps=(_on(1800, 3600, 14.0), _on(5400, 6300, 14.0)))

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="S1",
        what="steps of 15.6 A on two phases",
        house=HousePlan(
            steps=(
                _on(900, 1800, 15.6, 0.0, 15.6),
                _on(3600, 4800, 0.0, 15.6, 15.6),
                _on(6000, 6600, 15.6, 15.6),
            )
        ),
    ),
    Scenario(name="S2", what="noisy house, local charger"),
    Scenario(name="S3", what="noisy, meter every 10 s with 3 s delay", meter=HAN),
    Scenario(
        name="S4",
        what="noisy, cloud charger with 30 s latency, meter every 10 s",
        meter=HAN,
        chargers=(ChargerPlan(command_latency=30.0, readback_latency=30.0, is_cloud=True),),
    ),
    Scenario(
        name="S5",
        what="car draws 10 A of an allowed 32 A, then a step of 14 A",
        house=STEP_OF_14,
        chargers=(ChargerPlan(car_maximum=10.0, maximum=32.0),),
    ),
    Scenario(
        name="S6",
        what="meter frozen for 10 minutes with a step of 14 A inside",
        house=HousePlan(base=BASE, steps=(_on(2520, 2880, 14.0),)),
        meter=MeterSettings(frozen=(Window(2400, 3000),)),
    ),
    Scenario(
        name="S7",
        what="charger ignores commands for 3 minutes",
        house=HousePlan(base=BASE, steps=(_on(1800, 3600, 8.5),)),
        chargers=(ChargerPlan(deaf=(Window(1795, 1975),)),),
    ),
    Scenario(name="S8", what="noisy, meter of whole amperes", meter=MeterSettings(resolution=1.0)),
    Scenario(
        name="S9",
        what="1-phase car of 32 A on a 3-phase charger, noisy",
        chargers=(ChargerPlan(car_phases=1, car_maximum=32.0, maximum=32.0),),
    ),
    Scenario(
        name="S10",
        what="phases crossed cyclically, 1-phase car of 25 A",
        house=HousePlan(
            base=BASE,
            steps=(_on(900, 1800, 16.0), _on(2700, 4500, 0.0, 10.0), _on(5400, 6300, 0.0, 0.0, 16.0)),
        ),
        chargers=(ChargerPlan(wiring=(L2, L3, L1), car_phases=1, car_maximum=25.0, maximum=25.0),),
    ),
    Scenario(
        name="S11",
        what="two 3-phase chargers of 16 A, noisy",
        chargers=(ChargerPlan(id="a"), ChargerPlan(id="b")),
    ),
    Scenario(
        name="S12",
        what="no draw sensor, car draws at most 10 A, a step of 14 A",
        house=STEP_OF_14,
        chargers=(ChargerPlan(car_maximum=10.0, has_draw_sensor=False),),
    ),
    Scenario(
        name="S13",
        what="noisy, solar power exported on one phase",
        house=HousePlan(
            mix=FAMILY, solar=SolarSettings(peak=(14.0, 0.0, 0.0), cloud_interval=300.0, cloud_depth=0.8)
        ),
    ),
    Scenario(
        name="S14",
        what="sub-circuit of 20 A with two chargers, a third outside, noisy",
        fuse=25.0,
        circuits=(CircuitPlan(id="garage", rating=20.0),),
        chargers=(
            ChargerPlan(id="a", circuit="garage"),
            ChargerPlan(id="b", circuit="garage", car_phases=1),
            ChargerPlan(id="c", wiring=(L2, L3, L1), car_phases=1),
        ),
    ),
    Scenario(
        name="S15",
        what="noisy, Home Assistant restarts twice in the session",
        restarts=(
            Restart(Window(2400, 2460), keeps_state=True),
            Restart(Window(4800, 4860), keeps_state=False),
        ),
    ),
    Scenario(
        name="S16",
        what="operator dims two chargers to 4.2 kW and releases them",
        house=HousePlan(base=BASE),
        chargers=(ChargerPlan(id="a", car_phases=1, wiring=(L2, L3, L1)), ChargerPlan(id="b")),
        dimmings=(Dimming(Window(1800, 3600), 4200.0), Dimming(Window(5400, 6000), 4200.0)),
    ),
    Scenario(name="S17", what="noisy, meter every 30 s", meter=MeterSettings(period=30.0, resolution=0.1)),
    Scenario(
        name="S18",
        what="five chargers on mixed phases, priorities 1-1-2-2-3, noisy",
        fuse=35.0,
        chargers=(
            ChargerPlan(id="a"),
            ChargerPlan(id="b", car_phases=1, wiring=(L2, L3, L1)),
            ChargerPlan(
                id="c", car_phases=1, wiring=(L3, L1, L2), car_maximum=32.0, maximum=32.0, priority=2
            ),
            ChargerPlan(id="d", car_phases=2, priority=2),
            ChargerPlan(id="e", car_phases=1, priority=3),
        ),
    ),
)

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
LOCAL_CHAINS = frozenset({"S1", "S2", "S5", "S6", "S8", "S9", "S10", "S11", "S12"})
"""Scenarios fast enough to protect even the weakest breaker with a margin."""
NOISY_LOCAL = frozenset({"S2", "S8", "S9", "S11"})
"""Scenarios with a bound on the time above the limit."""
MEAN_OF = tuple(f"S{number}" for number in range(1, 13))
"""Scenarios whose mean energy is a target."""
