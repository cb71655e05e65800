"""Mains currents from entities: what counts as fresh, as silent, and as the same entity."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.evmeter.mains import MAINS, Mains, Quantity, SourceProblem, open_mains
from custom_components.evmeter.settings import MainsKind, SettingsErrors, SiteConfig

from .sites import MAINS_SENSORS, SITE, report_mains


class Listener:
    """Counts the samples it is told of."""

    def __init__(self) -> None:
        self.samples = 0

    def __call__(self) -> None:
        self.samples += 1


def currents(mains: Mains) -> list[float | None]:
    """The currents now [A]."""
    return list(mains.reading.current)


def problems(mains: Mains) -> list[SourceProblem]:
    """What is wrong with each source now."""
    return [source.problem for source in mains.sources]


@pytest.fixture
def listener() -> Listener:
    """Something that listens."""
    return Listener()


@pytest.fixture
async def mains(hass: HomeAssistant, listener: Listener) -> AsyncIterator[Mains]:
    """The three sensors of a house, listened to."""
    source = open_mains(hass, "look", SiteConfig.from_strings(SITE))
    await source.async_start(listener)
    await hass.async_block_till_done()
    listener.samples = 0
    yield source
    await source.async_stop()


async def test_silent_before_the_first_sample(hass: HomeAssistant, mains: Mains) -> None:
    """There is always a reading, but no values; the age counts from the start."""
    reading = mains.reading
    assert reading.current == (None, None, None)
    assert all(0 <= hass.loop.time() - at < 5 for at in reading.measured_at)
    assert {source.problem for source in mains.sources} == {SourceProblem.MISSING}


async def test_one_telegram_is_one_sample(hass: HomeAssistant, mains: Mains, listener: Listener) -> None:
    """Three entities that report in one go are told of once."""
    report_mains(hass, 1.5, 2.5, 3.5)
    await hass.async_block_till_done()
    assert listener.samples == 1
    assert currents(mains) == [1.5, 2.5, 3.5]
    assert mains.reading.resolution == 0.1


async def test_the_same_value_again_is_fresh(hass: HomeAssistant, mains: Mains, listener: Listener) -> None:
    """A house that draws the same for an hour has not gone silent."""
    report_mains(hass, 1.5, 2.5, 3.5)
    await hass.async_block_till_done()
    before = mains.reading.measured_at
    report_mains(hass, 1.5, 2.5, 3.5)
    await hass.async_block_till_done()
    assert listener.samples == 2
    assert all(now > then for now, then in zip(mains.reading.measured_at, before, strict=True))


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ("unavailable", SourceProblem.UNAVAILABLE),
        ("unknown", SourceProblem.UNAVAILABLE),
        ("nan", SourceProblem.NOT_A_NUMBER),
        ("inf", SourceProblem.NOT_A_NUMBER),
        ("-inf", SourceProblem.NOT_A_NUMBER),
        ("broken", SourceProblem.NOT_A_NUMBER),
    ],
)
async def test_no_value_is_silence_of_that_phase(
    hass: HomeAssistant, mains: Mains, state: str, problem: SourceProblem
) -> None:
    """The other phases go on; the silent one keeps the time of its last value."""
    report_mains(hass, 1.5, 2.5, 3.5)
    await hass.async_block_till_done()
    last = mains.reading.measured_at
    report_mains(hass, 1.5, state, 4.5)
    await hass.async_block_till_done()
    reading = mains.reading
    assert reading.current == (1.5, None, 4.5)
    assert reading.measured_at[1] == last[1]
    assert reading.measured_at[2] > last[2]
    assert [source.problem for source in mains.sources] == [SourceProblem.OK, problem, SourceProblem.OK]


async def test_units_are_converted_and_wrong_ones_refused(hass: HomeAssistant, mains: Mains) -> None:
    """An entity may change its unit while we listen."""
    hass.states.async_set(MAINS_SENSORS[0], "1500", {"unit_of_measurement": "mA"})
    hass.states.async_set(MAINS_SENSORS[1], "2.5", {"unit_of_measurement": "A"})
    hass.states.async_set(MAINS_SENSORS[2], "2.5", {"unit_of_measurement": "%"})
    await hass.async_block_till_done()
    assert currents(mains) == [1.5, 2.5, None]
    assert mains.sources[0].value == 1500
    assert problems(mains)[2] is SourceProblem.WRONG_UNIT
    hass.states.async_set(MAINS_SENSORS[0], "1.5", {"unit_of_measurement": "A"})
    hass.states.async_set(MAINS_SENSORS[2], "3.5")
    await hass.async_block_till_done()
    assert currents(mains) == [1.5, 2.5, None]


async def test_resolution_is_learned_from_the_values(hass: HomeAssistant, mains: Mains) -> None:
    """Whole amps until a value shows more; a phase without current shows nothing."""
    report_mains(hass, 10, 0, "12.0")
    await hass.async_block_till_done()
    assert mains.reading.resolution == 1
    report_mains(hass, 10, 0, 12.25)
    await hass.async_block_till_done()
    assert mains.reading.resolution == 0.01
    report_mains(hass, 10, 0, 12)
    await hass.async_block_till_done()
    assert mains.reading.resolution == 0.01


async def test_period_is_the_median_gap(
    hass: HomeAssistant, mains: Mains, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One late telegram does not make a meter slow."""
    assert mains.reading.period == 1
    now = hass.loop.time()
    for moment in (0, 10, 20, 50, 60, 70):
        monkeypatch.setattr(hass.loop, "time", lambda moment=moment: now + moment)
        report_mains(hass, 1.5, 2.5, 3.5)
    monkeypatch.undo()
    await hass.async_block_till_done()
    assert mains.reading.period == 10
    assert {source.period for source in mains.sources} == {10}


