"""A real browser, logged in to the demonstration's Home Assistant."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError, async_playwright

from .home_assistant import DemonstrationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from .home_assistant import HomeAssistant

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The first row: works as root and without a graphics card. The rest: the browser calls nobody by itself.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@asynccontextmanager
async def logged_in_page(
    home_assistant: HomeAssistant, *, width: int = 1280, height: int = 900, dark: bool = False
) -> AsyncIterator[Page]:
    """Open a browser whose pages are logged in.

    Args:
        home_assistant: the running Home Assistant.
        width: of the window [px].
        height: of the window [px].
        dark: prefer the dark theme.

    Raises:
        DemonstrationError: no browser is installed.
    """
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    async with async_playwright() as playwright:
        # Without a browser of the system, playwright's own is used: scripts/setup sees to one of the two.
        try:
            browser = await playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        except PlaywrightError as error:
            raise DemonstrationError(f"no browser can be started: {error}") from error
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            await context.add_init_script(_login_script(home_assistant))
            yield await context.new_page()
        finally:
            await browser.close()


def _login_script(home_assistant: HomeAssistant) -> str:
    login = home_assistant.login
    tokens = {
        "hassUrl": home_assistant.url,
        "clientId": f"{home_assistant.url}/",
        "access_token": login.access_token,
        "refresh_token": login.refresh_token,
        "token_type": "Bearer",
        "expires_in": login.expires_in,
        "expires": int((time.time() + login.expires_in) * 1000),
    }
    return f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
