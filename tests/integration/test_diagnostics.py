"""Diagnostics explain what happened, and hold nothing secret."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import ExtendedJSONEncoder

from custom_components.evmeter.coordinator import REMEMBERED_DECISIONS
from custom_components.evmeter.diagnostics import async_get_config_entry_diagnostics
from custom_components.evmeter.events import EventType
from evmeter_client.simulator.broker import Broker

from .sites import evmeter_charger, report_mains, set_up, site_entry, subentry, until, wallbox

SECRETS = {"username": "house", "password": "right"}


async def test_diagnostics(hass: HomeAssistant, locked_broker: Broker) -> None:
    """Settings, sources, snapshot, connection counters and the last decisions."""
    async with wallbox(locked_broker, "SECRET-CHARGER", username="house", password="right") as box:
        await until(lambda: box.charger.currents[0] > 15)
        strings = evmeter_charger(locked_broker, "SECRET-CHARGER", **SECRETS)
        entry = site_entry(subentry(strings, "Secret street"))
        report_mains(hass, 8.5, 7.0, 7.25)
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.data.chargers["driveway"].available)
        for second in range(REMEMBERED_DECISIONS + 10):
            report_mains(hass, 8.5 + second % 2, 7.0, 7.25)
            await hass.async_block_till_done()
        diagnostics = await async_get_config_entry_diagnostics(hass, entry)

    text = json.dumps(diagnostics, cls=ExtendedJSONEncoder)
    for secret in ("SECRET-CHARGER", "Secret street", "house", "right", locked_broker.host, "100001"):
        assert f'"{secret}"' not in text
    assert diagnostics["settings"] == entry.data
    read = json.loads(text)
    assert read["chargers"]["driveway"]["password"] == "**REDACTED**"
    assert [source["value"] for source in read["sources"]][1:] == [7.0, 7.25]
    assert read["snapshot"]["chargers"]["driveway"]["reading"]["state"] == "charging"
    assert read["issues"] == []
    assert read["events"].keys() <= set(EventType)
    assert read["connections"]["driveway"]["answers"] >= 1
    assert len(read["decisions"]) == REMEMBERED_DECISIONS
    assert set(read["decisions"][-1]) == {
        "now",
        "state",
        "overload",
        "fail_safe",
        "mains",
        "background",
        "load",
        "limits",
        "reasons",
        "writes",
    }
    assert len(text) < 200_000
