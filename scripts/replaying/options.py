"""The command line: what a user can say, and what holds when they say nothing."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, override
from zoneinfo import ZoneInfo

from custom_components.evmeter.balancing import FuseType, Mode, Phase

from .examples import EXAMPLES
from .problems import ReplayError
from .units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DESCRIPTION = """\
Replay a recorded history of the mains: what would the load balancing have done?

FILE is a download of Home Assistant's history panel (entity_id,state,last_changed) or a table of seconds
(t_s,l1_a,l2_a,l3_a). With --charger the recorded draw of the car is taken out of the mains first, and a
simulated charger and car take its place. Without it the mains counts as the house alone."""
EPILOG = """\
A download has no line for a value that was reported again: a value counts as reported anew every period until
the next change of any phase, up to --gap. Whatever cannot be used ends with one line and status 2."""
DAY = 86400.0
SAYS_MORE = "(scripts/replay --help says more)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user wants; currents in A, times in s. The help of each option says more.

    Attributes:
        mains: recorded currents of the mains.
        charger: recorded draw of the charger.
        example: name of an example to print instead.
        begin: beginning of the stretch to replay, as written.
        end: its end, as written.
        period: between two reports of the meter, None = learned; so are `gap` and `resolution`.
        fallback: None = `minimum`.
        wiring: None = straight, or as the recorded draw tells; so is `ev_phases`.
        timezone: of everything shown, None = this machine's.
        output: picture to write, None = named after the mains.
    """

    mains: Path | None
    charger: Path | None
    example: str | None
    begin: str | None
    end: str | None
    phases: tuple[str, ...]
    charger_phases: tuple[str, ...]
    terminals: bool
    unit: Unit | None
    charger_unit: Unit | None
    period: float | None
    gap: float | None
    resolution: float | None
    meter_delay: float
    fuse: tuple[float, ...]
    fuse_type: FuseType
    margin: float
    voltage: float
    mode: Mode
    minimum: float
    maximum: float
    fallback: float | None
    wiring: tuple[Phase, ...] | None
    command_latency: float
    ev_phases: int | None
    car_maximum: float | None
    timezone: ZoneInfo | None
    moments: int
    output: Path | None
    json: bool


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    @override
    def error(self, message: str) -> NoReturn:
        raise ReplayError(f"{message} {SAYS_MORE}")


