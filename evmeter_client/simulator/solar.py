"""A solar inverter that feeds into the house's phases: a half sine over the day, with clouds."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin
from random import Random
from typing import TYPE_CHECKING

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.basics import require_not_negative, require_positive

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase

DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarSettings:
    """How an inverter feeds in.

    Attributes:
        peak: feed-in at noon under a clear sky, per phase [A].
        sunrise: time of day [s]; simulated time 0 is ``start_of_day``.
        sunset: time of day [s].
        start_of_day: time of day at simulated time 0 [s].
        cloud_interval: mean time between two changes of the clouds [s], 0 = a clear sky.
        cloud_depth: share of the feed-in that the thickest cloud takes, 0 to 1.
    """

    peak: PerPhase = (10.0, 0.0, 0.0)
    sunrise: float = 6 * 3600.0
    sunset: float = 20 * 3600.0
    start_of_day: float = 12 * 3600.0
    cloud_interval: float = 0.0
    cloud_depth: float = 0.8

    def __post_init__(self) -> None:
        """Check every setting.

        Raises:
            EVMeterConfigError: naming the setting that no inverter could have.
        """
        for current in self.peak:
            require_not_negative(peak=current)
        require_not_negative(
            sunrise=self.sunrise,
            start_of_day=self.start_of_day,
            cloud_interval=self.cloud_interval,
            cloud_depth=self.cloud_depth,
        )
        require_positive(sunset=self.sunset)
        if not self.sunrise < self.sunset <= DAY:
            raise EVMeterConfigError("sunset", "must be after sunrise and within the day")
        if self.cloud_depth > 1:
            raise EVMeterConfigError("cloud_depth", f"must be 0 to 1, not {self.cloud_depth}")


class SolarInverter:
    """An inverter; the same seed gives the same clouds.

    Attributes:
        settings: how it feeds in.
    """

    def __init__(self, settings: SolarSettings | None = None, *, seed: int = 0) -> None:
        """Make an inverter under a clear sky."""
        self.settings = settings or SolarSettings()
        self._random = Random(seed)
        self._clarity = 1.0
        self._next_change = 0.0

    def currents(self, now: float) -> PerPhase:
        """Return the current fed into each phase at a moment not before the last one asked for [A]."""
        settings = self.settings
        time_of_day = (settings.start_of_day + now) % DAY
        if not settings.sunrise < time_of_day < settings.sunset:
            return (0.0, 0.0, 0.0)
        height = sin(pi * (time_of_day - settings.sunrise) / (settings.sunset - settings.sunrise))
        share = height * self._clear_sky(now)
        return (settings.peak[0] * share, settings.peak[1] * share, settings.peak[2] * share)

    def _clear_sky(self, now: float) -> float:
        """Return the share of the sun that the clouds let through, 0 to 1."""
        settings = self.settings
        while settings.cloud_interval and self._next_change <= now:
            self._next_change += self._random.expovariate(1 / settings.cloud_interval)
            self._clarity = 1.0 - settings.cloud_depth * self._random.random()
        return self._clarity
