"""An IOmeter behind Home Assistant's own integration: powers alone, pushed every 5 s."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant

from . import journeys
from .devices.house import House
from .devices.iometer import IOmeter
from .devices.lektrico import Lektrico
from .real_site import RealSite, real_site


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges at 16 A."""
    house = House()
    async with real_site(hass, monkeypatch, IOmeter(house), Lektrico(house)) as site:
        yield site


async def test_every_phase_is_read(site: RealSite) -> None:
    """A power has a sign; the nominal voltage makes it a current."""
    await journeys.measured(site, within=6)


async def test_overload(site: RealSite) -> None:
    """It is seen when it is pushed, and cut at once."""
    await journeys.cut_and_raised(site, within=6, leaves=11)


async def test_silent_and_back(site: RealSite) -> None:
    """The stream breaks: the car gets the fallback current, until it is joined again."""
    await journeys.silent_and_back(site, noticed=36, found=40)
