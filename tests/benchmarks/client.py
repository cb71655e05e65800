"""Round trips of the client beside bare aiomqtt that does the same, on one mosquitto; frames; memory.

Each figure is the median of runs that alternate between the two, so that whatever else the machine does meets
both. Chargers answer from a process of their own; the CPU time is that of the asking process alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from itertools import product
from statistics import median
from typing import TYPE_CHECKING, Final

from evmeter_client.simulator.broker import running_broker

from .wire.frames import FrameRow, MemoryRow, time_frames, weigh_chargers
from .wire.load import Figures, at_full_speed, every
from .wire.responder import running_responder
from .wire.samples import charger_ids
from .wire.subjects import DIALECTS, SUBJECTS, Setup, evmeter

if TYPE_CHECKING:
    from evmeter_client.simulator.broker import Broker

IN_FLIGHT: Final = (1, 100)
QOS: Final = (0, 1)
POLL_INTERVAL: Final = 10.0
FLEET_DIALECT: Final = "json-mqtt5"
"""What a client speaks with mosquitto unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Row:
    """Round trips of one client in one cell: medians of all runs."""

    client: str
    dialect: str
    qos: int
    in_flight: int
    rt_per_s: float
    cpu_us_per_rt: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, client: str, dialect: str, qos: int, in_flight: int, runs: list[Figures]) -> Row:
        """Sum up the runs."""
        return cls(
            client,
            dialect,
            qos,
            in_flight,
            median(run.rt_per_s for run in runs),
            median(run.cpu_us_per_rt for run in runs),
            median(run.p50_ms for run in runs),
            median(run.p99_ms for run in runs),
        )


@dataclass(frozen=True, slots=True)
class FleetRow:
    """Many chargers on one connection, each polled every interval [s]; 0 is in turn, at full speed."""

    fleet: int
    interval_s: float
    polls: int
    core_percent: float
    cpu_us_per_rt: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, fleet: int, interval_s: float, run: Figures) -> FleetRow:
        """Take the figures of a run in which nothing failed."""
        return cls(
            fleet,
            interval_s,
            run.round_trips,
            100 * run.cpu_seconds / run.seconds,
            run.cpu_us_per_rt,
            run.p50_ms,
            run.p99_ms,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured."""

    rows: list[Row]
    fleets: list[FleetRow]
    frames: list[FrameRow]
    memory: list[MemoryRow]


async def measure(dialects: list[str], rounds: int, seconds: float, chargers: int, calls: int) -> Result:
    """Measure everything.

    Args:
        dialects: names of the dialects to compare in.
        rounds: runs of each client in each cell.
        seconds: length of a run [s].
        chargers: size of the fleet.
        calls: per repeated timing of a frame.
    """
    rows: list[Row] = []
    async with running_broker() as broker:
        for dialect in dialects:
            async with running_responder(broker, DIALECTS[dialect].protocol):
                for qos, in_flight in product(QOS, IN_FLIGHT):
                    rows += await _compare(broker, dialect, qos, in_flight, rounds, seconds)
        async with running_responder(broker, DIALECTS[FLEET_DIALECT].protocol):
            fleets = await _poll_fleet(broker, charger_ids(chargers), rounds * seconds)
            memory = await weigh_chargers(Setup(broker, FLEET_DIALECT, 1, charger_ids(chargers)))
    return Result(rows, fleets, time_frames(calls), [memory])


async def _compare(
    broker: Broker, dialect: str, qos: int, in_flight: int, rounds: int, seconds: float
) -> list[Row]:
    chargers = charger_ids(in_flight)
    runs: dict[str, list[Figures]] = {name: [] for name in SUBJECTS}
    for _ in range(rounds):
        for name, subject in SUBJECTS.items():
            async with subject(Setup(broker, dialect, qos, chargers)) as ask:
                runs[name].append(await at_full_speed(ask, chargers, in_flight, seconds))
    return [Row.of(name, dialect, qos, in_flight, runs[name]) for name in SUBJECTS]


async def _poll_fleet(broker: Broker, chargers: list[str], seconds: float) -> list[FleetRow]:
    async with evmeter(Setup(broker, FLEET_DIALECT, 1, chargers)) as ask:
        in_turn = await at_full_speed(ask, chargers, 1, seconds)
        paced = await every(ask, chargers, POLL_INTERVAL, seconds)
    return [FleetRow.of(len(chargers), 0, in_turn), FleetRow.of(len(chargers), POLL_INTERVAL, paced)]


def _print(result: Result) -> None:
    print(
        "round trips; CPU time of the asking process [us], time of a round trip [ms]; ratios to bare aiomqtt"
    )
    print(
        f"{'dialect':<12}{'qos':>4}{'in flight':>11}  {'client':<9}{'rt/s':>7}{'cpu':>6}{'p50':>8}{'p99':>8}"
    )
    for bare, ours in zip(result.rows[::2], result.rows[1::2], strict=True):
        for row in (bare, ours):
            print(
                f"{row.dialect:<12}{row.qos:>4}{row.in_flight:>11}  {row.client:<9}{row.rt_per_s:>7.0f}"
                f"{row.cpu_us_per_rt:>6.0f}{row.p50_ms:>8.2f}{row.p99_ms:>8.2f}"
            )
        print(
            f"{'':<29}{'ratio':<9}{ours.rt_per_s / bare.rt_per_s:>7.2f}"
            f"{ours.cpu_us_per_rt / bare.cpu_us_per_rt:>6.2f}"
            f"{ours.p50_ms / bare.p50_ms:>8.2f}{ours.p99_ms / bare.p99_ms:>8.2f}"
        )
    for fleet in result.fleets:
        pace = f"every {fleet.interval_s:g} s" if fleet.interval_s else "one after the other"
        print(
            f"{fleet.fleet} chargers on one connection, {pace}: {fleet.polls} polls, none failed,"
            f" {fleet.core_percent:.1f} % of a core, {fleet.cpu_us_per_rt:.0f} us each,"
            f" p50 {fleet.p50_ms:.2f} ms, p99 {fleet.p99_ms:.2f} ms"
        )
    for frame in result.frames:
        print(
            f"{frame.frame}, {frame.size} bytes: written in {frame.encode_us:.1f} us,"
            f" read in {frame.decode_us:.1f} us"
        )
    for memory in result.memory:
        print(f"memory for {memory.chargers} chargers: {memory.kib:.0f} KiB")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench client", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each client in each cell (default 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a run (default 2)")
    parser.add_argument("--chargers", type=int, default=1000, help="size of the fleet (default 1000)")
    parser.add_argument("--calls", type=int, default=5000, help="per timing of a frame (default 5000)")
    parser.add_argument("--dialect", choices=tuple(DIALECTS), action="append", help="only this one")
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    arguments = parser.parse_args()
    dialects = arguments.dialect or list(DIALECTS)
    result = asyncio.run(
        measure(dialects, arguments.rounds, arguments.seconds, arguments.chargers, arguments.calls)
    )
    if arguments.json:
        everything: list[Row | FleetRow | FrameRow | MemoryRow] = [
            *result.rows,
            *result.fleets,
            *result.frames,
            *result.memory,
        ]
        print(json.dumps([asdict(row) for row in everything], indent=2))
    else:
        _print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
