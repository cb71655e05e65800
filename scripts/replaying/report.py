"""A replay in figures: for people on a terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from .clock import duration
from .figures import Event
from .words import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custom_components.evmeter.balancing import ChargerSettings, SiteSettings

    from .figures import Load, Moment, Result
    from .history import History
    from .loop import Second

type Value = str | float | int | bool | list[Value] | dict[str, Value] | None

FUSE_NAMES = {"b": "B breaker", "c": "C breaker", "d": "D breaker", "gg": "gG fuse"}
SLOW = 10.0
"""A meter that reports less often is worth a word [s]."""
FOREMOST = (Event.PAUSE, Event.RESUME, Event.SILENT, Event.HEARD)
"""Listed before any cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay with all that led to it.

    Attributes:
        history: that was replayed.
        site: its settings.
        charger: its settings.
        car_most: highest current of the car [A].
        seconds: of the replay.
        result: what it came to.
    """

    history: History
    site: SiteSettings
    charger: ChargerSettings
    car_most: float
    seconds: Sequence[Second]
    result: Result


def as_text(replay: Replay, moments: int) -> str:
    """Return a replay as people read it.

    Args:
        replay: to tell of.
        moments: how many of them to list at most.
    """
    parts = [_setting(replay), _figures(replay), _reasons(replay.result), _moments(replay, moments)]
    return "\n\n".join("\n".join(part) for part in parts)


def _setting(replay: Replay) -> Iterator[str]:
    history, site, charger = replay.history, replay.site, replay.charger
    recording, clock = history.mains.recording, history.clock
    begin, end = clock.label(history.start), clock.label(history.end)
    date = f"{clock.moment(history.start):%d %b %Y %Z}, " if clock.on_the_clock else ""
    yield f"{recording.path.name}: {duration(replay.result.seconds)}, {date}{begin} to {end}"
    yield f"mains     {', '.join(series.name for series in recording.series)} in {history.mains.unit}"
    gap = f"silent after {history.rhythm.gap:g} s" if isfinite(history.rhythm.gap) else "never silent"
    yield (
        f"meter     a report every {history.rhythm.period:g} s in steps of {history.resolution:.2g} A,"
        f" {gap} without a change"
    )
    ratings = site.fuse_rating[:1] if len(set(site.fuse_rating)) == 1 else site.fuse_rating
    rating = "/".join(f"{value:g}" for value in ratings)
    yield f"fuse      {rating} A, {FUSE_NAMES[site.fuse_type]}, margin {site.margin:g} A, {site.mode} mode"
    yield (
        f"charger   {charger.min_current:g} to {charger.max_current:g} A"
        f" on {' '.join(phase.name for phase in charger.wiring)}, obeys after"
        f" {charger.reaction.command_latency:g} s; the car uses"
        f" {' '.join(phase.name for phase in charger.wiring[: history.ev_phases])}"
        f" and takes up to {replay.car_most:g} A"
    )
    yield from (f"note      {note}" for note in notes_of(replay))


def notes_of(replay: Replay) -> Iterator[str]:
    """Yield what was taken for granted, for someone who wonders about a figure."""
    history, result = replay.history, replay.result
    if history.draw is None:
        yield "no --charger: the recorded mains counts as the house alone, and a car is there all the time"
    if left_out := history.mains.recording.averages_left_out:
        yield f"{left_out} hourly averages before the first recorded state were left out"
    if not history.mains.recording.every_report:
        yield "the recording has changes alone: a value counts as reported again every period until the next"
    if result.silent_s:
        yield f"nobody knows what flowed for {duration(result.silent_s)}: no overload is counted there"
    if history.rhythm.period > SLOW:
        yield f"a report every {history.rhythm.period:g} s is too slow to protect a sensitive breaker"


def _figures(replay: Replay) -> Iterator[str]:
    result = replay.result
    recorded, replayed = result.recorded, result.replayed
    rows = [
        ("above the fuse rating", duration(recorded.over_s), duration(replayed.over_s), ""),
        (
            "highest current",
            f"{recorded.highest_a:.1f} A",
            f"{replayed.highest_a:.1f} A",
            _where(replay, recorded, replayed),
        ),
        (
            "fuse load, at most",
            f"{recorded.fuse_load:.0%}",
            f"{replayed.fuse_load:.0%}",
            "100 % is where a typical one trips",
        ),
        (
            "charged",
            "-" if result.recorded_kwh is None else f"{result.recorded_kwh:.1f} kWh",
            f"{result.replayed_kwh:.1f} kWh",
            f"{result.possible_kwh:.1f} kWh by someone who knows the future",
        ),
        ("cuts", "-", str(result.cuts), ""),
        ("pauses", "-", str(result.pauses), ""),
        ("limits written", "-", str(result.writes), ""),
    ]
    if result.fail_safe_s:
        rows.append(("meter silent", "-", duration(result.fail_safe_s), "on the fallback current"))
    yield f"{'':22}{'recorded':>13}{'replayed':>13}"
    for name, left, right, remark in rows:
        yield f"{name:22}{left:>13}{right:>13}{'   ' + remark if remark else ''}".rstrip()


def _where(replay: Replay, recorded: Load, replayed: Load) -> str:
    label = replay.history.clock.label
    return (
        f"{recorded.highest_phase.name} at {label(recorded.highest_at)},"
        f" {replayed.highest_phase.name} at {label(replayed.highest_at)}"
    )


def _reasons(result: Result) -> Iterator[str]:
    yield "Why the limit was what it was"
    for reason, share in result.reasons:
        yield f"  {share:4.0%}  {in_words(reason)}"


def _moments(replay: Replay, most: int) -> Iterator[str]:
    moments = foremost(replay.result.moments, most)
    if not moments:
        yield "No cut, no pause" if not replay.result.moments else "No moments listed"
        return
    wide = max(len(replay.history.clock.label(moment.time)) for moment in moments)
    yield f"{'Moment':{wide}}   {'what':17}{'mains':>11}{'limit':>12}   reason"
    for moment in moments:
        phase = "" if moment.phase is None else f"{moment.phase.name} "
        mains = f"{phase}{moment.mains:.1f} A"
        limit = f"{moment.before:g} → {moment.after:g} A"
        yield (
            f"{replay.history.clock.label(moment.time):>{wide}}   {moment.event:17}{mains:>11}{limit:>12}"
            f"   {in_words(moment.reason)}"
        )
    if (hidden := len(replay.result.moments) - len(moments)) > 0:
        yield f"{'':{wide}}   and {hidden} lesser ones (--moments {len(replay.result.moments)} lists all)"


def foremost(moments: Sequence[Moment], most: int) -> list[Moment]:
    """Return the moments most worth a look: pauses and silence, then the deepest cuts; in order of time."""
    ranked = sorted(moments, key=lambda moment: (moment.event not in FOREMOST, moment.after - moment.before))
    return sorted(ranked[:most], key=lambda moment: moment.time)


def as_json(replay: Replay) -> str:
    """Return a replay as a JSON object; times are ISO 8601, or seconds where the recording has no dates."""
    return json.dumps(summary(replay), indent=2)


def summary(replay: Replay) -> dict[str, Value]:
    """Return everything a replay came to, as JSON can hold it."""
    history, result, stamp = replay.history, replay.result, replay.history.clock.stamp
    recording = history.mains.recording
    return {
        "mains": [series.name for series in recording.series],
        "unit": history.mains.unit.value,
        "start": stamp(history.start),
        "end": stamp(history.end),
        "seconds": result.seconds,
        "silent_s": result.silent_s,
        "present_s": result.present_s,
        "fail_safe_s": result.fail_safe_s,
        "period_s": history.rhythm.period,
        "gap_s": history.rhythm.gap if isfinite(history.rhythm.gap) else None,
        "resolution_a": history.resolution,
        "fuse_a": list(replay.site.fuse_rating),
        "wiring": [phase.name for phase in history.wiring],
        "ev_phases": history.ev_phases,
        "recorded": {**_load(replay, result.recorded), "charged_kwh": _rounded(result.recorded_kwh)},
        "replayed": {
            **_load(replay, result.replayed),
            "charged_kwh": _rounded(result.replayed_kwh),
            "possible_kwh": _rounded(result.possible_kwh),
            "cuts": result.cuts,
            "pauses": result.pauses,
            "writes": result.writes,
        },
        "reasons": [
            {
                "code": reason.code.value,
                "phase": None if reason.phase is None else reason.phase.name,
                "share": round(share, 4),
            }
            for reason, share in result.reasons
        ],
        "moments": [_moment(replay, moment) for moment in result.moments],
        "notes": list(notes_of(replay)),
    }


def _load(replay: Replay, load: Load) -> dict[str, Value]:
    return {
        "over_s": load.over_s,
        "highest_a": round(load.highest_a, 2),
        "highest_phase": load.highest_phase.name,
        "highest_at": replay.history.clock.stamp(load.highest_at),
        "fuse_load": round(load.fuse_load, 3),
    }


def _moment(replay: Replay, moment: Moment) -> dict[str, Value]:
    return {
        "time": replay.history.clock.stamp(moment.time),
        "event": moment.event.value,
        "phase": None if moment.phase is None else moment.phase.name,
        "mains_a": round(moment.mains, 2),
        "before_a": moment.before,
        "after_a": moment.after,
        "reason": moment.reason.code.value,
    }


def _rounded(energy: float | None) -> float | None:
    return None if energy is None else round(energy, 3)
