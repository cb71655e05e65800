"""Limits that are written by an action of the charger's integration: what is sent, and what is said of it."""

import asyncio
from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

from custom_components.evmeter.balancing.model import ChargerState
from custom_components.evmeter.chargers import (
    Charger,
    ChargerProblem,
    find_chargers,
    limit_port,
    open_charger,
)
from custom_components.evmeter.exceptions import ChargerWriteError
from custom_components.evmeter.settings import ChargerConfig

from .action_stations import ActionStation, EaseeStation, OcppStation, ZaptecStation
from .flows import LIMITS

EVERY_STATION = pytest.mark.parametrize("kind", [EaseeStation, ZaptecStation, OcppStation])


def opened(hass: HomeAssistant, **changes: str) -> Charger:
    """Open the only charger there is."""
    (found,) = find_chargers(hass)
    data = {"charger": "known", **found.to_strings(), **LIMITS, **changes}
    return open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)


def state_of(charger: Charger) -> tuple[ChargerState, ChargerProblem]:
    """What the charger does, and what is wrong with it."""
    return charger.reading.state, charger.problem


def sent(station: ActionStation) -> Mapping[str, object]:
    """What was written last."""
    return station.writes[-1].data


async def test_easee_is_written_per_phase(hass: HomeAssistant) -> None:
    """Each terminal gets the limit of the phase it is wired to, for a while, in whole amperes."""
    station = EaseeStation(hass)
    await station.start()
    await opened(hass, wiring="L2,L3,L1").async_write((9.0, 10.0, 11.0))
    assert sent(station) == {
        "device_id": station.device_id("EH123456"),
        "current_p1": 10,
        "current_p2": 11,
        "current_p3": 9,
        "time_to_live": 15,
    }
    assert all(isinstance(sent(station)[f"current_p{phase}"], int) for phase in (1, 2, 3))


async def test_easee_on_one_phase(hass: HomeAssistant) -> None:
    """A terminal that is not wired gets no 0, which would pause."""
    station = EaseeStation(hass)
    await station.start()
    await opened(hass, wiring="L2").async_write((0.0, 12.0, 0.0))
    assert [sent(station)[f"current_p{phase}"] for phase in (1, 2, 3)] == [12, 12, 12]


@pytest.mark.parametrize(("limit", "minutes"), [(16.0, 15), (7.0, 15), (6.0, 0), (0.0, 0)])
async def test_easee_limit_that_cannot_be_kept_alive_lasts(
    hass: HomeAssistant, limit: float, minutes: int
) -> None:
    """The lowest limit and a pause have none below them that could be written in turn."""
    station = EaseeStation(hass)
    await station.start()
    await opened(hass).async_write((limit, limit, limit))
    assert (sent(station)["current_p1"], sent(station)["time_to_live"]) == (limit, minutes)


async def test_zaptec_limits_its_installation(hass: HomeAssistant) -> None:
    """The device above the charger, all three phases, in whole amperes."""
    station = ZaptecStation(hass)
    await station.start()
    charger = opened(hass, wiring="L3,L1,L2")
    await charger.async_write((9.0, 10.0, 11.0))
    assert sent(station) == {
        "device_id": [station.device_id("home")],
        "available_current_phase1": 11,
        "available_current_phase2": 9,
        "available_current_phase3": 10,
    }
    assert charger.reading.limit == 9
    assert charger.settings.minimum_gap == 900


@pytest.mark.parametrize(("connector", "number"), [("", 1), (".conn2", 2)])
async def test_ocpp_profile_of_the_session(hass: HomeAssistant, connector: str, number: int) -> None:
    """On the connector of the charge point, and never one that is kept in flash memory."""
    station = OcppStation(hass, connector)
    await station.start()
    await opened(hass).async_write((9.5, 9.5, 9.5))
    assert sent(station) == {
        "devid": "street",
        "conn_id": number,
        "custom_profile": {
            "chargingProfileId": 8,
            "stackLevel": 0,
            "chargingProfileKind": "Relative",
            "chargingProfilePurpose": "TxProfile",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 9.5}],
            },
        },
    }


@EVERY_STATION
async def test_pause_and_resume(hass: HomeAssistant, kind: type[ActionStation]) -> None:
    """At 0 A and back, as every reading says."""
    station = kind(hass)
    await station.start()
    charger = opened(hass)
    await charger.async_write((0.0, 0.0, 0.0))
    assert (station.limits, charger.reading.limit) == ((0, 0, 0), 0)
    assert state_of(charger) == (ChargerState.PAUSED, ChargerProblem.NONE)
    await charger.async_write((8.0, 8.0, 8.0))
    assert (station.limits, charger.reading.limit) == ((8, 8, 8), 8)
    assert state_of(charger) == (ChargerState.CHARGING, ChargerProblem.NONE)
    assert charger.reading.current == (8, 8, 8)


@EVERY_STATION
async def test_no_limit_above_what_the_charger_takes(hass: HomeAssistant, kind: type[ActionStation]) -> None:
    """A maximum that somebody set too high is never sent."""
    station = kind(hass)
    await station.start()
    await opened(hass, max_current="80").async_write((60.0, 60.0, 60.0))
    assert station.limits == (32, 32, 32)


