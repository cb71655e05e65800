"""The replay itself: the recorded house, a simulated charger and car, and the balancer, second by second.

The plant is the one of the benchmark. The meter reports what was recorded of the house plus what the
simulated car draws, at the recorded moments, in its recorded steps, and `meter_delay` later.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import floor, inf
from typing import TYPE_CHECKING, NamedTuple

from custom_components.evmeter.balancing import (
    Amps,
    Balancer,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    MainsReading,
    ReactionProfile,
    Reason,
    SiteSettings,
)
from evmeter_client.models import ChargerReading as ChargerDetails, EvStatus
from evmeter_client.simulator import (
    Car,
    CarSettings,
    House,
    HouseProfile,
    Phase as PlantPhase,
    SimulatedCharger,
    SimulatedChargerSettings,
    SimulatedSite,
    WiredCharger,
)

from .house import DRAWING
from .problems import ReplayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .history import History
    from .options import Options
    from .reports import Report

CHARGER = "charger"
READ_EVERY = 1.0
"""The charger is read once a second, and tells what was true so long ago [s]."""


MISSED_PERIODS = 2
"""After so many periods without a report nobody knows what flows."""


class Second(NamedTuple):
    """What flowed and what was decided in one second of the replay; currents per mains phase [A].

    Attributes:
        time: of the recording [s].
        house: all but the car.
        car: what it drew.
        known: the meter has said what flows on every phase, and not stopped since.
        present: there was a car.
        limit: that the car was allowed to take [A].
        written: the limit was written to the charger.
        reason: what bound the limit.
        fail_safe: the meter was silent for so long that the fallback current was in force.
    """

    time: float
    house: Amps
    car: Amps
    known: bool
    present: bool
    limit: float
    written: bool
    reason: Reason
    fail_safe: bool

    @property
    def mains(self) -> Amps:
        """What flowed through the fuses."""
        return tuple(house + car for house, car in zip(self.house, self.car, strict=True))


@dataclass(slots=True)
class RecordedMeter:
    """A meter that reports when the recorded one did.

    Attributes:
        reports: of the house, in the order of time.
        resolution: step of its values [A].
        period: between two reports [s].
        delay: from a measurement to its report [s].
        reading: as the balancer hears it.
    """

    reports: Sequence[Report]
    resolution: float
    period: float
    delay: float
    reading: MainsReading = field(init=False)
    _next: int = 0
    _complete_at: float = -inf
    _on_the_way: deque[tuple[float, tuple[float | None, ...]]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Begin with nothing said."""
        width = len(self.reports[0].currents)
        self.reading = self._reading((None,) * width, 0.0)

    def listen(self, now: float, time: float, car: Amps) -> bool:
        """Let the meter measure and report what is due.

        Args:
            now: time of the replay [s].
            time: the same moment in the recording [s].
            car: what the car draws now per phase [A].

        Returns:
            Whether it knows what flows: it has said so for every phase, and not stopped since.
        """
        while self._next < len(self.reports) and self.reports[self._next].time <= time:
            currents = self.reports[self._next].currents
            self._on_the_way.append((now + self.delay, self._shown(currents, car)))
            self._complete_at = -inf if None in currents else self.reports[self._next].time
            self._next += 1
        while self._on_the_way and self._on_the_way[0][0] <= now:
            self.reading = self._reading(self._on_the_way.popleft()[1], now)
        return time - self._complete_at <= MISSED_PERIODS * self.period

    def _shown(self, house: Sequence[float | None], car: Amps) -> tuple[float | None, ...]:
        step = self.resolution
        return tuple(
            None if current is None else round((current + draw) / step) * step
            for current, draw in zip(house, car, strict=True)
        )

    def _reading(self, currents: tuple[float | None, ...], now: float) -> MainsReading:
        return MainsReading(
            current=currents,
            measured_at=(now,) * len(currents),
            resolution=self.resolution,
            period=self.period,
        )


def site_of(options: Options, phase_count: int) -> SiteSettings:
    """Return the settings of the site.

    Raises:
        ReplayError: a rating for each of three phases, of which there is one.
        SettingsError: naming the value that cannot be used.
    """
    rating = options.fuse * phase_count if len(options.fuse) == 1 else options.fuse
    if len(rating) != phase_count:
        raise ReplayError("--fuse: three ratings, but the mains has one phase")
    return SiteSettings(
        fuse_rating=rating,
        fuse_type=options.fuse_type,
        margin=options.margin,
        voltage=options.voltage,
        mode=options.mode,
    )


