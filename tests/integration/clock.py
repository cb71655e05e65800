"""A clock that is quick: minutes pass in moments."""

from datetime import timedelta

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed


class Clock:
    """A clock for Home Assistant's timers and the event loop's time alike."""

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hass = hass
        self.seconds = 0
        self.began = dt_util.utcnow()
        real = hass.loop.time
        monkeypatch.setattr(hass.loop, "time", lambda: real() + self.seconds)

    async def run(self, seconds: int) -> None:
        """Let seconds pass."""
        for _ in range(seconds):
            self.seconds += 1
            async_fire_time_changed(self.hass, self.began + timedelta(seconds=self.seconds))
            await self.hass.async_block_till_done()
