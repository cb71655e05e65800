"""Our balancer, the rules of others and a clairvoyant, side by side on the same simulated seconds.

Every controller lives through the same scenarios, S1 to S18, in a simulated house with a meter, chargers and
cars that are as slow as real ones. The same seed brings the same house to all of them.
"""

from __future__ import annotations

import argparse
import re
import sys
from math import isfinite
from typing import TYPE_CHECKING, NoReturn, override

from custom_components.evmeter.balancing import Mode
from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.appliances import MIXES

from .comparison.overrides import MAX_CHARGERS, Overrides, read_house
from .comparison.rows import SCRIPTED_SEEDS, compare
from .comparison.scenarios import SCENARIOS
from .comparison.table import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evmeter_client.simulator.appliances import ApplianceMix
    from evmeter_client.simulator.profile import HouseProfile

    from .comparison.scenario import Scenario

SEEDS = re.compile(r"(\d+)(?:-(\d+))?")
MAX_SEEDS = 10_000
EPILOG = f"""\
Scenarios:
{"\n".join(f"  {scenario.name:<5}{scenario.what}" for scenario in SCENARIOS)}

Every scenario lasts two hours. An option that is not given leaves each scenario its own value: most
have a fuse of 25 A, one 3-phase charger and car of 16 A with 2 s of latency, and a meter of 0.01 A every
second, 1 s late.

A random house draws at most the rating of the fuse less 2 A, so that every overload is a charger's doing. A
recorded house is taken as it is, and the run lasts as long as the recording.

Seeds: a house without appliances that start by chance differs in its noise alone, and runs the first
{SCRIPTED_SEEDS} seeds only; a recorded house is the same for every seed, and runs the first one only.
"""


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main() -> int:
    """Compare and print."""
    parser = _parser()
    options = parser.parse_args()
    overrides = Overrides(
        house=options.house,
        fuse=options.fuse,
        meter_period=options.meter_period,
        meter_delay=options.meter_delay,
        resolution=options.resolution,
        command_latency=options.command_latency,
        ev_phases=options.ev_phases,
        maximum=options.max,
        chargers=options.chargers,
    )
    chosen = _chosen(parser, options.scenario, random_only=options.house is not None)
    scenarios = [overrides.apply(scenario) for scenario in chosen]
    mode = Mode(options.mode)
    rows = compare(scenarios, options.seeds, mode, progress=_progress if sys.stderr.isatty() else None)
    if options.json:
        print(as_json(rows))
    else:
        print(as_text(rows, mode, changed=overrides != Overrides()))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="scripts/bench control",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--scenario",
        action="append",
        type=_names,
        metavar="NAME",
        help="to run: S1 to S18, several with commas between or with the option repeated (default: all)",
    )
    add(
        "--seeds",
        type=_seeds,
        default=range(1, 7),
        metavar="N",
        help="run seeds 1 to N, or a range such as 101-106 (default: 6)",
    )
    add(
        "--house",
        type=_house,
        metavar="FILE.csv",
        help="house of every random scenario: a table t_s,l1_a,l2_a,l3_a, or one of the simulator's houses "
        f"({', '.join(MIXES)}); scripted scenarios are left out",
    )
    add("--fuse", type=_number(6, 250), metavar="A", help="rating of the main fuse on every phase")
    add("--meter-period", type=_number(1, 600), metavar="S", help="from one measurement to the next")
    add("--meter-delay", type=_number(0, 600), metavar="S", help="from a measurement to its report")
    add("--resolution", type=_number(0.01, 1), metavar="A", help="of the meter")
    add("--command-latency", type=_number(0, 600), metavar="S", help="from a command to the car's pilot")
    add("--ev-phases", type=int, choices=(1, 2, 3), help="terminals that each car uses, from the first")
    add("--max", type=_number(6, 80), metavar="A", help="maximum of every charger and car")
    add("--chargers", type=_count, metavar="N", help="so many copies of each scenario's first charger")
    add(
        "--mode",
        choices=[*map(str, Mode)],
        default=str(Mode.BALANCED),
        help="of our balancer (default: balanced)",
    )
    add("--json", action="store_true", help="print a list of objects instead of a table")
    return parser


def _names(text: str) -> list[str]:
    """Read names of scenarios, separated by commas."""
    known = {scenario.name for scenario in SCENARIOS}
    names = [name.strip().upper() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"there is no scenario {name or repr(name)}, only S1 to S18")
    return names


def _seeds(text: str) -> Sequence[int]:
    """Read a number of seeds, or a range of them."""
    match = SEEDS.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of seeds nor a range such as 101-106")
    first, last = (1, int(match[1])) if match[2] is None else (int(match[1]), int(match[2]))
    if not 1 <= last - first + 1 <= MAX_SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and {MAX_SEEDS} seeds")
    return range(first, last + 1)


def _house(text: str) -> ApplianceMix | HouseProfile:
    """Read the name of a house or of a file."""
    try:
        return read_house(text)
    except EVMeterConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _number(low: float, high: float) -> Callable[[str], float]:
    """Return a reader of numbers within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not (isfinite(value) and low <= value <= high):
            raise argparse.ArgumentTypeError(f"must be between {low:g} and {high:g}, not {text}")
        return value

    return read


def _count(text: str) -> int:
    """Read a number of chargers."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_CHARGERS:
        raise argparse.ArgumentTypeError(f"must be a whole number between 1 and {MAX_CHARGERS}, not {text!r}")
    return int(text)


def _chosen(
    parser: argparse.ArgumentParser, names: Sequence[Sequence[str]] | None, *, random_only: bool
) -> list[Scenario]:
    """Return the scenarios to run, in their own order; end where a named one has no random house."""
    named = {name for group in names or () for name in group}
    chosen = [scenario for scenario in SCENARIOS if not named or scenario.name in named]
    if not random_only:
        return chosen
    scripted = [scenario.name for scenario in chosen if not scenario.house.is_random]
    if named and scripted:
        parser.error(
            f"argument --house: the house of {', '.join(scripted)} is scripted and cannot be replaced"
        )
    return [scenario for scenario in chosen if scenario.house.is_random]


def _progress(done: int, of: int) -> None:
    print(f"\r{done} of {of} runs", end="\n" if done == of else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
