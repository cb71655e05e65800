"""Screenshots of the demonstration's pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .browser import logged_in_page

if TYPE_CHECKING:
    from pathlib import Path

    from .home_assistant import HomeAssistant

LOAD_TIMEOUT_MS = 60_000
SETTLE_TIME = 3.0
"""Graphs are drawn a little after the rest of a page [s]."""


@dataclass(frozen=True, slots=True)
class PageToShow:
    """A page of Home Assistant.

    Attributes:
        name: of the picture.
        path: of the page.
        landmark: what is on the page once it is there, as a selector.
    """

    name: str
    path: str
    landmark: str


PAGES = (
    PageToShow("dashboard", "/load-balancing", "hui-history-graph-card"),
    PageToShow("integration", "/config/integrations/integration/evmeter", "text=EV-Meter DEMO-CHARGER"),
)


async def take_pictures(home_assistant: HomeAssistant, folder: Path, moment: str) -> None:
    """Take a picture of every page.

    Args:
        home_assistant: the running Home Assistant.
        folder: where the pictures go.
        moment: name of the moment, the first part of the pictures' names; empty for the plain ones.
    """
    async with logged_in_page(home_assistant) as page:
        for shown in PAGES:
            await page.goto(home_assistant.url + shown.path)
            await page.locator(shown.landmark).first.wait_for(timeout=LOAD_TIMEOUT_MS)
            await asyncio.sleep(SETTLE_TIME)
            await page.screenshot(path=folder / f"{moment}{'-' if moment else ''}{shown.name}.png")
