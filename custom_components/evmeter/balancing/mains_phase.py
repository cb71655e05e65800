"""Everything the balancer knows of one phase of the mains: its readings, its background and its fuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .background import Background
from .crowding import Crowding
from .fuse import Grade, ThermalState, device_model
from .staleness import MeterAge
from .tuning import DEADBAND, THERMAL_BUDGET

if TYPE_CHECKING:
    from .model import FuseType
    from .stored_state import JsonObject, StateReader


class MainsPhase:
    """One phase of the mains.

    Attributes:
        limit: what it may carry: rating x derating [A].
        target: what chargers are balanced to: limit - margin [A].
        fuse_type: the protecting device.
        trigger: a current above this calls for a cut, never above the limit [A].
        meter: the readings and their age.
        background: what the house itself draws.
        crowding: the peaks that leave no room for charging.
        sampled: the current step brought a new reading.
    """

    __slots__ = (
        "_budget",
        "_shown",
        "background",
        "crowding",
        "fuse_type",
        "limit",
        "meter",
        "sampled",
        "target",
        "trigger",
    )

    def __init__(self, limit: float, margin: float, fuse_type: FuseType) -> None:
        """Start cold and without readings.

        Args:
            limit: what the phase may carry [A].
            margin: to be kept free [A].
            fuse_type: the protecting device.
        """
        self.limit = limit
        self.fuse_type = fuse_type
        self.target = limit - margin
        self.trigger = self.target + min(DEADBAND, margin)
        self.meter = MeterAge(limit)
        self.background = Background()
        self.crowding = Crowding()
        self.sampled = False
        self._budget = ThermalState(device_model(fuse_type, limit, Grade.WEAK), limit)
        self._shown = ThermalState(device_model(fuse_type, limit, Grade.TYPICAL), limit)

    @property
    def load(self) -> float:
        """Thermal state of a typical device; 1.0 = trips."""
        return self._shown.theta

    def update(
        self, now: float, elapsed: float, value: float | None, measured_at: float | None, period: float
    ) -> None:
        """Take one reading and let the time since the last step heat or cool the fuse.

        Args:
            now: time of the step [s].
            elapsed: time since the last step [s].
            value: current [A], None = the source has none.
            measured_at: when it was measured [s].
            period: of the meter [s].
        """
        current = self.meter.value
        self.sampled = self.meter.update(now, value, measured_at, period)
        if self.sampled and self.meter.fresh_since == now:
            self.background.clear()
            self.crowding.clear()
        if current is not None:
            self._budget.advance(current, elapsed)
            self._shown.advance(current, elapsed)

    def is_overloaded(self) -> bool:
        """Return whether the last reading is above the limit."""
        return self.meter.value is not None and self.meter.value > self.limit

    def is_urgent(self, wait: float) -> bool:
        """Return whether a weak device would use up its thermal budget within a wait [s]."""
        value = self.meter.value
        return value is not None and value > self.limit and self._budget.time_to(THERMAL_BUDGET, value) < wait

    def can_carry(self, current: float, seconds: float, level: float) -> bool:
        """Return whether a weak device stays below a thermal state at a current [A] for some time [s]."""
        return self._budget.time_to(level, current) > seconds

    def restart(self, now: float) -> None:
        """Begin all windows anew: the clock has jumped back."""
        self.meter.restart(now)
        self.background.clear()
        self.crowding.clear()

    def as_dict(self) -> JsonObject:
        """Return the state to be stored."""
        return {
            "meter": self.meter.as_dict(),
            "background": self.background.as_dict(),
            "crowding": self.crowding.as_dict(),
            "budget": list(self._budget.poles),
            "shown": list(self._shown.poles),
        }

    def restore(self, stored: StateReader) -> None:
        """Take over a stored state.

        Raises:
            StateError: for a value that cannot be read.
        """
        self.meter.restore(stored.child("meter"))
        self.background.restore(stored.child("background"))
        self.crowding.restore(stored.child("crowding"))
        self._budget.restore(stored.numbers("budget"))
        self._shown.restore(stored.numbers("shown"))
