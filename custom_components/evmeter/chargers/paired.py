"""An EV-Meter charger that can only be read, paired with entities that limit it."""

from collections.abc import Callable
from dataclasses import replace
from typing import override

from homeassistant.core import HomeAssistant

from ..balancing.model import Amps, ChargerReading, ChargerSettings, ChargerState
from ..settings import EntityChargerSettings, PairedChargerSettings
from .base import ChargerProblem
from .entities import EntityCharger
from .evmeter import EVMeterCharger
from .number_limit import NumberLimit


class PairedCharger(EVMeterCharger):
    """Reads the charger over its connection, and writes limits through a number and a switch.

    What the writes cost, how soon they work and the limit in force are those of the entities; everything else
    is what the charger tells. While the number is away the charger is still read, and says what is wrong.
    """

    def __init__(
        self, hass: HomeAssistant, settings: ChargerSettings, phase_count: int, pair: PairedChargerSettings
    ) -> None:
        """Prepare a client, and look the entities up.

        Raises:
            SettingsErrors: the client cannot use the connection settings.
        """
        super().__init__(hass, settings, phase_count, pair.connection)
        entities = EntityChargerSettings(limit=pair.limit, switch=pair.switch)
        self._limiter = EntityCharger(hass, settings, phase_count, entities, NumberLimit(hass, pair.limit))
        self.can_limit = True
        limited = self._limiter.settings
        self.settings = replace(
            limited,
            reaction=replace(limited.reaction, report_period=self.poll_interval),
            has_draw_sensor=True,
        )

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        await super().async_start(listener)
        await self._limiter.async_start(listener)

    @override
    async def async_stop(self) -> None:
        await self._limiter.async_stop()
        await super().async_stop()

    @property
    @override
    def reading(self) -> ChargerReading:
        told = super().reading
        if told.state is ChargerState.UNAVAILABLE:
            return told
        limit = self._limiter.reading.limit
        paused = limit == 0 and told.state is ChargerState.READY
        return replace(told, limit=limit, state=ChargerState.PAUSED if paused else told.state)

    @property
    @override
    def problem(self) -> ChargerProblem:
        own = super().problem
        return self._limiter.problem if own is ChargerProblem.NONE else own

    @property
    @override
    def entities(self) -> tuple[str, ...]:
        return self._limiter.entities

    @override
    async def async_write(self, limit: Amps) -> None:
        await self._limiter.async_write(limit)