def parse(arguments: Sequence[str]) -> Options:
    """Read a command line.

    Raises:
        ReplayError: something on it cannot be used.
    """
    parser = _Parser(
        prog="scripts/replay",
        usage="scripts/replay --mains FILE [--charger FILE] [OPTIONS...]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for add in (_add_files, _add_meter, _add_site, _add_charger, _add_results):
        add(parser)
    given = Options(**vars(parser.parse_args(arguments)))
    if (given.mains is None) == (given.example is None):
        raise ReplayError(f"either --mains FILE or --example NAME is needed {SAYS_MORE}")
    if given.charger is None and (given.charger_phases or given.charger_unit or given.terminals):
        raise ReplayError(f"--charger FILE is missing {SAYS_MORE}")
    if given.minimum > min(given.maximum, given.car_maximum or given.maximum):
        raise ReplayError("--min is above --max or --car-max")
    if given.fallback and not given.minimum <= given.fallback <= given.maximum:
        raise ReplayError("--fallback must be 0 or between --min and --max")
    return given


def _add_files(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what was recorded").add_argument
    add("--mains", type=Path, metavar="FILE", help="currents of the mains")
    add("--charger", type=Path, metavar="FILE", help="draw of the charger; may be the same file")
    names = "sensor.a,sensor.b,sensor.c"
    add("--phases", type=_names, default=(), metavar="IDS", help=f"entities of L1, L2, L3: {names}")
    add(
        "--charger-phases",
        type=_names,
        default=(),
        metavar="IDS",
        help="the same of the charger; or only one",
    )
    add("--terminals", action="store_true", help="the charger's L1, L2, L3 are its terminals: see --wiring")
    add("--unit", type=Unit, choices=list(Unit), help="of the mains' values, where their names do not tell")
    add("--charger-unit", type=Unit, choices=list(Unit), help="of the charger's values")
    when = "2026-11-20T18:00, 18:00, or seconds"
    add("--from", dest="begin", metavar="TIME", help=f"replay from here: {when}")
    add("--to", dest="end", metavar="TIME", help="replay up to here")
    add("--example", choices=sorted(EXAMPLES), help="print a recording to try this with, and end")


def _add_meter(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the meter").add_argument
    add("--period", type=_between(1, 3600), metavar="S", help="between two reports (default: learned)")
    add(
        "--gap",
        type=_between(1, DAY),
        metavar="S",
        help="silent when nothing changed for longer (default: learned)",
    )
    add("--resolution", type=_between(0.001, 1), metavar="A", help="smallest step (default: learned)")
    add(
        "--meter-delay",
        type=_between(0, 3600),
        default=1.0,
        metavar="S",
        help="from current to report (default 1)",
    )


def _add_site(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the house").add_argument
    add("--fuse", type=_ratings, default=(25.0,), metavar="A", help="rating: 25, or 25,25,20 (default 25)")
    add("--fuse-type", type=FuseType, choices=list(FuseType), default=FuseType.B, help="(default b)")
    add(
        "--margin",
        type=_between(0, 250),
        default=0.5,
        metavar="A",
        help="kept free below the rating (default 0.5)",
    )
    add(
        "--voltage",
        type=_between(100, 300),
        default=230.0,
        metavar="V",
        help="phase to neutral (default 230)",
    )
    add("--mode", type=Mode, choices=list(Mode), default=Mode.BALANCED, help="(default balanced)")


def _add_charger(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the charger and the car").add_argument
    add("--min", dest="minimum", type=_between(6, 32), default=6.0, metavar="A", help="(default 6)")
    add("--max", dest="maximum", type=_between(6, 80), default=16.0, metavar="A", help="(default 16)")
    add(
        "--fallback",
        type=_between(0, 80),
        metavar="A",
        help="while the meter is silent (default: --min)",
    )
    add("--wiring", type=_wiring, metavar="PHASES", help="mains phases of the terminals (default L1,L2,L3)")
    add(
        "--command-latency", type=_between(0, 3600), default=2.0, metavar="S", help="to the pilot (default 2)"
    )
    add("--ev-phases", type=int, choices=(1, 2, 3), help="that the car uses (default: as recorded, or 3)")
    add(
        "--car-max", dest="car_maximum", type=_between(6, 80), metavar="A", help="of the car (default: --max)"
    )


def _add_results(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what comes out").add_argument
    add("--output", type=Path, metavar="FILE.png", help="the picture (default: NAME-replay.png, here)")
    add("--json", action="store_true", help="figures as JSON; a picture only with --output")
    add("--moments", type=_count, default=30, metavar="N", help="list the N greatest moments (default 30)")
    add("--timezone", type=_zone, metavar="NAME", help="such as Europe/Amsterdam (default: this machine's)")


def _between(low: float, high: float) -> Callable[[str], float]:
    """Return what reads a number within a range."""

    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be between {low:g} and {high:g}, not {text}")
        return value

    return number


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, not {text}")
    return count


def _ratings(text: str) -> tuple[float, ...]:
    try:
        ratings = tuple(float(part) for part in text.split(","))
    except ValueError:
        ratings = ()
    if len(ratings) not in {1, 3} or not all(6 <= rating <= 250 for rating in ratings):
        raise argparse.ArgumentTypeError(f"needs one current, or three, between 6 and 250 A: {text}")
    return ratings


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if len(names) not in {1, 3} or len(set(names)) != len(names) or "" in names:
        raise argparse.ArgumentTypeError(f"needs three different entities, or one: {text}")
    return names


def _wiring(text: str) -> tuple[Phase, ...]:
    known = {phase.name: phase for phase in Phase}
    phases = tuple(known.get(name.strip().upper()) for name in text.split(","))
    wired = tuple(phase for phase in phases if phase is not None)
    if len(wired) != len(phases) or len(set(wired)) != len(wired) or len(wired) == 2:
        raise argparse.ArgumentTypeError(f"is not like L2,L3,L1 or L2: {text}")
    return wired


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except LookupError, ValueError, OSError:
        raise argparse.ArgumentTypeError(f"is no time zone that is known here: {text}") from None
