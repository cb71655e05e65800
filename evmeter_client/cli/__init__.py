"""The command line `evmeter`: read, follow, limit, decode and simulate chargers.

It needs the extra ``cli`` (``pip install 'aioevmeter[cli]'``). Nothing else in this library imports this
package, so the library itself needs neither typer nor rich. `exit_codes` has the exit statuses.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EXTRA = frozenset({"typer", "rich"})
# Two statuses of `ExitCode`, which needs the extra itself.
_EXTRA_MISSING = 2
_INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process and return its exit status."""
    try:
        run: Callable[[Sequence[str]], int] = import_module("evmeter_client.cli.app").run
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        sys.stderr.write(
            f"evmeter: {error.name} is missing; install it with: pip install 'aioevmeter[cli]'\n"
        )
        return _EXTRA_MISSING
    except KeyboardInterrupt:
        return _INTERRUPTED
    return run(sys.argv[1:])
