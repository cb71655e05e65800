"""A Lektrico 3P22K behind Home Assistant's own integration: it has no switch, 0 A pauses."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant

from custom_components.evmeter.balancing.model import ChargerState

from . import journeys
from .devices.house import House
from .devices.lektrico import Lektrico
from .devices.p1_monitor import P1Monitor
from .real_site import RealSite, real_site


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges behind a meter that is read every 5 s."""
    house = House()
    async with real_site(hass, monkeypatch, P1Monitor(house), Lektrico(house)) as site:
        yield site


async def test_limits_follow_the_house(site: RealSite) -> None:
    """Its dynamic limit is meant to be changed all the time."""
    assert site.limits["max_current"] == "32"
    await journeys.cut_and_raised(site, within=6, leaves=11)
    assert site.draw == (16, 16, 16)


async def test_pause_and_resume(site: RealSite) -> None:
    """It rides at its minimum for a while, as the breaker allows, and then pauses."""
    await journeys.paused_and_resumed(site, within=60)


async def test_lost_and_found(site: RealSite) -> None:
    """It is asked every 10 s."""
    await journeys.lost_and_found(site, noticed=11, found=15)


async def test_unplugged(site: RealSite) -> None:
    """A car that is taken away is no longer reckoned with."""
    site.house.car.plugged = False
    await site.clock.until(lambda: site.state is ChargerState.DISCONNECTED, 11)
    assert site.draw == (0, 0, 0)
