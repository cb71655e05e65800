"""Chargers reached through entities: what is read, what is written, and what is never written."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from custom_components.evmeter.balancing.model import ChargerState, WriteClass
from custom_components.evmeter.chargers import Charger, ChargerProblem, limit_port, open_charger
from custom_components.evmeter.exceptions import ChargerWriteError
from custom_components.evmeter.settings import ChargerConfig

from .entity_wallbox import EntityWallbox, LimitNumber, ModeSelect

STRAIGHT = {"min_current": "6", "max_current": "32", "wiring": "L1,L2,L3"}


def charger_of(hass: HomeAssistant, **strings: str) -> Charger:
    """Open a charger picked by hand."""
    data = {"charger": "entities", **STRAIGHT, **strings}
    return open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)


def seen(charger: Charger) -> tuple[ChargerState, ChargerProblem]:
    """What the charger does now, and what is wrong with it."""
    return charger.reading.state, charger.problem


def reason(error: ChargerWriteError) -> str:
    """What a failed write says in the user's repairs."""
    assert error.translation_placeholders is not None
    return error.translation_placeholders["reason"]


@pytest.fixture
async def wallbox(hass: HomeAssistant) -> EntityWallbox:
    """A charger from 6 to 32 A with a switch, a state and three sensors of its draw."""
    return EntityWallbox()


@pytest.fixture
async def ids(hass: HomeAssistant, wallbox: EntityWallbox) -> Mapping[str, str]:
    """Its entities by unique id."""
    return await wallbox.start(hass)


@pytest.fixture
async def heard() -> list[int]:
    """One element per call of the charger's listener."""
    return []


@pytest.fixture
async def charger(hass: HomeAssistant, ids: Mapping[str, str], heard: list[int]) -> AsyncIterator[Charger]:
    """The charger with every entity it has, started."""
    strings = {key: ids[key] for key in ("limit", "state", "draw_l1", "draw_l2", "draw_l3")}
    charger = charger_of(hass, switch=ids["charge"], **strings)
    await charger.async_start(lambda: heard.append(1))
    yield charger
    await charger.async_stop()


async def test_reads_what_the_entities_say(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger
) -> None:
    """Currents in A on the phases that the terminals are wired to, the limit, and the state."""
    wallbox.show_state("Charging")
    wallbox.show_draws(15900, 15800, 0)
    await hass.async_block_till_done()
    reading = charger.reading
    assert reading.current == (15.9, 15.8, 0)
    assert (reading.state, reading.limit) == (ChargerState.CHARGING, 32)
    assert charger.problem is ChargerProblem.NONE
    assert charger.details is None
    assert (charger.device.manufacturer, charger.device.model) == ("EV-Meter", "Charger")


async def test_what_is_known_of_a_charger_picked_by_hand(charger: Charger) -> None:
    """Its step is the number's; everything else is assumed with care."""
    assert (charger.settings.step, charger.settings.has_draw_sensor) == (1, True)
    assert charger.settings.write_class is WriteClass.PERSISTENT
    assert charger.settings.minimum_gap == 60


