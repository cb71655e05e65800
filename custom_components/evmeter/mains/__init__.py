"""Where the mains currents come from: the base class, one module per kind, and their registry."""

from typing import Final

from homeassistant.core import HomeAssistant

from ..settings import (
    ClampMainsSettings,
    EntityMainsSettings,
    MainsKind,
    SimulatedMainsSettings,
    SiteConfig,
    TemplateMainsSettings,
    UnmeasuredMainsSettings,
)
from .base import Mains, Quantity, SourceProblem, SourceView
from .clamps import ClampMains, Clamps
from .entities import EntityMains
from .known import FoundMeter, KnownMains, TooSlow, async_enable, find_meters
from .simulated import SimulatedMains
from .template import TemplateMains
from .unmeasured import UnmeasuredMains

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
    source.kind: source
    for source in (KnownMains, EntityMains, TemplateMains, ClampMains, UnmeasuredMains, SimulatedMains)
}
"""The kinds of source, in the order a user is offered them."""


def open_mains(
    hass: HomeAssistant, entry_id: str, config: SiteConfig, clamps: Clamps = lambda: None
) -> Mains:
    """Return the source of a site's mains currents, not yet started.

    Args:
        hass: the running Home Assistant.
        entry_id: of the site's config entry; any unique name while there is no entry yet.
        config: the site.
        clamps: tells what the clamps of the site's charger say.
    """
    match config.mains:
        case TemplateMainsSettings() as templates:
            return TemplateMains(hass, config.balancing, templates)
        case ClampMainsSettings():
            return ClampMains(hass, config.balancing, clamps)
        case UnmeasuredMainsSettings():
            return UnmeasuredMains(hass, config.balancing)
        case SimulatedMainsSettings() as house:
            return SimulatedMains(hass, entry_id, config.balancing, house)
        case EntityMainsSettings(meter=None) as entities:
            return EntityMains(hass, config.balancing, entities)
        case EntityMainsSettings() as entities:
            return KnownMains(hass, config.balancing, entities)
