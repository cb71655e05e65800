"""From the files a user gives to currents per phase, with the entities and the units sorted out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .entities import Group, Quantity, groups_of
from .history_export import HistoryExport, is_history_export
from .problems import FileError
from .seconds_table import is_seconds_table, read_seconds_table
from .table import read_table
from .units import Currents, Unit, amperes_per, resolution_of, unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .recording import Recording, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file and what the user says about it.

    Attributes:
        path: of the file.
        entities: the user picked, empty = to be found by their names.
        unit: the user told, None = to be told by their names.
        options: names of the options for both, as an error shows them.
    """

    path: Path
    entities: tuple[str, ...] = ()
    unit: Unit | None = None
    options: tuple[str, str] = ("--phases", "--unit")


def read_mains(source: Source, voltage: float) -> Currents:
    """Read what the mains carried.

    Args:
        source: the file.
        voltage: between phase and neutral [V], for powers.

    Raises:
        FileError: naming what cannot be used.
    """
    return _read(source, voltage, _mains_group)


def read_charger(source: Source, voltage: float) -> Currents:
    """Read what the charger drew; one series alone is a current on each phase, or the power of all together.

    Args:
        source: the file.
        voltage: between phase and neutral [V], for powers.

    Raises:
        FileError: naming what cannot be used.
    """
    return _read(source, voltage, _charger_group)


def _read(source: Source, voltage: float, pick: Callable[[Sequence[Group]], Sequence[Group]]) -> Currents:
    table = read_table(source.path)
    if is_seconds_table(table):
        return _in_amperes(read_seconds_table(table), source.unit or Unit.A, voltage)
    if not is_history_export(table):
        raise FileError(
            source.path,
            "the first line must be t_s,l1_a,l2_a,l3_a or, as Home Assistant's history saves it,"
            " entity_id,state,last_changed",
            line=1,
        )
    export = HistoryExport(table)
    entities = source.entities or _found(export, source, pick)
    recording = export.read(entities)
    unit = unit_of(source.path, entities, source.unit, source.options[1])
    return _in_amperes(recording, unit, voltage)


def _found(
    export: HistoryExport, source: Source, pick: Callable[[Sequence[Group]], Sequence[Group]]
) -> tuple[str, ...]:
    """Return the entities of the three phases, told by their names."""
    wanted = {
        None: {Quantity.CURRENT, Quantity.UNKNOWN},
        Unit.A: {Quantity.CURRENT, Quantity.UNKNOWN},
        Unit.MA: {Quantity.CURRENT, Quantity.UNKNOWN},
        Unit.W: {Quantity.POWER, Quantity.UNKNOWN},
        Unit.KW: {Quantity.POWER, Quantity.UNKNOWN},
    }[source.unit]
    groups = groups_of(export.entities)
    fit = [group for group in groups if group.quantity in wanted] or [
        group for group in groups if group.quantity is Quantity.POWER
    ]
    picked = pick(_clearest(fit))
    if len(picked) == 1:
        return picked[0].entities
    option = source.options[0]
    if not picked:
        raise FileError(
            source.path,
            "has no three entities that are alike but for their phase:"
            f" add {option} sensor.a,sensor.b,sensor.c, or one for one phase;"
            f" it has {', '.join(sorted(export.entities))}",
        )
    choices = " or ".join(f"{option} {','.join(group.entities)}" for group in picked)
    raise FileError(source.path, f"leaves a choice: add {choices}")


def _clearest(groups: Sequence[Group]) -> Sequence[Group]:
    """Return the groups whose names say what they measure, where there are any."""
    return [group for group in groups if group.quantity is not Quantity.UNKNOWN] or groups


def _mains_group(groups: Sequence[Group]) -> Sequence[Group]:
    rest = [group for group in groups if not group.is_charger] or groups
    named = [group for group in rest if group.is_mains]
    return named if len(named) == 1 else rest


def _charger_group(groups: Sequence[Group]) -> Sequence[Group]:
    named = [group for group in groups if group.is_charger]
    if named:
        return named
    mains = _mains_group(groups)
    return [group for group in groups if len(groups) == 1 or group not in mains]


def _in_amperes(recording: Recording, unit: Unit, voltage: float) -> Currents:
    factor = amperes_per(unit, voltage)
    return Currents(
        replace(recording, series=tuple(_scaled(one, factor) for one in recording.series)),
        unit,
        resolution_of(recording.series, unit, voltage),
    )


def _scaled(series: Series, factor: float) -> Series:
    return replace(series, values=tuple(None if value is None else value * factor for value in series.values))
