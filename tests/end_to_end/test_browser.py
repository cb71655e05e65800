"""A person sets up a site and a charger in a real browser, and sees them on a dashboard."""

import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from demonstration.browser import logged_in_page
from demonstration.home_assistant import REPOSITORY, HomeAssistant, prepare_folder, running_home_assistant
from demonstration.visitor import Visitor

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.timeout(240)]

LEFT_MID_WRITE = "ClientConnectionResetError: Cannot write to closing transport"
DASHBOARD = REPOSITORY / "docs" / "dashboard.yaml"

# Step by step: the title of the dialogue, and what the person does before "Submit".
SITE_STEPS = (
    ("Where do the mains currents come from?", "Simulated house"),
    ("Simulated house", None),
    ("Is this your house?", None),
    ("The main fuse", None),
)
CHARGER_STEPS = (
    ("Which charger?", "Simulated charger"),
    ("Simulated charger", None),
    ("Limits and wiring", None),
)


@pytest.fixture
async def home_assistant(tmp_path: Path) -> AsyncIterator[HomeAssistant]:
    """Run a fresh Home Assistant with the documented dashboard."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The dashboard is written for the demo's charger; the simulated one of this test has another name.
    dashboard = tmp_path / "dashboard.yaml"
    dashboard.write_text(DASHBOARD.read_text().replace("ev_meter_demo_charger", "simulated_charger"))
    folder = tmp_path / "config"
    prepare_folder(folder, port, dashboard)
    async with running_home_assistant(folder, port) as running:
        yield running
    assert errors((folder / "hass.out").read_text()) == []


async def test_set_up_by_hand(home_assistant: HomeAssistant) -> None:
    """From "Add integration" to two devices and a dashboard with values, with nothing but clicks."""
    async with logged_in_page(home_assistant) as page:
        visitor = Visitor(page, home_assistant, None)
        await page.goto(f"{home_assistant.url}/config/integrations/dashboard/add?domain=evmeter")
        await page.get_by_role("button", name="OK", exact=True).click()
        await fill_in(page, SITE_STEPS[:-1])
        await bad_value_is_told_at_its_field(page)
        await fill_in(page, (SITE_STEPS[-1], *CHARGER_STEPS))
        await expect(page.get_by_text("Created configuration for Simulated charger.")).to_be_visible()

        await page.goto(f"{home_assistant.url}/config/integrations/integration/evmeter")
        for device in ("Demo house", "Simulated charger"):
            await expect(page.get_by_role("button", name=re.compile(f"{device} .*entities"))).to_be_visible()
        await looks_into(visitor, "Add circuit", "A circuit below the mains")
        await looks_into(visitor, "Configure", "Tuning")

        await page.goto(f"{home_assistant.url}/load-balancing")
        await expect(page.locator("hui-gauge-card")).to_have_count(3)
        await has_values(page.locator("hui-tile-card").all_inner_texts)
    assert visitor.complaints == []


def errors(log: str) -> list[str]:
    """Every error in a log with its traceback, but for the one that belongs to a browser.

    Whoever leaves a page while Home Assistant writes to it makes Home Assistant log just that.
    """
    records = re.split(r"^(?=\d{4}-\d\d-\d\d )", log, flags=re.MULTILINE)
    return [record for record in records if " ERROR " in record and LEFT_MID_WRITE not in record]


async def fill_in(page: Page, steps: tuple[tuple[str, str | None], ...]) -> None:
    """Go through the forms of a dialogue."""
    for title, choice in steps:
        await expect(page.get_by_text(title, exact=True).first).to_be_visible()
        if choice is not None:
            await page.get_by_text(choice, exact=True).last.click()
        await page.get_by_role("button", name="Submit", exact=True).last.click()


async def bad_value_is_told_at_its_field(page: Page) -> None:
    """A fuse of 0 A is refused in words at its field; then it is corrected."""
    rating = page.locator("ha-selector-number input").first
    await rating.fill("0")
    await page.get_by_role("button", name="Submit", exact=True).last.click()
    await expect(
        page.get_by_text("This is outside the allowed range, see the note at the field.")
    ).to_be_visible()
    await rating.fill("25")


async def looks_into(visitor: Visitor, button: str, title: str) -> None:
    """Open a dialogue, have its texts looked at, and leave it."""
    await visitor.click(button)
    await visitor.see(title)
    await visitor.look(title)
    await visitor.close()


async def has_values(texts: Callable[[], Awaitable[list[str]]]) -> None:
    """Every tile has something to show."""
    shown = await texts()
    assert len(shown) >= 10
    assert not [text for text in shown if "not found" in text or "Unavailable" in text], shown
