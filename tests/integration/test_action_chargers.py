"""Chargers that are limited by an action, under the control cycle: told in time, and no more than needed."""

import asyncio
from itertools import pairwise

import pytest
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.evmeter.chargers import ChargerProblem, find_chargers
from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER
from custom_components.evmeter.coordinator import EVMeterCoordinator
from custom_components.evmeter.flow import live

from .action_stations import ActionStation, EaseeStation, OcppStation, ZaptecStation
from .charger_flows import only_charger, submit
from .clock import Clock
from .fixes import fixed
from .flows import LIMITS, site, suggestions
from .known_chargers import add_charger_device, integration_entry, row, unstored_keys_of
from .sites import report_mains, set_up, site_entry, state_of, subentry

EVERY_STATION = pytest.mark.parametrize("kind", [EaseeStation, ZaptecStation, OcppStation])


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


class House:
    """A house with one station, whose meter reports every second."""

    def __init__(self, hass: HomeAssistant, clock: Clock, station: ActionStation) -> None:
        self.hass = hass
        self.clock = clock
        self.station = station
        self.others = 3.0

    async def start(self) -> EVMeterCoordinator:
        """Set the station and its site up."""
        await self.station.start()
        (found,) = find_chargers(self.hass)
        self.report()
        data = {"charger": "known", **found.to_strings(), **LIMITS}
        return await set_up(self.hass, site_entry(subentry(data, "Garage", "garage")))

    def report(self) -> None:
        """Let the meter report what everything in the house draws."""
        if isinstance(self.station, EaseeStation):
            self.station.wait()
        self.station.show()
        report_mains(self.hass, *[self.others + self.station.draw] * 3)

    async def run(self, seconds: int) -> None:
        """Let seconds pass."""
        for _ in range(seconds):
            self.report()
            await self.clock.run(1)
            await self.settle()

    async def settle(self) -> None:
        """Let what runs in the background, as writes do, come to its end."""
        for _ in range(20):
            await asyncio.sleep(0)
        await self.hass.async_block_till_done()


@EVERY_STATION
async def test_found_and_set_up_in_the_flow(hass: HomeAssistant, kind: type[ActionStation]) -> None:
    """One click and its limits; the same device twice would be two balancers."""
    station = kind(hass)
    await station.start()
    entry = site(hass)
    (found,) = find_chargers(hass)
    for again in (False, True):
        result = await hass.config_entries.subentries.async_init(
            (entry.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
        )
        result = await submit(hass, result, charger=found.device_id)
        if again:
            assert result["errors"] == {"device": "entity_in_use"}
            continue
        assert (result["step_id"], suggestions(result["data_schema"])) == ("limits", LIMITS)
        result = await submit(hass, result, **LIMITS)
        assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Garage")
    charger = only_charger(entry)
    assert charger.data == {
        "charger": "known",
        "known": station.domain,
        "device": found.device_id,
        "state": station.registry_id("state"),
        **{
            f"draw_l{place}": station.registry_id(name)
            for place, name in enumerate((name for name in station.sensors if "draw" in name), start=1)
        },
        **LIMITS,
    }
    assert charger.unique_id == found.device_id

    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER),
        context={"source": "reconfigure", "subentry_id": charger.subentry_id},
    )
    assert suggestions(result["data_schema"]) == {"device": found.device_id}
    result = await submit(hass, result, device=found.device_id)
    result = await submit(hass, result, **LIMITS | {"max_current": 20})
    assert result["reason"] == "reconfigure_successful"
    assert only_charger(entry).data["max_current"] == "20"


