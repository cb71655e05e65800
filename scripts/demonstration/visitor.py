"""A person at the browser: opens dialogues, fills them in, and takes a picture of all that is to be seen."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import ConsoleMessage, Locator, Page

    from .home_assistant import HomeAssistant

PATIENCE: Final = 45.0
"""Home Assistant answers within this, on a slow machine too [s]."""
SETTLE_TIME: Final = 1.0
"""Dialogues slide in, and labels move out of the way of what is filled in [s]."""

RAW: Final = re.compile(r"component\.evmeter\.|\{[a-z][a-z0-9_]*\}")
"""What nobody translated, or nobody filled in."""

HARMLESS: Final = ("Failed to load resource", "WebSocket connection", "favicon")
"""Said by a browser that finds no internet, or leaves a page."""


class Visitor:
    """Clicks through Home Assistant.

    Args:
        page: of a logged-in browser.
        home_assistant: the running Home Assistant.
        folder: where the pictures go; None takes none.

    Attributes:
        complaints: errors of the browser's console, and texts that are no texts, with the step they were at.
    """

    def __init__(self, page: Page, home_assistant: HomeAssistant, folder: Path | None) -> None:
        """Listen to what the browser complains about."""
        self.page = page
        self.complaints: list[str] = []
        self._url = home_assistant.url
        self._folder = folder
        self._step = "start"
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("console", self._hear)

    @property
    def dialogue(self) -> Locator:
        """The dialogue on top."""
        return self.page.locator("dialog[open]").last

    async def go(self, path: str) -> None:
        """Open a page."""
        await self.page.goto(self._url + path)

    async def see(self, text: str, *, timeout: float = PATIENCE) -> None:
        """Wait until a text is to be seen, at most for ``timeout`` [s]."""
        await self.page.get_by_text(text, exact=True).first.wait_for(timeout=1000 * timeout)

    async def see_error(self) -> None:
        """Wait until a form says that it was refused."""
        await self.page.locator("dialog-data-entry-flow ha-alert").first.wait_for()

    async def click(self, name: str) -> None:
        """Click a button by what is on it."""
        await self.page.get_by_role("button", name=name, exact=True).last.click()

    async def choose(self, text: str) -> None:
        """Click a text, such as one of several choices."""
        await self.page.get_by_text(text, exact=True).last.click()

    async def submit(self) -> None:
        """Send the form of the dialogue."""
        await self.click("Submit")

    async def fill(self, values: dict[str, str]) -> None:
        """Fill in fields by their labels."""
        for label, value in values.items():
            number = self.page.get_by_role("spinbutton", name=label)
            await number.or_(self.page.get_by_role("textbox", name=label)).last.fill(value)

    async def tick(self, label: str) -> None:
        """Click what has no text but a label: a switch, an icon."""
        await self.page.get_by_label(label, exact=True).last.click()

    async def open_menu(self) -> None:
        """Open the menu of the site on the integration's page."""
        await self.page.locator("ha-config-entry-row").first.get_by_label("Menu", exact=True).first.click()
        await asyncio.sleep(SETTLE_TIME)

    async def close(self) -> None:
        """Leave a dialogue as it is."""
        await self.click("Close")
        await asyncio.sleep(SETTLE_TIME)

    async def look(self, step: str, *, whole_page: bool = False) -> None:
        """Take a picture of the dialogue, or of the whole page, and look for texts that are no texts."""
        self._step = step
        await asyncio.sleep(SETTLE_TIME)
        for text in await self.page.get_by_text(RAW).all_inner_texts():
            self._complain(f"shows {text!r}")
        if self._folder is None:
            return
        shown = self.page if whole_page else self.dialogue
        await shown.screenshot(path=self._folder / f"{step}.png")
        print(f"    {step}", flush=True)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            self._complain(message.text)

    def _complain(self, text: str) -> None:
        self.complaints.append(f"{self._step}: {text}")
