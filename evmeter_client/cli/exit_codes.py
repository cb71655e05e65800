"""What the exit status of `evmeter` says, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from typer import TyperException

from evmeter_client.exceptions import (
    EVMeterAuthenticationError,
    EVMeterConfigError,
    EVMeterConnectionError,
    EVMeterError,
    EVMeterTimeoutError,
    EVMeterUnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitCode(IntEnum):
    """The exit status of a command; the names are the ``kind`` of an error in JSON."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONNECTION = 3
    AUTHENTICATION = 4
    TIMEOUT = 5
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143

    @property
    def kind(self) -> str:
        """Its name in JSON."""
        return self.name.lower()


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "the charger refused, or a message is not valid",
    ExitCode.USAGE: "the command line or a setting is wrong, or the dialect cannot do that; nothing was sent",
    ExitCode.CONNECTION: "the broker cannot be reached, or the connection was lost",
    ExitCode.AUTHENTICATION: "the broker refuses the credentials",
    ExitCode.TIMEOUT: "the charger did not answer in time",
    ExitCode.INTERRUPTED: "ended by Ctrl-C",
    ExitCode.CLOSED_PIPE: "whoever read the output stopped reading",
    ExitCode.TERMINATED: "told to terminate",
}
"""Every status in words, for the help and the documents."""

_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (EVMeterConfigError, ExitCode.USAGE),
    (EVMeterUnsupportedError, ExitCode.USAGE),
    (TyperException, ExitCode.USAGE),
    (EVMeterAuthenticationError, ExitCode.AUTHENTICATION),
    (EVMeterConnectionError, ExitCode.CONNECTION),
    (EVMeterTimeoutError, ExitCode.TIMEOUT),
    (EVMeterError, ExitCode.FAILED),
)
"""The first class that fits decides."""


def exit_code_of(error: EVMeterError | TyperException) -> ExitCode:
    """Return the exit status for an error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))
