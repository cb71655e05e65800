"""A house and chargers that are simulated: they see each other, and leave nothing behind."""

import pytest
from homeassistant.core import HomeAssistant

from custom_components.evmeter.balancing import SiteState
from custom_components.evmeter.chargers import CHARGERS, open_charger
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.exceptions import ChargerWriteError
from custom_components.evmeter.mains import MAINS, SourceProblem, open_mains
from custom_components.evmeter.settings import (
    ChargerConfig,
    ChargerKind,
    MainsKind,
    SettingsErrors,
    SiteConfig,
)
from custom_components.evmeter.simulation import simulation_of

from .clock import Clock
from .sites import SIMULATED_SITE, set_up, site_entry, state_of, subentry

CAR = {"charger": "simulated", "car_phases": "3", "car_current": "16"}


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


async def simulated_site(hass: HomeAssistant, *chargers: dict[str, str]) -> EVMeterCoordinator:
    """Set up a simulated house with simulated chargers."""
    subentries = [
        subentry(charger, f"Charger {number}", f"charger{number}") for number, charger in enumerate(chargers)
    ]
    return await set_up(hass, site_entry(*subentries, data=SIMULATED_SITE | {"seed": "3"}))


async def test_the_house_sees_the_car(hass: HomeAssistant, clock: Clock) -> None:
    """The car charges, and its current flows through the mains."""
    coordinator = await simulated_site(hass, CAR)
    await clock.run(60)
    site = simulation_of(hass, "site").site
    assert site.chargers[0].charger.currents[0] > 6
    reading = coordinator.data.mains
    assert reading.resolution == 0.01
    assert all(current is not None and current > 6 for current in reading.current)
    assert state_of(hass, "sensor.charger_0_state") == "charging"
    assert float(state_of(hass, "sensor.charger_0_power")) > 4000
    assert {source.problem for source in coordinator.mains.sources} == {SourceProblem.OK}


async def test_an_overload_is_cut(hass: HomeAssistant, clock: Clock) -> None:
    """A kettle and an oven on the same phase are too much: the car gives way."""
    coordinator = await simulated_site(hass, CAR)
    await clock.run(60)
    site = simulation_of(hass, "site").site
    site.house.switch("kettle", on=True)
    site.house.switch("oven", on=True)
    await clock.run(20)
    assert site.mains[0] < 25
    assert coordinator.data.chargers["charger0"].limit != 16
    assert coordinator.data.writes_today >= 1


async def test_the_meter_falls_silent(hass: HomeAssistant, clock: Clock) -> None:
    """After half a minute the car is at its safe current, and the user knows why."""
    coordinator = await simulated_site(hass, CAR)
    await clock.run(60)
    site = simulation_of(hass, "site").site
    site.meter.silent = True
    await clock.run(40)
    assert coordinator.data.state is SiteState.FAIL_SAFE
    assert site.chargers[0].charger.limits == (6, 6, 6)
    assert state_of(hass, "sensor.charger_0_limit_reason") == "stale_meter"


async def test_nothing_is_left_behind(hass: HomeAssistant) -> None:
    """With its last user the simulation is gone; the next one begins anew."""
    coordinator = await simulated_site(hass, CAR, CAR | {"wiring": "L2,L3"}, CAR | {"wiring": "L3"})
    simulation = simulation_of(hass, "site")
    assert len(simulation.site.chargers) == 3
    assert await hass.config_entries.async_unload("site")
    assert not simulation.site.chargers
    assert simulation_of(hass, "site") is not simulation
    await coordinator.async_shutdown()


async def test_before_the_first_step(hass: HomeAssistant) -> None:
    """There is a reading, but no value."""
    mains = open_mains(hass, "look", SiteConfig.from_strings(SIMULATED_SITE))
    assert mains.reading.current == (None, None, None)
    assert {source.problem for source in mains.sources} == {SourceProblem.UNAVAILABLE}
    config = ChargerConfig.from_strings("look", CAR, phase_count=3)
    charger = open_charger(hass, "look", config, 3)
    assert charger.details is None
    assert charger.statistics is None
    await charger.async_poll()
    await charger.async_stop()
    await mains.async_stop()


async def test_a_limit_the_charger_cannot_hold(hass: HomeAssistant) -> None:
    """It refuses, as a real one does."""
    charger = open_charger(hass, "look", ChargerConfig.from_strings("look", CAR, phase_count=3), 3)
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((40.0, 40.0, 40.0))
    assert raised.value.translation_key == "write_refused"


async def test_what_is_asked(hass: HomeAssistant) -> None:
    """A house has a seed, a charger a car."""
    house = MAINS[MainsKind.SIMULATED]
    assert [str(key) for key in house.fields(hass, {}, 3).schema] == ["seed"]
    assert await house.async_validate(hass, {"seed": "7"}) == {"seed": "7"}
    with pytest.raises(SettingsErrors):
        await house.async_validate(hass, {"seed": "many"})
    charger = CHARGERS[ChargerKind.SIMULATED]
    assert [str(key) for key in charger.fields(hass, {}, 3).schema] == ["car_phases", "car_current"]
    car = {"car_phases": "1", "car_current": "32"}
    assert await charger.async_validate(hass, car) == car
