"""A YouLess LS120 behind Home Assistant's own integration: fine currents without a sign, every 10 s."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant

from . import journeys
from .devices.house import House
from .devices.lektrico import Lektrico
from .devices.youless import YouLess
from .real_site import RealSite, real_site


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges at 16 A."""
    house = House()
    async with real_site(hass, monkeypatch, YouLess(house), Lektrico(house)) as site:
        yield site


async def test_every_phase_is_read(site: RealSite) -> None:
    """The power beside a current tells its direction."""
    await journeys.measured(site, within=11)


async def test_overload(site: RealSite) -> None:
    """It is seen when the meter is read, and cut at once."""
    await journeys.cut_and_raised(site, within=11, leaves=11)


async def test_silent_and_back(site: RealSite) -> None:
    """Its entities become unavailable; after six periods the car gets the fallback current."""
    await journeys.silent_and_back(site, noticed=71, found=11)
