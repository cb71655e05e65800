"""Mutations that know the shape of a message: most of what they make passes the first checks of a decoder."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from random import Random

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None
type Bytes = Callable[[bytes], bytes]
"""Changes bytes without knowing what they mean."""
type Mutation = Callable[[bytes, Random, Bytes], bytes]

_SHAPELESS = 0.1
"""Share of the inputs that are changed byte by byte, whatever their shape."""

_ODD_VALUES: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**32 - 1, 2**63, 2**64 - 1, 2**64, 10**308,
    -0.0, 0.1, 80.5, 1e-320, 2.0**63, 1e300,
    "", "0", "unknown", "ev_status=7", "start_time=", "colour=7", "\u0000", "\ud800", "e\u0301", "x" * 257,
    "2025-07-10T10:20:43+00:00", "20250710T102043.5Z", "2025-07-10", "24:00", "2025-07-10T24:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-W28-4T10:20:43+23:59:59.999999",
    [], [0, 0, 0], [1.5, 2, 3], ["ev_status=7", "grid_type=x=y"], {}, {"code": "busy"}, {"limits": [6, 6, 6]},
    [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]],
)  # fmt: skip

_ODD_BYTES = (0, 1, 2, 3, 0x7F, 0x80, 0xC5, 0xFE, 0xFF)


def any_bytes(random: Random) -> Bytes:
    """Return a change of a few bytes, for engines that bring none."""

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(random.randint(1, 4)):
            start = random.randint(0, len(changed))
            end = min(len(changed), start + random.choice((0, 1, 1, 1, 2, 4, 16)))
            changed[start:end] = random.randbytes(random.choice((0, 1, 1, 1, 2, 4, 16)))
        return bytes(changed)

    return change


def in_bytes(data: bytes, _random: Random, change: Bytes) -> bytes:
    """Change bytes: for messages without a shape worth knowing."""
    return change(data)


def in_json(data: bytes, random: Random, change: Bytes) -> bytes:
    """Change one member of a JSON document; what is no document is changed byte by byte."""
    if random.random() < _SHAPELESS:
        return change(data)
    try:
        document: Json = json.loads(data)
    except (ValueError, RecursionError):
        return change(data)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        document = _with_one_change(document, random, change)
    return json.dumps(document).encode()


def in_frame(data: bytes, random: Random, change: Bytes) -> bytes:
    """Change the body of a binary frame, and have the envelope announce its length."""
    if random.random() < _SHAPELESS:
        return change(data)
    body = bytearray(data[2:])
    if body and random.random() < 0.5:
        for _ in range(random.choice((1, 1, 2, 8))):
            body[random.randrange(len(body))] = random.choice(_ODD_BYTES)
    else:
        body = bytearray(change(bytes(body)))
    return struct.pack("<H", len(body) & 0xFFFF) + body


def _with_one_change(value: Json, random: Random, change: Bytes) -> Json:
    """Return a tree with one change at some level; the tree given stays as it is."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        return _with_other_member(value, random, change)
    if isinstance(value, list) and value and random.random() < 0.8:
        return _with_other_item(value, random, change)
    return _other_value(value, random, change)


def _with_other_member(members: dict[str, Json], random: Random, change: Bytes) -> Json:
    key = random.choice(list(members))
    others = {name: value for name, value in members.items() if name != key}
    match random.randrange(8):
        case 0:
            return others
        case 1:
            return {**others, f"{key}x": members[key]}
        case 2:
            return {**members, key: random.choice(list(members.values()))}
        case _:
            return {**members, key: _with_one_change(members[key], random, change)}


def _with_other_item(items: list[Json], random: Random, change: Bytes) -> Json:
    place = random.randrange(len(items))
    before, item, after = items[:place], items[place], items[place + 1 :]
    match random.randrange(6):
        case 0:
            return [*before, *after]
        case 1:
            return [*items, item]
        case _:
            return [*before, _with_one_change(item, random, change), *after]


def _other_value(value: Json, random: Random, change: Bytes) -> Json:
    """Return a value near this one, or an odd one."""
    if random.random() < 0.25:
        return random.choice(_ODD_VALUES)
    match value:
        case bool() | None:
            return random.choice(_ODD_VALUES)
        case str():
            return change(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogateescape")
        case int():
            return value + random.choice((-1, 1, 2**8, 2**16, 2**32, -(2**63)))
        case float():
            return value * random.choice((-1.0, 0.5, 1e10, 1e-10))
        case _:
            return random.choice(_ODD_VALUES)
