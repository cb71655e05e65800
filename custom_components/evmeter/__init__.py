"""EV-Meter Load Balancing: charges electric vehicles as fast as the main fuse allows."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .actions import async_setup_actions
from .balancer_memory import BalancerMemory
from .balancing.model import MainsReading
from .chargers import Charger, open_charger
from .const import DOMAIN, LOGGER, PLATFORMS, SUBENTRY_CHARGER
from .coordinator import EVMeterConfigEntry, EVMeterCoordinator
from .devices import async_update_charger_device, async_update_circuit_devices, async_update_site_device
from .issues import Issue
from .mains import open_mains
from .settings import ChargerConfig, ChargerKind, SettingsErrors, SiteConfig
from .site_entry import migrate, missing_circuits, site_config

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what all sites share."""
    async_setup_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EVMeterConfigEntry) -> bool:
    """Set up a site and its chargers; a charger that cannot be used never stops the others."""
    try:
        config = site_config(entry)
    except SettingsErrors as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="invalid_settings",
            translation_placeholders={"keys": ", ".join(error.keys), "details": str(error)},
        ) from error
    chargers, issues = _open_chargers(hass, entry, config)
    mains = open_mains(hass, entry.entry_id, config, partial(_clamps, chargers))
    coordinator = EVMeterCoordinator(hass, entry, config, mains, chargers, issues)
    async_update_site_device(hass, entry)
    async_update_circuit_devices(hass, entry, coordinator.data.circuits)
    for view in coordinator.data.chargers.values():
        async_update_charger_device(hass, entry, view)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.async_control()
    entry.async_on_unload(entry.add_update_listener(_async_settings_changed))
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: EVMeterConfigEntry) -> bool:
    """Bring what an older version stored up to date."""
    migrate(hass, entry)
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
    hass: HomeAssistant, entry: EVMeterConfigEntry, site: SiteConfig
) -> tuple[list[tuple[str, Charger]], tuple[Issue, ...]]:
    """Return the chargers with their names, and an issue for each one whose settings cannot be used."""
    chargers: list[tuple[str, Charger]] = []
    issues = list(missing_circuits(entry))
    circuits = {circuit.id for circuit in site.balancing.circuits}
    phase_count = site.balancing.phase_count
    for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        try:
            config = ChargerConfig.from_strings(subentry.subentry_id, subentry.data, phase_count=phase_count)
            if config.balancing.circuit not in circuits:
                config = replace(config, balancing=replace(config.balancing, circuit=None))
            charger = open_charger(hass, entry.entry_id, config, phase_count)
            charger.can_limit = charger.can_limit and site.measured
            chargers.append((subentry.title, charger))
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


def _clamps(chargers: Iterable[tuple[str, Charger]]) -> MainsReading | None:
    """Return what the clamps of the first EV-Meter charger say about the mains.

    Always of the same one: another without clamps must not stand in for it while it is away.
    """
    evmeters = (charger for _, charger in chargers if charger.kind is ChargerKind.EVMETER)
    first = next(evmeters, None)
    return None if first is None else first.clamps
