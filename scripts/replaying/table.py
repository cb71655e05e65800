"""A CSV file as lines of text cells, and numbers from them; whatever is wrong is told with its place."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from .problems import FileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NO_VALUE = frozenset({"", "unavailable", "unknown", "none", "nan", "inf", "-inf"})
"""What a source says while it has no value, in lower case; the balancer takes all of it for silence."""


class Row(NamedTuple):
    """One line of a file.

    Attributes:
        line: its number, from 1.
        cells: its texts.
    """

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file.

    Attributes:
        path: where it is.
        columns: names in its first line.
        rows: its other lines, without empty ones.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def cell(self, row: Row, column: str) -> str:
        """Return the text in a column of a line.

        Raises:
            FileError: the line ends before that column.
        """
        place = self.columns.index(column)
        if place >= len(row.cells):
            raise FileError(self.path, "is missing", line=row.line, column=column)
        return row.cells[place].strip()

    def number(self, row: Row, column: str) -> float | None:
        """Return the number in a column of a line, None = the source had no value.

        Raises:
            FileError: there is something else.
        """
        text = self.cell(row, column)
        if text.lower() in NO_VALUE:
            return None
        try:
            number = float(text)
        except ValueError:
            raise FileError(self.path, f"is not a number: {text!r}", line=row.line, column=column) from None
        return number if isfinite(number) else None


def read_table(path: Path) -> Table:
    """Read a CSV file.

    Raises:
        FileError: it cannot be read, is no table, or a line has more cells than the first one.
    """
    rows: list[Row] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            try:
                rows.extend(Row(reader.line_num, cells) for cells in reader if any(cells))
            except csv.Error as error:
                raise FileError(path, f"is not a table: {error}", line=reader.line_num) from None
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FileError(path, "is not a text file") from None
    if not rows:
        raise FileError(path, "is empty")
    columns = tuple(cell.strip() for cell in rows[0].cells)
    for row in rows[1:]:
        if len(row.cells) > len(columns):
            raise FileError(
                path,
                f"has {len(row.cells)} values, not {len(columns)}: numbers need a point, not a comma",
                line=row.line,
            )
    return Table(path, columns, tuple(rows[1:]))


def decimals_of(text: str) -> int:
    """Return how many digits behind the point a number has, closing zeros left out."""
    mantissa = text.lower().partition("e")[0]
    return len(mantissa.partition(".")[2].rstrip("0"))
