"""What a scenario is: a house, a meter, chargers with their cars, and what happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evmeter_client.simulator.appliances import FAMILY
from evmeter_client.simulator.basics import Phase, Window
from evmeter_client.simulator.house import CLIP
from evmeter_client.simulator.meter import MeterSettings

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase
    from evmeter_client.simulator.appliances import ApplianceMix
    from evmeter_client.simulator.profile import HouseProfile
    from evmeter_client.simulator.solar import SolarSettings

HOUR = 3600.0
STRAIGHT = (Phase.L1, Phase.L2, Phase.L3)


@dataclass(frozen=True, slots=True)
class Step:
    """A load that somebody switches on and off again.

    Attributes:
        window: when it is on [s].
        currents: drawn per mains phase [A].
    """

    window: Window
    currents: PerPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePlan:
    """What draws besides the chargers.

    Attributes:
        mix: appliances that start at random, None = none.
        profile: recorded currents instead of a mix, None = none.
        clip: highest current per phase of mix or profile [A].
        base: always drawn, per phase [A].
        steps: what the script switches.
        solar: what feeds in, None = nothing.
    """

    mix: ApplianceMix | None = None
    profile: HouseProfile | None = None
    clip: float = CLIP
    base: PerPhase = (0.0, 0.0, 0.0)
    steps: tuple[Step, ...] = ()
    solar: SolarSettings | None = None

    @property
    def is_random(self) -> bool:
        """Whether appliances come and go by themselves, from a seed or a recording."""
        return self.mix is not None or self.profile is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerPlan:
    """A charger and its car.

    Attributes:
        id: its name.
        wiring: mains phase of each terminal.
        car_phases: terminals the car uses, counted from L1.
        car_maximum: of the car's own charger [A].
        maximum: of charger and cable [A].
        command_latency: from a command to the pilot [s].
        readback_latency: age of what the charger tells [s].
        deaf: windows in which it ignores commands.
        is_cloud: it is reached through its vendor's cloud.
        has_draw_sensor: it tells what the car draws.
        priority: 1 is served first.
        circuit: id of the sub-circuit it hangs on, None = the mains.
    """

    id: str = "a"
    wiring: tuple[Phase, ...] = STRAIGHT
    car_phases: int = 3
    car_maximum: float = 16.0
    maximum: float = 16.0
    command_latency: float = 2.0
    readback_latency: float = 1.0
    deaf: tuple[Window, ...] = ()
    is_cloud: bool = False
    has_draw_sensor: bool = True
    priority: int = 1
    circuit: str | None = None

    @property
    def mains_phases(self) -> tuple[Phase, ...]:
        """Mains phases that the car draws from."""
        return self.wiring[: self.car_phases]

    @property
    def most(self) -> float:
        """The car never draws more [A]."""
        return min(self.maximum, self.car_maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitPlan:
    """A sub-circuit directly below the mains.

    Attributes:
        id: its name.
        rating: of its fuse on every phase [A].
    """

    id: str
    rating: float


@dataclass(frozen=True, slots=True)
class Restart:
    """Home Assistant restarts.

    Attributes:
        window: from its stop until controllers run again [s].
        keeps_state: what a controller stored is there afterwards.
    """

    window: Window
    keeps_state: bool


@dataclass(frozen=True, slots=True)
class Dimming:
    """The operator of the grid dims all chargers together.

    Attributes:
        window: while it lasts [s].
        power: allowed for all chargers together [W].
    """

    window: Window
    power: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One line of the benchmark.

    Attributes:
        name: S1 to S18.
        what: happens, in a few words.
        seconds: it lasts [s].
        fuse: rating of the main fuse on every phase [A].
        house: what draws besides the chargers.
        meter: how the mains is measured.
        chargers: with their cars.
        circuits: below the mains.
        restarts: of Home Assistant.
        dimmings: by the operator of the grid.
    """

    name: str
    what: str
    seconds: float = 2 * HOUR
    fuse: float = 25.0
    house: HousePlan = field(default_factory=lambda: HousePlan(mix=FAMILY))
    meter: MeterSettings = field(default_factory=MeterSettings)
    chargers: tuple[ChargerPlan, ...] = (ChargerPlan(),)
    circuits: tuple[CircuitPlan, ...] = ()
    restarts: tuple[Restart, ...] = ()
    dimmings: tuple[Dimming, ...] = ()

    @property
    def shocks(self) -> tuple[Window, ...]:
        """Scripted events that must be recovered from, each until the next or until it ends."""
        return tuple(step.window for step in self.house.steps if max(step.currents) > 0)

    def dimmed_to(self, now: float) -> float | None:
        """Return what all chargers together may take now [W], None = any power."""
        return next(
            (each.power for each in self.dimmings if each.window.start <= now < each.window.end), None
        )