async def test_reported_again_is_fresh(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """The same value again is as fresh as another one, and the oldest sensor counts."""
    wallbox.show_draws(6000, 6000, 6000)
    freezer.tick(30)
    measured_at = charger.reading.measured_at
    assert measured_at is not None
    assert hass.loop.time() - measured_at == pytest.approx(30, abs=1)
    wallbox.show_draws(6000, 6000, 6000)
    measured_at = charger.reading.measured_at
    assert measured_at is not None
    assert hass.loop.time() - measured_at == pytest.approx(0, abs=1)


async def test_every_report_is_heard(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger, heard: list[int]
) -> None:
    """Changed or not, and once for all values of one poll; nothing is heard after the end."""
    await hass.async_block_till_done()
    heard.clear()
    for polls in (1, 2):
        wallbox.show_draws(6000, 6000, 6000)
        await hass.async_block_till_done()
        assert len(heard) == polls
    await charger.async_stop()
    wallbox.show_draws(7000, 7000, 7000)
    await hass.async_block_till_done()
    assert len(heard) == 2


@pytest.mark.parametrize(
    ("told", "draw", "state"),
    [
        ("Not connected", 0, ChargerState.DISCONNECTED),
        ("connected", 0, ChargerState.READY),
        ("Connected", 16000, ChargerState.CHARGING),
        ("paused", 0, ChargerState.PAUSED),
        ("Fault", 0, ChargerState.FAULT),
        ("nobody has heard of this", 0, ChargerState.READY),
        ("nobody has heard of this", 9000, ChargerState.CHARGING),
        ("nobody has heard of this", None, ChargerState.CHARGING),
        (None, 0, ChargerState.READY),
    ],
)
async def test_states(
    wallbox: EntityWallbox, charger: Charger, told: str | None, draw: float | None, state: ChargerState
) -> None:
    """What the charger calls them; where that is not known, a car may be charging."""
    wallbox.show_state(told)
    wallbox.show_draws(draw, 0, 0)
    assert charger.reading.state is state


async def test_a_sensor_that_does_not_know(wallbox: EntityWallbox, charger: Charger) -> None:
    """Half a draw is none."""
    wallbox.show_draws(6000, None, 6000)
    assert (charger.reading.current, charger.reading.measured_at) == (None, None)


async def test_one_sensor_counts_for_every_terminal(
    hass: HomeAssistant, wallbox: EntityWallbox, ids: Mapping[str, str]
) -> None:
    """Whatever the phases the terminals are wired to."""
    charger = charger_of(hass, limit=ids["limit"], switch=ids["charge"], draw_l1=ids["draw_l1"])
    wallbox.show_draws(8000, 0, 0)
    assert charger.reading.current == (8, 8, 8)
    single = charger_of(hass, limit=ids["limit"], switch=ids["charge"], draw_l1=ids["draw_l1"], wiring="L2")
    assert single.reading.current == (0, 8, 0)


async def test_without_sensors_of_the_draw(hass: HomeAssistant, ids: Mapping[str, str]) -> None:
    """A car is assumed to charge unless something says otherwise."""
    charger = charger_of(hass, limit=ids["limit"], switch=ids["charge"])
    assert not charger.settings.has_draw_sensor
    assert charger.reading.current is None
    assert charger.reading.state is ChargerState.CHARGING


async def test_unavailable_and_back(wallbox: EntityWallbox, charger: Charger) -> None:
    """The charger is away while its number is, and nothing is written meanwhile."""
    wallbox.go_away()
    assert seen(charger) == (ChargerState.UNAVAILABLE, ChargerProblem.UNAVAILABLE)
    for limit in ((10.0, 10.0, 10.0), (0.0, 0.0, 0.0)):
        with pytest.raises(ChargerWriteError) as raised:
            await charger.async_write(limit)
        assert "is unavailable" in reason(raised.value)
    wallbox.go_away(back=True)
    assert seen(charger) == (ChargerState.READY, ChargerProblem.NONE)
    assert wallbox.number.written == []


async def test_a_number_that_does_not_know(wallbox: EntityWallbox, charger: Charger) -> None:
    """The charger is there, its limit is not known."""
    wallbox.number._attr_native_value = None
    wallbox.number.async_write_ha_state()
    assert (charger.reading.state, charger.reading.limit) == (ChargerState.READY, None)


async def test_renamed_disabled_and_gone(
    hass: HomeAssistant, ids: Mapping[str, str], charger: Charger
) -> None:
    """An entity is followed by its registry id."""
    registry = er.async_get(hass)
    registry.async_update_entity("number.limit", new_entity_id="number.renamed")
    await hass.async_block_till_done()
    assert seen(charger) == (ChargerState.READY, ChargerProblem.NONE)
    await charger.async_write((9.0, 9.0, 9.0))
    assert charger.reading.limit == 9
    registry.async_update_entity("switch.charge", disabled_by=er.RegistryEntryDisabler.USER)
    assert seen(charger) == (ChargerState.READY, ChargerProblem.ENTITY_DISABLED)
    registry.async_update_entity("switch.charge", disabled_by=None)
    assert seen(charger) == (ChargerState.READY, ChargerProblem.NONE)
    registry.async_remove("number.renamed")
    await hass.async_block_till_done()
    assert seen(charger) == (ChargerState.UNAVAILABLE, ChargerProblem.ENTITY_MISSING)


async def test_limit_pause_and_resume(wallbox: EntityWallbox, charger: Charger) -> None:
    """0 A is the switch's: the number keeps its value and is right before charging begins again."""
    await charger.async_write((13.0, 13.0, 13.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([13], True)
    await charger.async_write((0.0, 0.0, 0.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([13], False)
    assert (charger.reading.limit, charger.reading.state) == (0, ChargerState.PAUSED)
    await charger.async_write((10.0, 10.0, 10.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([13, 10], True)
    assert (charger.reading.limit, charger.reading.state) == (10, ChargerState.READY)


async def test_outside_the_range_of_the_number(wallbox: EntityWallbox, charger: Charger) -> None:
    """Below the minimum charging pauses; above the maximum the maximum is written."""
    wallbox.number._attr_native_min_value = 8
    wallbox.number._attr_native_max_value = 16
    wallbox.number.async_write_ha_state()
    await charger.async_write((7.0, 7.0, 7.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([], False)
    await charger.async_write((20.0, 20.0, 20.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([16], True)


@pytest.mark.parametrize("failure", [HomeAssistantError("out of reach"), OSError("out of reach")])
async def test_failed_write(wallbox: EntityWallbox, charger: Charger, failure: Exception) -> None:
    """Whatever an integration raises is a failed write, with its own words."""
    wallbox.number.failure = failure
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((10.0, 10.0, 10.0))
    assert reason(raised.value) == "out of reach"
    assert raised.value.__cause__ is failure


async def test_a_pause_that_is_refused(wallbox: EntityWallbox, charger: Charger) -> None:
    """The car goes on with as little as the charger takes; the pause has failed all the same."""
    wallbox.switch.failure = HomeAssistantError("not while it charges by itself")
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((0.0, 0.0, 0.0))
    assert reason(raised.value) == "not while it charges by itself"
    assert wallbox.number.written == [6]
    with pytest.raises(ChargerWriteError):
        await charger.async_write((0.0, 0.0, 0.0))
    assert wallbox.number.written == [6]


async def test_an_integration_that_does_not_answer(
    wallbox: EntityWallbox, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(limit_port, "WRITE_TIMEOUT", 0.05)
    wallbox.number.hanging = True
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((10.0, 10.0, 10.0))
    assert "took longer than" in reason(raised.value)


async def test_a_newer_limit_ends_a_write(wallbox: EntityWallbox, charger: Charger) -> None:
    """What is cancelled is cancelled, and is no failure."""
    wallbox.number.hanging = True
    write = asyncio.create_task(charger.async_write((16.0, 16.0, 16.0)))
    await asyncio.sleep(0.05)
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    wallbox.number.hanging = False
    await charger.async_write((8.0, 8.0, 8.0))
    assert wallbox.number.written == [8]


async def test_a_number_that_goes_down_to_zero(hass: HomeAssistant) -> None:
    """It pauses by itself."""
    wallbox = EntityWallbox(number=LimitNumber(0, 32))
    ids = await wallbox.start(hass)
    charger = charger_of(hass, limit=ids["limit"])
    await charger.async_write((0.0, 0.0, 0.0))
    assert (wallbox.number.written, charger.reading.limit) == ([0], 0)
    await charger.async_write((6.0, 6.0, 6.0))
    assert wallbox.number.written == [0, 6]


async def test_without_a_way_to_pause(hass: HomeAssistant, ids: Mapping[str, str]) -> None:
    """Stored without a switch, as when the number went down to 0 once: it is said, not passed over."""
    charger = charger_of(hass, limit=ids["limit"])
    with pytest.raises(ChargerWriteError) as raised:
        await charger.async_write((0.0, 0.0, 0.0))
    assert "does not go down to 0 A" in reason(raised.value)


async def test_a_switch_that_pauses_when_on(
    hass: HomeAssistant, wallbox: EntityWallbox, ids: Mapping[str, str]
) -> None:
    """On and off change places."""
    charger = charger_of(hass, limit=ids["limit"], switch=ids["charge"], switch_pauses="true")
    assert charger.reading.limit == 0
    await charger.async_write((10.0, 10.0, 10.0))
    assert (wallbox.switch.is_on, charger.reading.limit) == (False, 10)
    await charger.async_write((0.0, 0.0, 0.0))
    assert (wallbox.switch.is_on, charger.reading.limit) == (True, 0)


async def test_select_that_pauses(
    hass: HomeAssistant, wallbox: EntityWallbox, ids: Mapping[str, str]
) -> None:
    """A row of the table may pause with an option; another option than that one is left alone."""
    charger = open_charger(
        hass,
        "site",
        ChargerConfig.from_strings(
            "garage",
            {
                "charger": "known",
                "known": "silla_prism",
                "limit": ids["limit"],
                "switch": ids["mode"],
                **STRAIGHT,
            },
            phase_count=3,
        ),
        3,
    )
    mode: ModeSelect = wallbox.mode
    await charger.async_write((0.0, 0.0, 0.0))
    assert (mode.current_option, charger.reading.limit) == ("pause", 0)
    await charger.async_write((12.0, 12.0, 12.0))
    assert (mode.current_option, charger.reading.limit) == ("normal", 12)
    await mode.async_select_option("solar")
    await charger.async_write((11.0, 11.0, 11.0))
    assert mode.current_option == "solar"


async def test_a_switch_that_is_off_while_no_car_wants_to_charge(
    hass: HomeAssistant, wallbox: EntityWallbox, ids: Mapping[str, str]
) -> None:
    """It is switched on after a pause of ours, not after the car's own end."""
    data = {"charger": "known", "known": "besen", "limit": ids["limit"], "switch": ids["charge"], **STRAIGHT}
    charger = open_charger(hass, "site", ChargerConfig.from_strings("garage", data, phase_count=3), 3)
    await charger.async_write((0.0, 0.0, 0.0))
    await charger.async_write((10.0, 10.0, 10.0))
    assert (wallbox.switch.is_on, charger.reading.limit) == (True, 10)
    await wallbox.switch.async_turn_off()
    assert charger.reading.limit == 10
    await charger.async_write((11.0, 11.0, 11.0))
    assert (wallbox.switch.is_on, charger.reading.limit) == (False, 11)


async def test_a_switch_that_does_not_know_yet(
    hass: HomeAssistant, wallbox: EntityWallbox, charger: Charger
) -> None:
    """It is no pause: a car may be charging with what the number says."""
    wallbox.switch._attr_is_on = None
    wallbox.switch.async_write_ha_state()
    assert charger.reading.limit == 32
    await charger.async_write((0.0, 0.0, 0.0))
    wallbox.switch._attr_is_on = None
    wallbox.switch.async_write_ha_state()
    assert charger.reading.limit == 0
    await charger.async_write((10.0, 10.0, 10.0))
    assert (wallbox.switch.is_on, charger.reading.limit) == (True, 10)


async def test_a_switch_that_is_there_only_with_a_car(wallbox: EntityWallbox, charger: Charger) -> None:
    """Without one the least is kept, once, and the pause follows when there is something to pause."""
    wallbox.show_state("unplugged")
    wallbox.switch._attr_available = False
    wallbox.switch.async_write_ha_state()
    for _ in range(2):
        await charger.async_write((0.0, 0.0, 0.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([6], True)
    wallbox.show_state("connected")
    wallbox.switch._attr_available = True
    wallbox.switch.async_write_ha_state()
    await charger.async_write((0.0, 0.0, 0.0))
    assert (wallbox.number.written, wallbox.switch.is_on) == ([6], False)
