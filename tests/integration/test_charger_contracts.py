"""The table of known chargers against Home Assistant's own integrations, as they are installed.

A key, a state or a limit that an integration changes is noticed here, not by a user whose charger is gone.
The integrations are read, not run: their libraries need not be there.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from homeassistant import components
from homeassistant.util import slugify

from custom_components.evmeter.balancing.model import ChargerState, WriteClass
from custom_components.evmeter.chargers.known import KNOWN_CHARGERS, EntityKey, KnownCharger

from .known_chargers import keys_of

COMPONENTS: Final = Path(components.__path__[0])

EVERY_ROW = pytest.mark.parametrize("known", KNOWN_CHARGERS, ids=lambda known: known.integration)
EVERY_ENTITY = pytest.mark.parametrize(
    ("known", "key"),
    [
        pytest.param(known, key, id=f"{known.integration}-{name}")
        for known in KNOWN_CHARGERS
        for name, key in (keys_of(known) | {"in_force": known.in_force, "plug": known.plug}).items()
        if key is not None
    ],
)

RAW_STATES: Final = {"wallbox": ("const.py", "class ChargerStatus(StrEnum):")}
"""Integrations whose states are no translation keys, with the place of the list they are from."""

MADE_BY_ITS_LIBRARY: Final = {"victron_gx"}
"""Integrations whose translation keys come out of their library: only their texts name them."""

UNTOLD: Final = {"unknown", "reserved15", "reserved16", "reserved17", "reserved18", "reserved19"}
"""States that say nothing."""

SOURCE_KEYS: Final = {
    ("nrgkick", "charging_enabled"): 'CHARGING_ENABLED_KEY = "charging_enabled"',
    ("wallbox", "status_description"): "translation_key=CHARGER_STATUS_DESCRIPTION_KEY",
}
"""Keys that their platform has by another name."""

NUMBER_FACTS: Final = {
    "peblar": ("_attr_native_min_value = 6", "_attr_native_step = 1", "UnitOfElectricCurrent.AMPERE"),
    "openevse": ("min_value_fn=lambda ev: ev.min_amps", "native_step=1.0", "UnitOfElectricCurrent.AMPERE"),
    "besen": (
        "_attr_native_min_value = MIN_CHARGE_AMPS",
        "_attr_native_step = 1",
        "UnitOfElectricCurrent.AMPERE",
    ),
    "wallbox": ("    return 6\n", "native_step=1,", "async_set_charging_current"),
    "v2c": ("MIN_INTENSITY = 6", "native_min_value=MIN_INTENSITY", "UnitOfElectricCurrent.AMPERE"),
    "lektrico": (
        "native_min_value=0,\n        native_max_value=32,\n        native_step=1,\n        native_unit_of",
    ),
    "nrgkick": ("native_min_value=MIN_CHARGING_CURRENT", "native_step=0.1", "UnitOfElectricCurrent.AMPERE"),
    "technove": ("native_min_value=MIN_CURRENT", "native_step=1,", "UnitOfElectricCurrent.AMPERE"),
    "silla_prism": (
        "_attr_native_min_value = MIN_CURRENT",
        "_attr_native_step = 1",
        "UnitOfElectricCurrent.AMPERE",
    ),
    "victron_gx": ("self._attr_native_min_value = metric.min_value",),
    "shelly": ('role="current_limit"', "models={MODEL_TOP_EV_CHARGER_EVE01}"),
    "tuya": ("DeviceCategory.QCCDZ: (", "key=DPCode.CHARGE_CUR_SET", "NumberDeviceClass.CURRENT"),
    **dict.fromkeys(
        ("teslemetry", "tessie", "tesla_fleet"),
        (
            "native_step=PRECISION_WHOLE,\n        native_min_value=0,\n        native_max_value=32,\n",
            "native_unit_of_measurement=UnitOfElectricCurrent.AMPERE",
        ),
    ),
}
"""What the source of each number says about its limits, step and unit."""


@cache
def source(integration: str, file: str) -> str:
    """The source of one module of an integration."""
    return (COMPONENTS / integration / file).read_text(encoding="utf-8")


@cache
def texts(integration: str) -> dict[str, dict[str, dict[str, object]]]:
    """The texts of an integration's entities: platform -> translation key -> texts."""
    entity = json.loads(source(integration, "strings.json"))["entity"]
    assert isinstance(entity, dict)
    return entity


