"""The live table of the demonstration: three phases against the fuse, and what the charger is allowed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .house import FUSE_RATING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .home_assistant import HomeAssistant
    from .house import DemonstrationHouse, Second

BAR_AMPS_PER_CELL = 0.5
BAR_CELLS = 64
LINE_INTERVAL = 10.0
"""Without a terminal a line is printed this often [s]."""


async def show(
    house: DemonstrationHouse, home_assistant: HomeAssistant, state_entity: str, reason_entity: str
) -> None:
    """Show the phases until cancelled."""
    console = Console()
    if not console.is_terminal:
        while True:
            console.print(_line(house.now), highlight=False)
            await asyncio.sleep(LINE_INTERVAL)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            states = await home_assistant.states()
            state, reason = (states.get(one, "?").replace("_", " ") for one in (state_entity, reason_entity))
            caption = f"{state}, limit bound by: {reason}"
            live.update(_table(house.now, caption), refresh=True)
            await asyncio.sleep(1)


def _line(second: Second) -> str:
    phases = "  ".join(f"L{n} {amps:5.1f} A" for n, amps in enumerate(second.mains, start=1))
    return f"{second.time:6.0f} s  {phases}  limit {second.limit:4.1f} A"


def _table(second: Second, caption: str) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    for number, (house, car, mains) in enumerate(
        zip(second.house, second.car, second.mains, strict=True), start=1
    ):
        colour = "red" if mains > FUSE_RATING else "default"
        table.add_row(f"L{number}", _bar(house, car), Text(f"{mains:5.1f} A", style=colour))
    legend = Text.assemble(
        ("█ house  ", "blue"), ("█ car  ", "green"), ("│ fuse ", "red"), (f"{FUSE_RATING:g} A    "), caption
    )
    return Group(table, legend, Text(f"charger limit {second.limit:g} A"))


def _bar(house: float, car: float) -> Text:
    """Draw house and car one after the other, with the fuse as a line."""
    fuse = round(FUSE_RATING / BAR_AMPS_PER_CELL)
    house_end = round(max(0.0, house) / BAR_AMPS_PER_CELL)
    car_end = house_end + round(car / BAR_AMPS_PER_CELL)
    bar = Text()
    for cell in range(BAR_CELLS):
        style = "blue" if cell < house_end else "green" if cell < car_end else "default"
        if cell == fuse:
            bar.append("│", style="red")
        else:
            bar.append("█" if cell < car_end else " ", style=style)
    return bar
