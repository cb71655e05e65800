"""What runs in simulated houses: one row per appliance, one table per kind of house.

An appliance draws one of its currents for its duration, either without a break or in cycles of on and off.
``FAMILY`` is the house of the published figures; the others are for runs that nothing was tuned on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Span(NamedTuple):
    """Shortest and longest duration, all between being equally likely [s]."""

    shortest: float
    longest: float


class Cycle(NamedTuple):
    """How an appliance switches while it runs; the last on or off is cut short by the end of the run."""

    on: Span
    off: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """One kind of appliance.

    Attributes:
        name: what people call it.
        currents: drawn per phase; each run draws one of them [A].
        phases: on how many phases at once.
        duration: of a run [s].
        cycle: how it switches during a run, None = on all the time.
        weight: how often it is the one that starts, relative to the others of the house.
    """

    name: str
    currents: tuple[float, ...]
    phases: int = 1
    duration: Span
    cycle: Cycle | None = None
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplianceMix:
    """The appliances of one kind of house.

    Attributes:
        name: of the mix.
        mean_interval: mean time between two starts, exponentially distributed [s].
        appliances: the table.
    """

    name: str
    mean_interval: float
    appliances: tuple[Appliance, ...]


MINUTE = 60.0

KETTLE = Appliance(name="kettle", currents=(9,), duration=Span(90, 200), weight=30)
MICROWAVE = Appliance(name="microwave", currents=(5.5,), duration=Span(60, 240), weight=15)
OVEN = Appliance(
    name="oven",
    currents=(10,),
    duration=Span(20 * MINUTE, 40 * MINUTE),
    cycle=Cycle(on=Span(40, 90), off=Span(30, 90)),
    weight=15,
)
INDUCTION_HOB = Appliance(
    name="induction hob",
    currents=(6, 8, 14),
    phases=2,
    duration=Span(400, 1200),
    cycle=Cycle(on=Span(6, 14), off=Span(4, 14)),
    weight=18,
)
WASHING_MACHINE = Appliance(
    name="washing machine",
    currents=(9,),
    duration=Span(2100, 2100),
    cycle=Cycle(on=Span(900, 900), off=Span(600, 600)),
    weight=12,
)
HEAT_PUMP = Appliance(
    name="heat pump", currents=(5.5,), phases=3, duration=Span(20 * MINUTE, 20 * MINUTE), weight=10
)

FAMILY = ApplianceMix(
    name="family",
    mean_interval=420,
    appliances=(KETTLE, MICROWAVE, OVEN, INDUCTION_HOB, WASHING_MACHINE, HEAT_PUMP),
)
APARTMENT = ApplianceMix(
    name="apartment",
    mean_interval=540,
    appliances=(
        Appliance(name="kettle", currents=(8, 9.5), duration=Span(60, 180), weight=30),
        Appliance(name="hair dryer", currents=(5, 8.5), duration=Span(120, 480), weight=15),
        Appliance(name="vacuum cleaner", currents=(3.5,), duration=Span(300, 1200), weight=15),
        Appliance(
            name="ceramic hob",
            currents=(5, 7.5, 9.5),
            duration=Span(600, 1800),
            cycle=Cycle(on=Span(8, 40), off=Span(5, 30)),
            weight=25,
        ),
        Appliance(
            name="dishwasher",
            currents=(8.5,),
            duration=Span(3000, 4200),
            cycle=Cycle(on=Span(500, 700), off=Span(800, 1200)),
            weight=15,
        ),
    ),
)
ALL_ELECTRIC = ApplianceMix(
    name="all electric",
    mean_interval=600,
    appliances=(
        Appliance(name="boiler", currents=(11, 13), duration=Span(1200, 3600), weight=20),
        Appliance(name="heat pump", currents=(4, 7, 10), phases=3, duration=Span(600, 2400), weight=30),
        Appliance(
            name="sauna",
            currents=(11.5,),
            phases=3,
            duration=Span(3000, 5400),
            cycle=Cycle(on=Span(120, 600), off=Span(60, 240)),
            weight=5,
        ),
        Appliance(
            name="tumble dryer",
            currents=(10.5,),
            duration=Span(3000, 5400),
            cycle=Cycle(on=Span(240, 480), off=Span(20, 60)),
            weight=15,
        ),
        Appliance(
            name="induction hob",
            currents=(5, 9, 13),
            phases=2,
            duration=Span(300, 1500),
            cycle=Cycle(on=Span(3, 20), off=Span(2, 18)),
            weight=30,
        ),
    ),
)
WORKSHOP = ApplianceMix(
    name="workshop",
    mean_interval=240,
    appliances=(
        Appliance(
            name="compressor",
            currents=(8,),
            phases=3,
            duration=Span(900, 3600),
            cycle=Cycle(on=Span(20, 60), off=Span(60, 240)),
            weight=25,
        ),
        Appliance(
            name="welder",
            currents=(9, 13, 17),
            phases=2,
            duration=Span(300, 1800),
            cycle=Cycle(on=Span(3, 15), off=Span(10, 60)),
            weight=25,
        ),
        Appliance(name="saw", currents=(6, 11), duration=Span(5, 60), weight=50),
    ),
)

MIXES: Mapping[str, ApplianceMix] = {mix.name: mix for mix in (FAMILY, APARTMENT, ALL_ELECTRIC, WORKSHOP)}
"""Every mix by its name."""
