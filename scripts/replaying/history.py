"""All that a replay needs of a recording: the stretch, the meter's rhythm, the house and the car."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing import Phase

from .clock import Clock
from .house import Session, draw_of, house_of
from .problems import FileError, ReplayError
from .reports import reports_of, rhythm_of
from .sources import Source, read_charger, read_mains
from .units import refuse_implausible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .house import Draw
    from .options import Options
    from .recording import Recording
    from .reports import Report, Rhythm
    from .units import Currents

STRAIGHT = tuple(Phase)
DAY = 86400.0
SHORTEST, LONGEST = 2.0, 7 * DAY
"""Less than this is nothing to replay, more takes too long [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A recorded stretch of time, ready to be replayed; all times [s], all currents per mains phase [A].

    Attributes:
        mains: as recorded.
        clock: what the times mean.
        rhythm: of the meter.
        resolution: of the meter [A].
        start: first moment.
        end: last moment.
        reports: what the meter said.
        house: what the house alone drew at each report; the same as `reports` without a recorded charger.
        draw: what the charger drew, None = not recorded.
        sessions: when there was a car.
        wiring: mains phase of each of the charger's terminals.
        ev_phases: that the car uses.
    """

    mains: Currents
    clock: Clock
    rhythm: Rhythm
    resolution: float
    start: float
    end: float
    reports: list[Report]
    house: list[Report]
    draw: Draw | None
    sessions: list[Session]
    wiring: tuple[Phase, ...]
    ev_phases: int

    @property
    def phase_count(self) -> int:
        """Number of mains phases, 1 or 3."""
        return len(self.mains.recording.series)


def read_history(options: Options) -> History:
    """Read the files that the user named.

    Raises:
        ReplayError: naming what cannot be used.
    """
    if options.mains is None:
        raise ReplayError("no recording of the mains")
    mains = read_mains(
        Source(path=options.mains, entities=options.phases, unit=options.unit), options.voltage
    )
    refuse_implausible(mains.recording, max(options.fuse), "--unit")
    charger = None
    if options.charger is not None:
        names = ("--charger-phases", "--charger-unit")
        charger = read_charger(
            Source(
                path=options.charger,
                entities=options.charger_phases,
                unit=options.charger_unit,
                options=names,
            ),
            options.voltage,
        )
        if charger.recording == mains.recording:
            raise FileError(options.charger, "has the same currents for the mains and for the charger")
    return _history(options, mains, charger)


def _history(options: Options, mains: Currents, charger: Currents | None) -> History:
    clock = Clock(mains.recording.on_the_clock, options.timezone)
    start, end = _stretch(options, mains.recording, None if charger is None else charger.recording, clock)
    rhythm = rhythm_of(mains, options.period, options.gap)
    reports = reports_of(mains.recording, rhythm, start, end)
    wiring = _wiring(options, len(mains.recording.series))
    house, draw, sessions = reports, None, [Session(start, end)]
    ev_phases = options.ev_phases or len(wiring)
    if charger is not None:
        draw = _draw(options, charger, wiring, len(mains.recording.series))
        sessions = draw.sessions(start, end)
        if not sessions:
            raise FileError(charger.recording.path, "says that nothing was charged: leave --charger away")
        if options.wiring is None:
            wiring = _turned(wiring, draw.used)
        ev_phases = options.ev_phases or len(draw.used)
        house = house_of(reports, draw)
    return History(
        mains=mains,
        clock=replace(clock, many_days=end - start > DAY),
        rhythm=rhythm,
        resolution=mains.resolution if options.resolution is None else options.resolution,
        start=start,
        end=end,
        reports=reports,
        house=house,
        draw=draw,
        sessions=sessions,
        wiring=wiring,
        ev_phases=min(ev_phases, len(wiring)),
    )


def _stretch(
    options: Options, mains: Recording, charger: Recording | None, clock: Clock
) -> tuple[float, float]:
    """Return the first and the last moment to replay [s]."""
    start, end = mains.start, mains.end
    if charger is not None:
        if charger.on_the_clock != mains.on_the_clock:
            raise FileError(charger.path, "has dates and the mains has seconds, or the other way round")
        start = max(start, charger.start)
        if charger.every_report:
            end = min(end, charger.end)
    if options.begin is not None:
        start = max(start, clock.read(options.begin, "--from", mains.start))
    if options.end is not None:
        end = min(end, clock.read(options.end, "--to", mains.start))
    if end - start < SHORTEST:
        raise FileError(
            mains.path,
            f"nothing to replay from {clock.stamp(start)} to {clock.stamp(end)};"
            f" it runs from {clock.stamp(mains.start)} to {clock.stamp(mains.end)}",
        )
    if end - start > LONGEST:
        raise FileError(
            mains.path,
            f"{(end - start) / DAY:.0f} days are too long: cut out a week or less with --from and --to",
        )
    return start, end


def _wiring(options: Options, phase_count: int) -> tuple[Phase, ...]:
    wiring = options.wiring or STRAIGHT[:phase_count]
    if max(wiring) >= phase_count:
        raise ReplayError("--wiring: the mains has one phase, L1")
    return wiring


def _draw(options: Options, charger: Currents, wiring: Sequence[Phase], phase_count: int) -> Draw:
    """Return what the charger drew per mains phase."""
    count = len(charger.recording.series)
    if count > phase_count:
        raise FileError(charger.recording.path, "has three phases, the mains has one")
    if count == 1:
        return draw_of(charger, wiring[: options.ev_phases], phase_count)
    return draw_of(charger, wiring if options.terminals else STRAIGHT, phase_count)


def _turned(wiring: tuple[Phase, ...], used: frozenset[int]) -> tuple[Phase, ...]:
    """Return a wiring in which the first terminals are on the phases that the car has used."""
    turned = [wiring[place:] + wiring[:place] for place in range(len(wiring))]
    return next(one for one in turned if set(one[: len(used)]) == used)
