"""What the balancer remembers, kept over a restart of Home Assistant, and the clock it goes on with.

The balancer's times are on a clock that must not jump. After a restart the event loop's clock starts
anywhere; so the balancer's clock is the event loop's plus an offset, chosen such that it goes on.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .balancing import (
    Balancer,
    ChargerReading,
    ChargerSettings,
    JsonObject,
    MainsReading,
    SiteSettings,
    StateError,
)
from .const import DOMAIN, LOGGER

VERSION: Final = 1

LONGEST_BREAK: Final = 120.0
"""What was known longer ago is no evidence any more [s]."""


class StoredMemory(TypedDict):
    """What is stored.

    Attributes:
        saved_at: seconds since 1970 UTC.
        now: the balancer's clock at that moment [s].
        balancer: as `Balancer.as_dict` returned it.
    """

    saved_at: float
    now: float
    balancer: JsonObject


class BalancerMemory:
    """Stores and restores the balancer of one site.

    Attributes:
        offset: from the event loop's clock to the balancer's [s].
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare the store of one config entry."""
        self._hass = hass
        self._store: Store[StoredMemory] = Store(hass, VERSION, f"{DOMAIN}.{entry_id}")
        self.offset = 0.0

    @property
    def now(self) -> float:
        """The balancer's clock [s]."""
        return self._hass.loop.time() + self.offset

    def mains(self, reading: MainsReading) -> MainsReading:
        """Return a reading on the balancer's clock."""
        return replace(reading, measured_at=tuple(at + self.offset for at in reading.measured_at))

    def charger(self, reading: ChargerReading) -> ChargerReading:
        """Return a reading on the balancer's clock."""
        if reading.measured_at is None:
            return reading
        return replace(reading, measured_at=reading.measured_at + self.offset)

    async def async_restore(self, site: SiteSettings, chargers: Sequence[ChargerSettings]) -> Balancer:
        """Return the balancer as it was, or a new one where too much time has passed."""
        stored = await self._store.async_load()
        if stored is None:
            return Balancer(site, chargers)
        passed = dt_util.utcnow().timestamp() - stored["saved_at"]
        if not 0 <= passed <= LONGEST_BREAK:
            return Balancer(site, chargers)
        try:
            balancer = Balancer.from_dict(site, chargers, stored["balancer"])
        except StateError as error:
            LOGGER.info("Balancing begins anew, its stored state does not fit: %s", error)
            return Balancer(site, chargers)
        self.offset = stored["now"] + passed - self._hass.loop.time()
        return balancer

    async def async_save(self, balancer: Balancer) -> None:
        """Store the balancer."""
        await self._store.async_save(
            StoredMemory(saved_at=dt_util.utcnow().timestamp(), now=self.now, balancer=balancer.as_dict())
        )

    async def async_remove(self) -> None:
        """Forget everything, when the site is removed."""
        await self._store.async_remove()
