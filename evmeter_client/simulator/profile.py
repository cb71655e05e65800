"""A recorded house: currents over time, read from a table of ``t_s,l1_a,l2_a,l3_a``."""

from __future__ import annotations

import csv
from bisect import bisect_right
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from evmeter_client.exceptions import EVMeterConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from evmeter_client.models import PerPhase

COLUMNS = ("t_s", "l1_a", "l2_a", "l3_a")
ROWS_MAX = 2_000_000
"""More than three weeks at one row a second."""
CURRENT_MAX = 1000.0
"""No house draws more [A]; beyond it a table is in another unit."""
KEY = "profile"


class HouseProfile:
    """Currents of a house over time; each row holds until the next, the last one for ever.

    Attributes:
        times: of the rows, rising [s].
        currents: of the rows, per phase, negative = export [A].
    """

    __slots__ = ("currents", "times")

    def __init__(self, rows: Iterable[Sequence[float]]) -> None:
        """Take rows of time and the currents of L1, L2, L3.

        Raises:
            EVMeterConfigError: no rows, too many, a time that does not rise, or a value that is no current.
        """
        times: list[float] = []
        currents: list[PerPhase] = []
        for number, row in enumerate(rows, start=1):
            if len(row) != len(COLUMNS):
                raise EVMeterConfigError(KEY, f"row {number} has {len(row)} values, not {len(COLUMNS)}")
            if number > ROWS_MAX:
                raise EVMeterConfigError(KEY, f"more than {ROWS_MAX} rows")
            time, first, second, third = row
            if not isfinite(time) or (times and time <= times[-1]):
                raise EVMeterConfigError(KEY, f"row {number}: time {time} s does not follow the row before")
            if not all(abs(current) <= CURRENT_MAX for current in (first, second, third)):
                raise EVMeterConfigError(KEY, f"row {number}: currents must be within {CURRENT_MAX:g} A")
            times.append(time)
            currents.append((first, second, third))
        if not times:
            raise EVMeterConfigError(KEY, "no rows")
        self.times = tuple(times)
        self.currents = tuple(currents)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a CSV file with the columns ``t_s,l1_a,l2_a,l3_a``, in any order, among others.

        Raises:
            EVMeterConfigError: the file cannot be read, or what is wrong with which line of it.
        """
        try:
            with Path(path).open(encoding="utf-8-sig", newline="") as file:
                return cls(_rows(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise EVMeterConfigError(KEY, f"cannot read {path}: {error}") from error

    def at(self, now: float) -> PerPhase:
        """Return the currents at a moment, per phase [A]."""
        return self.currents[max(0, bisect_right(self.times, now) - 1)]


def _rows(lines: Iterable[str]) -> Iterable[list[float]]:
    """Yield the rows of a CSV table as numbers."""
    reader = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise EVMeterConfigError(KEY, f"no column {', '.join(missing)} in the first line")
    for row in reader:
        yield [_number(row[column], column, reader.line_num) for column in COLUMNS]


def _number(text: str | None, column: str, line: int) -> float:
    """Return a cell as a number, or say where it is not one."""
    try:
        return float(text or "")
    except ValueError:
        raise EVMeterConfigError(KEY, f"line {line}: {column} is not a number: {text!r}") from None
