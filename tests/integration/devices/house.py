"""The house behind the devices: what it uses, the car, and what flows through the main fuse."""

from dataclasses import dataclass, field
from typing import Final

VOLTAGE: Final = 230.0
"""Between phase and neutral [V]."""

type ThreePhases = tuple[float, float, float]
"""One value per phase L1, L2, L3."""


@dataclass
class Car:
    """A car at a charger, on three phases.

    Attributes:
        most: what its own charger takes per phase [A].
        plugged: it is connected.
    """

    most: float = 16.0
    plugged: bool = True

    def draw(self, offered: float) -> ThreePhases:
        """Return what it draws per phase [A] where it is offered a current [A]; nothing below 6 A."""
        current = min(offered, self.most) if self.plugged and offered >= 6 else 0.0
        return current, current, current


@dataclass
class House:
    """A house of three phases with one charger.

    Attributes:
        load: what everything but the car draws per phase [A], negative = feeds in.
        car: the car at the charger.
        offered: what the charger offers the car [A], 0 = it is paused; the charger keeps it up to date.
    """

    load: ThreePhases = (2.0, 2.0, 2.0)
    car: Car = field(default_factory=Car)
    offered: float = 0.0

    @property
    def charging(self) -> ThreePhases:
        """What the car draws per phase [A]."""
        return self.car.draw(self.offered)

    @property
    def mains(self) -> ThreePhases:
        """What flows through the main fuse per phase [A], negative = into the grid."""
        first, second, third = (load + car for load, car in zip(self.load, self.charging, strict=True))
        return (first, second, third)
