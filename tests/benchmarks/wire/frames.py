"""How long it takes to read and to write one message, and what a thousand chargers keep in memory."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import dataclass
from functools import partial
from statistics import median
from timeit import Timer
from typing import TYPE_CHECKING

from evmeter_client import JsonDialect
from evmeter_client.dialects.base import Answer, Command, Inbound, Request

from .samples import BLEWIFI, charger_ids, sample_reading
from .subjects import evmeter

if TYPE_CHECKING:
    from collections.abc import Callable

    from evmeter_client.dialects import Dialect

    from .subjects import Setup

_REPEATS = 5


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One kind of message: its size [bytes], the time to write and to read it [us]."""

    frame: str
    size: int
    encode_us: float
    decode_us: float


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """What a client keeps for chargers it has asked once [KiB]."""

    memory: str
    chargers: int
    kib: float


def time_frames(calls: int) -> list[FrameRow]:
    """Time the answers that carry a reading: what the client reads and a charger writes."""
    return [
        _time_answer("json reading", JsonDialect(), calls),
        _time_answer("blewifi WorkingInfo", BLEWIFI, calls),
    ]


def _time_answer(name: str, dialect: Dialect, calls: int) -> FrameRow:
    (charger_id,) = charger_ids(1)
    request = Request(charger_id=charger_id, command=Command.GET_READING, request_id="0123456789ab-1234")
    reading = sample_reading(charger_id)
    answer = dialect.encode_answer(request, reading)
    message = Inbound(answer.topic, answer.payload)
    open_requests = {dialect.key(request): request}.get
    if not isinstance(dialect.decode(message, open_requests), Answer):
        raise TypeError(f"the {name} does not answer")
    return FrameRow(
        name,
        len(answer.payload),
        _microseconds(partial(dialect.encode_answer, request, reading), calls),
        _microseconds(partial(dialect.decode, message, open_requests), calls),
    )


def _microseconds(function: Callable[[], object], calls: int) -> float:
    return median(Timer(function).repeat(_REPEATS, calls)) / calls * 1e6


async def weigh_chargers(setup: Setup) -> MemoryRow:
    """Ask every charger once and see how much more the process holds."""
    async with evmeter(setup) as ask:
        await ask("WARM-UP")
        tracemalloc.start()
        for charger in setup.chargers:
            await ask(charger)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return MemoryRow("evmeter", len(setup.chargers), held / 1024)
