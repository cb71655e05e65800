"""How chargers are reached: the base class, one module per kind, and their registry."""

from typing import Final

from homeassistant.core import HomeAssistant

from ..settings import (
    ChargerConfig,
    ChargerKind,
    EntityChargerSettings,
    EVMeterConnection,
    PairedChargerSettings,
    SimulatedCar,
    TemplateChargerSettings,
)
from .base import Charger, ChargerDevice, ChargerProblem
from .entities import EntityCharger
from .evmeter import EVMeterCharger
from .found import FoundCharger, async_enable, find_chargers, needs_enabling, title_of
from .number_limit import NumberLimit
from .paired import PairedCharger
from .simulated import SimulatedCharger
from .table import TableCharger
from .template import TemplateCharger

__all__ = [
    "CHARGERS",
    "Charger",
    "ChargerDevice",
    "ChargerProblem",
    "FoundCharger",
    "async_enable",
    "find_chargers",
    "needs_enabling",
    "open_charger",
    "title_of",
]

CHARGERS: Final[dict[ChargerKind, type[Charger]]] = {
    charger.kind: charger
    for charger in (TableCharger, EVMeterCharger, EntityCharger, TemplateCharger, SimulatedCharger)
}
"""The ways to reach a charger, in the order a user is offered them."""


def open_charger(hass: HomeAssistant, entry_id: str, config: ChargerConfig, phase_count: int) -> Charger:
    """Return a charger, not yet started.

    Args:
        hass: the running Home Assistant.
        entry_id: of the site's config entry.
        config: the charger; its ``balancing.id`` is the subentry's.
        phase_count: of the site, 1 or 3.

    Raises:
        SettingsErrors: the settings do not fit this kind of charger.
    """
    match config.device:
        case EVMeterConnection() as connection:
            return EVMeterCharger(hass, config.balancing, phase_count, connection)
        case PairedChargerSettings() as pair:
            return PairedCharger(hass, config.balancing, phase_count, pair)
        case EntityChargerSettings(known=None, limit=str(number)) as entities:
            return EntityCharger(hass, config.balancing, phase_count, entities, NumberLimit(hass, number))
        case EntityChargerSettings() as entities:
            return TableCharger(hass, config.balancing, phase_count, entities)
        case TemplateChargerSettings() as templates:
            return TemplateCharger(hass, config.balancing, phase_count, templates)
        case SimulatedCar() as car:
            return SimulatedCharger(hass, entry_id, config.balancing, phase_count, car)
