"""The unit of recorded values, and the way from it to A: told, or known from a name, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .entities import Quantity, quantity_of, words_of
from .problems import FileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .recording import Recording, Series

FINEST, COARSEST = 0.01, 1.0
"""No meter's steps are taken to be finer or coarser than this [A]."""
PLAUSIBLE_FACTOR = 2.0
PLAUSIBLE_SHARE = 0.9
"""Nine values in ten of a mains current are below twice the fuse rating: else they are no amperes."""


class Unit(StrEnum):
    """What recorded values can be in."""

    A = "A"
    MA = "mA"
    W = "W"
    KW = "kW"


@dataclass(frozen=True, slots=True)
class Currents:
    """A recording in A.

    Attributes:
        recording: values in A, import positive.
        unit: what they were recorded in.
        resolution: smallest step of the values [A].
    """

    recording: Recording
    unit: Unit
    resolution: float


def amperes_per(unit: Unit, voltage: float) -> float:
    """Return how many amperes one of a unit is, at a voltage between phase and neutral [V]."""
    return {Unit.A: 1.0, Unit.MA: 1e-3, Unit.W: 1 / voltage, Unit.KW: 1e3 / voltage}[unit]


def unit_of(path: Path, names: Sequence[str], given: Unit | None, option: str) -> Unit:
    """Return the unit of some entities.

    Args:
        path: of the file they are in.
        names: of the entities.
        given: by the user, None = to be told by their names.
        option: with which the user can say it.

    Raises:
        FileError: they are powers, or nobody can tell, and the user did not say it.
    """
    if given is not None:
        return given
    quantities = {quantity_of(words_of(name)) for name in names}
    if quantities == {Quantity.CURRENT}:
        return Unit.A
    why = "their names say power" if Quantity.POWER in quantities else "their names do not tell"
    raise FileError(
        path, f"the unit of {', '.join(names)} is not in the file, and {why}: add {option} W, or kW, A or mA"
    )


def resolution_of(series: Sequence[Series], unit: Unit, voltage: float) -> float:
    """Return the smallest step of recorded values [A], from how they are written."""
    step = 10.0 ** -max(one.decimals for one in series) * amperes_per(unit, voltage)
    return min(COARSEST, max(FINEST, step))


def refuse_implausible(recording: Recording, highest_rating: float, option: str) -> None:
    """Check that the values of the mains, in what is taken for A, can be amperes.

    Raises:
        FileError: too many of them are far above the fuse rating [A].
    """
    values = sorted(abs(value) for one in recording.series for value in one.values if value is not None)
    if not values:
        raise FileError(recording.path, "has no value for any phase")
    typical = values[int(PLAUSIBLE_SHARE * (len(values) - 1))]
    if typical > PLAUSIBLE_FACTOR * highest_rating:
        raise FileError(
            recording.path,
            f"values up to {typical:g} are no amperes behind a fuse of {highest_rating:g} A:"
            f" add {option} W, or kW or mA",
        )
