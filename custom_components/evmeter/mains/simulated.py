"""Mains currents of a simulated house, to try load balancing without a meter."""

from collections.abc import Callable, Mapping
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from evmeter_client.simulator import House, MeterSample, SiteMoment

from ..balancing.model import MainsReading, Phase, SiteSettings
from ..const import CONF_SEED
from ..form_fields import number
from ..settings import MainsKind, SimulatedMainsSettings, read_seed
from ..simulation import Simulation, simulation_of
from .base import Mains, Quantity, SourceProblem, SourceView


class SimulatedMains(Mains):
    """Reads the meter of the simulated site."""

    kind: ClassVar = MainsKind.SIMULATED

    def __init__(
        self, hass: HomeAssistant, entry_id: str, site: SiteSettings, house: SimulatedMainsSettings
    ) -> None:
        """Prepare a house with the seed the user chose; ``entry_id`` names the simulation it is part of."""
        super().__init__(hass, site)
        self._entry_id = entry_id
        self._seed = house.seed
        self._listener: Callable[[], None] | None = None
        self._release: CALLBACK_TYPE | None = None
        self._simulation: Simulation | None = None
        self._sample: MeterSample | None = None
        self._measured_at = 0.0

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._simulation = simulation_of(self.hass, self._entry_id)
        self._simulation.site.house = House(seed=self._seed)
        self._release = self._simulation.use(self._take)

    @override
    async def async_stop(self) -> None:
        self._listener = None
        if self._release is not None:
            self._release()
            self._release = None

    @property
    @override
    def reading(self) -> MainsReading:
        return MainsReading(
            current=(None,) * self.phase_count
            if self._sample is None
            else self._sample.currents[: self.phase_count],
            measured_at=(self._measured_at,) * self.phase_count,
            resolution=self._resolution,
            period=self._period,
        )

    @property
    @override
    def sources(self) -> tuple[SourceView, ...]:
        age = None if self._sample is None else max(0.0, self.hass.loop.time() - self._measured_at)
        return tuple(
            SourceView(
                phase=phase,
                quantity=Quantity.CURRENT,
                entity_id="",
                value=current,
                unit=UnitOfElectricCurrent.AMPERE,
                age=age,
                period=None if self._sample is None else self._period,
                resolution=self._resolution,
                problem=SourceProblem.UNAVAILABLE if current is None else SourceProblem.OK,
            )
            for phase, current in zip(Phase, self.reading.current, strict=False)
        )

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        default = stored.get(CONF_SEED, "1")
        return vol.Schema({vol.Required(CONF_SEED, default=default): number(step=1)})

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        return {CONF_SEED: str(read_seed(user_input))}

    @property
    def _resolution(self) -> float:
        return 0.01 if self._simulation is None else self._simulation.site.meter.settings.resolution

    @property
    def _period(self) -> float:
        return 1.0 if self._simulation is None else self._simulation.site.meter.settings.period

    @callback
    def _take(self, moment: SiteMoment) -> None:
        if moment.sample is None:
            return
        self._sample = moment.sample
        self._measured_at = self.hass.loop.time() - (moment.time - moment.sample.measured_at)
        if self._listener is not None:
            self._listener()
