"""A whole site in simulated time: house, solar, meter and chargers on one mains connection."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.basics import NOMINAL_VOLTAGE, Phase, require_positive
from evmeter_client.simulator.car import NO_DRAW, SECONDS_PER_HOUR
from evmeter_client.simulator.instruments import terminal_voltages
from evmeter_client.simulator.meter import Meter, MeterSample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase
    from evmeter_client.simulator.charger import SimulatedCharger
    from evmeter_client.simulator.house import House
    from evmeter_client.simulator.solar import SolarInverter

HISTORY_KEPT = 3600
"""Moments a site remembers."""
TOLERANCE = 0.25
"""A phase counts as above its rating when it is above it by more than this [A]."""
STRAIGHT = (Phase.L1, Phase.L2, Phase.L3)


class WiredCharger(NamedTuple):
    """A charger and the mains phase that each of its terminals is wired to."""

    charger: SimulatedCharger
    wiring: tuple[Phase, ...] = STRAIGHT


class SiteMoment(NamedTuple):
    """The truth about a site at one moment, and what its meter reported then.

    Attributes:
        time: the moment [s].
        background: all but the chargers, per mains phase, export negative [A].
        charging: all chargers together, per mains phase [A].
        mains: through the mains fuses, per phase, export negative [A].
        sample: what the meter reported at this moment, None = nothing new.
    """

    time: float
    background: PerPhase
    charging: PerPhase
    mains: PerPhase
    sample: MeterSample | None


@dataclass(slots=True)
class MainsRecord:
    """What the mains fuses went through.

    Attributes:
        seconds: simulated so far [s].
        seconds_above_rating: with any phase above its rating [s].
        largest_excess: most that any phase was above its rating [A], negative = never above.
        import_wh: energy taken, by the sum of the phases [Wh].
        export_wh: energy fed in, by the sum of the phases [Wh].
    """

    seconds: float = 0.0
    seconds_above_rating: float = 0.0
    largest_excess: float = -inf
    import_wh: float = 0.0
    export_wh: float = 0.0


class SimulatedSite:
    """One mains connection with all that hangs on it; time is given to `step`.

    Attributes:
        house: what draws besides the chargers.
        meter: what reports the mains.
        chargers: with their wiring.
        solar: what feeds in, None = nothing.
        rating: of the mains fuses, per phase [A].
        voltage: of the supply without load, between a phase and neutral [V].
        record: what the mains fuses went through.
        history: the last moments.
    """

    def __init__(
        self,
        house: House,
        meter: Meter | None = None,
        chargers: Sequence[WiredCharger] = (),
        *,
        solar: SolarInverter | None = None,
        rating: PerPhase = (25.0, 25.0, 25.0),
        start: float = 0.0,
        voltage: float = NOMINAL_VOLTAGE,
    ) -> None:
        """Wire a site.

        Args:
            house: what draws besides the chargers.
            meter: what reports the mains; None = a good local one.
            chargers: with their wiring.
            solar: what feeds in, None = nothing.
            rating: of the mains fuses, per phase [A].
            start: time before the first step [s].
            voltage: of the supply without load, between a phase and neutral [V].

        Raises:
            EVMeterConfigError: a charger is wired to one phase twice, or not with every terminal.
        """
        for current in rating:
            require_positive(rating=current)
        require_positive(voltage=voltage)
        for charger, wiring in chargers:
            _check_wiring(charger, wiring)
        self.house = house
        self.meter = meter or Meter()
        self.chargers = tuple(chargers)
        self.solar = solar
        self.rating = rating
        self.record = MainsRecord()
        self.history: deque[SiteMoment] = deque(maxlen=HISTORY_KEPT)
        self.voltage = voltage
        self._now = start
        self._start = start

    @property
    def now(self) -> float:
        """Time of the last step [s]."""
        return self._now

    @property
    def mains(self) -> PerPhase:
        """Current through the mains fuses now, per phase, export negative [A]."""
        return self.history[-1].mains if self.history else NO_DRAW

    @property
    def voltages(self) -> PerPhase:
        """Voltage of each mains phase now [V]: it sags with the current."""
        return terminal_voltages(self.voltage, self.mains)

    def step(self, now: float) -> SiteMoment:
        """Let everything live until a moment.

        Args:
            now: the moment [s]; a step of 1 s is what the plant is made for.

        Returns:
            The truth at that moment, and what the meter reported.

        Raises:
            ValueError: time ran backwards.
        """
        dt = now - self._now
        if dt < 0:
            raise ValueError(f"time ran backwards, from {self._now} s to {now} s")
        self._now = now
        background = self._background(now, dt)
        charging = [0.0, 0.0, 0.0]
        for charger, wiring in self.chargers:
            for phase, current in zip(wiring, charger.step(now), strict=False):
                charging[phase] += current
        first, second, third = charging
        mains = (background[0] + first, background[1] + second, background[2] + third)
        for charger, wiring in self.chargers:
            charger.clamp_currents = _at_terminals(mains, wiring)
        self._keep_record(mains, dt)
        moment = SiteMoment(now, background, (first, second, third), mains, self.meter.sample(now, mains))
        self.history.append(moment)
        return moment

    def _background(self, now: float, dt: float) -> PerPhase:
        """Return what all but the chargers draw, per phase [A]."""
        house = self.house.step(dt)
        if self.solar is None:
            return house
        fed = self.solar.currents(now - self._start)
        return (house[0] - fed[0], house[1] - fed[1], house[2] - fed[2])

    def _keep_record(self, mains: PerPhase, dt: float) -> None:
        """Add a stretch of time to what the fuses went through."""
        record, rating = self.record, self.rating
        (i1, i2, i3), (v1, v2, v3) = mains, terminal_voltages(self.voltage, mains)
        record.seconds += dt
        excess = max(i1 - rating[0], i2 - rating[1], i3 - rating[2])
        if excess > TOLERANCE:
            record.seconds_above_rating += dt
        record.largest_excess = max(record.largest_excess, excess)
        energy = (i1 * v1 + i2 * v2 + i3 * v3) * dt / SECONDS_PER_HOUR
        if energy > 0:
            record.import_wh += energy
        else:
            record.export_wh -= energy


def _check_wiring(charger: SimulatedCharger, wiring: tuple[Phase, ...]) -> None:
    """Refuse a wiring that no electrician makes."""
    terminals = charger.settings.terminals
    if len(wiring) != terminals or len(set(wiring)) != terminals:
        raise EVMeterConfigError(
            "wiring", f"{charger.charger_id} has {terminals} terminals, each on a mains phase of its own"
        )


def _at_terminals(mains: PerPhase, wiring: tuple[Phase, ...]) -> PerPhase:
    """Return the mains currents in the order of a charger's terminals [A]."""
    if len(wiring) == 1:
        return (mains[wiring[0]], 0.0, 0.0)
    return (mains[wiring[0]], mains[wiring[1]], mains[wiring[2]])
