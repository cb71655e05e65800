"""Meters found by the names their integrations give: the rows of the table, found in the registries."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.evmeter.mains import (
    MAINS,
    FoundMeter,
    TooSlow,
    find_meters,
    known,
    meter_table,
    open_mains,
)
from custom_components.evmeter.mains.meter_table import KNOWN_METERS, KnownMeter
from custom_components.evmeter.settings import MainsKind, SettingsErrors, SiteConfig

from .meter_samples import (
    QUANTITIES,
    SAMPLES,
    Sample,
    Sensor,
    add_device,
    add_entry,
    add_meter,
    add_sensor,
    another,
)
from .sites import SITE

DSMR = SAMPLES["dsmr"]
THREE_PHASES = [sample for sample in SAMPLES.values() if len(sample.phases) == 3]

every_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
every_sample_of_three_phases = pytest.mark.parametrize(
    "sample", THREE_PHASES, ids=lambda sample: f"{sample.integration}-{sample.phases[0]}"
)


def only(meters: list[FoundMeter]) -> FoundMeter:
    """The only meter there is."""
    (meter,) = meters
    return meter


@every_sample
def test_found(hass: HomeAssistant, sample: Sample) -> None:
    """Every phase has its entities at their place, disabled ones are to be enabled, nothing else is taken."""
    phases = add_meter(hass, sample)
    found = only(find_meters(hass))
    assert (found.meter, found.title) == (sample.integration, "Meter cupboard")
    ids = [
        {name: getattr(entities, name) for name in QUANTITIES if getattr(entities, name) is not None}
        for entities in found.phases
    ]
    assert ids == [{name: entity.id for name, entity in phase.items()} for phase in phases]
    disabled = {entity.entity_id for phase in phases for entity in phase.values() if entity.disabled}
    assert set(found.needs_enabling) == disabled
    stored = {entity.id for phase in phases for entity in phase.values()}
    assert set(found.to_strings().values()) == {sample.integration, *stored}


@pytest.fixture
def reading_head(hass: HomeAssistant) -> er.RegistryEntry:
    """What tells whether the reading head of an IOmeter is in reach, disabled as it comes; and the meter."""
    entry = add_entry(hass, "iometer")
    device = add_device(hass, entry, "bridge")
    add_meter(hass, SAMPLES["iometer"], entry=entry, device=device)
    return er.async_get(hass).async_get_or_create(
        "binary_sensor",
        "iometer",
        "1ISK_connection_status",
        config_entry=entry,
        device_id=device.id,
        translation_key="connection_status",
        disabled_by=er.RegistryEntryDisabler.INTEGRATION,
    )


def test_what_tells_that_it_is_alive_is_enabled(hass: HomeAssistant, reading_head: er.RegistryEntry) -> None:
    """Though nothing is measured by it."""
    found = only(find_meters(hass))
    assert found.needs_enabling == (reading_head.entity_id,)
    assert reading_head.id not in found.to_strings().values()
    er.async_get(hass).async_update_entity(reading_head.entity_id, disabled_by=None)
    assert only(find_meters(hass)).needs_enabling == ()


async def test_a_meter_out_of_reach_says_nothing(hass: HomeAssistant, reading_head: er.RegistryEntry) -> None:
    """Whatever its sensors report, until it is within reach again; without the sensor they are believed."""
    strings = {**SITE, **only(find_meters(hass)).to_strings(), "mains": "known"}
    strings = {key: value for key, value in strings.items() if not key.startswith("current")}
    mains = open_mains(hass, "site", SiteConfig.from_strings(strings))
    registry = er.async_get(hass)
    phases = only(find_meters(hass)).phases
    powers = [er.async_resolve_entity_id(registry, phase.power or "") or "" for phase in phases]
    heard: list[int] = []
    await mains.async_start(lambda: heard.append(1))
    for told, expected in (("on", 10), ("off", None), ("on", 10), ("unavailable", 10)):
        hass.states.async_set(reading_head.entity_id, told)
        for power in powers:
            hass.states.async_set(power, "2300", {"unit_of_measurement": "W"})
        heard.clear()
        await hass.async_block_till_done()
        assert heard
        assert mains.reading.current == (expected,) * 3
    registry.async_remove(reading_head.entity_id)
    await hass.async_block_till_done()
    assert mains.reading.current == (10, 10, 10)
    await mains.async_stop()


@pytest.mark.parametrize("row", KNOWN_METERS, ids=lambda row: f"{row.integration}-{row.current or row.power}")
def test_every_row_finds_its_own_sample(
    hass: HomeAssistant, row: KnownMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is idle, and none takes what another row of the same integration is for."""
    monkeypatch.setattr(known, "KNOWN_METERS", (row,))
    for sample in SAMPLES.values():
        add_meter(hass, sample)
    found = only(find_meters(hass))
    assert found.meter == row.integration
    assert len(found.phases) == len(row.phases)
    assert found.period == row.period


