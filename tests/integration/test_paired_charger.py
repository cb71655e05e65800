"""An EV-Meter charger of the binary dialect, which can only be read, and entities that limit it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import override

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from custom_components.evmeter.balancing.model import ChargerState, WriteClass
from custom_components.evmeter.chargers import Charger, ChargerProblem, evmeter, open_charger
from custom_components.evmeter.exceptions import ChargerWriteError
from custom_components.evmeter.flow.credentials import async_try_credentials
from custom_components.evmeter.settings import ChargerConfig
from evmeter_client import BlewifiDialect, EVMeterConfig
from evmeter_client.simulator import Car, SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway

from .charger_flows import change, only_charger, start, submit
from .entity_wallbox import EntityWallbox, LimitNumber, PauseSwitch
from .flows import LIMITS, site, suggestions
from .sites import STEP, evmeter_charger, report_mains, set_up, site_entry, state_of, subentry, until

CREDENTIALS = {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "token": "5a" * 48}
BINARY = {"dialect": "blewifi", **CREDENTIALS}
CHARGER_ID = "240AC4000001"


class LimitingNumber(LimitNumber):
    """A number that limits the simulated charger, as a relay or a bus of the user's own would."""

    def __init__(self, charger: SimulatedCharger) -> None:
        super().__init__(6, 16)
        self._charger = charger

    @override
    async def async_set_native_value(self, value: float) -> None:
        await super().async_set_native_value(value)
        self._charger.set_current_limits((value, value, value), None)