def declared_states(known: KnownCharger, key: EntityKey) -> set[str]:
    """The states that an entity of an integration can have, as slugs."""
    if known.integration in RAW_STATES:
        file, begin = RAW_STATES[known.integration]
        body = source(known.integration, file).partition(begin)[2].partition("\nclass ")[0]
        return {slugify(state) for state in re.findall(r' = "([^"]+)"', body)}
    if key.platform == "binary_sensor":
        return {"on", "off"}
    states = texts(known.integration)[key.platform][key.key]["state"]
    assert isinstance(states, dict)
    return set(states)


@EVERY_ENTITY
def test_the_platform_has_the_key(known: KnownCharger, key: EntityKey) -> None:
    """In its source, on the platform of the row."""
    if known.integration in MADE_BY_ITS_LIBRARY:
        assert "metric.generic_short_id" in source(known.integration, "entity.py")
        return
    module = source(known.integration, f"{key.platform}.py")
    expected = SOURCE_KEYS.get((known.integration, key.key))
    if expected is not None:
        assert expected in module
    elif known.integration == "wallbox" and key.platform == "switch":
        assert 'translation_key="pause_resume"' in module
    else:
        assert f'"{key.key}"' in module


@EVERY_ENTITY
def test_the_key_has_its_text(known: KnownCharger, key: EntityKey) -> None:
    """An entity is translated by the key of the row, or has none of its own and is known by its unique id."""
    translated = key.key in texts(known.integration).get(key.platform, {})
    assert translated is not key.by_unique_id


@EVERY_ROW
def test_every_state_is_mapped(known: KnownCharger) -> None:
    """Every state that the integration declares, and no other."""
    assert known.state is not None
    declared = declared_states(known, known.state)
    assert set(known.traits.states) == declared - UNTOLD
    assert ChargerState.CHARGING in known.traits.states.values()


@EVERY_ROW
def test_states_of_the_pause(known: KnownCharger) -> None:
    """A switch is on or off; a select has both options."""
    pause = {known.traits.pause.paused, known.traits.pause.resumed}
    if known.switch is None:
        assert any("native_min_value=0" in fact for fact in NUMBER_FACTS[known.integration])
    elif known.switch.platform == "select":
        assert pause < declared_states(known, known.switch)
    else:
        assert pause == {"on", "off"}


@EVERY_ROW
def test_limits_step_and_unit(known: KnownCharger) -> None:
    """As far as the integration says them itself."""
    module = source(known.integration, "number.py")
    constants = source(known.integration, "const.py")
    for fact in NUMBER_FACTS[known.integration]:
        assert fact in module or fact in constants, fact


@EVERY_ROW
def test_the_cloud_is_spared(known: KnownCharger) -> None:
    """What is reached through a cloud is written through it."""
    manifest = json.loads(source(known.integration, "manifest.json"))
    in_cloud = manifest["iot_class"].startswith("cloud")
    assert (known.traits.write_class is WriteClass.CLOUD) is in_cloud
    if known.traits.write_class is not WriteClass.VOLATILE:
        assert known.traits.minimum_gap >= 60


@pytest.mark.parametrize(
    ("integration", "fact"),
    [
        ("peblar", "is_on_fn=lambda x: x.ev.charge_current_limit >= 6000"),
        ("v2c", "turn_on_fn=lambda evse: evse.pause()"),
        ("besen", "return self.coordinator.data.charge.charger_status"),
        ("technove", "is_on_fn=lambda station: station.info.is_session_active"),
        ("nrgkick", "set_charge_pause(True)"),
        ("shelly", 'role="start_charging"'),
    ],
)
def test_what_the_switch_means(integration: str, fact: str) -> None:
    """Whether it is on while charging is paused, and whether it says so."""
    assert fact in source(integration, "switch.py")
