"""The devices of a site: the site itself, a service, and every charger and circuit behind it."""

from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN, MANUFACTURER
from .snapshot import ChargerView, CircuitView


def site_identifier(entry_id: str) -> tuple[str, str]:
    """Return the identifier of a site's device."""
    return (DOMAIN, entry_id)


def subentry_identifier(entry_id: str, subentry_id: str) -> tuple[str, str]:
    """Return the identifier of the device of a charger or a circuit."""
    return (DOMAIN, f"{entry_id}_{subentry_id}")


@callback
def async_update_site_device(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Register a site's device, or bring it up to date."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={site_identifier(entry.entry_id)},
        entry_type=dr.DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Load balancing",
        name=entry.title,
    )


@callback
def async_update_circuit_devices(
    hass: HomeAssistant, entry: ConfigEntry, circuits: Mapping[str, CircuitView]
) -> None:
    """Register the devices of a site's circuits behind the site's, or bring them up to date."""
    for circuit_id, circuit in circuits.items():
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            config_subentry_id=circuit_id,
            identifiers={subentry_identifier(entry.entry_id, circuit_id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model="Circuit",
            name=circuit.name,
            via_device_id=_site_device_id(hass, entry),
        )


@callback
def async_update_charger_device(hass: HomeAssistant, entry: ConfigEntry, view: ChargerView) -> None:
    """Register a charger's device behind its site's, or bring it up to date."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=view.id,
        identifiers={subentry_identifier(entry.entry_id, view.id)},
        manufacturer=view.device.manufacturer,
        model=view.device.model,
        name=view.name,
        serial_number=view.device.serial_number,
        sw_version=view.device.sw_version,
        via_device_id=_site_device_id(hass, entry),
    )


def _site_device_id(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    return dr.async_get_device_id_by_identifier(
        hass, site_identifier(entry.entry_id), config_entry_id=entry.entry_id
    )
