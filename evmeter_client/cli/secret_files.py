"""Secrets in files: read whole, never shown."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from evmeter_client.exceptions import EVMeterConfigError

_MAX_SECRET: Final = 65_536


def read_secret_file(key: str, name: str) -> str:
    """Return the secret in a file, without the end of its line.

    Raises:
        EVMeterConfigError: the file cannot be read, or is no secret; ``key`` names the setting.
    """
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_SECRET + 1)
        secret = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise EVMeterConfigError(key, f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EVMeterConfigError(key, f"{path} is not a text in UTF-8") from None
    if not secret or len(content) > _MAX_SECRET:
        raise EVMeterConfigError(key, f"{path} is empty, or too long for a secret")
    return secret


def readable_by_others(path: Path) -> bool:
    """Say whether others than its owner may read a file; False on Windows, whose rights are other ones."""
    mode = path.stat().st_mode
    return os.name != "nt" and stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))
