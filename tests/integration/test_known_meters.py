"""Meters found by the names their integrations give: one row per integration."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.mains import MAINS, FoundMeter, TooSlow, find_meters
from custom_components.evmeter.mains.known import KNOWN_METERS, KnownMeter
from custom_components.evmeter.settings import MainsKind, SettingsErrors


def add_meter(hass: HomeAssistant, known: KnownMeter, phases: int, **options: float) -> dict[str, str]:
    """Give Home Assistant a meter of this row; returns translation key -> registry id."""
    entry = MockConfigEntry(domain=known.integration, title="Meter cupboard", options=options)
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    keys = [
        pattern.format(phase=phase)
        for phase in range(1, phases + 1)
        for pattern in (known.current, known.power, known.power_export, known.voltage)
        if pattern is not None
    ]
    return {
        key: registry.async_get_or_create(
            "sensor",
            known.integration,
            f"serial_{key}",
            config_entry=entry,
            translation_key=key,
            disabled_by=er.RegistryEntryDisabler.INTEGRATION,
        ).id
        for key in (*keys, "gas_meter_reading")
    }


def only(meters: list[FoundMeter]) -> FoundMeter:
    """The only meter there is."""
    (meter,) = meters
    return meter


@pytest.mark.parametrize("known", KNOWN_METERS, ids=lambda known: known.integration)
@pytest.mark.parametrize("phases", [1, 3])
def test_found(hass: HomeAssistant, known: KnownMeter, phases: int) -> None:
    """With every entity per phase, the disabled ones too."""
    ids = add_meter(hass, known, phases)
    found = only(find_meters(hass))
    assert (found.meter, found.title) == (known.integration, "Meter cupboard")
    assert [phase.current for phase in found.phases] == [
        ids[known.current.format(phase=phase)] for phase in range(1, phases + 1)
    ]
    strings = found.to_strings()
    assert strings["meter"] == known.integration
    assert set(strings.values()) == {known.integration, *ids.values()} - {ids["gas_meter_reading"]}
    assert len(found.needs_enabling) == len(ids) - 1


@pytest.mark.parametrize("phases", [0, 2])
def test_phases_that_no_mains_connection_has(hass: HomeAssistant, phases: int) -> None:
    """A meter that tells nothing per phase is none; one of two phases is used for its first."""
    add_meter(hass, KNOWN_METERS[0], phases)
    assert [len(meter.phases) for meter in find_meters(hass)] == [1] * (phases > 0)


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
    add_meter(hass, KNOWN_METERS[0], 3, **options)
    assert only(find_meters(hass)).too_slow == too_slow


async def test_a_meter_is_chosen_by_its_config_entry(hass: HomeAssistant) -> None:
    """One that is gone in the meantime is refused."""
    add_meter(hass, KNOWN_METERS[0], 3)
    found = only(find_meters(hass))
    kind = MAINS[MainsKind.KNOWN]
    assert [str(key) for key in kind.fields(hass, {}, 3).schema] == ["meter"]
    assert await kind.async_validate(hass, {"meter": found.config_entry_id}) == found.to_strings()
    with pytest.raises(SettingsErrors) as raised:
        await kind.async_validate(hass, {"meter": "gone"})
    assert raised.value.form_errors() == {"meter": "meter_not_found"}


def test_no_row_is_there_twice() -> None:
    """A row's integration is its key in stored settings."""
    keys = [known.integration for known in KNOWN_METERS]
    assert len(set(keys)) == len(keys)
