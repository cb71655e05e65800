"""The options of a site, and what an older version stored."""

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.balancing.model import Mode
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.coordinator import EVMeterConfigEntry

from .flows import OPTIONS, SIMULATED_SITE, site, suggestions


def loaded(hass: HomeAssistant) -> EVMeterConfigEntry:
    """The only site that is set up."""
    entries: list[EVMeterConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    (entry,) = entries
    return entry


async def test_options_are_shown_and_take_effect(hass: HomeAssistant) -> None:
    """What most houses want at first, then what was chosen; the site is set up anew with it."""
    entry = site(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["step_id"], suggestions(result["data_schema"])) == ("init", OPTIONS)

    chosen = {"mode": "fast", "derating": 80, "group_power_cap": 4200}
    result = await hass.config_entries.options.async_configure(result["flow_id"], chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options == {"mode": "fast", "derating": "80", "group_power_cap": "4200"}
    balancing = loaded(hass).runtime_data.config.balancing
    assert (balancing.mode, balancing.derating, balancing.group_power_cap) == (Mode.FAST, 0.8, 4200)
    assert balancing.limit == (20, 20, 20)

    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(result["data_schema"]) == entry.options
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"mode": "gentle", "derating": "100"}
    )
    await hass.async_block_till_done()
    assert loaded(hass).runtime_data.config.balancing.group_power_cap is None
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"derating": "49"}, {"derating": "out_of_range"}),
        ({"derating": 101}, {"derating": "out_of_range"}),
        ({"derating": "hot"}, {"derating": "invalid_number"}),
        ({"group_power_cap": "-1"}, {"group_power_cap": "out_of_range"}),
        ({"group_power_cap": "4,2", "derating": "0"}, dict.fromkeys(("group_power_cap", "derating"), "")),
    ],
)
async def test_bad_options_and_recovery(
    hass: HomeAssistant, answers: dict[str, object], errors: dict[str, str]
) -> None:
    """Every bad value is said at its field; nothing is stored before all are good."""
    entry = site(hass)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(result["flow_id"], OPTIONS | answers)
    assert result["errors"] is not None
    assert result["errors"].keys() == errors.keys()
    assert all(result["errors"][key] == error for key, error in errors.items() if error)
    assert entry.options == {}
    result = await hass.config_entries.options.async_configure(result["flow_id"], OPTIONS)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_what_version_1_1_stored(hass: HomeAssistant) -> None:
    """Its mode was among the settings of the fuse; it is an option now, and still chosen."""
    entry = MockConfigEntry(
        domain=DOMAIN, title="Home", version=1, minor_version=1, data=SIMULATED_SITE | {"mode": "fast"}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert (entry.version, entry.minor_version) == (1, 2)
    assert entry.data == SIMULATED_SITE
    assert entry.options == {"mode": "fast"}
    assert loaded(hass).runtime_data.config.balancing.mode is Mode.FAST
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("version", "minor_version", "state"),
    [(1, 3, ConfigEntryState.LOADED), (2, 1, ConfigEntryState.MIGRATION_ERROR)],
)
async def test_what_a_newer_version_stored(
    hass: HomeAssistant, version: int, minor_version: int, state: ConfigEntryState
) -> None:
    """A newer minor version can be read; a newer major version is left alone."""
    entry = MockConfigEntry(
        domain=DOMAIN, title="Home", version=version, minor_version=minor_version, data=SIMULATED_SITE
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is state
    assert (entry.version, entry.minor_version) == (version, minor_version)
    assert entry.data == SIMULATED_SITE
    if state is ConfigEntryState.LOADED:
        assert await hass.config_entries.async_unload(entry.entry_id)
