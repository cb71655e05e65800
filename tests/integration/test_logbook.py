"""What a person reads in the logbook of a real Home Assistant."""

import re

import pytest
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.simulation import simulation_of

from .clock import Clock
from .sites import SIMULATED_SITE, set_up, site_entry, subentry

SENTENCE = r"^(limit lowered from \d+ A to \d+ A|charging paused, the limit was \d+ A): Main fuse L\d$"


@pytest.fixture(autouse=True)
def custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Let Home Assistant load this integration; the recorder has to be there before it."""


async def test_a_cut_is_read_on_the_page_of_the_charger(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the charger's name, in a sentence that says why."""
    assert await async_setup_component(hass, "logbook", {})
    began = dt_util.utcnow()
    await set_up(hass, site_entry(subentry({"charger": "simulated"}), data=SIMULATED_SITE))
    clock = Clock(hass, monkeypatch)
    await clock.run(60)
    site = simulation_of(hass, "site").site
    site.house.switch("kettle", on=True)
    site.house.switch("oven", on=True)
    await clock.run(20)
    monkeypatch.undo()
    await async_wait_recording_done(hass)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "site_driveway"), "site")
    assert device is not None
    client = await hass_ws_client()
    await client.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": began.isoformat(), "device_ids": [device.id]}
    )
    answer = await client.receive_json()
    assert answer["success"]
    lines = [line for line in answer["result"] if line.get("domain") == DOMAIN]
    assert lines
    assert {line["name"] for line in lines} == {"Driveway"}
    assert [line["message"] for line in lines if re.match(SENTENCE, line["message"])]
