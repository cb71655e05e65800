"""Sites whose mains a charger's own clamps measure, and sites whose mains nobody measures."""

from dataclasses import replace

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from custom_components.evmeter.balancing.model import MainsReading, SiteSettings, SiteState
from custom_components.evmeter.chargers import Charger
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.mains.clamps import ClampMains
from evmeter_client.simulator.broker import Broker

from .charger_flows import submit as submit_charger
from .flows import FUSE, SIMULATED_SITE, start, submit
from .sites import evmeter_charger, set_up, site_entry, subentry, until, wallbox

CLAMPS = {**SIMULATED_SITE, "mains": "clamps"}
NONE = {**SIMULATED_SITE, "mains": "none"}

SITE = SiteSettings(fuse_rating=(25.0, 25.0, 25.0))
TOLD = MainsReading(current=(9.1, 4.0, 0.0), measured_at=(5.0, 5.0, 5.0), resolution=0.1, period=2.0)
EMPTY = replace(TOLD, current=(0.0, 0.0, 0.0))


class Clamps:
    """Tells what it is told to."""

    def __init__(self) -> None:
        self.told: MainsReading | None = None

    def __call__(self) -> MainsReading | None:
        return self.told


def test_zero_is_no_value_until_something_was_measured(hass: HomeAssistant) -> None:
    """A charger without clamps tells zero on every phase; a house that was seen may be empty."""
    clamps = Clamps()
    mains = ClampMains(hass, SITE, clamps)
    nothing = (None, None, None)
    assert mains.reading.current == nothing
    clamps.told = EMPTY
    assert mains.reading.current == nothing
    clamps.told = TOLD
    assert mains.reading == TOLD
    clamps.told = EMPTY
    assert mains.reading == EMPTY


def test_a_charger_that_is_away_is_as_old_as_its_last_word(hass: HomeAssistant) -> None:
    """It is never an empty house."""
    clamps = Clamps()
    clamps.told = TOLD
    mains = ClampMains(hass, SITE, clamps)
    assert mains.reading == TOLD
    clamps.told = None
    assert mains.reading == replace(TOLD, current=(None, None, None))
    assert {source.value for source in mains.sources} == {None}


async def test_the_flow_asks_for_the_fuse_alone(hass: HomeAssistant) -> None:
    """There is no charger yet to look at."""
    result = await start(hass, "clamps")
    assert result["step_id"] == "fuse"
    result = await submit(hass, result, **FUSE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {key: value for key, value in CLAMPS.items() if key != "seed"}
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_the_clamps_of_a_charger(hass: HomeAssistant, broker: Broker) -> None:
    """They are read on the phases the charger is wired to; a charger that has left says nothing."""
    async with wallbox(broker) as box:
        box.charger.clamp_currents = (11.0, 22.0, 13.0)
        charger = evmeter_charger(broker, wiring="L2,L3,L1")
        coordinator = await set_up(hass, site_entry(subentry(charger), data=CLAMPS))
        await until(lambda: coordinator.data.mains.current == (13.0, 11.0, 22.0))
        await until(lambda: coordinator.data.decision is not None)
        assert [source.value for source in coordinator.mains.sources] == [13.0, 11.0, 22.0]
    await until(lambda: coordinator.mains.reading.current == (None, None, None))


async def test_only_the_first_charger_counts(hass: HomeAssistant, broker: Broker) -> None:
    """Another one without clamps does not stand in for it: its zeros are no house."""
    async with wallbox(broker, "B"):
        async with wallbox(broker, "A") as first:
            first.charger.clamp_currents = (11.0, 12.0, 13.0)
            entry = site_entry(
                subentry(evmeter_charger(broker, "A")),
                subentry(evmeter_charger(broker, "B"), "Garage", "garage"),
                data=CLAMPS,
            )
            coordinator = await set_up(hass, entry)
            await until(lambda: coordinator.data.mains.current == (11.0, 12.0, 13.0))
            await until(lambda: coordinator.data.chargers["garage"].available)
        await until(lambda: coordinator.mains.reading.current == (None, None, None))
        assert coordinator.data.chargers["garage"].available


async def test_without_a_meter_the_flow_is_short(hass: HomeAssistant) -> None:
    """The site is there at once, and straight on goes the flow of its first charger."""
    result = await start(hass, "none")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["mains"] == "none"
    entry = result["result"]
    _, flow_id = result["next_flow"]
    form = hass.config_entries.subentries.async_get(flow_id)
    form = await submit_charger(hass, form, charger="simulated")
    assert form["step_id"] == "simulated"
    result = await start(hass, "none")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_without_a_meter_a_charger_is_only_watched(
    hass: HomeAssistant, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read and shown; nothing is written, nothing offers to limit it, and no meter is missed."""
    written: list[str] = []
    async with wallbox(broker) as box:
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker)), data=NONE))
        charger: Charger = coordinator.chargers["driveway"].charger
        monkeypatch.setattr(charger, "async_write", written.append)
        limits = box.charger.limits
        await until(lambda: coordinator.data.chargers["driveway"].available)
        await until(lambda: float(_state(hass, "sensor.driveway_power")) > 0)
        assert coordinator.data.state is None
        entities = er.async_entries_for_config_entry(er.async_get(hass), "site")
        assert {entity.domain for entity in entities} == {"binary_sensor", "sensor"}
        assert not any(entity.config_subentry_id is None for entity in entities)
        assert box.charger.limits == limits
        assert not written
        assert not [issue for issue in ir.async_get(hass).issues if issue[0] == DOMAIN]
        assert coordinator.data.state is not SiteState.FAIL_SAFE


def _state(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    return "0" if state is None or state.state in ("unknown", "unavailable") else state.state
