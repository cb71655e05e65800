"""What goes to standard output: lines, JSON lines and tables, until the reader goes away."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING, NoReturn, TextIO, override

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evmeter_client.dialects.strict_json import JsonValue


class OutputClosedError(Exception):
    """Nobody reads standard output any more."""


class OutputConsole(Console):
    """A console on standard output that leaves the end of a pipe to `evmeter_client.cli.app`."""

    def __init__(self) -> None:
        """Write to standard output; what is printed is data and never markup."""
        super().__init__(markup=False, highlight=False, emoji=False)

    @override
    def on_broken_pipe(self) -> NoReturn:
        raise OutputClosedError


def write_line(line: str) -> None:
    """Write a line to standard output, at once.

    Raises:
        OutputClosedError: nobody reads it.
    """
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise OutputClosedError from None


def write_json(document: Mapping[str, JsonValue]) -> None:
    """Write a JSON object as one line.

    Raises:
        OutputClosedError: nobody reads it.
    """
    write_line(json.dumps(document))


def discard_output() -> None:
    """Send what is still to be written nowhere, so that the interpreter ends without a complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def never_fail_on_characters(stream: TextIO) -> None:
    """Have characters the terminal cannot show written as escapes."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """Return a text from the wire with all that could control a terminal as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
