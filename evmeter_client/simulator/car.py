"""A car that follows the control pilot as slowly as real ones do."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.basics import (
    NOMINAL_VOLTAGE,
    TIME_TOLERANCE,
    require_not_negative,
    require_positive,
)

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase

SECONDS_PER_HOUR = 3600.0
NO_DRAW: PerPhase = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarSettings:
    """How a car charges.

    The defaults stay within the 5 s that IEC 61851-1 gives a car to follow a lower pilot.

    Attributes:
        maximum_current: of the car's own charger, per phase [A].
        minimum_current: below this offer the car does not charge [A]; some cars need 7 or 8 A.
        phases: 1, 2 or 3: the car uses that many of the charger's terminals, counted from L1.
        dead_time: from a change of the pilot to the car's first reaction [s].
        fall_rate: how fast the car lowers its current [A/s].
        rise_rate: how fast the car raises its current [A/s].
        resume_delay: from noticing an offer to drawing current, when plugged in or after a pause [s].
        energy_wanted_wh: the car is full after this much energy in one session [Wh], None = never.
    """

    maximum_current: float = 16.0
    minimum_current: float = 6.0
    phases: int = 3
    dead_time: float = 2.0
    fall_rate: float = 10.0
    rise_rate: float = 2.0
    resume_delay: float = 12.0
    energy_wanted_wh: float | None = None

    def __post_init__(self) -> None:
        """Check every setting.

        Raises:
            EVMeterConfigError: naming the setting that no car could have.
        """
        require_positive(
            maximum_current=self.maximum_current,
            minimum_current=self.minimum_current,
            fall_rate=self.fall_rate,
            rise_rate=self.rise_rate,
        )
        require_not_negative(dead_time=self.dead_time, resume_delay=self.resume_delay)
        if self.minimum_current > self.maximum_current:
            raise EVMeterConfigError("minimum_current", "must not be above maximum_current")
        if self.phases not in {1, 2, 3}:
            raise EVMeterConfigError("phases", f"must be 1, 2 or 3, not {self.phases}")
        if self.energy_wanted_wh is not None:
            require_not_negative(energy_wanted_wh=self.energy_wanted_wh)


class Car:
    """A car, plugged in or not, that draws what the pilot and its own charger allow.

    Attributes:
        settings: how the car charges.
        plugged: whether the cable is in.
        phases_in_use: how many terminals of the charger it is plugged into the car uses.
        session_wh: energy taken since it was plugged in [Wh].
    """

    __slots__ = (
        "_clock",
        "_current",
        "_draws",
        "_offer",
        "_on_the_way",
        "_pilot",
        "_waited",
        "phases_in_use",
        "plugged",
        "session_wh",
        "settings",
    )

    def __init__(self, settings: CarSettings | None = None) -> None:
        """Make a car that is not plugged in."""
        self.settings = settings or CarSettings()
        self.plugged = False
        self.phases_in_use = self.settings.phases
        self.session_wh = 0.0
        self._clock = 0.0
        self._forget()

    def _forget(self) -> None:
        """Start from an unplugged car's state."""
        self._pilot = 0.0
        self._offer = 0.0
        self._on_the_way: deque[tuple[float, float]] = deque()
        self._waited = 0.0
        self._current = 0.0
        self._draws = NO_DRAW

    def plug(self, terminals: int = 3) -> None:
        """Plug the car into a charger and begin a session.

        Args:
            terminals: number of phases the charger has; the car uses no more than these.
        """
        self._forget()
        self.plugged = True
        self.phases_in_use = min(self.settings.phases, terminals)
        self.session_wh = 0.0

    def unplug(self) -> None:
        """Pull the cable: the current is gone at once."""
        self._forget()
        self.plugged = False

    @property
    def wants_energy(self) -> bool:
        """Whether the car is plugged in and not yet full."""
        wanted = self.settings.energy_wanted_wh
        return self.plugged and (wanted is None or self.session_wh < wanted)

    @property
    def current(self) -> float:
        """Current drawn from each terminal in use [A]."""
        return self._current

    def step(self, dt: float, pilot: float, voltage: float = NOMINAL_VOLTAGE) -> PerPhase:
        """Live through one stretch of time.

        Args:
            dt: its length [s].
            pilot: current the charger offers during it [A], 0 = none.
            voltage: at the terminals [V], for the energy taken.

        Returns:
            Current drawn from the charger's terminals L1, L2, L3 at its end [A].
        """
        if not self.plugged:
            return NO_DRAW
        self._hear(pilot)
        self._clock += dt
        target = self._target(dt)
        if target != self._current:
            self._move(target, dt)
        self.session_wh += self._current * self.phases_in_use * voltage * dt / SECONDS_PER_HOUR
        return self._draws

    def _hear(self, pilot: float) -> None:
        """Take in the pilot; what it says reaches the car's charger after the dead time."""
        if pilot != self._pilot:
            self._pilot = pilot
            self._on_the_way.append((self._clock + self.settings.dead_time, pilot))
        while self._on_the_way and self._on_the_way[0][0] <= self._clock + TIME_TOLERANCE:
            self._offer = self._on_the_way.popleft()[1]

    def _target(self, dt: float) -> float:
        """Return the current the car is heading for [A]."""
        settings = self.settings
        if self._offer < settings.minimum_current or not self.wants_energy:
            self._waited = 0.0
            return 0.0
        if self._waited < settings.resume_delay - TIME_TOLERANCE:
            self._waited += dt
            return 0.0
        return min(self._offer, settings.maximum_current)

    def _move(self, target: float, dt: float) -> None:
        """Go towards the target as fast as the car can."""
        if target < self._current:
            self._current = max(target, self._current - self.settings.fall_rate * dt)
        else:
            self._current = min(target, self._current + self.settings.rise_rate * dt)
        current, phases = self._current, self.phases_in_use
        self._draws = (current, current if phases >= 2 else 0.0, current if phases == 3 else 0.0)
