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


@pytest.fixture
def iometer(site: RealSite) -> IOmeter:
    """The meter."""
    assert isinstance(site.meter, IOmeter)
    return site.meter


async def test_every_phase_is_read(site: RealSite) -> None:
    """A power has a sign; the nominal voltage makes it a current."""
    await journeys.measured(site, within=6)


async def test_overload(site: RealSite) -> None:
    """It is seen when it is pushed, and cut at once."""
    await journeys.cut_and_raised(site, within=6, leaves=11)


async def test_silent_and_back(site: RealSite) -> None:
    """The stream breaks: the car gets the fallback current, until it is joined again."""
    await journeys.silent_and_back(site, noticed=36, found=40)


async def test_a_reading_head_that_is_gone(site: RealSite, iometer: IOmeter) -> None:
    """Its bridge goes on to tell how it is, and Home Assistant reports the last reading with that."""
    await site.clock.until(lambda: site.mains == (18, 18, 18), 15)
    iometer.head_is_there = False
    site.house.load = journeys.OVEN
    await site.clock.until(lambda: site.house.offered == journeys.FALLBACK, 41)
    assert site.stale
    iometer.head_is_there = True
    await site.clock.until(lambda: not site.stale and site.mains == (19, 8, 8), 11)
