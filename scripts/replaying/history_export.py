"""What Home Assistant's *History > Download data* saves: ``entity_id,state,last_changed``.

One line for each **change** of each entity, times in UTC with milliseconds (``2026-11-20T18:00:00.000Z``),
states in the unit the entity is shown in; the unit itself is not in the file. An entity's first line is its
state at the beginning of the stretch. Where the stretch begins before the recorder's oldest state, hourly
averages of the long-term statistics come first, each on the full hour: they are left out. Entities of some
other kinds bring further columns, which the lines of sensors do not have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from .problems import FileError
from .recording import Recording, Series
from .table import decimals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .table import Row, Table

ENTITY, STATE, CHANGED = COLUMNS = ("entity_id", "state", "last_changed")
HOUR = 3600.0


class _Change(NamedTuple):
    time: float
    row: Row


@dataclass(slots=True)
class HistoryExport:
    """A downloaded history, read entity by entity as they are asked for.

    Attributes:
        table: the file.
        entities: ids in it, in the order of their first lines.
    """

    table: Table
    entities: tuple[str, ...] = field(init=False)
    _rows: dict[str, list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the lines by entity.

        Raises:
            FileError: there are none.
        """
        self._rows = {}
        for row in self.table.rows:
            self._rows.setdefault(self.table.cell(row, ENTITY), []).append(row)
        if not self._rows:
            raise FileError(self.table.path, "has no lines below the first one")
        self.entities = tuple(self._rows)

    def read(self, entities: Sequence[str]) -> Recording:
        """Read the history of some entities.

        Args:
            entities: one per phase, in the order L1, L2, L3, or only one.

        Raises:
            FileError: an entity is not in the file, a cell cannot be read, or nothing but averages is there.
        """
        left_out = 0
        series = []
        for entity in entities:
            if entity not in self._rows:
                raise FileError(
                    self.table.path, f"has no entity {entity}; it has {', '.join(sorted(self.entities))}"
                )
            changes = self._changes(entity)
            averages = _averages(changes)
            left_out += averages
            series.append(self._series(entity, changes[averages:]))
        return Recording(
            path=self.table.path,
            series=tuple(series),
            on_the_clock=True,
            every_report=False,
            averages_left_out=left_out,
        )

    def _changes(self, entity: str) -> list[_Change]:
        """Return an entity's changes in the order of time."""
        changes = [_Change(self._time(row), row) for row in self._rows[entity]]
        return sorted(changes, key=lambda change: change.time)

    def _time(self, row: Row) -> float:
        text = self.table.cell(row, CHANGED)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise FileError(
                self.table.path, f"is not a date and time: {text!r}", line=row.line, column=CHANGED
            ) from None
        if moment.tzinfo is None:
            raise FileError(self.table.path, f"has no time zone: {text!r}", line=row.line, column=CHANGED)
        return moment.timestamp()

    def _series(self, entity: str, changes: Sequence[_Change]) -> Series:
        if not changes:
            raise FileError(
                self.table.path,
                f"has only hourly averages of {entity}; download days that the recorder still has",
            )
        # Of two states at the same millisecond the later one counts.
        latest = {change.time: change.row for change in changes}
        return Series(
            entity,
            tuple(latest),
            tuple(self.table.number(row, STATE) for row in latest.values()),
            max(decimals_of(self.table.cell(row, STATE)) for row in latest.values()),
        )


def is_history_export(table: Table) -> bool:
    """Tell whether a file says that it is one."""
    return set(COLUMNS) <= set(table.columns)


def _averages(changes: Sequence[_Change]) -> int:
    """Return how many of the first lines are hourly averages: two or more full hours in a row."""
    hours = 0
    for before, after in pairwise(changes):
        if before.time % HOUR or after.time % HOUR:
            break
        hours += 1
    return hours + 1 if hours else 0
