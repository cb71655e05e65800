"""The README lists the meters that are found by themselves as the table has them, and marks what was run."""

import json
import re
from pathlib import Path
from typing import Final

from custom_components.evmeter.mains.meter_table import KNOWN_METERS, KnownMeter

from .core_descriptions import CORE
from .devices.iometer import IOmeter
from .devices.lektrico import Lektrico
from .devices.nrgkick import NRGkick
from .devices.openevse import OpenEVSE
from .devices.p1_monitor import P1Monitor
from .devices.v2c import V2C
from .devices.youless import YouLess

README = Path(__file__).parent.parent.parent / "README.md"

METERS_RUN: Final = {"dsmr", "dsmr_reader", IOmeter.domain, P1Monitor.domain, YouLess.domain}
"""Integrations that a test runs with a meter behind them."""

CHARGERS_RUN: Final = {charger.__name__ for charger in (Lektrico, NRGkick, OpenEVSE, V2C)}
"""Makers of chargers that a test runs behind their integrations."""

MARK: Final = " ✓"


def name(row: KnownMeter) -> str:
    """What Home Assistant calls an integration."""
    manifest = json.loads((CORE / row.integration / "manifest.json").read_text(encoding="utf-8"))
    return str(manifest["name"])


def line(row: KnownMeter) -> str:
    """The line of a row: what it tells per phase, and how often where that is known to be slow."""
    told = {
        "current": row.current,
        "power": row.power,
        "export apart": row.power_export,
        "voltage": row.voltage,
    }
    slow = row.period or (None if row.update is None else row.update.default)
    often = "" if slow is None else f"every {slow:g} s"
    if row.update is not None:
        often += ", an option"
    per_phase = ", ".join(quantity for quantity, key in told.items() if key is not None)
    mark = MARK if row.integration in METERS_RUN else ""
    return f"| {name(row)}{mark} | {len(row.phases)} | {per_phase} | {often} |".replace("  |", " |")


def test_the_readme_has_a_line_per_row() -> None:
    """In the order of their names; a row that changes needs its line changed."""
    text = README.read_text(encoding="utf-8")
    _, _, section = text.partition("### Meters found by themselves\n")
    shown = [each for each in section.partition("\n#")[0].splitlines() if each.startswith("| ")][1:]
    expected = sorted(dict.fromkeys(line(row) for row in KNOWN_METERS), key=str.casefold)
    assert shown == expected


def test_the_readme_marks_the_chargers_that_were_run() -> None:
    """One that is added to the tests is marked."""
    (chargers,) = re.findall(r"^\| (Besen, .*?) through", README.read_text(encoding="utf-8"), re.MULTILINE)
    marked = {maker.removesuffix(MARK) for maker in chargers.split(", ") if maker.endswith(MARK)}
    assert marked == CHARGERS_RUN
