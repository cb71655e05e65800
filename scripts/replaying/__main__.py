"""Replay a recorded history of the mains and show what the balancer would have done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing import SettingsError

from .clock import duration
from .examples import EXAMPLES
from .figures import result_of
from .history import read_history
from .loop import charger_of, replay, site_of
from .options import parse
from .picture import draw
from .problems import ReplayError
from .report import Replay, as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return the exit status: 0, or 2 for what cannot be used."""
    try:
        options = parse(arguments)
        if options.example is not None:
            print(EXAMPLES[options.example](), end="")
            return 0
        replayed = run(options)
        picture = _picture(options)
        if picture is not None:
            draw(replayed, picture)
    except (ReplayError, SettingsError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(as_json(replayed))
    else:
        print(as_text(replayed, options.moments))
        print(f"\npicture: {picture}")
    return 0


def run(options: Options) -> Replay:
    """Replay what the options name.

    Raises:
        ReplayError: something that was given cannot be used.
        SettingsError: naming the setting of site or charger that cannot be used.
    """
    history = read_history(options)
    if sys.stderr.isatty():
        print(f"replaying {duration(history.end - history.start)} ...", file=sys.stderr, flush=True)
    site = site_of(options, history.phase_count)
    charger = charger_of(options, history)
    car_most = options.maximum if options.car_maximum is None else options.car_maximum
    seconds = replay(history, site, charger, options)
    return Replay(
        history=history,
        site=site,
        charger=charger,
        car_most=car_most,
        seconds=seconds,
        result=result_of(history, site, charger, seconds, car_most),
    )


def _picture(options: Options) -> Path | None:
    """Return where the picture goes, None = nobody asked for one."""
    if options.output is not None or options.mains is None:
        return options.output
    return None if options.json else Path(f"{options.mains.stem}-replay.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
