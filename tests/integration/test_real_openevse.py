"""An OpenEVSE behind Home Assistant's own integration: it pushes, and its limit overrides another one."""

from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientConnectionError
from homeassistant.core import HomeAssistant

from custom_components.evmeter.balancing.model import ChargerState
from custom_components.evmeter.chargers import ChargerProblem

from . import journeys
from .devices.house import House
from .devices.openevse import OpenEVSE
from .devices.p1_monitor import P1Monitor
from .real_site import RealSite, real_site

# Home Assistant asks the client library for something by a name that it is giving up.
pytestmark = pytest.mark.filterwarnings("ignore:vehicle_range is deprecated:DeprecationWarning")


@pytest.fixture
async def site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[RealSite]:
    """A car charges behind a meter that is read every 5 s."""
    house = House()
    async with real_site(hass, monkeypatch, P1Monitor(house), OpenEVSE(house)) as site:
        yield site


@pytest.fixture
def expected_lingering_timers() -> bool:
    """The client library leaves the timer of its web socket running when it is closed."""
    return True


@pytest.fixture
def unheeded(hass: HomeAssistant) -> None:
    """Home Assistant's integration does not expect that the charger is away when it asks for the override."""
    heed = hass.loop.get_exception_handler()
    assert heed is not None

    def handle(loop: AbstractEventLoop, context: dict[str, object]) -> None:
        if not isinstance(context.get("exception"), ClientConnectionError):
            heed(loop, context)

    hass.loop.set_exception_handler(handle)


@pytest.fixture
def openevse(site: RealSite) -> OpenEVSE:
    """The charger."""
    assert isinstance(site.charger, OpenEVSE)
    return site.charger


async def test_limits_follow_the_house(site: RealSite) -> None:
    """The number goes on to tell the configured maximum; what is in force is read all the same."""
    assert site.limits["max_current"] == "32"
    await journeys.cut_and_raised(site, within=6, leaves=11)
    assert site.limit == 22
    assert site.hass.states.async_all("number")[0].state == "32"
    assert site.draw == (16, 16, 16)


async def test_a_limit_is_written_once(site: RealSite) -> None:
    """What is read back is what was written: nothing is written again."""
    await journeys.cut_and_raised(site, within=6, leaves=11)
    await site.clock.run(5)
    writes = site.coordinator.data.writes_today
    await site.clock.run(60)
    assert site.coordinator.data.writes_today == writes


async def test_pause_and_resume(site: RealSite) -> None:
    """A list of states pauses; while it is disabled it pushes every 30 s."""
    await journeys.paused_and_resumed(site, within=60)


async def test_another_car_gets_no_more(site: RealSite, openevse: OpenEVSE) -> None:
    """The limit goes with the car that is unplugged; the next one is limited as soon as it charges."""
    site.house.load = journeys.OVEN
    await site.clock.until(lambda: max(site.house.mains) <= journeys.MOST, 6)
    await openevse.unplug()
    assert openevse.pilot == 32
    await site.clock.until(lambda: site.state is ChargerState.DISCONNECTED, 1)
    await site.clock.run(60)
    await openevse.plug()
    await site.clock.until(lambda: max(site.house.mains) <= journeys.MOST, 10)


async def test_what_is_not_a_current_is_no_limit(site: RealSite, openevse: OpenEVSE) -> None:
    """Some gateways put the state of the pilot signal in its place, until they tell everything again."""
    await site.clock.until(lambda: site.limit == 32, 15)
    await openevse.push({"state": 3, "pilot": 3})
    await site.clock.until(lambda: site.limit is None, 1)
    await site.clock.until(lambda: site.limit == openevse.pilot, 31)


@pytest.mark.usefixtures("unheeded")
async def test_lost(site: RealSite) -> None:
    """Home Assistant asks only every 5 min, so it is noticed late."""
    await site.clock.until(lambda: site.state is ChargerState.CHARGING, 15)
    await site.charger.switch_off()
    await site.clock.until(lambda: site.problem is ChargerProblem.UNAVAILABLE, 301)
    assert site.state is ChargerState.UNAVAILABLE


@pytest.mark.usefixtures("unheeded")
async def test_a_write_that_fails_is_tried_again(site: RealSite) -> None:
    """Long before Home Assistant knows that it is away; it is told as soon as it is back."""
    await site.clock.until(lambda: site.state is ChargerState.CHARGING and site.mains == (18, 18, 18), 15)
    await site.charger.switch_off()
    site.house.load = journeys.OVEN
    await site.clock.until(lambda: site.writes_failed > 0, 6)
    assert site.problem is ChargerProblem.NONE
    await site.charger.switch_on()
    await site.clock.until(lambda: max(site.house.mains) <= journeys.MOST, 10)
