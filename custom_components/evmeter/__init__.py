"""EV-Meter Load Balancing: charges electric vehicles as fast as the main fuse allows."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .actions import async_setup_actions
from .balancer_memory import BalancerMemory
from .chargers import Charger, open_charger
from .const import DOMAIN, LOGGER, PLATFORMS, SUBENTRY_CHARGER
from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .devices import async_update_charger_device, async_update_site_device
from .issues import Issue
from .mains import open_mains
from .settings import ChargerConfig, SettingsErrors, SiteConfig

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what all sites share."""
    async_setup_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EVMeterConfigEntry) -> bool:
    """Set up a site and its chargers; a charger that cannot be used never stops the others."""
    try:
        config = SiteConfig.from_strings(entry.data)
    except SettingsErrors as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="invalid_settings",
            translation_placeholders={"keys": ", ".join(error.keys), "details": str(error)},
        ) from error
    chargers, issues = _open_chargers(hass, entry, config.balancing.phase_count)
    coordinator = EVMeterCoordinator(
        hass, entry, config, open_mains(hass, entry.entry_id, config), chargers, issues
    )
    async_update_site_device(hass, entry)
    for view in coordinator.data.chargers.values():
        async_update_charger_device(hass, entry, view)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.async_control()
    entry.async_on_unload(entry.add_update_listener(_async_settings_changed))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: EVMeterConfigEntry) -> bool:
    """Unload a site; nothing of it is left running."""
    entry.runtime_data.async_end_holds()
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_shutdown()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: EVMeterConfigEntry) -> None:
    """Forget a site."""
    await BalancerMemory(hass, entry.entry_id).async_remove()


async def _async_settings_changed(hass: HomeAssistant, entry: EVMeterConfigEntry) -> None:
    """Set the site up anew after its settings or its chargers changed."""
    hass.config_entries.async_schedule_reload(entry.entry_id)


def _open_chargers(
    hass: HomeAssistant, entry: EVMeterConfigEntry, phase_count: int
) -> tuple[list[tuple[str, Charger]], tuple[Issue, ...]]:
    """Return the chargers with their names, and an issue for each one whose settings cannot be used."""
    chargers: list[tuple[str, Charger]] = []
    issues: list[Issue] = []
    for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        try:
            config = ChargerConfig.from_strings(subentry.subentry_id, subentry.data, phase_count=phase_count)
            chargers.append((subentry.title, open_charger(hass, entry.entry_id, config, phase_count)))
        except SettingsErrors as error:
            LOGGER.error("%s is left out, its settings cannot be used: %s", subentry.title, error)
            issues.append(
                Issue(
                    key="charger_settings",
                    subject=subentry.subentry_id,
                    placeholders={"charger": subentry.title, "keys": ", ".join(error.keys)},
                    fixable=True,
                    data={"charger": subentry.subentry_id},
                )
            )
    return chargers, tuple(issues)