def charger_of(options: Options, history: History) -> ChargerSettings:
    """Return the settings of the charger.

    Raises:
        SettingsError: naming the value that cannot be used.
    """
    return ChargerSettings(
        id=CHARGER,
        wiring=history.wiring,
        min_current=options.minimum,
        max_current=options.maximum,
        fallback_current=options.minimum if options.fallback is None else options.fallback,
        reaction=ReactionProfile(
            command_latency=options.command_latency, report_latency=READ_EVERY, report_period=READ_EVERY
        ),
    )


def replay(history: History, site: SiteSettings, charger: ChargerSettings, options: Options) -> list[Second]:
    """Let the balancer live through a history.

    Args:
        history: the recording.
        site: its settings.
        charger: its settings.
        options: what the user said about meter and car.
    """
    width = history.phase_count
    plant = _plant(history, charger, options)
    meter = RecordedMeter(history.house, history.resolution, history.rhythm.period, options.meter_delay)
    wired = SimulatedSite(
        House(mix=None, profile=_profile(history), noise=False, clip=inf),
        chargers=[WiredCharger(plant, _whole(charger))],
    )
    balancer = Balancer(site, [charger])
    seconds = []
    for second in range(int(history.end - history.start) + 1):
        now, time = float(second), history.start + second
        present = any(session.start <= time <= session.end for session in history.sessions)
        if present and not plant.plugged:
            plant.plug(_car(options, history))
        elif not present:
            plant.unplug()
        moment = wired.step(now)
        car = moment.charging[:width]
        known = meter.listen(now, time, car)
        decision = balancer.step(now, meter.reading, [_reading(plant.reading(), charger, width, now)])
        verdict = decision.charger(CHARGER)
        if verdict.write:
            plant.set_current_limits((verdict.current,) * 3, None)
        seconds.append(
            Second(
                time=time,
                house=moment.background[:width],
                car=car,
                known=known,
                present=present,
                limit=verdict.current,
                written=verdict.write,
                reason=verdict.reason,
                fail_safe=decision.fail_safe,
            )
        )
    return seconds


def _plant(history: History, charger: ChargerSettings, options: Options) -> SimulatedCharger:
    """Return a charger that has the limit that the recorded one had: what the car drew, or a pause."""
    latency = options.command_latency
    plant = SimulatedCharger(
        SimulatedChargerSettings(
            charger_id=charger.id,
            terminals=1 if len(charger.wiring) == 1 else 3,
            minimum_current=charger.min_current,
            maximum_current=charger.max_current,
            fallback_current=charger.fallback_current,
            command_latency=latency,
            readback_latency=READ_EVERY,
            whole_amps=False,
            voltage=options.voltage,
        ),
        start=-latency - 3.0,
    )
    drawn = 0.0 if history.draw is None else max(history.draw.at(history.start))
    limit = charger.max_current if drawn > charger.max_current else float(floor(drawn))
    plant.set_current_limits((limit if limit >= charger.min_current else 0.0,) * 3, None)
    for before in (-3.0, -2.0, -1.0):
        plant.step(before)
    return plant


def _car(options: Options, history: History) -> Car:
    return Car(
        CarSettings(
            phases=history.ev_phases,
            minimum_current=options.minimum,
            maximum_current=options.maximum if options.car_maximum is None else options.car_maximum,
        )
    )


def _profile(history: History) -> HouseProfile:
    """Return the house over time, from 0; what is not known counts as unchanged."""
    last: list[float] = [0.0, 0.0, 0.0]
    rows = []
    for report in history.house:
        for phase, current in enumerate(report.currents):
            if current is not None:
                last[phase] = current
        rows.append((report.time - history.start, *last))
    return HouseProfile(rows)


def _whole(charger: ChargerSettings) -> tuple[PlantPhase, ...]:
    """Return the wiring in the plant's terms; on a mains of one phase the charger has one terminal."""
    return tuple(PlantPhase(phase) for phase in charger.wiring)


def _reading(
    details: ChargerDetails, charger: ChargerSettings, phase_count: int, now: float
) -> ChargerReading:
    """Return what the charger tells, per mains phase."""
    limit = None if details.limits is None else min(details.limits[: len(charger.wiring)])
    if max(details.metrics.currents) > DRAWING:
        state = ChargerState.CHARGING
    elif details.status.ev_status is EvStatus.NOT_CONNECTED:
        state = ChargerState.DISCONNECTED
    else:
        state = ChargerState.PAUSED if limit == 0 else ChargerState.READY
    return ChargerReading(
        id=charger.id,
        state=state,
        current=charger.to_mains(details.metrics.currents, phase_count),
        measured_at=now,
        limit=limit,
    )
