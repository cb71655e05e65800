"""A table of seconds: ``t_s,l1_a,l2_a,l3_a``, the format of the benchmark's houses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .problems import FileError
from .recording import Recording, Series
from .table import decimals_of

if TYPE_CHECKING:
    from .table import Table

TIME = "t_s"
PHASES = ("l1_a", "l2_a", "l3_a")


def is_seconds_table(table: Table) -> bool:
    """Tell whether a file says that it is one."""
    return TIME in table.columns


def read_seconds_table(table: Table) -> Recording:
    """Read seconds and one current for each phase; without ``l2_a`` and ``l3_a`` the house has one phase.

    Raises:
        FileError: a column is missing, a cell holds no number, or time does not rise.
    """
    columns = [column for column in PHASES if column in table.columns]
    if columns not in (list(PHASES), list(PHASES[:1])):
        missing = ", ".join(column for column in PHASES if column not in table.columns)
        raise FileError(table.path, f"has no column {missing}", line=1)
    if not table.rows:
        raise FileError(table.path, "has no lines below the first one")
    times = _times(table)
    return Recording(
        path=table.path,
        series=tuple(
            Series(
                column,
                times,
                tuple(table.number(row, column) for row in table.rows),
                max(decimals_of(table.cell(row, column)) for row in table.rows),
            )
            for column in columns
        ),
        on_the_clock=False,
        every_report=True,
    )


def _times(table: Table) -> tuple[float, ...]:
    times: list[float] = []
    for row in table.rows:
        time = table.number(row, TIME)
        if time is None:
            raise FileError(
                table.path, f"is not a time: {table.cell(row, TIME)!r}", line=row.line, column=TIME
            )
        if times and time <= times[-1]:
            raise FileError(
                table.path,
                f"{time:g} s does not come after {times[-1]:g} s",
                line=row.line,
                column=TIME,
            )
        times.append(time)
    return tuple(times)
