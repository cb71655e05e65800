"""Where the mains currents come from: the base class, one module per kind, and their registry."""

from typing import Final

from homeassistant.core import HomeAssistant

from ..settings import EntityMainsSettings, MainsKind, SimulatedMainsSettings, SiteConfig
from .base import Mains, Quantity, SourceProblem, SourceView
from .entities import EntityMains
from .known import FoundMeter, KnownMains, TooSlow, async_enable, find_meters
from .simulated import SimulatedMains

__all__ = [
    "MAINS",
    "FoundMeter",
    "Mains",
    "Quantity",
    "SourceProblem",
    "SourceView",
    "TooSlow",
    "async_enable",
    "find_meters",
    "open_mains",
]

MAINS: Final[dict[MainsKind, type[Mains]]] = {
    source.kind: source for source in (KnownMains, EntityMains, SimulatedMains)
}
"""The kinds of source, in the order a user is offered them."""


def open_mains(hass: HomeAssistant, entry_id: str, config: SiteConfig) -> Mains:
    """Return the source of a site's mains currents, not yet started.

    Args:
        hass: the running Home Assistant.
        entry_id: of the site's config entry; any unique name while there is no entry yet.
        config: the site.
    """
    match config.mains:
        case SimulatedMainsSettings() as house:
            return SimulatedMains(hass, entry_id, config.balancing, house)
        case EntityMainsSettings(meter=None) as entities:
            return EntityMains(hass, config.balancing, entities)
        case EntityMainsSettings() as entities:
            return KnownMains(hass, config.balancing, entities)