async def test_a_slow_voltage_does_not_make_a_meter_slow(
    hass: HomeAssistant, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the silence of the current would be noticed too late."""
    site = SITE | {"voltage_l1": "sensor.voltage"}
    mains = open_mains(hass, "look", SiteConfig.from_strings(site))
    await mains.async_start(listener)
    now = hass.loop.time()
    for moment in range(0, 120, 2):
        monkeypatch.setattr(hass.loop, "time", lambda moment=moment: now + moment)
        report_mains(hass, 1.5, 2.5, 3.5)
        if moment % 60 == 0:
            hass.states.async_set("sensor.voltage", f"{230 + moment / 60}", {"unit_of_measurement": "V"})
    monkeypatch.undo()
    await hass.async_block_till_done()
    assert mains.sources[1].period == 60
    assert mains.reading.period == 2
    await mains.async_stop()


async def test_values_from_before_the_start_have_their_age(hass: HomeAssistant, listener: Listener) -> None:
    """What was reported earlier is used, as old as it is."""
    report_mains(hass, 1.5, 2.5, 3.5)
    mains = open_mains(hass, "look", SiteConfig.from_strings(SITE))
    await mains.async_start(listener)
    assert currents(mains) == [1.5, 2.5, 3.5]
    assert all(0 < source.age < 5 for source in mains.sources if source.age is not None)
    await mains.async_stop()


async def test_stopped_mains_hear_nothing(hass: HomeAssistant, mains: Mains, listener: Listener) -> None:
    """Also not what was on its way when they were stopped."""
    report_mains(hass, 1.5, 2.5, 3.5)
    await mains.async_stop()
    report_mains(hass, 2.5, 2.5, 3.5)
    await hass.async_block_till_done()
    assert listener.samples == 0
    await mains.async_stop()


async def test_entity_is_followed_through_its_life(hass: HomeAssistant, listener: Listener) -> None:
    """Renamed, disabled, enabled, removed, created again: the registry id stands for the same entity."""
    registry = er.async_get(hass)
    entity = registry.async_get_or_create("sensor", "test", "mains", suggested_object_id="mains")
    mains = open_mains(hass, "look", SiteConfig.from_strings(SITE | {"current_l2": entity.id}))
    await mains.async_start(listener)
    report_mains(hass, 1.5, 2.5, 3.5)
    hass.states.async_set("sensor.mains", "7.5", {"unit_of_measurement": "A"})
    await hass.async_block_till_done()
    assert currents(mains) == [1.5, 7.5, 3.5]

    registry.async_update_entity("sensor.mains", new_entity_id="sensor.grid")
    hass.states.async_remove("sensor.mains")
    hass.states.async_set("sensor.grid", "8.5", {"unit_of_measurement": "A"})
    await hass.async_block_till_done()
    assert currents(mains) == [1.5, 8.5, 3.5]
    assert mains.sources[1].entity_id == "sensor.grid"

    registry.async_update_entity("sensor.grid", disabled_by=er.RegistryEntryDisabler.USER)
    hass.states.async_remove("sensor.grid")
    await hass.async_block_till_done()
    assert currents(mains) == [1.5, None, 3.5]
    assert problems(mains)[1] is SourceProblem.DISABLED

    registry.async_update_entity("sensor.grid", disabled_by=None)
    hass.states.async_set("sensor.grid", "9.5", {"unit_of_measurement": "A"})
    await hass.async_block_till_done()
    assert currents(mains) == [1.5, 9.5, 3.5]

    registry.async_remove("sensor.grid")
    hass.states.async_remove("sensor.grid")
    await hass.async_block_till_done()
    assert problems(mains)[1] is SourceProblem.MISSING
    await mains.async_stop()


async def test_power_and_voltage(hass: HomeAssistant, listener: Listener) -> None:
    """A house measured in kW: whole amps are a lower bound, and one signed power tells the direction."""
    data = {key: SITE[key] for key in SITE if not key.startswith("current")}
    data |= {
        "phases": "1",
        "current_l1": "sensor.current",
        "power_l1": "sensor.power",
        "voltage_l1": "sensor.voltage",
    }
    mains = open_mains(hass, "look", SiteConfig.from_strings(data))
    await mains.async_start(listener)
    hass.states.async_set("sensor.current", "9", {"unit_of_measurement": "A"})
    hass.states.async_set("sensor.power", "2.208", {"unit_of_measurement": "kW"})
    hass.states.async_set("sensor.voltage", "230", {"unit_of_measurement": "V"})
    await hass.async_block_till_done()
    assert currents(mains) == [pytest.approx(9.6)]
    hass.states.async_set("sensor.power", "-2.208", {"unit_of_measurement": "kW"})
    await hass.async_block_till_done()
    assert currents(mains) == [
        0,
    ]
    assert [source.quantity for source in mains.sources] == [
        Quantity.CURRENT,
        Quantity.POWER,
        Quantity.VOLTAGE,
    ]
    await mains.async_stop()


async def test_a_sensor_seen_negative_is_signed(hass: HomeAssistant, mains: Mains) -> None:
    """From then on its sign is believed."""
    report_mains(hass, -3.5, 2.5, 3.5)
    await hass.async_block_till_done()
    assert currents(mains) == [-3.5, 2.5, 3.5]


async def test_picked_entities_are_stored_by_registry_id(hass: HomeAssistant) -> None:
    """What has no registry entry is stored by its entity id; what does not exist is refused."""
    entity = er.async_get(hass).async_get_or_create("sensor", "test", "mains")
    hass.states.async_set("sensor.template", "1", {"unit_of_measurement": "A"})
    picked = {"current_l1": entity.entity_id, "power_l2": "sensor.template", "phases": "3"}
    kind = MAINS[MainsKind.ENTITIES]
    stored = await kind.async_validate(hass, picked)
    assert stored == {"current_l1": entity.id, "power_l2": "sensor.template"}
    with pytest.raises(SettingsErrors) as raised:
        await kind.async_validate(hass, {"voltage_l3": "sensor.nowhere"})
    assert raised.value.form_errors() == {"voltage_l3": "entity_not_found"}
    keys = [str(key) for key in kind.fields(hass, stored, 1).schema]
    assert keys == ["current_l1", "power_l1", "power_export_l1", "voltage_l1"]
