"""The Energy dashboard takes a charger as a device: its total energy, and its power beside it."""

from datetime import timedelta

import pytest
from homeassistant.components.energy.data import DeviceConsumption, EnergyPreferencesUpdate, async_get_manager
from homeassistant.components.energy.validate import async_validate
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.components.sensor import SensorStateClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from evmeter_client.simulator.broker import Broker

from .sites import evmeter_charger, report_mains, set_up, site_entry, state_of, subentry, until, wallbox

TOTAL = "sensor.driveway_total_energy"
SESSION = "sensor.driveway_session_energy"
POWER = "sensor.driveway_power"


@pytest.fixture(autouse=True)
def custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Let Home Assistant load this integration; the recorder has to be there before it."""


def preferences(device: DeviceConsumption) -> EnergyPreferencesUpdate:
    """The Energy dashboard of somebody who has this device alone."""
    return EnergyPreferencesUpdate(
        energy_sources=[], device_consumption=[device], device_consumption_water=[]
    )


async def compile_statistics(hass: HomeAssistant) -> None:
    """Let the recorder make its statistics of the last minutes."""
    await async_wait_recording_done(hass)
    start = dt_util.utcnow().replace(second=0, microsecond=0)
    start -= timedelta(minutes=start.minute % 5)
    get_instance(hass).queue_task(StatisticsTask(start, fire_events=False))
    await async_wait_recording_done(hass)


@pytest.mark.parametrize("consumption", [TOTAL, SESSION])
async def test_accepted_as_a_device(hass: HomeAssistant, broker: Broker, consumption: str) -> None:
    """Home Assistant's own validation of the energy preferences has nothing to say against it."""
    assert await async_setup_component(hass, "sensor", {})
    assert await async_setup_component(hass, "energy", {})
    async with wallbox(broker):
        report_mains(hass, 8.5, 7.0, 7.25)
        coordinator = await set_up(hass, site_entry(subentry(evmeter_charger(broker))))
        await until(lambda: coordinator.data.chargers["driveway"].available)
        await until(lambda: state_of(hass, POWER) not in ("unknown", "unavailable"))
        await compile_statistics(hass)
        manager = await async_get_manager(hass)
        device = DeviceConsumption(stat_consumption=consumption, stat_rate=POWER)
        await manager.async_update(preferences(device))
        validation = (await async_validate(hass)).as_dict()
        assert validation["device_consumption"] == [[]]
        # A sensor that is none is refused by the same check.
        wrong = DeviceConsumption(stat_consumption="sensor.driveway_limit", stat_rate=POWER)
        await manager.async_update(preferences(wrong))
        validation = (await async_validate(hass)).as_dict()
        assert [issue["type"] for issue in validation["device_consumption"][0]] == [
            "entity_unexpected_device_class",
            "entity_state_class_measurement_no_last_reset",
        ]
        state = hass.states.get(consumption)
        assert state is not None
        assert state.attributes["state_class"] == SensorStateClass.TOTAL_INCREASING
        assert await hass.config_entries.async_unload("site")
