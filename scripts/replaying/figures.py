"""What came of a replay, beside what was recorded: figures, reasons and the moments worth a look."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing import (
    Amps,
    Grade,
    Phase,
    Reason,
    SiteSettings,
    ThermalState,
    device_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custom_components.evmeter.balancing import ChargerSettings

    from .history import History
    from .loop import Second
    from .recording import Series

TOLERANCE = 0.25
"""A phase is above its rating from this excess on [A], as in the benchmark."""
WATT_SECONDS = 3.6e6
"""In a kWh."""


class Event(StrEnum):
    """What happened at a moment."""

    CUT = "cut"
    PAUSE = "pause"
    RESUME = "resume"
    SILENT = "meter silent"
    HEARD = "meter heard again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment worth a look.

    Attributes:
        time: of the recording [s].
        event: what happened.
        phase: that binds, where one does.
        mains: current on that phase, else the highest one [A].
        before: limit until then [A].
        after: limit from then on [A].
        reason: of the limit from then on.
    """

    time: float
    event: Event
    phase: Phase | None
    mains: float
    before: float
    after: float
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the fuses went through, where the meter knew.

    Attributes:
        over_s: time with any phase above its rating by more than 0.25 A [s].
        highest_a: highest current [A].
        highest_phase: it was on.
        highest_at: when [s].
        fuse_load: highest thermal state of a typical fuse of this type; 1.0 = trips.
    """

    over_s: float
    highest_a: float
    highest_phase: Phase
    highest_at: float
    fuse_load: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a replay came to.

    Attributes:
        seconds: replayed [s].
        silent_s: of them, without knowing what flows [s]; they count in no `Load`.
        present_s: of them, with a car [s].
        fail_safe_s: of them, on the fallback current [s].
        recorded: what the fuses went through.
        replayed: what they would have gone through.
        recorded_kwh: charged, None = not recorded [kWh].
        replayed_kwh: that would have been charged [kWh].
        possible_kwh: that someone who knows the future would have charged [kWh].
        cuts: limits lowered, pauses not counted.
        pauses: limits lowered to 0.
        writes: limits written.
        reasons: what bound the limit, with its share of the time with a car, the largest first.
        moments: worth a look, in the order of time.
    """

    seconds: float
    silent_s: float
    present_s: float
    fail_safe_s: float
    recorded: Load
    replayed: Load
    recorded_kwh: float | None
    replayed_kwh: float
    possible_kwh: float
    cuts: int
    pauses: int
    writes: int
    reasons: tuple[tuple[Reason, float], ...]
    moments: tuple[Moment, ...]


def result_of(
    history: History, site: SiteSettings, charger: ChargerSettings, seconds: Sequence[Second], car_most: float
) -> Result:
    """Sum a replay up.

    Args:
        history: that was replayed.
        site: its settings.
        charger: its settings.
        seconds: of the replay.
        car_most: highest current of the car [A].
    """
    known = [second.known for second in seconds]
    moments = tuple(_moments(seconds))
    recorded_kwh = None
    if history.draw is not None:
        recorded_kwh = _kwh((history.draw.at(second.time) for second in seconds), site.voltage)
    return Result(
        seconds=float(len(seconds)),
        silent_s=float(known.count(False)),
        present_s=float(sum(second.present for second in seconds)),
        fail_safe_s=float(sum(second.fail_safe for second in seconds)),
        recorded=_load(site, seconds, recorded_mains(history, seconds)),
        replayed=_load(site, seconds, [second.mains for second in seconds]),
        recorded_kwh=recorded_kwh,
        replayed_kwh=_kwh((second.car for second in seconds), site.voltage),
        possible_kwh=_kwh(_possible(history, site, charger, seconds, car_most), site.voltage),
        cuts=sum(0 < moment.after < moment.before for moment in moments),
        pauses=sum(0 == moment.after < moment.before for moment in moments),
        writes=sum(second.written for second in seconds),
        reasons=_reasons(seconds),
        moments=moments,
    )


def recorded_mains(history: History, seconds: Sequence[Second]) -> list[Amps]:
    """Return what was recorded of the mains for every second of a replay; gaps hold the last value."""
    columns = [
        _held(series, [second.time for second in seconds]) for series in history.mains.recording.series
    ]
    return list(zip(*columns, strict=True))


def _held(series: Series, times: Iterable[float]) -> list[float]:
    """Return a series at many moments; where it had no value, what it had before."""
    filled: list[float] = []
    for value in series.values:
        filled.append(value if value is not None else filled[-1] if filled else 0.0)
    return [filled[max(0, bisect_right(series.times, time) - 1)] for time in times]


def _load(site: SiteSettings, seconds: Sequence[Second], mains: Sequence[Amps]) -> Load:
    """Measure what the fuses go through; the fuses stay as warm as they are while nobody knows."""
    fuses = [
        ThermalState(device_model(site.fuse_type, rating, Grade.TYPICAL), rating) for rating in site.limit
    ]
    over, hottest = 0, 0.0
    highest = (0.0, Phase.L1, seconds[0].time)
    for second, currents in zip(seconds, mains, strict=True):
        if not second.known:
            continue
        over += any(
            current > rating + TOLERANCE for current, rating in zip(currents, site.limit, strict=True)
        )
        for phase, fuse, current in zip(Phase, fuses, currents, strict=False):
            fuse.advance(current, 1.0)
            hottest = max(hottest, fuse.theta)
            if current > highest[0]:
                highest = (current, phase, second.time)
    return Load(
        over_s=float(over),
        highest_a=highest[0],
        highest_phase=highest[1],
        highest_at=highest[2],
        fuse_load=hottest,
    )


def _possible(
    history: History,
    site: SiteSettings,
    charger: ChargerSettings,
    seconds: Sequence[Second],
    car_most: float,
) -> Iterable[Amps]:
    """Yield what could have been drawn every second by someone who knows what comes next."""
    used = charger.wiring[: history.ev_phases]
    most = min(charger.max_current, car_most)
    for second in seconds:
        room = min(most, *(site.limit[phase] - second.house[phase] for phase in used))
        yield (room if second.present and room >= charger.min_current else 0.0,) * len(used)


def _kwh(currents: Iterable[Amps], voltage: float) -> float:
    """Return the energy of currents that flow for one second each [kWh]."""
    return sum(sum(amps) for amps in currents) * voltage / WATT_SECONDS


def _reasons(seconds: Sequence[Second]) -> tuple[tuple[Reason, float], ...]:
    counted = Counter(second.reason for second in seconds if second.present)
    return tuple((reason, count / counted.total()) for reason, count in counted.most_common())


def _moments(seconds: Sequence[Second]) -> Iterable[Moment]:
    """Yield every cut, pause and resume of a car, and when the meter fell silent and was heard again."""
    limit, fail_safe = seconds[0].limit, seconds[0].fail_safe
    for second in seconds:
        reason = second.reason
        event = _event(limit, second.limit, fail_safe, second.fail_safe)
        if event is not None and second.present:
            yield Moment(
                time=second.time,
                event=event,
                phase=reason.phase,
                mains=max(second.mains) if reason.phase is None else second.mains[reason.phase],
                before=limit,
                after=second.limit,
                reason=reason,
            )
        limit, fail_safe = second.limit, second.fail_safe


def _event(before: float, after: float, was_silent: bool, is_silent: bool) -> Event | None:
    """Return what happened when a limit [A] followed another; silence before what it does to the limit."""
    if is_silent != was_silent:
        return Event.SILENT if is_silent else Event.HEARD
    if after < before:
        return Event.CUT if after > 0 else Event.PAUSE
    return Event.RESUME if before == 0 < after else None
