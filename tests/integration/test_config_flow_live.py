"""The live look at the mains: what the user is shown, what follows from it, and that nothing is left."""

from collections.abc import Callable, Iterator
from typing import override

import pytest
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.evmeter.balancing.model import MainsReading, Phase
from custom_components.evmeter.flow import live
from custom_components.evmeter.mains import Mains, Quantity, SourceProblem, SourceView, find_meters
from custom_components.evmeter.mains.simulated import SimulatedMains
from custom_components.evmeter.settings import SimulatedMainsSettings, SiteConfig

from .flows import FUSE, SIMULATED_SITE, add_currents, add_sensors, start, submit
from .meter_samples import SAMPLES, add_device, add_entry, add_meter, another


@pytest.fixture(autouse=True)
def short_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at entities that never report again need not take its whole time."""
    monkeypatch.setattr(live, "LOOK_TIME", 0.05)


async def test_look_shows_every_source_and_stops(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """The browser gets a row per source, and nothing listens any more when it does."""
    currents = add_currents(hass)
    assert await async_setup_component(hass, "config", {})
    browser = await hass_client()
    hass.states.async_set("sensor.l3", "unavailable")
    listeners = hass.bus.async_listeners()

    answers = {f"current_{name}": f"sensor.{name}" for name in currents}
    result = await submit(hass, await start(hass, "entities"), phases="3", **answers)
    assert hass.bus.async_listeners() == listeners

    response = await browser.get(f"/api/config/config_entries/flow/{result['flow_id']}")
    form = await response.json()
    rows = form["description_placeholders"]["rows"].splitlines()
    assert [row.split(" | ")[:3] for row in rows] == [
        ["| L1", "l1", "5.21\u00a0A"],
        ["| L2", "l2", "3.17\u00a0A"],
        ["| L3", "l3", "–"],
    ]
    assert form["description_placeholders"]["silent"] == "L3 l3"
    section, again = form["data_schema"]
    assert (section["name"], section["type"], section["schema"]) == ("no_value", "expandable", [])
    assert again["name"] == "look_again"


async def test_a_meter_known_to_be_slow_is_called_slow_at_once(hass: HomeAssistant) -> None:
    """It reported just now; nobody looks for a minute until it does again."""
    phases = add_meter(hass, SAMPLES["iskra"])
    for entities in phases:
        for quantity, (value, unit) in {"current": ("5.2", "A"), "power": ("1190", "W")}.items():
            hass.states.async_set(entities[quantity].entity_id, value, {"unit_of_measurement": unit})
    result = await start(hass)
    result = await submit(hass, result, mains=find_meters(hass)[0].id)
    schema, placeholders = result["data_schema"], result["description_placeholders"]
    assert schema is not None
    assert placeholders is not None
    assert list(schema.schema) == ["no_value", "slow_meter", "look_again"]
    assert placeholders["period"] == "60"


async def test_one_of_several_meters_is_chosen(hass: HomeAssistant) -> None:
    """Both are listed under the name of their device, and the chosen one's entities are taken."""
    sample = SAMPLES["iskra"]
    entry = add_entry(hass, sample.integration)
    add_meter(hass, sample, entry=entry, device=add_device(hass, entry, "Mains"))
    chosen = add_meter(hass, another(sample, "IE2"), entry=entry, device=add_device(hass, entry, "Barn"))
    result = await start(hass)
    schema = result["data_schema"]
    assert schema is not None
    (field,) = schema.schema.values()
    labels = {option["label"]: option["value"] for option in field.config["options"]}
    assert list(labels)[:2] == ["iskra (Meter cupboard, Mains)", "iskra (Meter cupboard, Barn)"]
    result = await submit(hass, result, mains=labels["iskra (Meter cupboard, Barn)"])
    result = await submit(hass, await submit(hass, result), **FUSE)
    stored = [result["data"][f"current_l{phase}"] for phase in (1, 2, 3)]
    assert stored == [entities["current"].id for entities in chosen]
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_look_again(hass: HomeAssistant) -> None:
    """A tick reads the values once more."""
    add_currents(hass)
    result = await submit(hass, await start(hass, "entities"), phases="1", current_l1="sensor.l1")
    hass.states.async_set("sensor.l1", "9.87", {"unit_of_measurement": "A", "device_class": "current"})
    result = await submit(hass, result, look_again=True)
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert result["step_id"] == "live"
    assert "9.87\u00a0A" in placeholders["rows"]
    assert (await submit(hass, result))["step_id"] == "fuse"


