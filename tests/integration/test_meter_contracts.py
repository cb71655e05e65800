"""Every row of the table is what the installed Home Assistant says: a change there must fail here."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import pytest
from homeassistant.components.dsmr.const import DEFAULT_TIME_BETWEEN_UPDATE
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)

from custom_components.evmeter.mains.meter_table import KNOWN_METERS, KnownMeter, MatchedBy

from .core_descriptions import CORE, LIBRARIES, Description, read_descriptions

CLASSES: Final[Mapping[str, tuple[SensorDeviceClass, type[BaseUnitConverter]]]] = {
    "current": (SensorDeviceClass.CURRENT, ElectricCurrentConverter),
    "power": (SensorDeviceClass.POWER, PowerConverter),
    "power_export": (SensorDeviceClass.POWER, PowerConverter),
    "voltage": (SensorDeviceClass.VOLTAGE, ElectricPotentialConverter),
}

UNIT_IN_TELEGRAM: Final = {"dsmr", "edl21"}
"""Integrations whose meters tell the unit with the value."""

BUILT_AS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "homewizard": {"sensor.py": ('f"{coordinator.config_entry.unique_id}_{description.key}"',)},
    "youless": {"sensor.py": ('f"{DOMAIN}_{device}_{description.key}"',)},
    "earn_e_p1": {"sensor.py": ('f"{coordinator.identifier}_{description.key}"',)},
    "bitvis": {"sensor.py": ('f"{mac_address}_{description.key}"',)},
    "shelly": {
        "entity.py": (
            'f"{coordinator.mac}-{block.description}"',
            'f"{super().unique_id}-{self.attribute}"',
            'f"{coordinator.mac}-{key}"',
            'f"{super().unique_id}-{attribute}"',
            'block_type = entry.unique_id.split("-")[-2].split("_")[0]',
        )
    },
    "enphase_envoy": {"sensor.py": ('f"{self.envoy_serial_num}_{description.key}"',)},
    "fronius": {"sensor.py": ('f"{meter_uid}-{description.key}"',)},
    "sma": {"sensor.py": ("self._attr_name = f\"{device_name or 'SMA'} {sensor_name}\"",)},
    "lektrico": {"sensor.py": ('f"{coordinator.serial_number}_{description.key}"',)},
    "wattwaechter": {"sensor.py": ('f"{coordinator.device_id}_{obis_code}"',)},
    "iometer": {"sensor.py": ('f"{coordinator.identifier}_{description.key}"',)},
}
"""How integrations build what a row is matched by, where that is not the translation key."""

FRONIUS_METER: Final = """\
class FroniusMeterUpdateCoordinator(FroniusCoordinatorBase):
    \"""Query Fronius system meter endpoint and keep track of seen conditions.\"""

    default_interval = timedelta(minutes=1)
"""

PERIODS: Final[Mapping[str, tuple[str, str]]] = {
    "youless": ("coordinator.py", "update_interval=timedelta(seconds=10)"),
    "enphase_envoy": ("coordinator.py", "SCAN_INTERVAL = timedelta(seconds=60)"),
    "fronius": (
        "coordinator.py",
        FRONIUS_METER,
    ),
    "iskra": ("coordinator.py", "update_interval=timedelta(seconds=60)"),
    "lektrico": ("coordinator.py", "SCAN_INTERVAL = timedelta(seconds=10)"),
    "wattwaechter": ("const.py", "DEFAULT_SCAN_INTERVAL = 120"),
    "discovergy": ("coordinator.py", "timedelta(seconds=30)"),
}
"""Where integrations say how often they update."""

Descriptions = Mapping[str, Sequence[Description]]

IN_CORE: Final = [row for row in KNOWN_METERS if not row.named_elsewhere]

every_row = pytest.mark.parametrize(
    "row", IN_CORE, ids=lambda row: f"{row.integration}-{row.current or row.power}"
)


@pytest.fixture(scope="module")
def core() -> Descriptions:
    """What Home Assistant's integrations say, read once."""
    return read_descriptions(row.integration for row in IN_CORE)


@cache
def source(integration: str, file: str) -> str:
    """The source of an integration."""
    return (CORE / integration / file).read_text(encoding="utf-8")


def translated(integration: str) -> frozenset[str]:
    """The translation keys of the sensors of an integration."""
    strings = json.loads(source(integration, "strings.json"))
    return frozenset(strings["entity"]["sensor"])


def described(row: KnownMeter, key: str) -> str:
    """The name of a key's description: block channels of a Shelly have a number that it does not."""
    return re.sub(r"^(emeter)_\d-", r"\1|", key) if row.integration == "shelly" else key


def complaints(row: KnownMeter, core: Descriptions) -> list[str]:
    """What is wrong with a row: keys that do not exist, or measure something else."""
    wrong: list[str] = []
    patterns = zip(CLASSES, (row.current, row.power, row.power_export, row.voltage), strict=True)
    keys = [
        (quantity, pattern.format(phase=phase))
        for quantity, pattern in patterns
        if pattern is not None
        for phase in row.phases
    ]
    for quantity, key in keys:
        device_class, converter = CLASSES[quantity]
        name = described(row, key)
        found = [item for item in core[row.integration] if name in item.names]
        if not found:
            wrong.append(f"{key} does not exist")
        if row.matched_by is MatchedBy.TRANSLATION_KEY and key not in translated(row.integration):
            wrong.append(f"{key} is no translation key")
        for item in found:
            if item.device_class != device_class:
                wrong.append(f"{key} is a {item.device_class}")
            if item.unit not in converter.VALID_UNITS and (
                item.unit is not None or row.integration not in UNIT_IN_TELEGRAM
            ):
                wrong.append(f"{key} is in {item.unit}")
    if row.marker is not None and not any(row.marker in item.names for item in core[row.integration]):
        wrong.append(f"{row.marker} does not exist")
    return wrong


