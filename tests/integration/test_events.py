"""What happens is told once: to the event entity, on the bus, and in the logbook in words."""

from collections.abc import Callable, Mapping

import pytest
from homeassistant.components.logbook.const import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.evmeter.balancing.model import (
    ChargerDecision,
    Decision,
    Phase,
    PhaseDecision,
    Reason,
    ReasonCode,
    SiteState,
)
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.events import (
    EVENT_BALANCING,
    OVERLOAD_GAP,
    BalancingEvent,
    EventType,
    SiteEvents,
)
from custom_components.evmeter.logbook import async_describe_events
from custom_components.evmeter.simulation import simulation_of

from .clock import Clock
from .sites import SIMULATED_SITE, set_up, site_entry, subentry
from .texts import load

CAR = {"charger": "simulated"}
EVENT_ENTITY = "event.home_balancing"

type Describe = Callable[[Event[Mapping[str, str | float]]], dict[str, str]]


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


def decision(
    limit: float = 16.0,
    *,
    now: float = 0.0,
    write: bool = False,
    overload: bool = False,
    fail_safe: bool = False,
) -> Decision:
    """A decision on one charger, bound by L2, of a house with the least room on L3."""
    return Decision(
        now=now,
        chargers=(
            ChargerDecision(
                id="driveway",
                limit=(limit,) * 3,
                reason=Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L2),
                write=write,
            ),
        ),
        phases=tuple(
            PhaseDecision(mains=9, background=5, headroom=room, load=0.1, age=1, stale=False)
            for room in (3.0, 2.0, -1.0)
        ),
        state=SiteState.BALANCING,
        overload=overload,
        fail_safe=fail_safe,
    )


@pytest.fixture
async def told(hass: HomeAssistant) -> tuple[SiteEvents, list[BalancingEvent]]:
    """The events of a site with one charger, and what a listener was told."""
    entry = site_entry(subentry(CAR))
    entry.add_to_hass(hass)
    events = SiteEvents(hass, entry)
    heard: list[BalancingEvent] = []
    events.async_listen(heard.append)
    return events, heard


LIMIT = {"charger": "Driveway", "before": 16.0, "reason": "mains_phase", "phase": "L2"}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (decision(16), decision(9, write=True), (EventType.LIMIT_LOWERED, LIMIT | {"after": 9.0})),
        (decision(16), decision(20, write=True), (EventType.LIMIT_RAISED, LIMIT | {"after": 20.0})),
        (decision(16), decision(0, write=True), (EventType.CHARGING_PAUSED, LIMIT | {"after": 0.0})),
        (decision(), decision(overload=True), (EventType.OVERLOAD, {"phase": "L3"})),
        (decision(), decision(fail_safe=True), (EventType.FAIL_SAFE_ENTERED, {})),
        (decision(fail_safe=True), decision(), (EventType.FAIL_SAFE_LEFT, {})),
    ],
)
async def test_what_is_told(
    told: tuple[SiteEvents, list[BalancingEvent]],
    before: Decision,
    now: Decision,
    expected: tuple[EventType, dict[str, str | float]],
) -> None:
    """Each with what an automation needs, and counted."""
    events, heard = told
    assert events.see(before, now) is ("charger" in expected[1])
    assert [(event.type, event.attributes) for event in heard] == [expected]
    assert dict(events.counts) == {expected[0]: 1}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (decision(16), decision(16, write=True)),
        (decision(16), decision(9)),
        (decision(overload=True), decision(overload=True)),
        (decision(overload=True), decision()),
        (decision(fail_safe=True), decision(fail_safe=True)),
    ],
)
async def test_what_is_not_told(
    told: tuple[SiteEvents, list[BalancingEvent]], before: Decision, now: Decision
) -> None:
    """A limit written again, one that was only found out, and what goes on or is over."""
    events, heard = told
    assert not events.see(before, now)
    assert heard == []


async def test_hovering_around_the_rating(told: tuple[SiteEvents, list[BalancingEvent]]) -> None:
    """Overloads that come and go each second are told once a minute."""
    events, heard = told
    for second in range(int(2 * OVERLOAD_GAP)):
        events.see(decision(now=second), decision(now=second, overload=True))
    assert len(heard) == 2


