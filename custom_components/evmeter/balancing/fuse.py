"""How warm the protecting device is: the share of its trip time that an overload has used up.

A device is one or two thermal poles driven by the square of the current:
``d th / dt = ((k / kt)^2 - th) / tau`` with ``k = I / In``; the weighted sum of its poles reaches 1.0 when
the device trips (breaker) or melts (gG). The constants meet IEC 60898-1 (breakers B, C, D: no trip at 1.13 In
within 1 h, trip at 1.45 In within 1 h, at 2.55 In within 1..60 s) and the gates of IEC 60269-1 (gG). The
magnetic part of a breaker is left out: charging cars never reach three times the rating.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, log
from typing import TYPE_CHECKING

from .model import FuseType

if TYPE_CHECKING:
    from collections.abc import Sequence


class Grade(StrEnum):
    """Where in the band that its standard allows a device trips."""

    WEAK = "weak"
    TYPICAL = "typical"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Pole:
    """One thermal mass of a device.

    Attributes:
        share: of the thermal state of the device, all shares add up to 1.
        tau: its time constant [s].
    """

    share: float
    tau: float


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """The thermal behaviour of one protecting device.

    Attributes:
        kt: highest current it carries for ever, as a multiple of its rating.
        poles: its thermal masses.
    """

    kt: float
    poles: tuple[Pole, ...]


BREAKERS = {
    Grade.WEAK: DeviceModel(1.131, (Pole(1.0, 45.7),)),
    Grade.TYPICAL: DeviceModel(1.28, (Pole(1.0, 86.0),)),
    Grade.SLOW: DeviceModel(1.40, (Pole(1.0, 167.0),)),
}
"""Miniature circuit breakers; B, C and D differ in their magnetic part only."""

GG_ELEMENT_SHARE = 0.42
GG_BODY_TAU = 500.0
GG_KT = {Grade.WEAK: 1.25, Grade.TYPICAL: 1.42}
GG_ELEMENT_TAU = {
    16: {Grade.WEAK: 5.32, Grade.TYPICAL: 8.77},
    20: {Grade.WEAK: 5.90, Grade.TYPICAL: 9.67},
    25: {Grade.WEAK: 5.60, Grade.TYPICAL: 10.05},
    35: {Grade.WEAK: 9.72, Grade.TYPICAL: 13.27},
    63: {Grade.WEAK: 12.54, Grade.TYPICAL: 16.25},
}
"""Time constant of the melting element by rating [A] [s]."""


def device_model(fuse_type: FuseType, rating: float, grade: Grade) -> DeviceModel:
    """Return the model of a device.

    Args:
        fuse_type: kind of device.
        rating: its rated current In [A]; between two ratings of the table the weaker neighbour counts.
        grade: where in its band it trips; a gG fuse has no slow grade, its typical one is returned.
    """
    if fuse_type is not FuseType.GG:
        return BREAKERS[grade]
    if grade is Grade.SLOW:
        grade = Grade.TYPICAL
    ratings = sorted(GG_ELEMENT_TAU)
    below = max((row for row in ratings if row <= rating), default=ratings[0])
    above = min((row for row in ratings if row >= rating), default=ratings[-1])
    element_tau = min(GG_ELEMENT_TAU[below][grade], GG_ELEMENT_TAU[above][grade])
    return DeviceModel(
        GG_KT[grade], (Pole(GG_ELEMENT_SHARE, element_tau), Pole(1.0 - GG_ELEMENT_SHARE, GG_BODY_TAU))
    )


class ThermalState:
    """The thermal state of one device on one phase; 1.0 = trips."""

    __slots__ = ("_decays", "_decays_for", "_model", "_poles", "_rating", "_shares")

    def __init__(self, model: DeviceModel, rating: float) -> None:
        """Start cold.

        Args:
            model: the device.
            rating: its rated current [A].
        """
        self._model = model
        self._rating = rating
        self._shares = tuple(pole.share for pole in model.poles)
        self._poles = [0.0] * len(model.poles)
        self._decays_for = 0.0
        self._decays = [1.0] * len(model.poles)

    @property
    def poles(self) -> tuple[float, ...]:
        """Temperature of each pole, to be stored."""
        return tuple(self._poles)

    def restore(self, poles: Sequence[float]) -> None:
        """Take over stored temperatures; those of another kind of device are left aside."""
        if len(poles) == len(self._poles):
            self._poles = list(poles)

    @property
    def theta(self) -> float:
        """Thermal state; 1.0 = trips."""
        return sum(share * pole for share, pole in zip(self._shares, self._poles, strict=True))

    def advance(self, current: float, seconds: float) -> None:
        """Let a current flow for some time; exact for any length of step.

        Args:
            current: in either direction [A].
            seconds: how long; nothing happens for 0 or less.
        """
        if seconds <= 0:
            return
        if seconds != self._decays_for:
            self._decays_for = seconds
            self._decays = [exp(-seconds / pole.tau) for pole in self._model.poles]
        final = self._final(current)
        for index, decay in enumerate(self._decays):
            self._poles[index] = final + (self._poles[index] - final) * decay

    def time_to(self, level: float, current: float) -> float:
        """Return how long a current may flow until the state reaches a level [s], infinite = for ever."""
        if self.theta >= level:
            return 0.0
        final = self._final(current)
        if final <= level:
            return inf
        if len(self._poles) == 1:
            return self._model.poles[0].tau * log((final - self._poles[0]) / (final - level))
        early, late = 0.0, max(pole.tau for pole in self._model.poles)
        while self._after(late, final) < level:
            early, late = late, 2 * late
        for _ in range(40):
            middle = (early + late) / 2
            early, late = (middle, late) if self._after(middle, final) < level else (early, middle)
        return late

    def _final(self, current: float) -> float:
        return (current / (self._model.kt * self._rating)) ** 2

    def _after(self, seconds: float, final: float) -> float:
        return sum(
            pole.share * (final + (state - final) * exp(-seconds / pole.tau))
            for pole, state in zip(self._model.poles, self._poles, strict=True)
        )