async def test_limit_that_somebody_else_set_is_seen(hass: HomeAssistant) -> None:
    """Where the charger tells it; the lowest of the wired terminals counts."""
    station = ZaptecStation(hass)
    await station.start()
    charger, single = opened(hass), opened(hass, wiring="L1")
    station.limits = (16.0, 10.0, 7.0)
    station.show()
    assert (charger.reading.limit, single.reading.limit) == (7, 16)
    station.sensors["limit2"].show(None)
    assert (charger.reading.limit, single.reading.limit) == (None, 16)


async def test_limit_that_nobody_tells_is_remembered(hass: HomeAssistant) -> None:
    """As it was written, and not before; a write that failed is not known to have changed nothing."""
    station = OcppStation(hass)
    await station.start()
    charger = opened(hass)
    assert charger.reading.limit is None
    await charger.async_write((10.0, 10.0, 10.0))
    assert charger.reading.limit == 10
    station.failure = HomeAssistantError("gone")
    with pytest.raises(ChargerWriteError):
        await charger.async_write((8.0, 8.0, 8.0))
    assert charger.reading.limit is None


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (HomeAssistantError("The cloud is away"), "The cloud is away"),
        (ValueError("bad answer"), "bad answer"),
        (RuntimeError(), "RuntimeError"),
    ],
)
@EVERY_STATION
async def test_failed_action(
    hass: HomeAssistant, kind: type[ActionStation], failure: Exception, reason: str
) -> None:
    """Whatever the integration raises is a limit that did not arrive, with a reason to read."""
    station = kind(hass)
    await station.start()
    station.failure = failure
    with pytest.raises(ChargerWriteError) as raised:
        await opened(hass).async_write((10.0, 10.0, 10.0))
    assert raised.value.translation_placeholders == {"reason": reason}


@EVERY_STATION
async def test_integration_that_is_not_loaded(hass: HomeAssistant, kind: type[ActionStation]) -> None:
    """The action that is missing is named."""
    station = kind(hass)
    await station.start()
    hass.services.async_remove(station.domain, station.action)
    with pytest.raises(ChargerWriteError) as raised:
        await opened(hass).async_write((10.0, 10.0, 10.0))
    assert raised.value.translation_placeholders is not None
    assert f"{station.domain}.{station.action}" in raised.value.translation_placeholders["reason"]


async def test_action_that_does_not_end(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for ever never cuts."""
    monkeypatch.setattr(limit_port, "WRITE_TIMEOUT", 0.05)
    station = EaseeStation(hass)
    await station.start()

    async def hang(_call: object) -> None:
        await asyncio.Event().wait()

    hass.services.async_register(station.domain, station.action, hang, station.schema)
    with pytest.raises(ChargerWriteError) as raised:
        await opened(hass).async_write((10.0, 10.0, 10.0))
    assert raised.value.translation_placeholders == {
        "reason": "easee.set_circuit_dynamic_limit took longer than 0.05 s"
    }


async def test_fields_that_the_integration_does_not_know(hass: HomeAssistant) -> None:
    """An older version of it: the limit is not taken for written."""
    station = EaseeStation(hass)
    await station.start()
    older = EaseeStation.schema.extend({"currentP1": int})
    older.schema.clear()
    hass.services.async_register(station.domain, station.action, station.handle, older)
    with pytest.raises(ChargerWriteError):
        await opened(hass).async_write((10.0, 10.0, 10.0))


async def test_charger_whose_installation_is_gone(hass: HomeAssistant) -> None:
    """What the action needs to name is missing: it is said, and nothing is sent."""
    station = ZaptecStation(hass)
    await station.start()
    charger = opened(hass)
    dr.async_get(hass).async_update_device(station.device_id("go"), via_device_id=None)
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((10.0, 10.0, 10.0))
    assert raised.value.translation_placeholders == {"reason": "the charger's parent is not known"}
    assert station.writes == []


@EVERY_STATION
async def test_unavailable_and_back(hass: HomeAssistant, kind: type[ActionStation]) -> None:
    """Nothing is written to a charger whose state is not known to Home Assistant."""
    station = kind(hass)
    await station.start()
    charger = opened(hass)
    await charger.async_start(lambda: None)
    for sensor in station.sensors.values():
        sensor._attr_available = False
        sensor.async_write_ha_state()
    assert state_of(charger) == (ChargerState.UNAVAILABLE, ChargerProblem.UNAVAILABLE)
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((10.0, 10.0, 10.0))
    assert raised.value.translation_placeholders is not None
    assert raised.value.translation_placeholders["reason"].endswith("is unavailable")
    for sensor in station.sensors.values():
        sensor._attr_available = True
        sensor.async_write_ha_state()
    assert state_of(charger) == (ChargerState.CHARGING, ChargerProblem.NONE)
    await charger.async_write((10.0, 10.0, 10.0))
    assert len(station.writes) == 1
    await charger.async_stop()
