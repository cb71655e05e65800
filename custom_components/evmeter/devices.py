"""The devices of a site: the site itself, a service, and every charger behind it."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN, MANUFACTURER
from .snapshot import ChargerView


def site_identifier(entry_id: str) -> tuple[str, str]:
    """Return the identifier of a site's device."""
    return (DOMAIN, entry_id)


def charger_identifier(entry_id: str, charger_id: str) -> tuple[str, str]:
    """Return the identifier of a charger's device."""
    return (DOMAIN, f"{entry_id}_{charger_id}")


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
def async_update_charger_device(hass: HomeAssistant, entry: ConfigEntry, view: ChargerView) -> None:
    """Register a charger's device behind its site's, or bring it up to date."""
    site_id = dr.async_get_device_id_by_identifier(
        hass, site_identifier(entry.entry_id), config_entry_id=entry.entry_id
    )
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=view.id,
        identifiers={charger_identifier(entry.entry_id, view.id)},
        manufacturer=view.device.manufacturer,
        model=view.device.model,
        name=view.name,
        serial_number=view.device.serial_number,
        sw_version=view.device.sw_version,
        via_device_id=site_id,
    )
