"""The configuration file: TOML, flat, with the names of the flags; an unknown key is an error."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import typer

from evmeter_client.cli.secret_files import readable_by_others
from evmeter_client.cli.settings import ConnectionSettings
from evmeter_client.exceptions import EVMeterConfigError

FILE_KEYS: Final = ("ca_file", "client_cert", "client_key", "password_file", "token_file")
"""Settings that name a file; in a configuration file they are relative to it."""

_SECRETS: Final = ("password", "token")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a configuration file says.

    Attributes:
        settings: its settings.
        warnings: what its owner should know.
    """

    settings: ConnectionSettings
    warnings: tuple[str, ...] = ()


def default_path() -> Path:
    """Return the configuration file that is read where none is named, in the platform's folder for it."""
    return Path(typer.get_app_dir("evmeter")) / "config.toml"


def read_config_file(named: str | None) -> ConfigFile:
    """Read the named file, or the default one if there is one.

    Raises:
        EVMeterConfigError: the file cannot be read (key ``config``), or a key in it is unknown, of the wrong
            type, or contradicts another one.
    """
    path = default_path() if named is None else Path(named).expanduser()
    if named is None and not path.is_file():
        return ConfigFile(ConnectionSettings())
    return _checked(_parse(path), path)


def _parse(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EVMeterConfigError("config", f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # not UTF-8, or not TOML: the parser names line and column, and no value
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise EVMeterConfigError("config", f"{path} is not TOML: {where}") from None


def _checked(values: dict[str, object], path: Path) -> ConfigFile:
    names = ConnectionSettings.names()
    for key in values.keys() - set(names):
        similar = get_close_matches(key, names, n=1)
        hint = f"; did you mean {similar[0]}?" if similar else ""
        raise EVMeterConfigError(key, f"not a setting, in {path}{hint}")
    for key in _SECRETS:
        if key in values and f"{key}_file" in values:
            raise EVMeterConfigError(f"{key}_file", f"given together with {key}, in {path}")
    for key in FILE_KEYS:
        value = values.get(key)
        if isinstance(value, str):
            values[key] = str(path.parent / Path(value).expanduser())
    try:
        settings = ConnectionSettings.from_values(values)
    except EVMeterConfigError as error:
        raise EVMeterConfigError(error.key, f"{str(error).partition(': ')[2]}, in {path}") from None
    held = [key for key in _SECRETS if key in values]
    if held and readable_by_others(path):
        return ConfigFile(settings, (f"others can read {path}, which holds a {' and a '.join(held)}",))
    return ConfigFile(settings)
