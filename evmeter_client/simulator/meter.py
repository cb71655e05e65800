"""The house's meter: what it reports of the mains, how late, how coarsely, and when not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import floor
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.basics import (
    TIME_TOLERANCE,
    Window,
    in_any,
    require_not_negative,
    require_positive,
)

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase


class MeterSample(NamedTuple):
    """One report of a meter.

    Attributes:
        measured_at: when it was measured [s].
        currents: per phase, import positive [A].
    """

    measured_at: float
    currents: PerPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSettings:
    """How a meter reports; the defaults are those of a good one read locally.

    Attributes:
        period: from one measurement to the next [s].
        delay: from a measurement to its report [s].
        resolution: step of the reported values [A], 0.01 to 1.
        signed: export is negative; else the meter reports the amount without its sign.
        frozen: windows of time in which it repeats its last report, with the time that was measured.
        dropouts: windows of time in which it reports nothing.
        loss: share of the reports that are lost on the way, 0 to 1.
    """

    period: float = 1.0
    delay: float = 1.0
    resolution: float = 0.01
    signed: bool = True
    frozen: tuple[Window, ...] = ()
    dropouts: tuple[Window, ...] = ()
    loss: float = 0.0

    def __post_init__(self) -> None:
        """Check every setting.

        Raises:
            EVMeterConfigError: naming the setting that no meter could have.
        """
        require_positive(period=self.period, resolution=self.resolution)
        require_not_negative(delay=self.delay, loss=self.loss)
        if self.loss > 1:
            raise EVMeterConfigError("loss", f"must be 0 to 1, not {self.loss}")


class Meter:
    """A meter between the mains and whoever reads it.

    Attributes:
        settings: how it reports.
        silent: set to True and it reports nothing until set to False again.
    """

    def __init__(self, settings: MeterSettings | None = None, *, seed: int = 0) -> None:
        """Make a meter that measures first at its first call.

        Args:
            settings: how it reports.
            seed: decides which reports are lost.
        """
        self.settings = settings or MeterSettings()
        self.silent = False
        self._random = Random(seed)
        self._next: float | None = None
        self._on_the_way: deque[MeterSample] = deque()
        self._last: MeterSample | None = None
        self._parts = 1 / self.settings.resolution

    def sample(self, now: float, currents: PerPhase) -> MeterSample | None:
        """Show the meter the true currents and hear what it reports at this moment.

        Args:
            now: [s], not before the last call.
            currents: through the mains, per phase, import positive [A].

        Returns:
            The newest report that is out by now and was not heard yet, None = nothing new.
        """
        settings = self.settings
        due = self._is_due(now)
        if due:
            self._on_the_way.append(MeterSample(now, self._coarse(currents)))
        if in_any(settings.frozen, now):
            self._on_the_way.clear()
            return self._heard(self._last, now) if due else None
        newest = None
        while self._on_the_way and self._on_the_way[0].measured_at + settings.delay <= now + TIME_TOLERANCE:
            newest = self._on_the_way.popleft()
        return self._heard(newest, now)

    def _is_due(self, now: float) -> bool:
        """Tell whether the meter measures now, and when it will next."""
        if self._next is None:
            self._next = now
        if now < self._next - TIME_TOLERANCE:
            return False
        periods = floor((now - self._next) / self.settings.period + TIME_TOLERANCE) + 1
        self._next += periods * self.settings.period
        return True

    def _heard(self, report: MeterSample | None, now: float) -> MeterSample | None:
        """Return a report unless it is lost."""
        settings = self.settings
        if report is None or (settings.loss and self._random.random() < settings.loss):
            return None
        if self.silent or in_any(settings.dropouts, now):
            return None
        self._last = report
        return report

    def _coarse(self, currents: PerPhase) -> PerPhase:
        """Return currents as the meter shows them."""
        parts, (first, second, third) = self._parts, currents
        shown = (round(first * parts) / parts, round(second * parts) / parts, round(third * parts) / parts)
        return shown if self.settings.signed else (abs(shown[0]), abs(shown[1]), abs(shown[2]))
