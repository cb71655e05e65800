"""Reading JSON that a stranger sent: what is expected gets through, all else is one kind of error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from evmeter_client.exceptions import EVMeterProtocolError

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase

type JsonValue = str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None
type JsonObject = dict[str, JsonValue]

MAX_PAYLOAD = 65_536
"""Largest message accepted [bytes]."""

MAX_DEPTH = 16
MAX_TEXT = 256
MAX_INTEGER = 2**64 - 1
MAX_NUMBER = 2.0**63
"""Largest number that need not be whole: a float itself, so that no integer is rounded to above it."""


def parse_object(payload: bytes) -> JsonObject:
    """Parse a message that must be one JSON object.

    Raises:
        EVMeterProtocolError: too long, too deep, not UTF-8, not JSON, a key twice, NaN, or not an object.
    """
    if len(payload) > MAX_PAYLOAD:
        raise EVMeterProtocolError(f"a message has at most {MAX_PAYLOAD} bytes, not {len(payload)}")
    try:
        value: JsonValue = _DECODER.decode(payload.decode("utf-8"))
    except RecursionError:
        raise EVMeterProtocolError("nested too deeply") from None
    except ValueError:  # not UTF-8, not JSON, or a number with thousands of digits
        raise EVMeterProtocolError("not valid JSON") from None
    # Fewer brackets than levels allowed cannot nest too deeply: the usual message needs no walk.
    if payload.count(b"{") + payload.count(b"[") > MAX_DEPTH:
        _check_depth(value, MAX_DEPTH)
    if not isinstance(value, dict):
        raise EVMeterProtocolError("not a JSON object")
    return value


def dump_object(document: JsonObject) -> bytes:
    """Write a JSON object, ASCII only and without blanks.

    Raises:
        EVMeterProtocolError: a number is not finite.
    """
    try:
        return _ENCODER.encode(document).encode("ascii")
    except ValueError:
        raise EVMeterProtocolError("a number is not finite") from None


def _unique_keys(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise EVMeterProtocolError("a key stands twice in one object")
    return document


def _refuse_constant(_name: str) -> JsonValue:
    raise EVMeterProtocolError("NaN and infinity are not JSON")


# Made once: json.loads and json.dumps would make one for every message.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def _check_depth(value: JsonValue, levels_left: int) -> None:
    if not isinstance(value, (dict, list)):
        return
    if levels_left == 0:
        raise EVMeterProtocolError("nested too deeply")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, levels_left - 1)


class Fields:
    """Typed access to the members of one JSON object.

    Every method raises EVMeterProtocolError for a member of the wrong type; with ``default`` a missing member
    is that, without it a missing member is an error too. Messages name the member and never show its value.
    """

    __slots__ = ("_document", "_where")

    def __init__(self, value: JsonValue, where: str) -> None:
        """Take the object; ``where`` names it in error messages."""
        if not isinstance(value, dict):
            raise EVMeterProtocolError(f"{where} is not an object")
        self._document = value
        self._where = where

    # Compared are types and not instances: to Python a bool is an int, to a charger true is not 1 A.

    def wrong(self, name: str, expected: str) -> EVMeterProtocolError:
        """Return the error that says what a member should have been, or that it is missing."""
        if name not in self._document:
            return EVMeterProtocolError(f"{self._where}.{name} is missing")
        return EVMeterProtocolError(f"{self._where}.{name} is not {expected}")

    def has(self, name: str) -> bool:
        """Say whether the member is there, even as null."""
        return name in self._document

    def raw(self, name: str) -> JsonValue:
        """Return the member as it is."""
        if name not in self._document:
            raise self.wrong(name, "there")
        return self._document[name]

    def inner(self, name: str) -> Fields:
        """Return a member that is an object itself."""
        return Fields(self.raw(name), name)

    def items(self, name: str, at_most: int) -> list[JsonValue]:
        """Return a member that is a list."""
        value = self._document.get(name)
        if type(value) is list and len(value) <= at_most:
            return value
        raise self.wrong(name, f"a list of at most {at_most}")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text of at most 256 characters."""
        value = self._document.get(name, default)
        if type(value) is str and len(value) <= MAX_TEXT:
            return value
        raise self.wrong(name, f"a text of at most {MAX_TEXT} characters")

    def boolean(self, name: str) -> bool:
        """Return true or false."""
        value = self._document.get(name)
        if type(value) is bool:
            return value
        raise self.wrong(name, "true or false")

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number, 0 to 2**64 - 1."""
        value = self._document.get(name, default)
        if type(value) is int and 0 <= value <= MAX_INTEGER:
            return value
        raise self.wrong(name, "a whole number")

    def number(self, name: str, default: float | None = None) -> float:
        """Return a finite number, -(2**63) to 2**63."""
        return self._finite(name, self._document.get(name, default))

    def per_phase(self, name: str) -> PerPhase:
        """Return one finite number per charger phase L1, L2, L3."""
        values = self._document.get(name)
        if type(values) is list and len(values) == 3:
            l1, l2, l3 = values
            return self._finite(name, l1), self._finite(name, l2), self._finite(name, l3)
        raise self.wrong(name, "three numbers")

    def is_null(self, name: str) -> bool:
        """Say whether the member is null or missing."""
        return self._document.get(name) is None

    def _finite(self, name: str, value: JsonValue) -> float:
        # The bounds keep out infinity, NaN and integers no float can hold.
        if (type(value) is float or type(value) is int) and -MAX_NUMBER <= value <= MAX_NUMBER:
            return float(value)
        raise self.wrong(name, "a finite number")
