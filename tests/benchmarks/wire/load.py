"""Puts a load on a subject and takes its figures."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from itertools import cycle
from statistics import quantiles
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .subjects import Ask


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run gave.

    Attributes:
        round_trips: so many.
        seconds: in so much time [s].
        cpu_seconds: of which this process computed so long [s].
        p50_ms: median time of a round trip [ms].
        p99_ms: 99 of 100 round trips took at most this long [ms].
    """

    round_trips: int
    seconds: float
    cpu_seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rt_per_s(self) -> float:
        """Round trips per second."""
        return self.round_trips / self.seconds

    @property
    def cpu_us_per_rt(self) -> float:
        """Time this process computed per round trip [us]."""
        return self.cpu_seconds / self.round_trips * 1e6


async def at_full_speed(ask: Ask, chargers: Sequence[str], in_flight: int, seconds: float) -> Figures:
    """Keep so many requests in flight, each to a charger of its own, for a time."""
    shares = [chargers[number::in_flight] for number in range(in_flight)]
    await asyncio.gather(*(_ask_all(ask, share) for share in shares))  # subscribes, and warms up
    gc.collect()
    times: list[float] = []
    cpu, began = process_time(), perf_counter()
    await asyncio.gather(*(_ask_until(ask, share, began + seconds, times) for share in shares))
    return _figures(times, perf_counter() - began, process_time() - cpu)


async def every(ask: Ask, chargers: Sequence[str], interval: float, seconds: float) -> Figures:
    """Ask every charger once per interval, evenly spread, for a time [s]."""
    gc.collect()
    times: list[float] = []
    cpu, began = process_time(), perf_counter()
    asking: list[asyncio.Task[None]] = []
    for number in range(round(seconds / interval * len(chargers))):
        await asyncio.sleep(began + number * interval / len(chargers) - perf_counter())
        asking.append(asyncio.create_task(_ask(ask, chargers[number % len(chargers)], times)))
    await asyncio.gather(*asking)
    return _figures(times, perf_counter() - began, process_time() - cpu)


async def _ask_all(ask: Ask, chargers: Sequence[str]) -> None:
    for charger in chargers:
        await ask(charger)


async def _ask_until(ask: Ask, chargers: Sequence[str], end: float, times: list[float]) -> None:
    for charger in cycle(chargers):
        if perf_counter() >= end:
            return
        await _ask(ask, charger, times)


async def _ask(ask: Ask, charger: str, times: list[float]) -> None:
    began = perf_counter()
    await ask(charger)
    times.append(perf_counter() - began)


def _figures(times: list[float], seconds: float, cpu_seconds: float) -> Figures:
    hundredths = quantiles(times, n=100, method="inclusive")
    return Figures(len(times), seconds, cpu_seconds, hundredths[49] * 1e3, hundredths[98] * 1e3)
