"""Screenshots of the demonstration's pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .browser import logged_in_page

if TYPE_CHECKING:
    from pathlib import Path

    from .home_assistant import HomeAssistant

PAGES = {
    "dashboard": "/load-balancing",
    "integration": "/config/integrations/integration/evmeter",
}
SETTLE_TIME = 4.0
"""The frontend draws its cards one after the other [s]."""


async def take_pictures(home_assistant: HomeAssistant, folder: Path, moment: str) -> None:
    """Take a picture of every page, in the light and the dark theme for the dashboard.

    Args:
        home_assistant: the running Home Assistant.
        folder: where the pictures go.
        moment: name of the moment; ``dashboard`` is the one the documents show.
    """
    async with logged_in_page(home_assistant) as page:
        for name, path in PAGES.items():
            await page.goto(home_assistant.url + path, wait_until="load")
            await asyncio.sleep(SETTLE_TIME)
            await page.screenshot(
                path=folder / f"{name if moment == 'dashboard' else f'{moment}-{name}'}.png"
            )
