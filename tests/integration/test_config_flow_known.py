"""A meter that Home Assistant has already: found by name, enabled with one tick, looked at live."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from homeassistant.components.dsmr.const import DOMAIN as DSMR_DOMAIN
from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.util.dt import utcnow
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.evmeter.flow import live
from evmeter_client.simulator import DsmrServer, House, SimulatedSite, SiteTelegrams

from .flows import FUSE, SIMULATED_SITE, site, start, submit, suggestions

pytestmark = pytest.mark.usefixtures("socket_enabled")

PER_PHASE = ("instantaneous_current", "instantaneous_active_power", "instantaneous_voltage")


@pytest.fixture
def expected_lingering_timers() -> bool:
    """The parser of Home Assistant's integration leaves its keep-alive timer running when it is closed."""
    return True


@pytest.fixture
async def dsmr(hass: HomeAssistant) -> AsyncIterator[MockConfigEntry]:
    """Run a smart meter that Home Assistant's own integration reads, with every telegram taken."""
    plant = SimulatedSite(House(seed=1))
    now = 0.0

    def tick() -> datetime:
        nonlocal now
        now += 1
        plant.step(now)
        return datetime.fromtimestamp(1_700_000_000 + now, UTC)

    async with DsmrServer(SiteTelegrams(plant, tick), interval=0.1) as server:
        entry = MockConfigEntry(
            domain=DSMR_DOMAIN,
            title="Meter cupboard",
            data={
                "port": f"socket://127.0.0.1:{server.port}",
                "dsmr_version": "5",
                "protocol": "dsmr_protocol",
                "serial_id": "4530303030303030303030303030303031",
                "serial_id_gas": None,
            },
            options={"time_between_update": 0},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        async with asyncio.timeout(10):
            while len(per_phase_entities(hass, entry)) < 12:
                await asyncio.sleep(0.01)
        yield entry
        if hass.config_entries.async_get_entry(entry.entry_id) is not None:
            await hass.config_entries.async_unload(entry.entry_id)


def per_phase_entities(hass: HomeAssistant, entry: MockConfigEntry) -> list[er.RegistryEntry]:
    """The meter's entities that balancing uses."""
    return [
        entity
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.translation_key is not None and entity.translation_key.startswith(PER_PHASE)
    ]


async def enable(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Tick the box and wait until Home Assistant has restarted the meter's integration."""
    result = await submit(hass, result, enable=True)
    assert (result["type"], result["step_id"]) == (FlowResultType.SHOW_PROGRESS, "restart")
    assert result["progress_action"] == "restart"
    assert result["description_placeholders"] == {"meter": "DSMR Smart Meter"}
    async_fire_time_changed(hass, utcnow() + timedelta(seconds=RELOAD_AFTER_UPDATE_DELAY + 1))
    flows = hass.config_entries.flow
    async with asyncio.timeout(10):
        while flows.async_get(result["flow_id"])["step_id"] == "restart":
            await asyncio.sleep(0.01)
    return await flows.async_configure(result["flow_id"])


async def test_found_enabled_and_seen_live(hass: HomeAssistant, dsmr: MockConfigEntry) -> None:
    """Three clicks from a meter with disabled entities to live values; then the fuse."""
    result = await start(hass)
    schema = result["data_schema"]
    assert schema is not None
    assert suggestions(schema) == {"mains": dsmr.entry_id}
    (field,) = schema.schema.values()
    assert field.config["options"][0] == {
        "value": dsmr.entry_id,
        "label": "DSMR Smart Meter (Meter cupboard)",
    }

    result = await submit(hass, result, mains=dsmr.entry_id)
    assert (result["step_id"], suggestions(result["data_schema"])) == ("enable", {"enable": True})
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["meter"] == "DSMR Smart Meter"
    assert "sensor.electricity_meter_current_phase_l3" in placeholders["entities"]

    result = await enable(hass, result)
    assert result["step_id"] == "live"
    assert not any(entity.disabled for entity in per_phase_entities(hass, dsmr))
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    rows = placeholders["rows"].splitlines()
    assert len(rows) == 12
    assert rows[0].startswith("| L1 | Electricity Meter Current phase L1 | 1\u00a0A |")
    assert rows[0].endswith(" | 0.1\u00a0s | 1\u00a0A |")

    result = await submit(hass, await submit(hass, result), **FUSE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["title"], result["data"]["mains"]) == ("test home", "known")
    assert (result["data"]["meter"], result["data"]["phases"]) == ("dsmr", "3")
    ids = {entity.id for entity in per_phase_entities(hass, dsmr)}
    assert {value for key, value in result["data"].items() if key[:-1].endswith("_l")} == ids | {"25"}
    assert await hass.config_entries.async_unload(result["result"].entry_id)

    again = await submit(hass, await start(hass), mains=dsmr.entry_id)
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_slow_option_is_named(
    hass: HomeAssistant, dsmr: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A meter throttled by its own option: the user is told which option, in the words of its form."""
    monkeypatch.setattr(live, "LOOK_TIME", 0.05)
    monkeypatch.setattr(live, "RESTART_TIME", 0.5)
    hass.config_entries.async_update_entry(dsmr, options={})
    await hass.async_block_till_done()
    result = await submit(hass, await start(hass), mains=dsmr.entry_id)
    result = await enable(hass, result)
    schema, placeholders = result["data_schema"], result["description_placeholders"]
    assert schema is not None
    assert placeholders is not None
    assert list(schema.schema) == ["no_value", "slow_option", "look_again"]
    assert (
        placeholders["meter"],
        placeholders["option"],
        placeholders["seconds"],
        placeholders["advised"],
    ) == (
        "DSMR Smart Meter",
        "Minimum time between entity updates [s]",
        "30",
        "5",
    )
    assert placeholders["silent"].startswith("L1 sensor.electricity_meter_current_phase_l1, ")

    hass.config_entries.async_update_entry(dsmr, options={"time_between_update": 1})
    result = await submit(hass, result, look_again=True)
    schema = result["data_schema"]
    assert schema is not None
    assert "slow_option" not in schema.schema
    assert (await submit(hass, result))["step_id"] == "fuse"


async def test_without_the_tick_back_to_the_list(hass: HomeAssistant, dsmr: MockConfigEntry) -> None:
    """Nobody is made to enable anything; another source can be chosen, and nothing of the meter sticks."""
    hass.config_entries.async_update_entry(dsmr, options={})
    result = await submit(hass, await start(hass), mains=dsmr.entry_id)
    result = await submit(hass, result, enable=False)
    assert result["step_id"] == "user"
    assert all(entity.disabled for entity in per_phase_entities(hass, dsmr))

    result = await submit(hass, await submit(hass, result, mains="simulated"), seed="1")
    schema = result["data_schema"]
    assert schema is not None
    assert list(schema.schema) == ["look_again"]
    result = await submit(hass, await submit(hass, result), **FUSE)
    assert result["title"] == hass.config.location_name
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_reconfigure_to_the_meter_and_back(hass: HomeAssistant, dsmr: MockConfigEntry) -> None:
    """A site that tries things out first changes to the meter, which is suggested from then on."""
    entry = site(hass)
    result = await submit(hass, await entry.start_reconfigure_flow(hass), mains=dsmr.entry_id)
    result = await enable(hass, result)
    result = await submit(hass, await submit(hass, result), **FUSE)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["mains"] == "known"
    assert "seed" not in entry.data

    result = await entry.start_reconfigure_flow(hass)
    assert suggestions(result["data_schema"]) == {"mains": dsmr.entry_id}
    result = await submit(hass, result, mains=dsmr.entry_id)
    assert result["step_id"] == "live"

    await hass.config_entries.async_remove(dsmr.entry_id)
    result = await entry.start_reconfigure_flow(hass)
    assert suggestions(result["data_schema"]) == {}
    result = await submit(hass, await submit(hass, result, mains="simulated"), seed="1")
    await submit(hass, await submit(hass, result), **FUSE)
    assert entry.data == SIMULATED_SITE


async def test_meter_gone_while_choosing(hass: HomeAssistant, dsmr: MockConfigEntry) -> None:
    """A meter that was removed meanwhile is said at its field, and something else can be chosen."""
    result = await start(hass)
    await hass.config_entries.async_remove(dsmr.entry_id)
    result = await submit(hass, result, mains=dsmr.entry_id)
    assert (result["step_id"], result["errors"]) == ("user", {"mains": "meter_not_found"})
    assert (await submit(hass, result, mains="simulated"))["step_id"] == "simulated"


async def test_closing_the_dialogue_ends_the_wait(hass: HomeAssistant, dsmr: MockConfigEntry) -> None:
    """Nobody waits for a meter that nobody set up."""
    result = await submit(hass, await start(hass), mains=dsmr.entry_id)
    result = await submit(hass, result, enable=True)
    listeners = hass.bus.async_listeners()["state_changed"]
    hass.config_entries.flow.async_abort(result["flow_id"])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert hass.bus.async_listeners().get("state_changed", 0) == listeners - 1
