"""What every charger and every meter goes through on a site of 25 A per phase with a margin of 0.5 A."""

from typing import Final

from custom_components.evmeter.balancing.model import ChargerState
from custom_components.evmeter.chargers import ChargerProblem

from .real_site import RealSite

MOST: Final = 24.5
"""What the mains may carry [A]."""

QUIET: Final = (2.0, 2.0, 2.0)
OVEN: Final = (13.0, 2.0, 2.0)
OVEN_AND_SHOWER: Final = (20.0, 2.0, 2.0)
"""What the house draws per phase [A]; with the last one no car fits on L1."""

FALLBACK: Final = 6.0
"""What the charger may take while the meter is silent [A]."""


async def cut_and_raised(site: RealSite, *, within: int, leaves: float) -> None:
    """The oven comes on and the car gets less, then it goes off and the car gets it all back.

    Args:
        site: a car charges, the house is quiet.
        within: the mains are back below their limit after this time [s].
        leaves: what fits beside the oven [A].
    """
    clock, house = site.clock, site.house
    await clock.until(lambda: site.state is ChargerState.CHARGING and site.mains == (18, 18, 18), 15)
    house.load = OVEN
    await clock.until(lambda: max(house.mains) <= MOST, within)
    assert house.offered == leaves
    await clock.until(lambda: site.limit == leaves and site.mains[0] == round(13 + leaves, 1), 15)
    assert (site.state, site.problem) == (ChargerState.CHARGING, ChargerProblem.NONE)
    house.load = QUIET
    await clock.until(lambda: min(house.charging) == 16, 90)
    await clock.until(lambda: site.limit == house.offered, 15)
    assert max(house.mains) <= MOST
    assert site.writes_failed == 0


async def paused_and_resumed(site: RealSite, *, within: int) -> None:
    """Nothing is left for the car: it pauses, and charges again when there is room.

    Args:
        site: a car charges, the house is quiet.
        within: the car is paused after this time [s].
    """
    clock, house = site.clock, site.house
    await clock.until(lambda: site.state is ChargerState.CHARGING, 15)
    house.load = OVEN_AND_SHOWER
    await clock.until(lambda: house.offered == 0, within)
    await clock.until(lambda: site.state is ChargerState.PAUSED and site.limit == 0, 15)
    house.load = QUIET
    await clock.until(lambda: min(house.charging) == 16, 120)
    await clock.until(lambda: site.state is ChargerState.CHARGING and site.limit == house.offered, 15)
    assert site.writes_failed == 0


async def lost_and_found(site: RealSite, *, noticed: int, found: int) -> None:
    """The charger goes away; an overload meanwhile is cut once it is back.

    Args:
        site: a car charges, the house is quiet.
        noticed: the charger is known to be away after this time [s].
        found: it is known to be back, and has its limit, after this time [s].
    """
    clock, house = site.clock, site.house
    await clock.until(lambda: site.state is ChargerState.CHARGING, 15)
    await site.charger.switch_off()
    await clock.until(lambda: site.problem is ChargerProblem.UNAVAILABLE, noticed)
    assert site.state is ChargerState.UNAVAILABLE
    house.load = OVEN
    await clock.run(15)
    assert max(house.mains) > MOST
    assert site.writes_failed > 0
    await site.charger.switch_on()
    await clock.until(lambda: max(house.mains) <= MOST, found)
    await clock.until(lambda: site.state is ChargerState.CHARGING and site.limit == house.offered, 15)
    assert (site.problem, site.writes_failed) == (ChargerProblem.NONE, 0)


async def measured(site: RealSite, *, within: int) -> None:
    """Every phase is read for what it carries, and what is fed in counts as nothing.

    Args:
        site: a car charges, the house is quiet.
        within: a change is seen after this time [s].
    """
    site.house.load = (1.4, -3.0, 6.0)
    await site.clock.until(lambda: site.mains == (17.4, 13, 22), within)
    site.house.load = (1.4, -20.0, 6.0)
    await site.clock.until(lambda: site.mains == (17.4, 0, 22), within)


async def silent_and_back(site: RealSite, *, noticed: int, found: int) -> None:
    """The meter goes away: the car gets no more than the fallback current, until the meter is back.

    Args:
        site: a car charges, the house is quiet.
        noticed: the meter is known to be silent, and the limit is written, after this time [s].
        found: it is known to be back after this time [s].
    """
    clock, house = site.clock, site.house
    await clock.until(lambda: site.mains == (18, 18, 18), 15)
    await site.meter.switch_off()
    await clock.until(lambda: house.offered == FALLBACK, noticed)
    assert site.stale
    await site.meter.switch_on()
    await clock.until(lambda: not site.stale, found)
    await clock.until(lambda: min(house.charging) == 16, 90)
