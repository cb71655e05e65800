"""Where the password and the token come from: files, the environment, or a question; never the command line.

A file named by flag or environment comes first, then ``EVMETER_PASSWORD`` or ``EVMETER_TOKEN``, then the
configuration file. Only then, and only where someone sits at the terminal, a password is asked for.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evmeter_client.cli.secret_files import read_secret_file, readable_by_others

if TYPE_CHECKING:
    from evmeter_client.cli.settings import ConnectionSettings


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and what its owner should know.

    Attributes:
        value: the secret, None = there is none; never shown.
        warning: for instance that others can read its file.
    """

    value: str | None = field(default=None, repr=False)
    warning: str | None = None


def find_secret(key: str, flags: ConnectionSettings, file: ConnectionSettings) -> Secret:
    """Find the ``password`` or the ``token``.

    Args:
        key: which of them.
        flags: settings from the command line and its environment.
        file: settings from the configuration file.

    Raises:
        EVMeterConfigError: a file that should hold it does not.
    """
    file_key = f"{key}_file"
    named: str | None = getattr(flags, file_key)
    if named is None:
        if value := os.environ.get(f"EVMETER_{key.upper()}"):
            return Secret(value)
        in_file: str | None = getattr(file, key)
        if in_file is not None:
            return Secret(in_file)
        named = getattr(file, file_key)
    if named is None:
        return Secret()
    secret = Secret(read_secret_file(file_key, named))
    path = Path(named).expanduser()
    if readable_by_others(path):
        return replace(secret, warning=f"others can read {path}, which holds a {key}")
    return secret


def ask_password(username: str, host: str) -> str | None:
    """Ask for a password at the terminal; None where nobody sits there, or just presses Enter.

    Raises:
        typer.Abort: by Ctrl-C, or at the end of the input.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    answer = typer.prompt(
        f"Password of {username} at {host}", default="", show_default=False, hide_input=True, err=True
    )
    return str(answer) or None