async def test_sensors_that_easee_disables_are_enabled(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the car draws and the limit in force, with one tick."""
    monkeypatch.setattr(live, "RESTART_TIME", 0.2)
    station = EaseeStation(hass, told=False)
    await station.start()
    (found,) = find_chargers(hass)
    entry = site(hass)
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
    )
    result = await submit(hass, result, charger=found.device_id)
    assert result["step_id"] == "enable"
    registry = er.async_get(hass)
    disabled = {station.registry_id(name) for name in ("draw", "limit")}
    names = {er.async_resolve_entity_id(registry, entity) for entity in disabled}
    assert set(found.needs_enabling) == names
    await submit(hass, result, enable=True)
    assert not any(entity.disabled for entity in registry.entities.values() if entity.id in disabled)


@EVERY_STATION
async def test_overload_is_cut_at_once(hass: HomeAssistant, clock: Clock, kind: type[ActionStation]) -> None:
    """With the next sample of the meter, whatever a write costs; and never below what the fuse needs."""
    house = House(hass, clock, kind(hass))
    house.station.limits = (16.0, 16.0, 16.0)
    coordinator = await house.start()
    await house.run(60)
    house.station.writes.clear()
    house.others = 14.0
    house.report()
    await house.settle()
    assert len(house.station.writes) == 1
    assert (
        house.station.limits == (10, 10, 10) if kind is not OcppStation else house.station.limits[0] <= 10.5
    )
    await house.run(3)
    decision = coordinator.data.decision
    assert decision is not None
    assert not decision.overload


async def test_easee_is_told_in_time_and_no_more_than_needed(hass: HomeAssistant, clock: Clock) -> None:
    """Its limit never ends by itself, and hardly a write is dropped as the one in force."""
    station = EaseeStation(hass)
    house = House(hass, clock, station)
    await house.start()
    await house.run(1900)
    assert station.ended == 0
    assert min(station.limits) in {15, 16}
    gaps = [later.at - earlier.at for earlier, later in pairwise(station.writes)]
    assert max(gaps) < 310
    # Only the limit that was taken over at the start may be said twice.
    assert station.dropped <= 1
    assert 7 <= len(station.writes) <= 9
    assert {write.data["current_p1"] for write in station.writes} == {15, 16}


async def test_easee_paused_for_long_does_not_begin_by_itself(hass: HomeAssistant, clock: Clock) -> None:
    """A pause does not end after a while, as a limit does."""
    station = EaseeStation(hass)
    house = House(hass, clock, station)
    await house.start()
    house.others = 24.0
    await house.run(1000)
    assert (station.limits, station.ended) == ((0, 0, 0), 0)
    assert state_of(hass, "sensor.garage_state") == "paused"
    house.others = 3.0
    await house.run(600)
    assert min(station.limits) >= 15


async def test_easee_falls_back_when_nobody_tells_it(hass: HomeAssistant, clock: Clock) -> None:
    """The limit of a Home Assistant that has stopped ends by itself."""
    station = EaseeStation(hass)
    house = House(hass, clock, station)
    coordinator = await house.start()
    await house.run(400)
    assert await hass.config_entries.async_unload(coordinator.config_entry.entry_id)
    writes = len(station.writes)
    for _ in range(16):
        clock.seconds += 60
        station.wait()
    assert (len(station.writes), station.ended) == (writes, 1)


async def test_zaptec_is_raised_once_in_a_quarter_of_an_hour(hass: HomeAssistant, clock: Clock) -> None:
    """As its maker advises; a limit that stays is not written again."""
    station = ZaptecStation(hass)
    house = House(hass, clock, station)
    await house.start()
    raises = []
    for others in (3.0, 14.0) * 6:
        house.others = others
        before, written = station.limits[0], len(station.writes)
        await house.run(200)
        for write in station.writes[written:]:
            limit = float(str(write.data["available_current_phase1"]))
            if limit > before:
                raises.append(write.at)
            before = limit
    assert len(raises) >= 2
    assert all(later - earlier >= 900 for earlier, later in pairwise(raises))
    await house.run(900)
    writes = len(station.writes)
    await house.run(200)
    assert len(station.writes) == writes


async def test_ocpp_session_that_begins_is_limited(hass: HomeAssistant, clock: Clock) -> None:
    """It knows no profile, and refused the ones before it without a word."""
    station = OcppStation(hass)
    house = House(hass, clock, station)
    await house.start()
    house.others = 14.0
    await house.run(60)
    assert station.limits[0] <= 10.5
    station.end_session()
    await house.run(60)
    station.plugged = True
    await house.run(45)
    assert 6 <= station.limits[0] <= 10.5


@EVERY_STATION
async def test_action_that_fails_is_told(
    hass: HomeAssistant, clock: Clock, kind: type[ActionStation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is tried again until it arrives, and the user reads why it did not."""
    monkeypatch.setattr("custom_components.evmeter.limit_writer.FIRST_RETRY", 0.001)
    monkeypatch.setattr("custom_components.evmeter.limit_writer.LONGEST_RETRY", 0.01)
    station = kind(hass)
    house = House(hass, clock, station)
    await house.start()
    await house.run(30)
    station.failure = HomeAssistantError("The cloud is away")
    house.others = 17.0
    await house.run(30)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "charger_write_failed_garage")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["reason"].endswith("The cloud is away")
    station.failure = None
    await house.run(30)
    assert station.limits[0] < 8
    assert ir.async_get(hass).async_get_issue(DOMAIN, "charger_write_failed_garage") is None


@pytest.fixture(params=["v2c", "victron_gx"])
def own_balancing(request: pytest.FixtureRequest) -> str:
    """Integrations of chargers that may have a mind of their own."""
    name = request.param
    assert isinstance(name, str)
    return name


async def test_own_balancing_is_told_by_its_name(
    hass: HomeAssistant, clock: Clock, own_balancing: str
) -> None:
    """Which entity, and what it must say; gone when it does. The charger is not taken for unreachable."""
    known = row(own_balancing)
    _, ids = add_charger_device(hass, known, integration_entry(hass, known))
    (found,) = find_chargers(hass)
    registry = er.async_get(hass)
    names = {name: er.async_resolve_entity_id(registry, entity) for name, entity in ids.items()}
    key = unstored_keys_of(known)["own_balancing"]
    mode = registry.async_get_entity_id(key.platform, known.integration, f"Garage_{key.key}")
    assert known.own_balancing is not None
    assert mode is not None
    for name, state in {"limit": "16", "switch": "off", "state": "off"}.items():
        hass.states.async_set(names[name] or "", state, {"min": 6, "max": 32, "step": 1})
    hass.states.async_set(mode, "something else")
    report_mains(hass, 3.0, 3.0, 3.0)
    data = {"charger": "known", **found.to_strings(), **LIMITS}
    await set_up(hass, site_entry(subentry(data, "Garage", "garage")))
    await clock.run(65)
    assert state_of(hass, "sensor.garage_problem") == ChargerProblem.OWN_BALANCING
    assert state_of(hass, "binary_sensor.garage_connectivity") == "on"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "charger_own_balancing_garage")
    assert issue is not None
    assert issue.translation_placeholders == {
        "charger": "Garage",
        "entity": mode,
        "state": known.own_balancing.off,
    }

    calls = [
        async_mock_service(hass, *action) for action in (("switch", "turn_off"), ("select", "select_option"))
    ]
    await fixed(hass, "charger_own_balancing_garage")
    (call,) = (call for made in calls for call in made)
    option = {} if call.domain == "switch" else {"option": known.own_balancing.off}
    assert call.data == {"entity_id": mode, **option}

    hass.states.async_set(mode, known.own_balancing.off)
    await clock.run(2)
    assert state_of(hass, "sensor.garage_problem") == ChargerProblem.NONE
    assert ir.async_get(hass).async_get_issue(DOMAIN, "charger_own_balancing_garage") is None
