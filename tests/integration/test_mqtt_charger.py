"""A charger of one of Home Assistant's own integrations, over the wire: MQTT, with a real broker between."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiomqtt
import pytest
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.balancing.model import ChargerState
from custom_components.evmeter.chargers import Charger, ChargerProblem, open_charger
from custom_components.evmeter.settings import ChargerConfig
from evmeter_client.simulator.broker import Broker

from .sites import report_mains, set_up, site_entry, state_of, subentry, until

DEVICE: Final = {
    "device": {"identifiers": ["garage"], "name": "Garage", "manufacturer": "Maker", "model": "Box 22"},
    "origin": {"name": "garage"},
    "availability_topic": "garage/online",
    "components": {
        "limit": {
            "platform": "number",
            "name": "Limit",
            "unique_id": "garage_limit",
            "command_topic": "garage/limit/set",
            "state_topic": "garage/limit",
            "unit_of_measurement": "A",
            "min": 6,
            "max": 16,
        },
        "charge": {
            "platform": "switch",
            "name": "Charge",
            "unique_id": "garage_charge",
            "command_topic": "garage/charge/set",
            "state_topic": "garage/charge",
        },
        "draw": {
            "platform": "sensor",
            "name": "Draw",
            "unique_id": "garage_draw",
            "state_topic": "garage/draw",
            "unit_of_measurement": "A",
            "device_class": "current",
        },
    },
}
"""How the charger describes itself to Home Assistant."""

PERIOD: Final = 0.1
"""The charger tells what its car draws this often [s]."""


class MqttWallbox:
    """A charger with a car that takes what it may."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.limit = 16.0
        self.charging = True

    async def tell(self) -> None:
        """Publish everything."""
        await self._client.publish("garage/limit", f"{self.limit:g}")
        await self._client.publish("garage/charge", "ON" if self.charging else "OFF")
        await self._client.publish("garage/draw", f"{self.limit if self.charging else 0:g}")

    async def live(self) -> None:
        """Tell again and again."""
        while True:
            await self.tell()
            await asyncio.sleep(PERIOD)

    async def obey(self) -> None:
        """Follow commands."""
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            command = message.payload.decode()
            if message.topic.matches("garage/limit/set"):
                self.limit = float(command)
            else:
                self.charging = command == "ON"
            await self.tell()


@asynccontextmanager
async def mqtt_wallbox(broker: Broker) -> AsyncIterator[MqttWallbox]:
    """Put the charger on the broker."""
    will = aiomqtt.Will("garage/online", "offline", retain=True)
    async with aiomqtt.Client(broker.host, broker.port, will=will) as client:
        wallbox = MqttWallbox(client)
        await client.subscribe("garage/+/set")
        await client.publish("homeassistant/device/garage/config", json.dumps(DEVICE), retain=True)
        await client.publish("garage/online", "online", retain=True)
        tasks = [asyncio.create_task(work) for work in (wallbox.live(), wallbox.obey())]
        try:
            yield wallbox
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await client.publish("garage/online", "offline", retain=True)


@pytest.fixture
async def mqtt(hass: HomeAssistant, broker: Broker, tmp_path: Path) -> AsyncIterator[None]:
    """Home Assistant's own MQTT integration, connected to the broker; it wants to read a configuration."""
    (tmp_path / "configuration.yaml").touch()
    hass.config.config_dir = str(tmp_path)
    entry = MockConfigEntry(
        domain="mqtt", version=2, minor_version=1, data={"broker": broker.host, "port": broker.port}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    yield
    assert await hass.config_entries.async_unload(entry.entry_id)


def is_known(hass: HomeAssistant, entity_id: str) -> bool:
    """Whether an entity has told something."""
    state = hass.states.get(entity_id)
    return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


async def strings(hass: HomeAssistant) -> Mapping[str, str]:
    """Wait until the entities are there; returns what is stored of the charger."""
    registry = er.async_get(hass)
    entities = {
        "limit": "number.garage_limit",
        "switch": "switch.garage_charge",
        "draw_l1": "sensor.garage_draw",
    }
    await until(lambda: all(is_known(hass, entity_id) for entity_id in entities.values()))
    ids = {key: registry.entities[entity_id].id for key, entity_id in entities.items()}
    return {"charger": "entities", "max_current": "16", **ids}


def opened(hass: HomeAssistant, data: Mapping[str, str]) -> Charger:
    """Open the charger alone."""
    return open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)


def seen(charger: Charger) -> tuple[ChargerState, ChargerProblem]:
    """What the charger does now, and what is wrong with it."""
    return charger.reading.state, charger.problem


@pytest.mark.usefixtures("mqtt")
async def test_read_limit_pause_and_resume(hass: HomeAssistant, broker: Broker) -> None:
    """What is written arrives at the charger, and what the charger does is read."""
    async with mqtt_wallbox(broker) as wallbox:
        charger = opened(hass, await strings(hass))
        await charger.async_start(lambda: None)
        await until(lambda: charger.reading.current == (16, 16, 16))
        assert seen(charger) == (ChargerState.CHARGING, ChargerProblem.NONE)
        assert (charger.device.manufacturer, charger.device.model) == ("Maker", "Box 22")

        await charger.async_write((9.0, 9.0, 9.0))
        await until(lambda: charger.reading.limit == 9 and charger.reading.current == (9, 9, 9))
        assert wallbox.limit == 9
        await charger.async_write((0.0, 0.0, 0.0))
        await until(lambda: charger.reading.state is ChargerState.PAUSED)
        assert (wallbox.limit, wallbox.charging) == (9, False)
        await charger.async_write((12.0, 12.0, 12.0))
        await until(lambda: charger.reading.current == (12, 12, 12))
        assert (wallbox.limit, wallbox.charging) == (12, True)
    await until(lambda: seen(charger) == (ChargerState.UNAVAILABLE, ChargerProblem.UNAVAILABLE))
    await charger.async_stop()


@pytest.mark.usefixtures("mqtt")
async def test_overload_is_cut(hass: HomeAssistant, broker: Broker) -> None:
    """The whole way: the mains are overloaded, and the charger on the broker gets less."""
    async with mqtt_wallbox(broker) as wallbox:
        entry = site_entry(subentry(dict(await strings(hass)), title="Garage", subentry_id="garage"))
        coordinator = await set_up(hass, entry)
        for _ in range(15):
            report_mains(hass, 20, 20, 20)
            await asyncio.sleep(PERIOD)
        assert wallbox.limit == 16
        assert coordinator.data.chargers["garage"].reading.limit == 16
        report_mains(hass, 20, 33, 20)
        await until(lambda: wallbox.limit < 16)
        assert wallbox.limit == 7
        await until(lambda: state_of(hass, "sensor.garage_state") == "charging")
        assert await hass.config_entries.async_unload(entry.entry_id)
