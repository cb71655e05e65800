"""Who else may control a charger: other sites of this integration, and other load balancers.

That a balancer is there does not mean that it has this charger. It is named at once where its settings name
one of the charger's entities or its device, and as a suspect where somebody was seen to write the limit.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from homeassistant.components.automation import automations_with_entity
from homeassistant.components.script import scripts_with_entity
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import CONF_CHARGER_ID, CONF_LIMIT, DOMAIN, SUBENTRY_CHARGER

RIVALS: Final[Mapping[str, str]] = {
    "dynamic_ocpp_evse": "Dynamic OCPP EVSE",
    "ev_load_balancer": "EV Load Balancer",
    "ev_load_balancing": "EV Load Balancing",
    "evcc_intg": "evcc",
    "evse_load_balancer": "EVSE Load Balancer",
}
"""Integrations that write a charger's limit by themselves: domain -> name."""


@callback
def configured_rivals(
    hass: HomeAssistant, entry_id: str, charger_id: str, entities: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names of everybody who is set up to control a charger, but for its own site.

    Args:
        hass: the running Home Assistant.
        entry_id: of the site the charger belongs to.
        charger_id: id of its subentry.
        entities: it is reached through, as stored; the first takes its limit.
    """
    return (
        *_other_sites(hass, entry_id, charger_id),
        *(
            RIVALS[entry.domain]
            for entry in _loaded_rivals(hass)
            if not _names_of(hass, entities).isdisjoint(_texts((entry.data, entry.options)))
        ),
    )


@callback
def suspected_rivals(hass: HomeAssistant, entities: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of everybody who may write a charger's limit: balancers, automations, scripts."""
    names = [RIVALS[entry.domain] for entry in _loaded_rivals(hass)]
    if entities:
        limit = er.async_resolve_entity_id(er.async_get(hass), entities[0]) or entities[0]
        writers = (*automations_with_entity(hass, limit), *scripts_with_entity(hass, limit))
        states = (hass.states.get(writer) for writer in writers)
        names += [state.name for state in states if state is not None]
    return tuple(dict.fromkeys(names))


def _loaded_rivals(hass: HomeAssistant) -> Iterator[ConfigEntry]:
    for domain in RIVALS:
        for entry in hass.config_entries.async_entries(domain, include_ignore=False):
            if entry.state is ConfigEntryState.LOADED:
                yield entry


def _other_sites(hass: HomeAssistant, entry_id: str, charger_id: str) -> Iterator[str]:
    """Yield the names of sites of this integration that have the same charger."""
    chargers = {
        (entry.entry_id, subentry.subentry_id): (entry.title, _identity(subentry.data))
        for entry in hass.config_entries.async_loaded_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
    }
    own = chargers.pop((entry_id, charger_id), None)
    if own is not None and own[1] is not None:
        yield from (title for title, identity in chargers.values() if identity == own[1])


def _identity(charger: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what makes two stored chargers the same one; simulated ones never are."""
    for key in (CONF_CHARGER_ID, CONF_LIMIT):
        if key in charger:
            return key, charger[key]
    return None


def _names_of(hass: HomeAssistant, entities: tuple[str, ...]) -> frozenset[str]:
    """Return every text that may stand for a charger in another integration's settings."""
    registry = er.async_get(hass)
    names = set(entities)
    for reference in entities:
        entity_id = er.async_resolve_entity_id(registry, reference)
        entry = None if entity_id is None else registry.async_get(entity_id)
        if entity_id is not None:
            names.add(entity_id)
        if entry is not None:
            names |= {entry.id} if entry.device_id is None else {entry.id, entry.device_id}
    return frozenset(names)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in stored settings, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
