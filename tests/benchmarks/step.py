"""Time of one step of the balancer, beside one state write of Home Assistant.

Sites of 1, 10 and 100 chargers under 1, 5 and 20 circuits, on which appliances switch and cars follow: limits
are raised and cut all the time. Every round measures all of them and the state writes in turn, in the same
process. Figures are processor time, medians of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from itertools import product
from math import log
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from .lively import LivelySite

if TYPE_CHECKING:
    from collections.abc import Sequence

CHARGERS: Final = (1, 10, 100)
CIRCUITS: Final = (1, 5, 20)
WARM_UP: Final = 60
"""Steps before the first round: the balancer raises nothing before it has seen a window of readings."""
STEPS: Final = 20
"""Of each site in a round."""
STATE_WRITES: Final = 500
"""In a round."""
MICRO: Final = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one site.

    Attributes:
        chargers: on it.
        circuits: below the mains.
        us: time of a step [us].
        state_writes: as many state writes take the same time.
        changes: limits written in a step.
    """

    chargers: int
    circuits: int
    us: float
    state_writes: float
    changes: float


@dataclass(frozen=True, slots=True)
class Growth:
    """How the time grows from the second largest to the largest number of one kind.

    Attributes:
        of: chargers or circuits.
        start: that it grows from.
        end: that it grows to.
        beside: number of the other kind.
        exponent: 1 = the time grows as the number does.
        per_doubling: factor of the time when the number doubles; 2 = linear.
    """

    of: str
    start: int
    end: int
    beside: int
    exponent: float
    per_doubling: float


@dataclass(frozen=True, slots=True)
class Result:
    """What a benchmark came to.

    Attributes:
        rounds: measured.
        state_write_us: time of a state write [us].
        rows: one per site.
        growth: per kind, and per number of the other kind.
    """

    rounds: int
    state_write_us: float
    rows: list[Row]
    growth: list[Growth]


@dataclass(slots=True)
class Timed:
    """A site and what was measured on it.

    Attributes:
        site: that steps.
        means: time of a step in each round [us].
        changes: limits written in all rounds.
    """

    site: LivelySite
    means: list[float]
    changes: int = 0

    def round(self, steps: int) -> None:
        """Measure some steps; the plant's part of a second does not count."""
        site, seconds = self.site, 0.0
        for _ in range(steps):
            told = site.next_second(site.limits)
            began = process_time()
            site.decision = site.balancer.step(*told)
            seconds += process_time() - began
            self.changes += site.changes(site.decision)
        self.means.append(seconds / steps * MICRO)


async def measure(rounds: int) -> Result:
    """Measure all sites and state writes in turn."""
    timed = {
        (chargers, circuits): Timed(LivelySite(chargers, circuits), [])
        for chargers, circuits in product(CHARGERS, CIRCUITS)
    }
    state_writes = []
    async with async_test_home_assistant() as hass:
        for each in timed.values():
            each.round(WARM_UP)
            each.means.clear()
            each.changes = 0
        _write_states(hass, 0)
        for number in range(1, rounds + 1):
            for each in timed.values():
                each.round(STEPS)
            state_writes.append(_write_states(hass, number))
            await asyncio.sleep(0)
        await hass.async_stop(force=True)
    state_write = median(state_writes)
    rows = [
        Row(*size, us, us / state_write, each.changes / (rounds * STEPS))
        for size, each in timed.items()
        for us in [median(each.means)]
    ]
    return Result(rounds, state_write, rows, growth_of(rows))


def growth_of(rows: Sequence[Row]) -> list[Growth]:
    """Return how the time grows with the chargers and with the circuits."""
    time = {(row.chargers, row.circuits): row.us for row in rows}
    grown = [
        _growth("chargers", CHARGERS, circuits, [time[chargers, circuits] for chargers in CHARGERS])
        for circuits in CIRCUITS
    ]
    grown += [
        _growth("circuits", CIRCUITS, chargers, [time[chargers, circuits] for circuits in CIRCUITS])
        for chargers in CHARGERS
    ]
    return grown


def _growth(of: str, numbers: Sequence[int], beside: int, times: Sequence[float]) -> Growth:
    """Compare the two largest numbers: below them what every step costs hides the growth."""
    start, end = numbers[-2:]
    exponent = log(times[-1] / times[-2]) / log(end / start)
    return Growth(of, start, end, beside, exponent, 2**exponent)


def _write_states(hass: HomeAssistant, number: int) -> float:
    """Return the mean time of a state write that changes the state [us]."""
    began = process_time()
    for write in range(STATE_WRITES):
        hass.states.async_set("sensor.benchmark", f"{number}.{write}")
    return (process_time() - began) / STATE_WRITES * MICRO


def as_text(result: Result) -> str:
    """Return the table."""
    lines = [
        f"one step of the balancer: median of {result.rounds} rounds of {STEPS} steps",
        f"{'chargers':>8}{'circuits':>10}{'us':>10}{'state writes':>14}{'limits written per step':>25}",
    ]
    lines += [
        f"{row.chargers:>8}{row.circuits:>10}{row.us:>10.0f}{row.state_writes:>14.1f}{row.changes:>25.2f}"
        for row in result.rows
    ]
    lines += [
        "",
        f"one state write of Home Assistant: {result.state_write_us:.1f} us",
        "",
        "growth of the time (exponent 1, or 2.00 times per doubling, is linear)",
        f"{'from':>18}{'to':>6}{'beside':>16}{'exponent':>10}{'per doubling':>14}",
    ]
    for growth in result.growth:
        other = "circuits" if growth.of == "chargers" else "chargers"
        lines.append(
            f"{f'{growth.start} {growth.of}':>18}{growth.end:>6}{f'{growth.beside} {other}':>16}"
            f"{growth.exponent:>10.2f}{growth.per_doubling:>14.2f}"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench step", description=__doc__)
    parser.add_argument("--rounds", type=_rounds, default=20, metavar="N", help="to measure (default 20)")
    parser.add_argument("--json", action="store_true", help="print an object instead of a table")
    arguments = parser.parse_args()
    result = asyncio.run(measure(arguments.rounds))
    print(json.dumps(asdict(result), indent=2) if arguments.json else as_text(result))
    return 0


def _rounds(text: str) -> int:
    """Read a number of rounds."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
