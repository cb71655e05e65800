"""Errors and warnings, one line each on standard error: words, or with ``--json`` a JSON object."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from typer import TyperException

from evmeter_client.cli.exit_codes import ExitCode, exit_code_of
from evmeter_client.cli.output import printable
from evmeter_client.exceptions import EVMeterCommandError, EVMeterConfigError, EVMeterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evmeter_client.dialects.strict_json import JsonObject

_LIBRARY = logging.getLogger("evmeter_client")

_OPTION_OF: Mapping[str, str] = {
    "charger_id": "charger",
    "fallback_current": "fallback",
    "request_timeout": "timeout",
    "terminals": "phases",
}
"""Settings of the library that the command line calls otherwise."""


@dataclass(frozen=True, slots=True)
class Report:
    """Tells what is wrong.

    Attributes:
        as_json: tell it as JSON objects, one a line.
    """

    as_json: bool

    def error(self, error: EVMeterError | TyperException, charger_id: str | None = None) -> ExitCode:
        """Tell an error, and of which charger; return the exit status it leads to.

        In JSON: ``error`` (words), ``kind`` and ``exit_code`` (see `ExitCode`), and where they are known
        ``charger_id``, ``key`` (the setting at fault) and ``code`` (a charger's own error code).
        """
        code = exit_code_of(error)
        words = _words(error)
        document: JsonObject = {"error": words, "kind": code.kind, "exit_code": code.value}
        if charger_id is not None:
            document["charger_id"] = charger_id
        if isinstance(error, EVMeterConfigError):
            document["key"] = _OPTION_OF.get(error.key, error.key)
        if isinstance(error, EVMeterCommandError):
            document["code"] = error.code
        told = charger_id is None or charger_id in words
        self._write(document, words if told else f"{charger_id}: {words}")
        return code

    def warning(self, words: str) -> None:
        """Tell what the user should know and that ends nothing; in JSON as ``warning``."""
        self._write({"warning": words}, f"warning: {words}")

    @contextmanager
    def warnings_of_library(self) -> Iterator[None]:
        """Tell the library's own warnings too, such as a connection that was lost."""
        handler = _Handler(self)
        _LIBRARY.addHandler(handler)
        try:
            yield
        finally:
            _LIBRARY.removeHandler(handler)

    def _write(self, document: JsonObject, words: str) -> None:
        line = json.dumps(document) if self.as_json else f"evmeter: {printable(words)}"
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class _Handler(logging.Handler):
    def __init__(self, report: Report) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._report.warning(record.getMessage())


def _words(error: EVMeterError | TyperException) -> str:
    """Return an error in words, by the names of the command line."""
    if isinstance(error, TyperException):
        return " ".join(error.format_message().split())
    if isinstance(error, EVMeterConfigError) and error.key in _OPTION_OF:
        return str(error).replace(error.key, _OPTION_OF[error.key], 1)
    return str(error)