async def test_whole_amps_are_coarse(hass: HomeAssistant) -> None:
    """Whole amps cost half a step, and the user is told."""
    add_sensors(hass, "A", "current", whole="5")
    result = await submit(hass, await start(hass, "entities"), phases="1", current_l1="sensor.whole")
    assert sections(result) == ["coarse_values"]
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert (placeholders["resolution"], placeholders["precaution"]) == ("1", "0.5")


def sections(result: ConfigFlowResult) -> list[str]:
    """The consequences a look tells."""
    schema = result["data_schema"]
    assert schema is not None
    return [str(key) for key in schema.schema if key != live.CONF_LOOK_AGAIN]


class ScriptedMains(SimulatedMains):
    """Mains that say what the test says, one sample after the other."""

    script: tuple[tuple[SourceView, ...], ...] = ()
    failure: Exception | None = None
    started = 0
    stopped = 0

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        type(self).started += 1
        if self.failure is not None:
            raise self.failure
        self._moments = iter(self.script)
        self._now = next(self._moments)

        def report() -> None:
            self._now = next(self._moments)
            listener()

        for moment in range(1, len(self.script)):
            self.hass.loop.call_later(moment * 0.001, report)

    @override
    async def async_stop(self) -> None:
        type(self).stopped += 1

    @property
    @override
    def sources(self) -> tuple[SourceView, ...]:
        return self._now

    @property
    @override
    def reading(self) -> MainsReading:
        return MainsReading(current=(5.0,), measured_at=(0.0,), resolution=0.01)


def source(
    *, quantity: Quantity = Quantity.CURRENT, age: float | None = 0.2, period: float | None = None
) -> SourceView:
    """A source of L1 that works."""
    return SourceView(
        phase=Phase.L1,
        quantity=quantity,
        entity_id="",
        value=5.0,
        unit="A",
        age=age,
        period=period,
        resolution=0.01,
        problem=SourceProblem.OK,
    )


@pytest.fixture
def scripted(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScriptedMains]]:
    """Give a class of mains to write a script for; what was started must be stopped."""

    class Mains(ScriptedMains):
        pass

    yield Mains
    assert (Mains.started, Mains.stopped) == (1, 1)


def opened(hass: HomeAssistant, mains: type[ScriptedMains]) -> Mains:
    """Open mains for a look."""
    site = SiteConfig.from_strings(SIMULATED_SITE).balancing
    return mains(hass, "look", site, SimulatedMainsSettings())


async def test_look_ends_when_the_periods_are_known(
    hass: HomeAssistant, scripted: type[ScriptedMains], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits longer than it takes to learn how often the meter reports."""
    monkeypatch.setattr(live, "LOOK_TIME", 60)
    scripted.script = ((source(),), (source(),), (source(period=1.0),))
    look = await live.async_look(opened(hass, scripted))
    assert (look.period, look.consequences) == (1.0, ())


@pytest.mark.parametrize(
    ("views", "period", "consequences"),
    [
        ((source(age=None),), "0", []),
        ((source(age=9.0),), "9", []),
        ((source(age=25.0),), "25", ["slow_meter"]),
        ((source(period=10.0),), "10", ["slow_meter"]),
        ((source(period=1.0, age=25.0),), "1", []),
        ((source(period=1.0), source(quantity=Quantity.VOLTAGE, period=60.0)), "1", []),
    ],
)
async def test_slow_meters_are_said(
    hass: HomeAssistant,
    scripted: type[ScriptedMains],
    views: tuple[SourceView, ...],
    period: str,
    consequences: list[str],
) -> None:
    """A meter that is known to be slow, or that has been silent for long, is slow; a voltage may be."""
    scripted.script = (views,)
    look = await live.async_look(opened(hass, scripted))
    assert list(look.consequences) == consequences
    assert live.live_placeholders(hass, look)["period"] == period


async def test_mains_that_cannot_start_are_stopped(
    hass: HomeAssistant, scripted: type[ScriptedMains]
) -> None:
    """Whatever happens, nothing of a look is left."""
    scripted.failure = RuntimeError("no such meter")
    with pytest.raises(RuntimeError, match="no such meter"):
        await live.async_look(opened(hass, scripted))


async def test_names_cannot_break_the_table(hass: HomeAssistant) -> None:
    """An entity's name is the user's own and may hold anything."""
    attributes = {"friendly_name": "Meter | hall\nL1", "unit_of_measurement": "A"}
    hass.states.async_set("sensor.odd", "5.5", attributes)
    result = await submit(hass, await start(hass, "entities"), phases="1", current_l1="sensor.odd")
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["rows"].startswith("| L1 | Meter / hall L1 | 5.5\u00a0A |")
