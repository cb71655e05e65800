"""What a real Home Assistant saves under History, Download data, is what scripts/replay reads."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from demonstration.browser import logged_in_page
from demonstration.home_assistant import REPOSITORY, HomeAssistant, prepare_folder, running_home_assistant
from replaying.history import read_history
from replaying.options import parse

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.timeout(240)]

PATIENCE_MS = 30_000
MAINS = tuple(f"sensor.home_mains_current_l{number}" for number in (1, 2, 3))
DRAW = tuple(f"sensor.garage_current_l{number}" for number in (1, 2, 3))
ATTRIBUTES = {"unit_of_measurement": "A", "device_class": "current", "state_class": "measurement"}
COURSE = (("17.25", "16.0"), ("17.5", "16.0"), ("unavailable", "16.0"), ("18.25", "16.0"), ("3.5", "1.5"))
"""States of the mains and of the charger on each phase, second by second."""


@pytest.fixture
async def home_assistant(tmp_path: Path) -> AsyncIterator[HomeAssistant]:
    """Run a fresh Home Assistant with its recorder and its history panel."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path / "config"
    prepare_folder(folder, port, REPOSITORY / "docs" / "dashboard.yaml")
    async with running_home_assistant(folder, port) as running:
        yield running


async def test_download_is_replayed(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """Every change of both devices is in it, and so is the moment without a value."""
    for mains, draw in COURSE:
        for entity, state in (*((one, mains) for one in MAINS), *((one, draw) for one in DRAW)):
            body = {"state": state, "attributes": ATTRIBUTES}
            await home_assistant.call("POST", f"/api/states/{entity}", body)
        await asyncio.sleep(1)
    path = tmp_path / "history.csv"
    async with logged_in_page(home_assistant) as page:
        await download(page, home_assistant.url, path)
    history = read_history(parse(["--mains", str(path), "--charger", str(path)]))
    recording = history.mains.recording
    assert tuple(series.name for series in recording.series) == MAINS
    expected = tuple(None if mains == "unavailable" else float(mains) for mains, _ in COURSE)
    assert {series.values for series in recording.series} == {expected}
    assert abs(datetime.now(UTC).timestamp() - recording.end) < 120
    assert history.draw is not None
    assert [series.name for series in history.draw.phases if series is not None] == list(DRAW)
    assert history.house[0].currents == (1.25, 1.25, 1.25)
    assert history.house[-1].currents == (2.0, 2.0, 2.0)


async def download(page: Page, url: str, path: Path) -> None:
    """Open the history of both devices and save it, as a person does."""
    page.set_default_timeout(PATIENCE_MS)
    begin, end = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    stretch = "&".join(
        f"{name}={moment.isoformat(timespec='seconds').replace('+00:00', 'Z')}"
        for name, moment in (("start_date", begin), ("end_date", end))
    )
    await page.goto(f"{url}/history?entity_id={','.join(MAINS + DRAW)}&{stretch}")
    await expect(page.locator("state-history-charts canvas").first).to_be_visible()
    await page.locator("ha-dropdown ha-icon-button").last.click()
    async with page.expect_download() as started:
        await page.get_by_text("Download data", exact=True).click()
    await (await started.value).save_as(path)