async def test_a_listener_that_has_gone_is_told_nothing(
    told: tuple[SiteEvents, list[BalancingEvent]],
) -> None:
    """And the others still are."""
    events, heard = told
    gone: list[BalancingEvent] = []
    events.async_listen(gone.append)()
    events.see(decision(), decision(fail_safe=True))
    assert (len(gone), len(heard)) == (0, 1)


async def test_an_overload_at_a_real_site(hass: HomeAssistant, clock: Clock) -> None:
    """Entity and bus say the same, once per change of the limit; the bus names the device."""
    coordinator = await set_up(hass, site_entry(subentry(CAR), data=SIMULATED_SITE))
    await clock.run(60)
    bus = async_capture_events(hass, EVENT_BALANCING)
    site = simulation_of(hass, "site").site
    site.house.switch("kettle", on=True)
    site.house.switch("oven", on=True)
    writes = coordinator.data.writes_today
    await clock.run(20)
    assert coordinator.data.writes_today > writes
    kinds = [event.data["type"] for event in bus]
    assert EventType.LIMIT_LOWERED in kinds or EventType.CHARGING_PAUSED in kinds
    assert len(kinds) <= coordinator.data.writes_today - writes + kinds.count(EventType.OVERLOAD)
    charger = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "site_driveway"), "site")
    assert charger is not None
    limits = [event.data for event in bus if "charger" in event.data]
    assert {data["device_id"] for data in limits} == {charger.id}
    assert {data["site"] for data in limits} == {"Home"}
    state = hass.states.get(EVENT_ENTITY)
    assert state is not None
    told = {key: value for key, value in bus[-1].data.items() if key not in ("type", "site", "device_id")}
    assert state.attributes["event_type"] == bus[-1].data["type"]
    assert {key: state.attributes[key] for key in told} == told


async def test_the_entity_knows_every_type(hass: HomeAssistant) -> None:
    """It says so before anything has happened, and each type has its words."""
    await set_up(hass, site_entry(subentry(CAR), data=SIMULATED_SITE))
    entity = er.async_get(hass).async_get(EVENT_ENTITY)
    assert entity is not None
    assert entity.capabilities == {"event_types": list(EventType)}
    for language in ("en", "de"):
        texts = load(language)
        attributes = texts["entity"]["event"]["balancing"]["state_attributes"]
        assert list(attributes["event_type"]["state"]) == list(EventType) == list(texts["common"])


@pytest.mark.parametrize(
    ("language", "data", "name", "message"),
    [
        (
            "en",
            {"type": "limit_lowered", "charger": "Garage", "before": 16.0, "after": 9.0, "phase": "L1"},
            "Garage",
            "limit lowered from 16 A to 9 A: Main fuse L1",
        ),
        (
            "de",
            {"type": "limit_raised", "charger": "Garage", "before": 6.0, "after": 9.5},
            "Garage",
            "Limit von 6 A auf 9.5 A erhöht: Hauptsicherung",
        ),
        ("fr", {"type": "overload", "phase": "L3"}, "Home", "surcharge sur la phase L3"),
        ("sv", {"type": "fail_safe_left"}, "Home", "mätaren är tillbaka, lastbalanseringen fortsätter"),
    ],
)
async def test_lines_of_the_logbook(
    hass: HomeAssistant, language: str, data: dict[str, str | float], name: str, message: str
) -> None:
    """A sentence in the language of this Home Assistant."""
    hass.config.language = language
    assert await async_setup_component(hass, DOMAIN, {})
    described: dict[tuple[str, str], Describe] = {}
    async_describe_events(hass, lambda domain, kind, describe: described.update({(domain, kind): describe}))
    ((key, describe),) = described.items()
    assert key == (DOMAIN, EVENT_BALANCING)
    given: Mapping[str, str | float] = {"site": "Home", "reason": "mains_phase", **data}
    assert describe(Event(EVENT_BALANCING, given)) == {
        LOGBOOK_ENTRY_NAME: name,
        LOGBOOK_ENTRY_MESSAGE: message,
    }
