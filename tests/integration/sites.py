"""Sites to set up in tests: a house of three sensors, and EV-Meter chargers on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.site_entry import MINOR_VERSION
from evmeter_client import EVMeterConfig
from evmeter_client.simulator import Car, SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault

MAINS_SENSORS: Final = tuple(f"sensor.mains_l{phase}" for phase in (1, 2, 3))

SITE: Final = {
    "mains": "entities",
    "phases": "3",
    **{f"current_l{phase}": sensor for phase, sensor in enumerate(MAINS_SENSORS, start=1)},
    "fuse_l1": "25",
    "fuse_l2": "25",
    "fuse_l3": "25",
    "fuse_type": "gg",
    "margin": "0.5",
}

SIMULATED_SITE: Final = {**{key: SITE[key] for key in SITE if "current" not in key}, "mains": "simulated"}

STEP: Final = 0.02
"""A simulated second takes this long in tests [s]."""


def evmeter_charger(broker: Broker, charger_id: str = "CHARGER1", **strings: str) -> dict[str, str]:
    """Return the strings of an EV-Meter charger at a broker without TLS."""
    return {
        "charger": "evmeter",
        "host": broker.host,
        "port": str(broker.port),
        "tls": "false",
        "charger_id": charger_id,
        **strings,
    }


def subentry(
    data: dict[str, str], title: str = "Driveway", subentry_id: str = "driveway"
) -> ConfigSubentryDataWithId:
    """Return a charger to be added with its site."""
    return ConfigSubentryDataWithId(
        data=data,
        subentry_id=subentry_id,
        subentry_type=SUBENTRY_CHARGER,
        title=title,
        unique_id=data.get("charger_id"),
    )


def site_entry(*chargers: ConfigSubentryDataWithId, data: dict[str, str] | None = None) -> MockConfigEntry:
    """Return a site with its chargers, not yet known to Home Assistant."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Home",
        entry_id="site",
        minor_version=MINOR_VERSION,
        data=SITE if data is None else data,
        subentries_data=chargers,
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> EVMeterCoordinator:
    """Set a site up and return what runs it."""
    if hass.config_entries.async_get_entry(entry.entry_id) is None:
        entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator = entry.runtime_data
    assert isinstance(coordinator, EVMeterCoordinator)
    return coordinator


def report_mains(hass: HomeAssistant, *currents: float | str) -> None:
    """Let the meter's sensors report a current per phase [A]."""
    attributes = {"unit_of_measurement": "A", "device_class": "current"}
    for sensor, current in zip(MAINS_SENSORS, currents, strict=True):
        hass.states.async_set(sensor, str(current), attributes)


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that must exist."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is true.

    Raises:
        TimeoutError: it does not come true.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@dataclass
class Wallbox:
    """A simulated charger with its car, on a broker."""

    charger: SimulatedCharger
    gateway: ChargerGateway

    def refuse_below(self, current: float) -> None:
        """Let the charger refuse limits below this current [A]."""
        self.charger.settings = replace(self.charger.settings, minimum_current=current)


@asynccontextmanager
async def wallbox(
    broker: Broker,
    charger_id: str = "CHARGER1",
    *,
    fault: Fault | None = None,
    username: str | None = None,
    password: str | None = None,
) -> AsyncIterator[Wallbox]:
    """Run a charger with a car that wants to charge; its seconds are short."""
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id=charger_id, command_latency=0.0))
    charger.plug(Car())
    config = EVMeterConfig(
        host=broker.host, port=broker.port, tls=False, username=username, password=password
    )

    async def live() -> None:
        second = 0
        while True:
            second += 1
            charger.step(second)
            await asyncio.sleep(STEP)

    async with ChargerGateway(config, charger, fault=fault, push_interval=STEP) as gateway:
        task = asyncio.create_task(live())
        try:
            yield Wallbox(charger, gateway)
        finally:
            task.cancel()
            await asyncio.wait([task])