@every_sample_of_three_phases
@pytest.mark.parametrize(
    ("phases", "count"), [((), 0), ((0,), 1), ((0, 1), 0), ((0, 2), 0), ((1, 2), 0), ((1,), 0)]
)
def test_phases_that_no_mains_connection_has(
    hass: HomeAssistant, sample: Sample, phases: tuple[int, ...], count: int
) -> None:
    """One phase is a house of one phase; a meter that tells about half of a house is not offered."""
    add_meter(hass, sample, phases=phases)
    assert [len(meter.phases) for meter in find_meters(hass)] == [1] * count


def test_a_phase_without_a_current_but_with_power_counts(hass: HomeAssistant) -> None:
    """Some meters tell the power per phase alone."""
    entry = add_entry(hass, "dsmr")
    for phase in range(3):
        add_sensor(hass, entry, DSMR.sensors(phase)["power"])
    assert [phase.current for phase in only(find_meters(hass)).phases] == [None, None, None]


@pytest.mark.parametrize("name", ["fronius", "iskra", "discovergy"])
def test_several_meters_of_one_config_entry(hass: HomeAssistant, name: str) -> None:
    """Each is offered by itself, under the name of its device."""
    sample = SAMPLES[name]
    entry = add_entry(hass, sample.integration)
    first, second = (add_device(hass, entry, device) for device in ("Feed-in", "Heat pump"))
    at_first = add_meter(hass, sample, entry=entry, device=first)
    assert (only(find_meters(hass)).id, only(find_meters(hass)).title) == (entry.entry_id, entry.title)
    at_second = add_meter(hass, another(sample, "99"), entry=entry, device=second)
    found = {meter.title: meter for meter in find_meters(hass)}
    assert list(found) == ["Meter cupboard, Feed-in", "Meter cupboard, Heat pump"]
    assert len({meter.id for meter in found.values()}) == 2
    for meter, phases in zip(found.values(), (at_first, at_second), strict=True):
        ids = [(phase.current, phase.power) for phase in meter.phases]
        assert ids == [
            tuple(None if (entity := phase.get(key)) is None else entity.id for key in ("current", "power"))
            for phase in phases
        ]


def test_phases_on_devices_of_their_own_are_one_meter(hass: HomeAssistant) -> None:
    """As those of a Shelly Pro 3EM are."""
    sample = SAMPLES["shelly Pro 3EM"]
    entry = add_entry(hass, sample.integration)
    for phase, name in enumerate(("Phase A", "Phase B", "Phase C")):
        device = add_device(hass, entry, name)
        for sensor in sample.sensors(phase).values():
            add_sensor(hass, entry, sensor, device)
    assert len(only(find_meters(hass)).phases) == 3


def test_a_charger_of_the_same_integration_is_no_meter(hass: HomeAssistant) -> None:
    """It has currents of the same names: those it charges with."""
    sample = SAMPLES["lektrico 3EM"]
    entry = add_entry(hass, sample.integration)
    for phase in range(3):
        add_sensor(hass, entry, sample.sensors(phase)["current"])
    add_sensor(hass, entry, Sensor("500006_installation_current", "installation_current"))
    assert find_meters(hass) == []


def test_keys_that_end_alike_are_no_meter(hass: HomeAssistant) -> None:
    """A gateway without current transformers still tells a balanced net consumption per phase."""
    sample = SAMPLES["enphase_envoy"]
    entry = add_entry(hass, sample.integration)
    for sensor in sample.others:
        add_sensor(hass, entry, sensor)
    assert find_meters(hass) == []


def test_only_sensors_are_looked_at(hass: HomeAssistant) -> None:
    """Translation keys are unique within a platform only."""
    entry = add_entry(hass, "dsmr")
    er.async_get(hass).async_get_or_create(
        "number", "dsmr", "limit", config_entry=entry, translation_key="instantaneous_current_l1"
    )
    assert find_meters(hass) == []


@pytest.mark.parametrize(
    ("options", "too_slow"),
    [
        ({}, TooSlow(option="time_between_update", seconds=30, advised=5)),
        ({"time_between_update": 10}, TooSlow(option="time_between_update", seconds=10, advised=5)),
        ({"time_between_update": 0}, None),
    ],
)
def test_dsmr_tells_how_often_it_updates(
    hass: HomeAssistant, options: dict[str, float], too_slow: TooSlow | None
) -> None:
    """Its default is too slow for balancing."""
    add_meter(hass, DSMR, entry=add_entry(hass, "dsmr", **options))
    assert only(find_meters(hass)).too_slow == too_slow


async def test_a_meter_is_chosen_by_its_id(hass: HomeAssistant) -> None:
    """One that is gone in the meantime is refused."""
    add_meter(hass, DSMR)
    found = only(find_meters(hass))
    kind = MAINS[MainsKind.KNOWN]
    assert [str(key) for key in kind.fields(hass, {}, 3).schema] == ["meter"]
    assert await kind.async_validate(hass, {"meter": found.id}) == found.to_strings()
    with pytest.raises(SettingsErrors) as raised:
        await kind.async_validate(hass, {"meter": "gone"})
    assert raised.value.form_errors() == {"meter": "meter_not_found"}


def test_no_row_is_there_twice() -> None:
    """Two rows of one integration have different keys."""
    keys = [(row.integration, row.current, row.power) for row in meter_table.KNOWN_METERS]
    assert len(set(keys)) == len(keys)