class PausingSwitch(PauseSwitch):
    """A switch that pauses the simulated charger."""

    def __init__(self, charger: SimulatedCharger, number: LimitNumber) -> None:
        self._charger = charger
        self._number = number

    @override
    async def async_turn_on(self, **kwargs: object) -> None:
        current = self._number.native_value or 0.0
        self._charger.set_current_limits((current, current, current), None)
        await super().async_turn_on(**kwargs)

    @override
    async def async_turn_off(self, **kwargs: object) -> None:
        self._charger.set_current_limits((0.0, 0.0, 0.0), None)
        await super().async_turn_off(**kwargs)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask often, and wait for no answer longer than a moment."""
    quick = partial(EVMeterConfig, request_timeout=1.0, backoff_base=0.05, backoff_cap=0.2)
    monkeypatch.setattr(evmeter, "EVMeterConfig", quick)
    monkeypatch.setattr(evmeter, "POLL_INTERVAL", dict.fromkeys(evmeter.POLL_INTERVAL, 0.3))


@pytest.fixture
async def simulated() -> SimulatedCharger:
    """A charger that obeys at once, with a car."""
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id=CHARGER_ID, command_latency=0.0))
    charger.plug(Car())
    return charger


@pytest.fixture
async def wallbox(simulated: SimulatedCharger) -> EntityWallbox:
    """What limits it."""
    number = LimitingNumber(simulated)
    return EntityWallbox(number=number, switch=PausingSwitch(simulated, number))


@pytest.fixture
async def ids(hass: HomeAssistant, wallbox: EntityWallbox) -> Mapping[str, str]:
    """Its entities by unique id."""
    return await wallbox.start(hass)


@asynccontextmanager
async def at_broker(broker: Broker, charger: SimulatedCharger) -> AsyncIterator[None]:
    """Put the charger on the broker and let its time pass; its seconds are short."""
    dialect = BlewifiDialect(user_id=CREDENTIALS["user_id"], token=bytes.fromhex(CREDENTIALS["token"]))
    config = EVMeterConfig(host=broker.host, port=broker.port, tls=False, dialect=dialect)

    async def live() -> None:
        second = 0
        while True:
            second += 1
            charger.step(second)
            await asyncio.sleep(STEP)

    async with ChargerGateway(config, charger, push_interval=0.1):
        living = asyncio.create_task(live())
        try:
            yield
        finally:
            living.cancel()
            await asyncio.wait([living])


def pair_of(hass: HomeAssistant, broker: Broker, **strings: str) -> Charger:
    """Open the pair."""
    data = evmeter_charger(broker, CHARGER_ID, **BINARY, **strings)
    return open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)


async def test_reads_here_and_writes_there(
    hass: HomeAssistant,
    broker: Broker,
    simulated: SimulatedCharger,
    wallbox: EntityWallbox,
    ids: Mapping[str, str],
) -> None:
    """Currents and details are the charger's, limit and pause the entities'."""
    async with at_broker(broker, simulated):
        charger = pair_of(hass, broker, limit=ids["limit"], switch=ids["charge"])
        assert charger.can_limit
        assert charger.settings.rearm_after is None
        assert (charger.settings.write_class, charger.settings.minimum_gap) == (WriteClass.PERSISTENT, 60)
        assert (charger.settings.has_draw_sensor, charger.settings.reaction.report_period) == (True, 0.3)
        assert charger.entities == (ids["limit"], ids["charge"])
        await charger.async_start(lambda: None)
        await until(lambda: charger.reading.state is ChargerState.CHARGING)
        assert charger.details is not None
        assert (charger.problem, charger.device.model) == (ChargerProblem.NONE, "EV-Meter charger")

        await charger.async_write((9.0, 9.0, 9.0))
        assert (wallbox.number.written, charger.reading.limit) == ([9], 9)
        await until(lambda: charger.reading.current is not None and 8 < max_current(charger) <= 9)
        await charger.async_write((0.0, 0.0, 0.0))
        await until(lambda: charger.reading.state is ChargerState.PAUSED)
        assert (wallbox.switch.is_on, charger.reading.limit) == (False, 0)
        await charger.async_write((12.0, 12.0, 12.0))
        await until(lambda: charger.reading.state is ChargerState.CHARGING)
        assert (wallbox.switch.is_on, charger.reading.limit) == (True, 12)
        await charger.async_stop()
        await charger.async_stop()


def max_current(charger: Charger) -> float:
    """What the car draws at most on any phase [A]."""
    current = charger.reading.current
    return 0.0 if current is None else max(current)


async def test_one_half_is_away(
    hass: HomeAssistant,
    broker: Broker,
    simulated: SimulatedCharger,
    wallbox: EntityWallbox,
    ids: Mapping[str, str],
) -> None:
    """Without its number the charger is read on, and it is said; without the charger nothing is known."""
    told: list[ChargerProblem] = []
    charger = pair_of(hass, broker, limit=ids["limit"], switch=ids["charge"])
    async with at_broker(broker, simulated):
        await charger.async_start(lambda: told.append(charger.problem))
        await until(lambda: charger.reading.state is ChargerState.CHARGING)
        wallbox.go_away()
        await until(lambda: told[-1] is ChargerProblem.UNAVAILABLE)
        assert (charger.reading.state, charger.reading.limit) == (ChargerState.CHARGING, None)
        with pytest.raises(ChargerWriteError):
            await charger.async_write((9.0, 9.0, 9.0))
        assert simulated.commands == 0
        wallbox.go_away(back=True)
        await until(lambda: told[-1] is ChargerProblem.NONE)
        er.async_get(hass).async_remove("number.limit")
        await until(lambda: told[-1] is ChargerProblem.ENTITY_MISSING)
    await until(lambda: charger.reading.state is ChargerState.UNAVAILABLE)
    await charger.async_poll()
    assert charger.problem is ChargerProblem.SILENT
    await charger.async_stop()


async def test_at_a_site(
    hass: HomeAssistant,
    broker: Broker,
    simulated: SimulatedCharger,
    wallbox: EntityWallbox,
    ids: Mapping[str, str],
) -> None:
    """An overload is cut through the number, and the charger's own sensors are there."""
    strings = evmeter_charger(broker, CHARGER_ID, **BINARY, limit=ids["limit"], switch=ids["charge"])
    report_mains(hass, 18.0, 18.0, 18.0)
    async with at_broker(broker, simulated):
        coordinator = await set_up(hass, site_entry(subentry(strings, "Garage", "garage")))
        assert coordinator.data.chargers["garage"].can_limit
        await until(lambda: coordinator.data.chargers["garage"].available)

        await until(lambda: coordinator.data.chargers["garage"].reading.state is ChargerState.CHARGING)

        def cut() -> bool:
            report_mains(hass, 16.0 + simulated.currents[0], 22.0, 22.0)
            return bool(wallbox.number.written) and wallbox.number.written[-1] < 10

        await until(cut, 30)
        await until(lambda: max(simulated.currents) < 10)
        await hass.async_block_till_done()
        assert state_of(hass, "sensor.garage_problem") == "none"
        assert hass.states.get("sensor.garage_limit") is not None


