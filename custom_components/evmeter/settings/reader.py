"""Reads stored strings one by one and collects what is wrong with them."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import isfinite
from typing import Final

from homeassistant.const import CONF_PORT

from ..balancing.model import Phase, SettingsError
from ..const import (
    CONF_CAR_CURRENT,
    CONF_CAR_PHASES,
    CONF_DERATING,
    CONF_FALLBACK_CURRENT,
    CONF_FUSE,
    CONF_GROUP_POWER_CAP,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_POWER_CAP,
    CONF_PRIORITY,
    CONF_SEED,
    CONF_VOLTAGE,
)
from ..exceptions import BadSettingError, ErrorCode, SettingsErrors

HARMLESS: Final[Mapping[str, float]] = {
    **{f"{CONF_FUSE}{phase}": 25.0 for phase in (1, 2, 3)},
    CONF_MARGIN: 0.5,
    CONF_VOLTAGE: 230.0,
    CONF_MIN_CURRENT: 6.0,
    CONF_MAX_CURRENT: 80.0,
    CONF_PRIORITY: 1.0,
    CONF_DERATING: 100.0,
    CONF_GROUP_POWER_CAP: 0.0,
    CONF_POWER_CAP: 0.0,
    CONF_FALLBACK_CURRENT: 0.0,
    CONF_PORT: 8883.0,
    CONF_SEED: 1.0,
    CONF_CAR_PHASES: 3.0,
    CONF_CAR_CURRENT: 16.0,
}
"""A number that fits for every numeric key: stands in for a bad one while the other values are checked."""

TRUE: Final = "true"
FALSE: Final = "false"


class SettingsReader:
    """Turns strings into values; a bad one is noted, and a harmless value stands in for it."""

    def __init__(self, data: Mapping[str, str], harmless: Mapping[str, float]) -> None:
        """Read from ``data``; ``harmless`` has a usable number for every numeric key."""
        self._data = data
        self._harmless = harmless
        self._errors: list[BadSettingError] = []

    def note(self, key: str, code: ErrorCode, message: str) -> None:
        """Note one bad value."""
        self._errors.append(BadSettingError(key, code, message))

    def raise_errors(self) -> None:
        """Raise everything noted so far.

        Raises:
            SettingsErrors: where something was noted.
        """
        if self._errors:
            raise SettingsErrors(self._errors)

    def text(self, key: str) -> str | None:
        """Return a text, None where it was not given or is blank."""
        return self._data.get(key, "").strip() or None

    def required_text(self, key: str) -> str:
        """Return a text that must be there."""
        text = self.text(key)
        if text is None:
            self.note(key, ErrorCode.REQUIRED, "is required")
        return text or ""

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number; without a default it must be there."""
        text = self.text(key)
        if text is None:
            if default is None:
                self.note(key, ErrorCode.REQUIRED, "is required")
            return self._harmless[key] if default is None else default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            self.note(key, ErrorCode.INVALID_NUMBER, f"is not a number: {text!r}")
            return self._harmless[key]
        return value

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number within [low, high]."""
        value = self.number(key, default)
        if value != int(value):
            self.note(key, ErrorCode.INVALID_NUMBER, f"is not a whole number: {value:g}")
        elif not low <= value <= high:
            self.note(key, ErrorCode.OUT_OF_RANGE, f"must be between {low} and {high}, is {value:g}")
        else:
            return int(value)
        return default

    def choice[Choice: StrEnum](
        self, key: str, choices: type[Choice], default: Choice | None = None
    ) -> Choice | None:
        """Return one of an enum's values; without a default it must be there. None = it was bad."""
        text = self.text(key)
        if text is None:
            if default is None:
                self.note(key, ErrorCode.REQUIRED, "is required")
            return default
        if text not in choices:
            self.note(key, ErrorCode.INVALID_CHOICE, f"must be one of {', '.join(choices)}, is {text!r}")
            return default
        return choices(text)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        text = self.text(key)
        if text not in (TRUE, FALSE, None):
            self.note(key, ErrorCode.INVALID_CHOICE, f"must be true or false, is {text!r}")
        return default if text is None else text == TRUE

    def wiring(self, key: str, phase_count: int) -> tuple[Phase, ...]:
        """Return the mains phase of each charger terminal; absent = straight through all phases."""
        phases = {phase.name: phase for phase in list(Phase)[:phase_count]}
        text = self.text(key)
        if text is None:
            return tuple(phases.values())
        names = [name.strip().upper() for name in text.split(",")]
        if len(set(names)) < len(names) or not phases.keys() >= set(names):
            self.note(key, ErrorCode.INVALID_WIRING, f"must name each of {', '.join(phases)} at most once")
            return (Phase.L1,)
        return tuple(phases[name] for name in names)

    def build[Model](
        self, build: Callable[[Mapping[str, float]], Model], numbers: Mapping[str, float]
    ) -> Model:
        """Build a model that checks its own ranges.

        The model names one bad value at a time: note it, put a harmless one in its place and try again, until
        every bad value is known.
        """
        values = dict(numbers)
        while True:
            try:
                return build(values)
            except SettingsError as error:
                message = str(error).removeprefix(f"{error.key}: ")
                self.note(error.key, ErrorCode.OUT_OF_RANGE, message)
                values[error.key] = self._harmless[error.key]


def number_to_string(value: float) -> str:
    """Return the shortest string that reads back as the same number."""
    return repr(value).removesuffix(".0")
