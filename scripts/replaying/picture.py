"""A replay as a picture: phase by phase what flowed and what was allowed, and below them why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from custom_components.evmeter.balancing import Phase, ReasonCode

from .clock import duration
from .figures import TOLERANCE, recorded_mains
from .problems import FileError
from .words import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

    from custom_components.evmeter.balancing import Amps

    from .report import Replay

WIDTH, PHASE_HEIGHT, REST_HEIGHT, DOTS = 13.0, 2.4, 1.9, 130
"""Size of the picture [inches], and dots per inch."""
MOST_POINTS = 4000
"""More than a line of this width can show."""
NARROWEST = 0.0015
"""Share of the width that a shaded stretch has at least, to be seen."""
INK, GRID, HOUSE, CAR, MAINS = "#1f2933", "#e4e7eb", "#c3ced9", "#8fd3b6", "#17694c"
RECORDED, LIMIT, FUSE, SILENT = "#3e4c59", "#d97706", "#c81e1e", "#9aa5b1"
REASON_COLOURS = {
    (ReasonCode.CHARGER_MAXIMUM, None): "#a9bdd1",
    (ReasonCode.MAINS_PHASE, Phase.L1): "#e66a6a",
    (ReasonCode.MAINS_PHASE, Phase.L2): "#f0b429",
    (ReasonCode.MAINS_PHASE, Phase.L3): "#4098d7",
    (ReasonCode.STALE_METER, None): "#8b7fd6",
    (ReasonCode.NOT_OBEYING, None): "#b3325f",
    (ReasonCode.RESTART_HOLD, None): "#7fb98a",
    (ReasonCode.OVERLOADS, None): "#7b5e57",
}
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
TICK_STEPS = (
    *(1.0, 5.0, 10.0, 30.0),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY),
)
MOST_TICKS = 14
OTHER_REASON = "#c3a27c"
STYLE: dict[RcKeyType, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SILENT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.color": SILENT,
    "hatch.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True, slots=True)
class Course:
    """The lines of one phase, thinned out to what a picture can show.

    Attributes:
        times: [s].
        house: without the car [A].
        mains: replayed [A].
        recorded: the mains as recorded [A].
        limit: of the charger [A].
    """

    times: Sequence[float]
    house: Sequence[float]
    mains: Sequence[float]
    recorded: Sequence[float]
    limit: Sequence[float]


def draw(replay: Replay, path: Path) -> None:
    """Draw a replay and write it as a PNG file.

    Raises:
        FileError: the file cannot be written.
    """
    count = replay.history.phase_count
    recorded = recorded_mains(replay.history, replay.seconds)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, PHASE_HEIGHT * count + REST_HEIGHT), dpi=DOTS, layout="constrained")
        panels = figure.subplots(
            count + 1, 1, sharex=True, squeeze=False, height_ratios=[*([PHASE_HEIGHT] * count), 0.22]
        )[:, 0]
        for phase, axes in zip(Phase, panels[:-1], strict=False):
            _draw_phase(axes, replay, _course(replay, recorded, phase), phase)
            axes.set_ylim(*_range(replay, recorded))
        why = panels[-1]
        reasons = _draw_reasons(why, replay)
        _draw_time(why, replay)
        figure.suptitle(_title(replay), x=0.01, ha="left", fontsize=11, fontweight="bold")
        panels[0].legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.01),
            ncols=8,
            frameon=False,
            borderaxespad=0.0,
            columnspacing=1.4,
            handlelength=1.6,
            fontsize=8.5,
        )
        figure.legend(handles=reasons, loc="outside lower left", ncols=6, frameon=False)
        try:
            figure.savefig(path, format="png")
        except OSError as error:
            raise FileError(path, f"cannot be written: {error.strerror}") from None


def _title(replay: Replay) -> str:
    history, result = replay.history, replay.result
    name, clock = history.mains.recording.path.name, history.clock
    day = f", {clock.moment(history.start):%d %b %Y}" if clock.on_the_clock else ""
    before = "" if result.recorded_kwh is None else f"recorded {result.recorded_kwh:.1f} kWh, "
    return (
        f"{name}{day}: above the fuse rating for {duration(result.recorded.over_s)} as recorded,"
        f" {duration(result.replayed.over_s)} as replayed; {before}replayed {result.replayed_kwh:.1f} kWh"
    )


def _course(replay: Replay, recorded: Sequence[Amps], phase: Phase) -> Course:
    """Return the lines of a phase; of seconds on one point the one with the highest current is shown."""
    seconds = replay.seconds
    step = -(-len(seconds) // MOST_POINTS)
    picked = [
        max(
            range(first, min(first + step, len(seconds))),
            key=lambda place: max(seconds[place].mains[phase], recorded[place][phase]),
        )
        for first in range(0, len(seconds), step)
    ]
    return Course(
        times=[seconds[place].time for place in picked],
        house=[seconds[place].house[phase] for place in picked],
        mains=[seconds[place].mains[phase] for place in picked],
        recorded=[recorded[place][phase] for place in picked],
        limit=[seconds[place].limit for place in picked],
    )


def _range(replay: Replay, recorded: Sequence[Amps]) -> tuple[float, float]:
    """Return the lowest and the highest current that every panel shows [A]."""
    flowed = [
        *(current for currents in recorded for current in currents),
        *(current for second in replay.seconds for current in second.mains),
    ]
    return 1.08 * min(0.0, *flowed), 1.08 * max(*replay.site.limit, *flowed)


def _draw_phase(axes: Axes, replay: Replay, course: Course, phase: Phase) -> None:
    rating = replay.site.limit[phase]
    times = course.times
    silent = _stretches(replay, (not second.known for second in replay.seconds))
    over = _stretches(
        replay, (second.known and second.mains[phase] > rating + TOLERANCE for second in replay.seconds)
    )
    _shade(axes, silent, facecolor="#f5f7fa", edgecolor=SILENT, hatch="////", label="meter silent")
    _shade(axes, over, facecolor=FUSE, alpha=0.22, label="above the rating, replayed")
    axes.fill_between(times, course.house, step="post", color=HOUSE, linewidth=0, label="house")
    axes.fill_between(
        times, course.house, course.mains, step="post", color=CAR, linewidth=0, label="car, replayed"
    )
    steps = "steps-post"
    axes.plot(times, course.recorded, drawstyle=steps, color=RECORDED, linewidth=0.7, label="mains, recorded")
    axes.plot(times, course.mains, drawstyle=steps, color=MAINS, linewidth=1.1, label="mains, replayed")
    used = phase in replay.charger.wiring[: replay.history.ev_phases]
    axes.plot(
        times if used else [],
        course.limit if used else [],
        drawstyle=steps,
        color=LIMIT,
        linewidth=1.5,
        label="limit of the charger",
    )
    axes.axhline(rating, color=FUSE, linewidth=1.4, label="fuse rating")
    axes.margins(x=0)
    axes.set_ylabel(f"{phase.name}   [A]")
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.annotate(
        f"{rating:g} A",
        (1.0, rating),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=FUSE,
    )


def _shade(
    axes: Axes,
    stretches: Iterable[tuple[float, float]],
    *,
    facecolor: str,
    label: str,
    edgecolor: str = "none",
    hatch: str | None = None,
    alpha: float = 1.0,
) -> None:
    for start, end in stretches:
        axes.axvspan(
            start,
            end,
            facecolor=facecolor,
            edgecolor=edgecolor,
            hatch=hatch,
            alpha=alpha,
            linewidth=0,
            zorder=0.5,
        )
    # Once for the legend, whether or not it happened on this phase.
    axes.fill_between([], [], facecolor=facecolor, edgecolor=edgecolor, hatch=hatch, alpha=alpha, label=label)


def _stretches(replay: Replay, marks: Iterable[bool]) -> Iterator[tuple[float, float]]:
    """Yield where marks of every second come in a row, none too narrow to be seen."""
    history = replay.history
    shortest = NARROWEST * (history.end - history.start)
    for mark, start, end in _runs(replay, marks):
        if mark:
            yield start, max(end, start + shortest)


def _runs[Mark](replay: Replay, marks: Iterable[Mark]) -> Iterator[tuple[Mark, float, float]]:
    """Yield equal marks of seconds in a row as one, with the times of its beginning and end."""
    place = 0
    for mark, run in groupby(marks):
        start = replay.seconds[place].time
        length = sum(1 for _ in run)
        place += length
        yield mark, start, start + length


def _draw_reasons(axes: Axes, replay: Replay) -> list[Patch]:
    """Draw what bound the limit as a band; return what its colours mean."""
    colours = {
        reason: REASON_COLOURS.get((reason.code, reason.phase), OTHER_REASON)
        for reason, _ in replay.result.reasons
    }
    bound = (second.reason if second.present else None for second in replay.seconds)
    for reason, start, end in _runs(replay, bound):
        if reason is not None:
            axes.axvspan(start, end, facecolor=colours[reason], linewidth=0)
    axes.set_yticks([])
    axes.set_ylabel("why", rotation=0, ha="right", va="center")
    axes.spines[:].set_visible(False)
    return [Patch(color=colour, label=in_words(reason)) for reason, colour in colours.items()]


def _draw_time(axes: Axes, replay: Replay) -> None:
    """Mark the time at round moments: the time of day where the recording has dates."""
    history, clock = replay.history, replay.history.clock
    ahead, label = 0.0, "time in the recording (h:min:s)"
    if clock.on_the_clock:
        begin = clock.moment(history.start)
        ahead = (begin.utcoffset() or timedelta()).total_seconds()
        label = f"time of day ({begin:%Z})"
    length = history.end - history.start
    step = next((step for step in TICK_STEPS if length / step <= MOST_TICKS), TICK_STEPS[-1])
    first = ceil((history.start + ahead) / step) * step - ahead
    ticks = [first + count * step for count in range(int((history.end - first) / step) + 1)]
    axes.set_xticks(ticks, [clock.tick(tick) for tick in ticks])
    axes.set_xlim(history.start, history.end)
    axes.set_xlabel(label)
