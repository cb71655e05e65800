"""A site's config entry, its options and its circuits, read as one."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .const import CONF_CIRCUIT, CONF_MODE, CONF_PARENT, SUBENTRY_CHARGER, SUBENTRY_CIRCUIT
from .issues import Issue
from .managed_charger import ManagedCharger
from .settings import SiteConfig, above
from .snapshot import CircuitView

VERSION: Final = 1
MINOR_VERSION: Final = 2
"""Of what is stored. 1.2 keeps the mode among the options, where it can be changed without the fuse."""

_OPTIONS_SINCE_1_2: Final = (CONF_MODE,)


def site_config(entry: ConfigEntry) -> SiteConfig:
    """Return the settings of a site.

    Raises:
        SettingsErrors: with every value that cannot be used.
    """
    return SiteConfig.from_strings({**entry.data, **entry.options}, circuits_of(entry))


def circuits_of(entry: ConfigEntry) -> dict[str, Mapping[str, str]]:
    """Return the strings of a site's circuits by the id of their subentry."""
    return {circuit.subentry_id: circuit.data for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)}


def circuit_names(entry: ConfigEntry) -> dict[str, str]:
    """Return what the user calls the circuits of a site, by the id of their subentry."""
    return {circuit.subentry_id: circuit.title for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)}


def circuit_views(
    entry: ConfigEntry, config: SiteConfig, chargers: Mapping[str, ManagedCharger]
) -> dict[str, CircuitView]:
    """Return the circuits of a site with the chargers that hang on each, by the id of their subentry."""
    circuits = config.balancing.circuits
    names = circuit_names(entry)

    def is_on(charger: ManagedCharger, circuit_id: str) -> bool:
        hangs_on = charger.charger.settings.circuit
        return hangs_on is not None and circuit_id in (hangs_on, *above(hangs_on, circuits))

    return {
        circuit.id: CircuitView(
            name=names[circuit.id],
            rating=circuit.rating,
            chargers=frozenset(
                charger_id for charger_id, charger in chargers.items() if is_on(charger, circuit.id)
            ),
        )
        for circuit in circuits
    }


def missing_circuits(entry: ConfigEntry) -> Iterable[Issue]:
    """Yield an issue for everything on a circuit that was removed: it counts as directly below the mains."""
    circuits = circuits_of(entry)
    for kind, key in ((SUBENTRY_CHARGER, CONF_CIRCUIT), (SUBENTRY_CIRCUIT, CONF_PARENT)):
        for subentry in entry.get_subentries_of_type(kind):
            if key in subentry.data and subentry.data[key] not in circuits:
                yield Issue(
                    key="circuit_missing",
                    subject=subentry.subentry_id,
                    placeholders={"name": subentry.title},
                )


def migrate(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Bring what an older version stored up to date; Home Assistant refuses what a newer one stored."""
    if entry.minor_version < MINOR_VERSION:
        moved = {key: entry.data[key] for key in _OPTIONS_SINCE_1_2 if key in entry.data}
        hass.config_entries.async_update_entry(
            entry,
            data={key: value for key, value in entry.data.items() if key not in moved},
            options={**moved, **entry.options},
            minor_version=MINOR_VERSION,
        )
