"""A P1 Monitor behind Home Assistant's own integration: whole amps, powers to 1 W, every 5 s."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant

from . import journeys
from .devices.house import House
from .devices.lektrico import Lektrico
from .devices.p1_monitor import P1Monitor
from .real_site import RealSite, real_site


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges at 16 A."""
    house = House()
    async with real_site(hass, monkeypatch, P1Monitor(house), Lektrico(house)) as site:
        yield site


async def test_every_phase_is_read(site: RealSite) -> None:
    """Currents are coarse and have no sign; the powers say more."""
    await journeys.measured(site, within=6)
    assert site.coordinator.mains.reading.resolution < 0.05


async def test_overload(site: RealSite) -> None:
    """It is seen when the meter is read, and cut at once."""
    await journeys.cut_and_raised(site, within=6, leaves=11)


async def test_silent_and_back(site: RealSite) -> None:
    """Its entities become unavailable; 30 s after the last reading the car gets the fallback current."""
    await journeys.silent_and_back(site, noticed=36, found=6)
