"""A simulated charger with a car, to try load balancing without one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, override

import voluptuous as vol
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from evmeter_client.exceptions import EVMeterCommandError
from evmeter_client.models import ChargerReading as ChargerDetails
from evmeter_client.simulator import (
    Car,
    CarSettings,
    SimulatedCharger as Plant,
    SimulatedChargerSettings,
    SiteMoment,
)

from ..balancing.model import Amps, ChargerReading, ChargerSettings, ChargerState, Phase, ReactionProfile
from ..const import CONF_CAR_CURRENT, CONF_CAR_PHASES, DOMAIN, MANUFACTURER
from ..exceptions import ChargerWriteError
from ..form_fields import choice, number
from ..settings import ChargerKind, SimulatedCar, read_car
from ..simulation import simulation_of
from .base import Charger, ChargerDevice, ChargerProblem
from .evmeter_reading import to_balancing
from .wiring import at_terminals


class SimulatedCharger(Charger):
    """A charger of the simulated site, with a car that always wants to charge."""

    kind: ClassVar = ChargerKind.SIMULATED

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        settings: ChargerSettings,
        phase_count: int,
        car: SimulatedCar,
    ) -> None:
        """Plug a car into a new charger; ``entry_id`` names the simulation it is part of."""
        super().__init__(hass, settings, phase_count)
        self._entry_id = entry_id
        terminals = len(settings.wiring)
        self._plant = Plant(
            SimulatedChargerSettings(
                charger_id=settings.id,
                terminals=1 if terminals == 1 else 3,
                minimum_current=settings.min_current,
                maximum_current=settings.max_current,
                fallback_current=settings.fallback_current,
                whole_amps=False,
            ),
            epoch=dt_util.utcnow(),
        )
        self._plant.plug(Car(CarSettings(phases=min(car.phases, terminals), maximum_current=car.current)))
        self.settings = replace(
            settings, reaction=ReactionProfile(command_latency=2.0, report_latency=1.0, report_period=1.0)
        )
        self._listener: Callable[[], None] | None = None
        self._release: CALLBACK_TYPE | None = None
        self._measured_at: float | None = None

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        simulation = simulation_of(self.hass, self._entry_id)
        simulation.add_charger(self._plant, _whole_wiring(self.settings.wiring))
        release = simulation.use(self._take)

        @callback
        def leave() -> None:
            simulation.remove_charger(self._plant)
            release()

        self._release = leave

    @override
    async def async_stop(self) -> None:
        self._listener = None
        if self._release is not None:
            self._release()
            self._release = None

    @override
    async def async_poll(self) -> None:
        """Do nothing: every step of the simulation is heard."""

    @property
    @override
    def reading(self) -> ChargerReading:
        if self._measured_at is None:
            return ChargerReading(id=self.settings.id, state=ChargerState.UNAVAILABLE)
        return to_balancing(self._plant.reading(), self.settings, self.phase_count, self._measured_at)

    @property
    @override
    def details(self) -> ChargerDetails | None:
        return None if self._measured_at is None else self._plant.reading()

    @property
    @override
    def device(self) -> ChargerDevice:
        return ChargerDevice(manufacturer=MANUFACTURER, model="Simulated charger")

    @property
    @override
    def problem(self) -> ChargerProblem:
        return ChargerProblem.NONE

    @override
    async def async_write(self, limit: Amps) -> None:
        try:
            self._plant.set_current_limits(at_terminals(limit, self.settings), ttl=None)
        except EVMeterCommandError as error:
            raise ChargerWriteError(
                translation_domain=DOMAIN,
                translation_key="write_refused",
                translation_placeholders={"reason": error.message},
            ) from error

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        phases = [str(number) for number in range(1, phase_count + 1)]
        return vol.Schema(
            {
                vol.Required(CONF_CAR_PHASES, default=stored.get(CONF_CAR_PHASES, phases[-1])): choice(
                    phases, CONF_CAR_PHASES
                ),
                vol.Required(CONF_CAR_CURRENT, default=stored.get(CONF_CAR_CURRENT, "16")): number(
                    UnitOfElectricCurrent.AMPERE
                ),
            }
        )

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        return read_car(user_input)

    @callback
    def _take(self, _moment: SiteMoment) -> None:
        self._measured_at = self.hass.loop.time()
        if self._listener is not None:
            self._listener()


def _whole_wiring(wiring: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """Return the wiring with every terminal on a phase; a plant of two terminals does not exist."""
    if len(wiring) == 1:
        return wiring
    return wiring + tuple(phase for phase in Phase if phase not in wiring)
