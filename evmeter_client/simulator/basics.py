"""What every part of the plant speaks of: the three phases, windows of time, and checks of settings."""

from __future__ import annotations

from enum import IntEnum
from math import isfinite
from typing import NamedTuple

from evmeter_client.exceptions import EVMeterConfigError

NOMINAL_VOLTAGE = 230.0
"""Voltage between a phase and neutral [V]."""

TIME_TOLERANCE = 1e-9
"""Moments closer than this are the same moment [s]; absorbs the rounding of summed time steps."""


class Phase(IntEnum):
    """A mains phase; its number is its place in every per-phase tuple."""

    L1 = 0
    L2 = 1
    L3 = 2


class Window(NamedTuple):
    """A stretch of simulated time, ``start <= now < end`` [s]."""

    start: float
    end: float


def in_any(windows: tuple[Window, ...], now: float) -> bool:
    """Tell whether a moment [s] lies in one of the windows."""
    return bool(windows) and any(window.start <= now < window.end for window in windows)


def require_positive(**settings: float) -> None:
    """Check that every setting is a finite number above zero.

    Raises:
        EVMeterConfigError: naming the first setting that is not.
    """
    for key, value in settings.items():
        if not (isfinite(value) and value > 0):
            raise EVMeterConfigError(key, f"must be above 0, not {value}")


def require_not_negative(**settings: float) -> None:
    """Check that every setting is a finite number of at least zero.

    Raises:
        EVMeterConfigError: naming the first setting that is not.
    """
    for key, value in settings.items():
        if not (isfinite(value) and value >= 0):
            raise EVMeterConfigError(key, f"must be 0 or more, not {value}")
