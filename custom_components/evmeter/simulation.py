"""The simulated house and chargers of one config entry: one clock, so that the meter sees the chargers.

The simulation lives as long as somebody uses it; with the last user its timer is gone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.hass_dict import HassKey

from evmeter_client.simulator import House, SimulatedCharger, SimulatedSite, SiteMoment, WiredCharger
from evmeter_client.simulator.basics import Phase as SimulatedPhase

from .balancing.model import Phase
from .const import DOMAIN

STEP: Final = timedelta(seconds=1)

_SIMULATIONS: HassKey[dict[str, Simulation]] = HassKey(f"{DOMAIN}_simulations")


class Simulation:
    """A simulated site that takes one step a second while it is used.

    Attributes:
        site: the plant.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make a house with nothing switched on and no chargers."""
        self.site = SimulatedSite(House(quiet=True))
        self._hass = hass
        self._entry_id = entry_id
        self._listeners: list[Callable[[SiteMoment], None]] = []
        self._stop_timer: CALLBACK_TYPE | None = None

    @callback
    def use(self, listener: Callable[[SiteMoment], None]) -> CALLBACK_TYPE:
        """Run the simulation and hear every step, until the returned callback is called."""
        self._listeners.append(listener)
        if self._stop_timer is None:
            self._stop_timer = async_track_time_interval(
                self._hass, self._step, STEP, name="EV-Meter simulation", cancel_on_shutdown=True
            )

        @callback
        def release() -> None:
            self._listeners.remove(listener)
            if not self._listeners and self._stop_timer is not None:
                self._stop_timer()
                self._stop_timer = None
                self._hass.data[_SIMULATIONS].pop(self._entry_id, None)

        return release

    @callback
    def add_charger(self, charger: SimulatedCharger, wiring: tuple[Phase, ...]) -> None:
        """Wire a charger to the mains."""
        phases = tuple(SimulatedPhase(phase) for phase in wiring)
        self.site.chargers = (*self.site.chargers, WiredCharger(charger, phases))

    @callback
    def remove_charger(self, charger: SimulatedCharger) -> None:
        """Take a charger off the mains."""
        self.site.chargers = tuple(wired for wired in self.site.chargers if wired.charger is not charger)

    @callback
    def _step(self, _now: datetime) -> None:
        moment = self.site.step(self.site.now + STEP.total_seconds())
        for listener in tuple(self._listeners):
            listener(moment)


@callback
def simulation_of(hass: HomeAssistant, entry_id: str) -> Simulation:
    """Return the simulation of a config entry, a new one where there is none."""
    simulations = hass.data.setdefault(_SIMULATIONS, {})
    if entry_id not in simulations:
        simulations[entry_id] = Simulation(hass, entry_id)
    return simulations[entry_id]
