"""Recordings to try a replay with: what three houses would have downloaded, made by the simulator.

Nothing balanced the load in them. ``scripts/replay --example NAME`` prints one, the same every time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from statistics import fmean
from typing import TYPE_CHECKING

from evmeter_client.simulator import (
    MIXES,
    Car,
    CarSettings,
    House,
    Meter,
    MeterSettings,
    Phase,
    SimulatedCharger,
    SimulatedChargerSettings,
    SimulatedSite,
    SolarInverter,
    SolarSettings,
    WiredCharger,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from evmeter_client.models import PerPhase
    from evmeter_client.simulator import SiteMoment

VOLTAGE = 230.0
CHARGER_READ_EVERY = 5
DINNER_SEED, SILENT_SEED, ONE_PHASE_SEED = 24, 1, 9
"""Houses in which much happens."""
MAINS_ENTITIES = tuple(f"sensor.home_mains_current_l{number}" for number in (1, 2, 3))
DRAW_ENTITIES = tuple(f"sensor.garage_charger_current_l{number}" for number in (1, 2, 3))
POWER_ENTITIES = tuple(f"sensor.p1_meter_power_phase_{number}" for number in (1, 2, 3))


@dataclass(slots=True)
class Download:
    """What Home Assistant's history panel saves of some entities: the changes alone.

    Attributes:
        begin: of the stretch.
        lines: saved so far, per entity.
    """

    begin: datetime
    lines: dict[str, list[str]] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)

    def say(self, seconds: float, entity: str, state: str) -> None:
        """Have an entity say something so many seconds after the beginning."""
        if self._said.get(entity) != state:
            self._said[entity] = state
            moment = (self.begin + timedelta(seconds=seconds)).astimezone(UTC)
            stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self.lines.setdefault(entity, []).append(f"{entity},{state},{stamp}\n")

    def text(self) -> str:
        """Return the file: one entity after the other."""
        return "".join(["entity_id,state,last_changed\n", *chain.from_iterable(self.lines.values())])


def dinner() -> str:
    """An evening's cooking while a car charges at 16 A on three phases: mains and charger in one download."""
    charger = SimulatedCharger()
    site = SimulatedSite(House(seed=DINNER_SEED), Meter(MeterSettings(period=10)), [WiredCharger(charger)])
    download = Download(datetime(2026, 11, 18, 16, 45, tzinfo=UTC))
    for second in range(4500):
        if second == 600:
            charger.plug()
        moment = site.step(second)
        if moment.sample is not None:
            for entity, current in zip(MAINS_ENTITIES, moment.sample.currents, strict=True):
                download.say(second + 0.117, entity, f"{current:.2f}")
        if second % CHARGER_READ_EVERY == 0:
            draw = charger.reading().metrics.currents
            for entity, current in zip(DRAW_ENTITIES, draw, strict=True):
                download.say(second + 0.512, entity, f"{current:.1f}")
            state = "charging" if draw[0] else "disconnected"
            download.say(second + 0.512, "sensor.garage_charger_state", f'"{state}"')
    return download.text()


def silent_meter() -> str:
    """A flat whose meter tells power: once it stops without a word, once it says so; nothing was charged."""
    house = House(seed=SILENT_SEED, mix=MIXES["apartment"])
    currents = [house.step(1.0) for _ in range(3000)]
    download = Download(datetime(2026, 11, 19, 18, 0, tzinfo=UTC))
    for hour, part in ((-3, currents[:1500]), (-2, currents[1500:])):
        for phase in Phase:
            mean = fmean(amps[phase] for amps in part) * VOLTAGE
            download.say(hour * 3600, POWER_ENTITIES[phase], f"{mean}")
    for second in range(0, 3000, 5):
        if 900 <= second < 1140:
            continue
        for phase in Phase:
            power = f"{currents[second][phase] * VOLTAGE:.0f}"
            state = "unavailable" if 1800 <= second < 2100 else power
            download.say(second - 1800 + 0.25, POWER_ENTITIES[phase], state)
    return download.text()


def one_phase_mains() -> str:
    """The mains of a house with solar power on L1 and a car on L2, as a table of seconds."""
    return _table(moment.mains for moment in _one_phase_car())


def one_phase_charger() -> str:
    """The draw of that car, as a table of seconds."""
    return _table(moment.charging for moment in _one_phase_car())


def _one_phase_car() -> list[SiteMoment]:
    """Live through half an hour with a car that draws 16 A from L2 alone."""
    charger = SimulatedCharger(SimulatedChargerSettings(terminals=1))
    site = SimulatedSite(
        House(seed=ONE_PHASE_SEED),
        chargers=[WiredCharger(charger, (Phase.L2,))],
        solar=SolarInverter(SolarSettings(peak=(12.0, 0.0, 0.0), cloud_interval=60.0), seed=ONE_PHASE_SEED),
    )
    charger.plug(Car(CarSettings(phases=1)))
    return [site.step(second) for second in range(1800)]


def _table(currents: Iterable[PerPhase]) -> str:
    rows = (f"{second},{l1:.1f},{l2:.1f},{l3:.1f}\n" for second, (l1, l2, l3) in enumerate(currents))
    return "".join(["t_s,l1_a,l2_a,l3_a\n", *rows])


EXAMPLES: Mapping[str, Callable[[], str]] = {
    "dinner": dinner,
    "silent-meter": silent_meter,
    "one-phase-mains": one_phase_mains,
    "one-phase-charger": one_phase_charger,
}
