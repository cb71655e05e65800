"""A limit that is the value of a number entity."""

from typing import Final, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from evmeter_client.models import PerPhase

from .followed import FollowedEntity
from .limit_port import LimitPort, async_act, write_failed

LOWEST_CURRENT: Final = 6.0
"""What IEC 61851-1 lets a charger signal at least [A]."""


class NumberLimit(LimitPort):
    """Writes one limit for all terminals into a number; one above its maximum is written as the maximum."""

    def __init__(
        self,
        hass: HomeAssistant,
        reference: str,
        *,
        in_force: FollowedEntity | None = None,
        tells_in_force: bool = True,
    ) -> None:
        """Look the number up.

        Args:
            hass: the running Home Assistant.
            reference: registry id of the number.
            in_force: tells the limit in force, None = no other entity does.
            tells_in_force: the number itself does; False = it tells something else.
        """
        self._hass = hass
        self._number = FollowedEntity(hass, reference)
        self._in_force = in_force
        self._tells_in_force = tells_in_force

    @property
    @override
    def entities(self) -> tuple[FollowedEntity, ...]:
        return (self._number,)

    @property
    @override
    def beside(self) -> tuple[FollowedEntity, ...]:
        return () if self._in_force is None else (self._in_force,)

    @property
    @override
    def available(self) -> bool:
        return self._number.available

    @property
    @override
    def current(self) -> float | None:
        if self._in_force is None:
            return self._number.amperes if self._tells_in_force else None
        told = self._in_force.amperes
        # Some put another figure in its place for a while; no charger offers less.
        return told if told is not None and told >= LOWEST_CURRENT else None

    @property
    def set_to(self) -> float | None:
        """What the number itself tells [A], None = nothing."""
        return self._number.amperes

    @property
    @override
    def lowest(self) -> float:
        return self._number.attribute("min") or 0.0

    @property
    def highest(self) -> float | None:
        """The highest limit that the number takes [A], None = it does not say."""
        return self._number.attribute("max")

    @property
    @override
    def step(self) -> float | None:
        return self._number.attribute("step")

    @property
    @override
    def name(self) -> str:
        return self._number.entity_id or self._number.reference

    @property
    @override
    def device_id(self) -> str | None:
        entry = self._number.registry_entry
        return None if entry is None else entry.device_id

    @override
    async def async_write(self, limits: PerPhase) -> None:
        if not self.available:
            # Home Assistant silently leaves out what is unavailable.
            raise write_failed(f"{self.name} is unavailable")
        highest = self.highest
        current = min(limits) if highest is None else min(*limits, highest)
        data = {"entity_id": self.name, "value": current}
        await async_act(self._hass, Platform.NUMBER, "set_value", data, self.name)
