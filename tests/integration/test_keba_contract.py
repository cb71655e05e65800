"""The row of Keba against Home Assistant's own integration, as it is installed.

The integration is read, not run: its library need not be there.
"""

from pathlib import Path
from typing import Final

import pytest
from homeassistant import components
from homeassistant.util.yaml import load_yaml_dict

from custom_components.evmeter.chargers.known_actions import KEBA
from custom_components.evmeter.chargers.rows import Action, EntityKey, LimitAction

from .known_chargers import keys_of, unstored_keys_of

FOLDER: Final = Path(components.__path__[0]) / "keba"
KEYS: Final = keys_of(KEBA) | unstored_keys_of(KEBA)
LIMIT: Final = KEBA.limit if isinstance(KEBA.limit, LimitAction) else None


def source(file: str) -> str:
    """The source of one module of the integration."""
    return (FOLDER / file).read_text(encoding="utf-8")


def actions() -> list[Action]:
    """The actions that the row runs."""
    assert LIMIT is not None
    assert LIMIT.watchdog is not None
    return [LIMIT.write, LIMIT.watchdog]


@pytest.mark.parametrize("action", actions(), ids=lambda action: action.name)
def test_fields_of_the_actions(action: Action) -> None:
    """Each is registered, without a schema, and takes these fields, and numbers like these."""
    assert f'"{action.name}": "async_{action.name}"' in source("services.py")
    assert "hass.services.async_register(DOMAIN, service, _async_execute_service)" in source("services.py")
    described = load_yaml_dict(str(FOLDER / "services.yaml"))[action.name]
    assert isinstance(described, dict)
    fields = described["fields"]
    assert isinstance(fields, dict)
    assert set(action.data) == set(fields)
    for name, value in action.data.items():
        selector = fields[name]["selector"]["number"]
        if isinstance(value, int):
            assert selector["min"] <= value <= selector["max"]


def test_range_of_the_limits() -> None:
    """Tenths of an ampere from 6 A, and 0 A pauses; a bad one would only be logged."""
    assert LIMIT is not None
    selector = load_yaml_dict(str(FOLDER / "services.yaml"))["set_current"]["fields"]["current"]["selector"]
    assert (selector["number"]["min"], selector["number"]["step"]) == (6, KEBA.traits.step)
    assert LIMIT.highest < selector["number"]["max"]
    assert "await self.set_current(float(current))" in source("__init__.py")


def test_whole_failsafe_is_passed_on() -> None:
    """Its three fields are all required."""
    text = source("__init__.py")
    for name in ("failsafe_timeout", "failsafe_fallback", "failsafe_persist"):
        assert f'= "{name}"' in text
    assert "await self.set_failsafe(int(timeout), float(fallback), bool(persist))" in text


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_unique_ids(key: EntityKey) -> None:
    """They end in the key of the row, after what is common to all of a station."""
    module = source(f"{key.platform}.py")
    assert f'"{key.key}"' in module
    assert 'self._attr_unique_id = f"{keba.device_id}_{entity_type}"' in module
    assert "device_info" not in module


def test_states_and_currents() -> None:
    """A binary sensor of the charging, and the currents as attributes of the power."""
    assert set(KEBA.traits.states) == {"on", "off"}
    assert 'self._attr_is_on = self._keba.get_value("State_on")' in source("binary_sensor.py")
    for attribute in KEBA.traits.draw_attributes:
        assert f'self._attributes["{attribute}"]' in source("sensor.py")


def test_there_is_no_config_entry() -> None:
    """It is set up in YAML, one station; the actions name none."""
    assert KEBA.without_device
    assert not (FOLDER / "config_flow.py").exists()
    assert "hass.data[DOMAIN] = keba" in source("__init__.py")
    assert "keba = call.hass.data[DOMAIN]" in source("services.py")
