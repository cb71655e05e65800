"""Recordings to test with, in both formats, and a replay in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from replaying.__main__ import run
from replaying.options import Options, parse
from replaying.report import Replay

BEGIN = datetime(2026, 11, 18, 16, 45, tzinfo=UTC)
HEADER = "entity_id,state,last_changed\n"
MAINS = tuple(f"sensor.home_mains_current_l{number}" for number in (1, 2, 3))
type House = Callable[[int], Sequence[float]]


def stamp(seconds: float) -> str:
    """Return a moment after BEGIN as Home Assistant's panel writes it."""
    moment = BEGIN + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def export(path: Path, *entities: tuple[str, Iterable[tuple[float, str]]]) -> Path:
    """Write a download: for each entity its states with the seconds after BEGIN."""
    lines = [
        f"{entity},{state},{stamp(seconds)}\n" for entity, states in entities for seconds, state in states
    ]
    path.write_text("".join([HEADER, *lines]))
    return path


def table(path: Path, house: House, seconds: int, every: int = 1) -> Path:
    """Write a table of seconds of what a house draws."""
    columns = ("t_s", "l1_a", "l2_a", "l3_a")
    rows = [",".join(f"{value:g}" for value in (now, *house(now))) for now in range(0, seconds, every)]
    path.write_text("\n".join([",".join(columns[: 1 + len(house(0))]), *rows]) + "\n")
    return path


def options(*arguments: str | Path) -> Options:
    """Return the options of a command line."""
    return parse([str(argument) for argument in arguments])


def replayed(*arguments: str | Path) -> Replay:
    """Replay what a command line says."""
    return run(options(*arguments))