async def test_flow(
    hass: HomeAssistant, broker: Broker, simulated: SimulatedCharger, ids: Mapping[str, str]
) -> None:
    """The number and the switch are fields of the connection, and what is wrong is said at them."""
    entry = site(hass)
    answers = {
        "host": broker.host,
        "port": broker.port,
        "tls": False,
        "charger_id": CHARGER_ID,
        "dialect": "blewifi",
        **CREDENTIALS,
    }
    hass.states.async_set("number.power", "5", {"unit_of_measurement": "W"})
    result = await start(hass, entry, "evmeter")
    for wrong, errors in (
        ({"limit": "number.limit"}, {"switch": "cannot_pause"}),
        ({"limit": "number.nowhere"}, {"limit": "entity_not_found"}),
        ({"limit": "number.power"}, {"limit": "wrong_unit"}),
        ({"switch": "switch.charge"}, {"limit": "required"}),
        (
            {"limit": "number.limit", "dialect": "json", "charger_id": "garage"},
            {"limit": "limits_itself"},
        ),
    ):
        result = await submit(hass, result, **answers | wrong)
        assert (result["step_id"], result["errors"]) == ("evmeter", errors)
    limited_by = {"limit": "number.limit", "switch": "switch.charge"}
    async with at_broker(broker, simulated):
        result = await submit(hass, result, **answers | limited_by)
        assert suggestions(result["data_schema"]) == LIMITS
        result = await submit(hass, result, **LIMITS)
        assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, f"EV-Meter {CHARGER_ID}")
        charger = only_charger(entry)
        stored = {"limit": ids["limit"], "switch": ids["charge"], "dialect": "blewifi"}
        assert stored.items() <= charger.data.items()
        assert charger.unique_id == CHARGER_ID

        # Other credentials are tried with the same pair.
        assert await async_try_credentials(hass, charger.data, {}) == charger.data

        result = await change(hass, entry, charger)
        shown = suggestions(result["data_schema"])
        assert limited_by.items() <= shown.items()
        result = await submit(hass, result, **answers)
        await submit(hass, result, **LIMITS)
        assert not {"limit", "switch"} & only_charger(entry).data.keys()


async def test_what_limits_another_charger(
    hass: HomeAssistant, broker: Broker, simulated: SimulatedCharger, ids: Mapping[str, str]
) -> None:
    """Two balancers would fight over it."""
    entry = site(hass)
    limited_by = {"limit": "number.limit", "switch": "switch.charge"}
    result = await submit(hass, await start(hass, entry, "entities"), switch_pauses=False, **limited_by)
    await submit(hass, result, **LIMITS)
    answers = {"host": broker.host, "port": broker.port, "tls": False, "charger_id": CHARGER_ID}
    async with at_broker(broker, simulated):
        result = await start(hass, entry, "evmeter")
        result = await submit(hass, result, **answers, **BINARY, **limited_by)
    assert result["errors"] == {"limit": "entity_in_use", "switch": "entity_in_use"}
