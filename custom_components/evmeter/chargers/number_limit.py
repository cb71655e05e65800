"""A limit that is the value of a number entity."""

from typing import override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from evmeter_client.models import PerPhase

from .followed import FollowedEntity
from .limit_port import LimitPort, async_act, write_failed


class NumberLimit(LimitPort):
    """Writes one limit for all terminals into a number; one above its maximum is written as the maximum."""

    def __init__(self, hass: HomeAssistant, reference: str) -> None:
        """Look the number up; ``reference`` is its registry id."""
        self._hass = hass
        self._number = FollowedEntity(hass, reference)

    @property
    @override
    def entities(self) -> tuple[FollowedEntity, ...]:
        return (self._number,)

    @property
    @override
    def available(self) -> bool:
        return self._number.available

    @property
    @override
    def current(self) -> float | None:
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
