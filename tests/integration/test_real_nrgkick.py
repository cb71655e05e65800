"""An NRGkick behind Home Assistant's own integration: limits in tenths of an ampere, asked every 30 s."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant

from custom_components.evmeter.balancing.model import ChargerState

from . import journeys
from .devices.house import House
from .devices.nrgkick import NRGkick
from .devices.p1_monitor import P1Monitor
from .real_site import RealSite, real_site


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges behind a meter that is read every 5 s."""
    house = House()
    async with real_site(hass, monkeypatch, P1Monitor(house), NRGkick(house)) as site:
        yield site


async def test_limits_follow_the_house(site: RealSite) -> None:
    """Tenths of an ampere go out, and are read back with the very write."""
    assert site.limits["max_current"] == "32"
    await journeys.cut_and_raised(site, within=6, leaves=11.4)
    assert site.draw == (16, 16, 16)


async def test_pause_and_resume(site: RealSite) -> None:
    """It rides at its minimum for a while, as the breaker allows, and then pauses."""
    await journeys.paused_and_resumed(site, within=60)


async def test_lost_and_found(site: RealSite) -> None:
    """It is asked every 30 s, three times in a row."""
    await journeys.lost_and_found(site, noticed=35, found=35)


async def test_unplugged(site: RealSite) -> None:
    """A car that is taken away is no longer reckoned with."""
    site.house.car.plugged = False
    await site.clock.until(lambda: site.state is ChargerState.DISCONNECTED, 31)
    assert site.draw == (0, 0, 0)
