"""What can go wrong in this integration, one class per way to handle it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from homeassistant.exceptions import HomeAssistantError

from .balancing.model import SettingsError
from .const import DOMAIN
from .wiring import DetectionFailure


class ErrorCode(StrEnum):
    """What is wrong with a setting; the values are translation keys of the forms."""

    REQUIRED = "required"
    CURRENT_OR_POWER = "current_or_power"
    INVALID_NUMBER = "invalid_number"
    OUT_OF_RANGE = "out_of_range"
    INVALID_CHOICE = "invalid_choice"
    INVALID_WIRING = "invalid_wiring"
    INVALID_HOST = "invalid_host"
    INVALID_CHARGER_ID = "invalid_charger_id"
    INVALID_VALUE = "invalid_value"
    ENTITY_NOT_FOUND = "entity_not_found"
    INVALID_ACTION = "invalid_action"
    INVALID_TEMPLATE = "invalid_template"
    TEMPLATE_WITHOUT_SENSOR = "template_without_sensor"
    METER_NOT_FOUND = "meter_not_found"
    CHARGER_NOT_FOUND = "charger_not_found"
    WRONG_UNIT = "wrong_unit"
    CANNOT_PAUSE = "cannot_pause"
    LIMITS_ITSELF = "limits_itself"
    CANNOT_CONNECT = "cannot_connect"
    INVALID_AUTH = "invalid_auth"
    TIMEOUT = "timeout"
    UNKNOWN_CHARGER = "unknown_charger"
    PROTOCOL = "protocol"


class BadSettingError(SettingsError):
    """One setting that cannot be used.

    Attributes:
        key: name of the setting at fault; ``base`` = the settings together.
        code: what is wrong.
    """

    def __init__(self, key: str, code: ErrorCode, message: str) -> None:
        """Name the setting and say what is wrong with it."""
        super().__init__(key, message)
        self.code = code


class SettingsErrors(ValueError):
    """Every setting that cannot be used, not just the first.

    Attributes:
        errors: one per bad value.
    """

    def __init__(self, errors: Iterable[BadSettingError]) -> None:
        """Keep all errors."""
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors))

    @classmethod
    def one(cls, key: str, code: ErrorCode, message: str) -> Self:
        """Make the error for a single bad value."""
        return cls((BadSettingError(key, code, message),))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys at fault, each once, in the order they were found."""
        return tuple(dict.fromkeys(error.key for error in self.errors))

    def form_errors(self) -> dict[str, str]:
        """Return key -> translation key, as a form wants it; the first error of a key counts."""
        return {error.key: error.code.value for error in reversed(self.errors)}


class DetectionError(HomeAssistantError):
    """The phases of a charger could not be detected; the reason is in the translation.

    Attributes:
        failure: why.
    """

    def __init__(self, failure: DetectionFailure, charger: str) -> None:
        """Say why, and for which charger."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=f"detection_{failure}",
            translation_placeholders={"charger": charger},
        )
        self.failure = failure


class ChargerWriteError(HomeAssistantError):
    """A limit did not reach the charger; the reason is in the translation."""
