"""Sites on Home Assistant's own integrations, set up through the dialogues as a user would."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.balancing.model import ChargerState
from custom_components.evmeter.chargers import ChargerProblem, find_chargers
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.mains import find_meters
from custom_components.evmeter.managed_charger import ManagedCharger

from . import charger_flows, flows
from .device_clock import DeviceClock
from .devices.house import House
from .devices.http_device import HttpDevice


async def add_device(hass: HomeAssistant, device: HttpDevice) -> ConfigEntry:
    """Set up the integration of a device through its dialogue, or without where that takes no port."""
    if device.answers is None:
        entry: ConfigEntry = MockConfigEntry(domain=device.domain, data={"host": device.host})
        await hass.config_entries.async_add(entry)
    else:
        begun = await hass.config_entries.flow.async_init(device.domain, context={"source": SOURCE_USER})
        result = await hass.config_entries.flow.async_configure(begun["flow_id"], device.answers)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        entry = result["result"]
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry


@dataclass
class RealSite:
    """A running site with one charger, and the devices behind it.

    Attributes:
        hass: the running Home Assistant.
        clock: of everything.
        house: where the devices stand.
        meter: measures its mains.
        charger: charges its car.
        entry: of the site.
        limits: what the form of the charger's limits was filled in with.
    """

    hass: HomeAssistant
    clock: DeviceClock
    house: House
    meter: HttpDevice
    charger: HttpDevice
    entry: ConfigEntry
    limits: Mapping[str, object]

    @property
    def coordinator(self) -> EVMeterCoordinator:
        """What runs the site now: it is another one after a change of the settings."""
        coordinator = self.entry.runtime_data
        assert isinstance(coordinator, EVMeterCoordinator)
        return coordinator

    @property
    def managed(self) -> ManagedCharger:
        """The charger as the site sees it."""
        (managed,) = self.coordinator.chargers.values()
        return managed

    @property
    def state(self) -> ChargerState:
        """What the charger does, as the site reads it."""
        return self.managed.reading.state

    @property
    def draw(self) -> tuple[float, ...] | None:
        """What the car draws per phase, as the site reads it [A]."""
        return self.managed.reading.current

    @property
    def problem(self) -> ChargerProblem:
        """What is wrong with the charger, as the site reads it."""
        return self.managed.charger.problem

    @property
    def limit(self) -> float | None:
        """The limit in force as the charger tells it [A]."""
        return self.managed.reading.limit

    @property
    def writes_failed(self) -> int:
        """How many writes failed in a row."""
        return self.managed.view().write_failures

    @property
    def stale(self) -> bool:
        """Whether the site holds its meter for silent."""
        decision = self.coordinator.data.decision
        assert decision is not None
        return any(phase.stale for phase in decision.phases)

    @property
    def mains(self) -> tuple[float | None, ...]:
        """The mains current per phase as the site reads it, in tenths of an ampere."""
        read = self.coordinator.mains.reading.current
        return tuple(None if current is None else round(current, 1) for current in read)


async def enable(hass: HomeAssistant, clock: DeviceClock, result: ConfigFlowResult) -> ConfigFlowResult:
    """Tick the box, and wait until Home Assistant has restarted the meter's integration."""
    assert result["step_id"] == "enable"
    result = await flows.submit(hass, result, enable=True)
    manager = hass.config_entries.flow
    await clock.until(lambda: manager.async_get(result["flow_id"])["step_id"] != "restart", 60)
    return await clock.alongside(manager.async_configure(result["flow_id"]))


async def set_up_site(
    hass: HomeAssistant, clock: DeviceClock, meter: HttpDevice, charger: HttpDevice
) -> RealSite:
    """Set up a site on the one meter and the one charger that are found, 25 A per phase behind a breaker."""
    (found_meter,), (found_charger,) = find_meters(hass), find_chargers(hass)
    assert (len(found_meter.phases), found_charger.needs_enabling) == (3, ())
    result = await flows.start(hass)
    result = await clock.alongside(flows.submit(hass, result, mains=found_meter.id))
    if found_meter.needs_enabling:
        result = await enable(hass, clock, result)
    assert result["step_id"] == "live"
    result = await flows.submit(hass, await flows.submit(hass, result), **flows.FUSE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    _, flow_id = result["next_flow"]
    form = await hass.config_entries.subentries.async_configure(flow_id, {"charger": found_charger.device_id})
    assert form["step_id"] == "limits"
    filled_in = flows.suggestions(form["data_schema"])
    added = await charger_flows.submit(hass, form, **filled_in)
    assert added["type"] is FlowResultType.CREATE_ENTRY
    await clock.run(1)
    return RealSite(hass, clock, meter.house, meter, charger, result["result"], filled_in)


@asynccontextmanager
async def real_site(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, meter: HttpDevice, charger: HttpDevice
) -> AsyncIterator[RealSite]:
    """Run a site on a meter and a charger, each behind its own integration; a car charges."""
    clock = DeviceClock(hass, monkeypatch)
    devices = (meter, charger)
    for device in devices:
        await device.switch_on()
    try:
        entries = [await add_device(hass, device) for device in devices]
        site = await set_up_site(hass, clock, meter, charger)
        yield site
        for entry in (site.entry, *entries):
            assert await hass.config_entries.async_unload(entry.entry_id)
    finally:
        for device in devices:
            await device.switch_off()