@every_row
def test_keys_exist_and_measure_what_the_row_says(row: KnownMeter, core: Descriptions) -> None:
    assert complaints(row, core) == []


@every_row
def test_what_a_row_is_matched_by_is_built_as_the_row_says(row: KnownMeter) -> None:
    """The device comes first, then the separator, then the key."""
    built = BUILT_AS.get(row.integration, {})
    assert (built == {}) is (row.matched_by is MatchedBy.TRANSLATION_KEY)
    for file, texts in built.items():
        assert [text for text in texts if text not in source(row.integration, file)] == []
        assert all(f"}}{row.separator}" in text for text in texts if text.startswith("f"))


@every_row
def test_what_tells_that_it_is_alive(row: KnownMeter) -> None:
    """A binary sensor of the integration, on while all is well."""
    if row.alive is not None:
        module = source(row.integration, "binary_sensor.py")
        description = module.partition(f'translation_key="{row.alive}"')[2].partition("),\n    ")[0]
        assert "BinarySensorDeviceClass.CONNECTIVITY" in description


@every_row
def test_how_often_it_updates(row: KnownMeter) -> None:
    """A row that is silent about it is of an integration that is told by its meter, or asks it often."""
    assert (row.period is not None) is (row.integration in PERIODS)
    if row.period is not None:
        file, text = PERIODS[row.integration]
        assert text in source(row.integration, file)
        number = int(re.findall(r"\d+", text)[-1])
        assert row.period == (60 * number if "minutes" in text else number)


@every_row
def test_its_option_exists(row: KnownMeter) -> None:
    """The option that makes a meter faster, and its default."""
    if row.update is None:
        return
    options = json.loads(source(row.integration, "strings.json"))["options"]["step"]["init"]["data"]
    assert row.update.key in options
    assert row.update.default == DEFAULT_TIME_BETWEEN_UPDATE


def test_names_from_elsewhere_reach_the_entities() -> None:
    """Home Assistant's source hands on what a device or a library calls them."""
    elsewhere = {row.integration for row in KNOWN_METERS if row.named_elsewhere}
    assert elsewhere == {"esphome", "victron_gx"}
    assert "self._attr_name = static_info.name" in source("esphome", "entity.py")
    victron = source("victron_gx", "entity.py")
    assert 'self._attr_unique_id = f"{installation_id}_{metric.unique_id}"' in victron
    # The library puts the phase where the placeholder is: grid_power_{phase} is ..._grid_30_grid_power_l1.
    assert 'metric.generic_short_id.replace("{", "")' in victron
    assert {"grid_power_phase", "grid_voltage_phase"} <= translated("victron_gx")


HOMEWIZARD, DSMR, SHELLY, ENPHASE, SMA, LEKTRICO, IOMETER = (
    next(row for row in KNOWN_METERS if row.integration == integration)
    for integration in ("homewizard", "dsmr", "shelly", "enphase_envoy", "sma", "lektrico", "iometer")
)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (replace(HOMEWIZARD, current="active_amps_l{phase}"), "active_amps_l1 does not exist"),
        (replace(HOMEWIZARD, phases=("1", "2", "4")), "active_current_l4_a does not exist"),
        (replace(HOMEWIZARD, power="active_current_l{phase}_a"), "active_current_l1_a is a current"),
        (
            replace(HOMEWIZARD, matched_by=MatchedBy.TRANSLATION_KEY),
            "active_power_l1_w is no translation key",
        ),
        (replace(IOMETER, current="power_phase_{phase}"), "power_phase_1 is in W"),
        (replace(DSMR, voltage="voltage_phase_l{phase}"), "voltage_phase_l1 does not exist"),
        (replace(SHELLY, current="emeter_{phase}-amperes"), "emeter_0-amperes does not exist"),
        (replace(ENPHASE, current="net_ct_amps_l{phase}"), "net_ct_amps_l1 does not exist"),
        (replace(SMA, current="Mains Current L{phase}"), "Mains Current L1 does not exist"),
        (replace(LEKTRICO, marker="fuse_current"), "fuse_current does not exist"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.integration,
)
def test_a_wrong_row_is_told(wrong: KnownMeter, complaint: str, core: Descriptions) -> None:
    """The contract can fail: with a key, a phase, a quantity, a unit or a marker that is not there."""
    assert complaint in complaints(wrong, core)


def test_what_stands_in_for_a_library_describes_nothing(core: Descriptions) -> None:
    """Every integration has descriptions of its own, and no name in them comes from a stand-in."""
    assert [domain for domain, items in core.items() if not items] == []
    names = {name.partition(".")[0] for items in core.values() for item in items for name in item.names}
    assert names.isdisjoint(LIBRARIES)
