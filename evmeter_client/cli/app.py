"""The commands of `evmeter`, and how a command line is run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.main import get_command

import evmeter_client
from evmeter_client.cli.decode import decode
from evmeter_client.cli.exit_codes import MEANINGS, ExitCode
from evmeter_client.cli.monitor import monitor
from evmeter_client.cli.option_groups import with_option_groups
from evmeter_client.cli.output import OutputClosedError, discard_output, never_fail_on_characters, write_line
from evmeter_client.cli.report import Report
from evmeter_client.cli.runner import TerminatedError
from evmeter_client.cli.set_limits import set_limits
from evmeter_client.cli.simulate import simulate
from evmeter_client.cli.status import status
from evmeter_client.cli.watch import watch
from evmeter_client.exceptions import EVMeterError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME: Final = "evmeter"
_EPILOG: Final = "\n\n".join(
    (
        "Settings of the connection: flags come first, then the environment, then a TOML file (--config).",
        "Exit status: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + ".",
    )
)

_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
"""What typer takes for true."""

app = typer.Typer(
    name=_NAME,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        write_line(f"{_NAME} {evmeter_client.__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """Read, follow, limit, decode and simulate EV-Meter chargers over MQTT."""


for _command in (status, watch, set_limits, decode, monitor, simulate):
    # A flag without a variable of its own has EVMETER_COMMAND_FLAG.
    _settings = {"auto_envvar_prefix": f"EVMETER_{_command.__name__.upper()}"}
    app.command(context_settings=_settings)(with_option_groups(_command))


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status; every error is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        never_fail_on_characters(stream)
    as_json = "--json" in arguments or os.environ.get("EVMETER_JSON", "").lower() in _TRUE
    try:
        status_code: int | None = get_command(app)(
            args=list(arguments) or ["--help"], prog_name=_NAME, standalone_mode=False
        )
    except (EVMeterError, typer.TyperException) as error:
        return Report(as_json).error(error)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except TerminatedError:
        return ExitCode.TERMINATED
    except OutputClosedError:
        discard_output()
        return ExitCode.CLOSED_PIPE
    return status_code or ExitCode.OK
