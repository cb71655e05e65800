"""Reading back what `as_dict` stored: every value is checked, a wrong one is named."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
"""A value that JSON can hold."""

type JsonObject = dict[str, Json]
"""An object that JSON can hold."""


class StateError(ValueError):
    """A stored state that cannot be read.

    Attributes:
        key: name of the value at fault.
    """

    def __init__(self, key: str, message: str) -> None:
        """Name the value and say what is wrong with it."""
        super().__init__(f"{key}: {message}")
        self.key = key


class StateReader:
    """Typed access to one stored object.

    Every method raises `StateError` for a value that is missing or of another type.
    """

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Json]) -> None:
        """Read from this object."""
        self._data = data

    def number(self, key: str) -> float:
        """Return a finite number."""
        return _number(key, self._get(key))

    def number_or_none(self, key: str) -> float | None:
        """Return a finite number or None."""
        value = self._get(key)
        return None if value is None else _number(key, value)

    def count(self, key: str) -> int:
        """Return a whole number."""
        return int(self.number(key))

    def flag(self, key: str) -> bool:
        """Return a truth value."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise StateError(key, "must be true or false")
        return value

    def text(self, key: str) -> str:
        """Return a text."""
        value = self._get(key)
        if not isinstance(value, str):
            raise StateError(key, "must be a text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a text or None."""
        return None if self._get(key) is None else self.text(key)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise StateError(key, "must be a list of texts")
        return [str(value) for value in values]

    def has(self, key: str) -> bool:
        """Return whether there is such a value."""
        return key in self._data

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of finite numbers."""
        return tuple(_number(key, value) for value in self._list(key))

    def rows(self, key: str) -> list[tuple[float, ...]]:
        """Return a list of lists of finite numbers."""
        rows = self._list(key)
        return [tuple(_number(key, value) for value in _as_list(key, row)) for row in rows]

    def amps(self, key: str, width: int) -> tuple[float, ...]:
        """Return a list of so many finite numbers."""
        values = self.numbers(key)
        if len(values) != width:
            raise StateError(key, f"must have {width} values")
        return values

    def member[Member: StrEnum](self, key: str, kind: type[Member]) -> Member:
        """Return a member of an enumeration."""
        text = self.text(key)
        if text not in set(kind):
            raise StateError(key, f"must be one of {', '.join(kind)}")
        return kind(text)

    def pairs(self, key: str) -> list[tuple[float, float]]:
        """Return a list of pairs of finite numbers."""
        rows = self.rows(key)
        if any(len(row) != 2 for row in rows):
            raise StateError(key, "must be a list of pairs")
        return [(row[0], row[1]) for row in rows]

    def child(self, key: str) -> StateReader:
        """Return the reader of an object within."""
        return StateReader(_as_object(key, self._get(key)))

    def children(self, key: str) -> list[StateReader]:
        """Return the readers of a list of objects within."""
        return [StateReader(_as_object(key, value)) for value in self._list(key)]

    def _get(self, key: str) -> Json:
        if key not in self._data:
            raise StateError(key, "is missing")
        return self._data[key]

    def _list(self, key: str) -> list[Json]:
        return _as_list(key, self._get(key))


def _number(key: str, value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise StateError(key, "must be a finite number")
    return float(value)


def _as_list(key: str, value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise StateError(key, "must be a list")
    return value


def _as_object(key: str, value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise StateError(key, "must be an object")
    return value
