"""A V2C Trydan behind Home Assistant's own integration: it tells no current."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant

from custom_components.evmeter.balancing.model import ChargerState

from . import journeys
from .devices.house import House
from .devices.p1_monitor import P1Monitor
from .devices.v2c import V2C
from .real_site import RealSite, real_site


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges behind a meter that is read every 5 s."""
    house = House()
    async with real_site(hass, monkeypatch, P1Monitor(house), V2C(house)) as site:
        yield site


async def test_limits_follow_the_house(site: RealSite) -> None:
    """What it draws is seen at the meter alone; it is cut all the same as soon as the meter is read."""
    assert site.limits["max_current"] == "32"
    await journeys.cut_and_raised(site, within=6, leaves=11)
    assert site.draw is None


async def test_pause_and_resume(site: RealSite) -> None:
    """Its switch is on while charging is paused."""
    await journeys.paused_and_resumed(site, within=6)


async def test_lost_and_found(site: RealSite) -> None:
    """It is asked every 5 s."""
    await journeys.lost_and_found(site, noticed=6, found=8)


async def test_unplugged(site: RealSite) -> None:
    """Its state says whether it charges; that no car is there is told by another entity."""
    site.house.car.plugged = False
    await site.clock.until(lambda: site.state is ChargerState.DISCONNECTED, 6)
    site.house.car.plugged = True
    await site.clock.until(lambda: site.state is ChargerState.CHARGING, 6)
