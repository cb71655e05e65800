"""Run the demonstration: until Ctrl-C, or once through its story with a verdict."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import signal
import socket
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .home_assistant import (
    REPOSITORY,
    DemonstrationError,
    prepare_folder,
    running_home_assistant,
)
from .house import CHARGER_ID, DemonstrationHouse, living_house
from .installation import install
from .pictures import take_pictures
from .pictures_of_flows import take_pictures_of_flows
from .story import Story
from .table import show

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .home_assistant import HomeAssistant

FOLDER = REPOSITORY / ".demo"
DASHBOARD = REPOSITORY / "docs" / "dashboard.yaml"
USUAL_PORT = 8123
STATE_ENTITY = "sensor.demo_house_balancing_state"
REASON_ENTITY = "sensor.demo_house_binding_reason"
MAINS_ENTITIES = tuple(f"sensor.demo_house_mains_current_l{phase}" for phase in (1, 2, 3))


def main() -> int:
    """Read the command line, run, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A simulated house and charger, a real MQTT broker and a real Home Assistant with this "
        "integration. Runs until Ctrl-C; everything it makes is in the folder .demo.",
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="play a few scripted minutes, print what happened, exit 0 if all was well",
    )
    parser.add_argument("--port", type=int, help=f"of Home Assistant (default {USUAL_PORT}, or a free one)")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="with --once: put screenshots of the pages there"
    )
    parser.add_argument(
        "--flows",
        action="store_true",
        help="with --pictures: set everything up by hand instead of playing, with a picture of every step",
    )
    arguments = parser.parse_args()
    if arguments.pictures and not arguments.once:
        parser.error("--pictures goes with --once")
    if arguments.flows and not arguments.pictures:
        parser.error("--flows goes with --pictures")
    # Asked to end by whatever started it, it stops Home Assistant and the broker as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if arguments.flows:
            return asyncio.run(_walk_flows(arguments.port, arguments.pictures))
        return asyncio.run(_run(arguments.once, arguments.port, arguments.pictures))
    except KeyboardInterrupt:
        print("\nstopped")
        return 0
    except DemonstrationError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


async def _run(once: bool, port: int | None, pictures: Path | None) -> int:
    async with _demonstration(port or _free_port(), quiet=once) as (house, home_assistant):
        if once:
            return await _play(house, home_assistant, pictures)
        house.charger.plug()
        login = home_assistant.login
        print(f"\nOpen {home_assistant.url}/load-balancing   user {login.user}   password {login.password}\n")
        await show(house, home_assistant, STATE_ENTITY, REASON_ENTITY)
    return 0


async def _walk_flows(port: int | None, pictures: Path) -> int:
    """Walk through every dialogue in a browser; nothing is set up before."""
    folder = FOLDER / "flows"
    port = port or _free_port()
    with _only_user_of(folder):
        async with living_house(quiet=True) as house:
            prepare_folder(folder, port, DASHBOARD)
            async with running_home_assistant(folder, port) as home_assistant:
                failures = await take_pictures_of_flows(home_assistant, house, pictures)
    for failure in failures:
        print(f"    FAILED {failure}")
    print(f"\n{len(failures)} things were wrong" if failures else f"\nevery step is in {pictures}")
    return 1 if failures else 0


@asynccontextmanager
async def _demonstration(
    port: int, *, quiet: bool
) -> AsyncIterator[tuple[DemonstrationHouse, HomeAssistant]]:
    """Start everything, set it up, and stop it all at the end."""
    folder = FOLDER / ("once" if quiet else "config")
    started = time.monotonic()
    print("starting the broker, the simulated house and its charger", flush=True)
    with _only_user_of(folder):
        async with _running(folder, port, quiet=quiet) as running:
            print(f"ready after {time.monotonic() - started:.0f} s; the charger is {CHARGER_ID}", flush=True)
            yield running


@asynccontextmanager
async def _running(
    folder: Path, port: int, *, quiet: bool
) -> AsyncIterator[tuple[DemonstrationHouse, HomeAssistant]]:
    async with living_house(quiet=quiet) as house:
        print(f"starting Home Assistant in {folder}", flush=True)
        prepare_folder(folder, port, DASHBOARD)
        async with running_home_assistant(folder, port) as home_assistant:
            print("setting it up through its own dialogues: DSMR meter, EV-Meter site, charger", flush=True)
            await install(home_assistant, house)
            await home_assistant.wait_for_states(STATE_ENTITY, *MAINS_ENTITIES)
            yield house, home_assistant


@contextmanager
def _only_user_of(folder: Path) -> Iterator[None]:
    """Keep a second demonstration from clearing the folder of a running one."""
    FOLDER.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemonstrationError(f"another demonstration is running in {folder}") from None
        yield


async def _play(house: DemonstrationHouse, home_assistant: HomeAssistant, folder: Path | None) -> int:
    async def picture(name: str) -> None:
        if folder is not None:
            await take_pictures(home_assistant, folder, name)

    failures = await Story(house, picture).tell()
    if failures:
        print(f"\n{len(failures)} of the promises were broken")
        return 1
    print("\nevery promise was kept")
    return 0


def _free_port() -> int:
    """Return the usual port if nobody listens there, else a free one."""
    for wanted in (USUAL_PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemonstrationError("no free port on 127.0.0.1")


if __name__ == "__main__":
    sys.exit(main())
