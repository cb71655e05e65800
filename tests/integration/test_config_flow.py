"""The site flow: every step, every error and the way out of it, duplicates, and changing a site."""

from collections.abc import Mapping

import pytest
from homeassistant.config_entries import ConfigEntryState, FlowType
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER
from custom_components.evmeter.flow import live

from .flows import (
    FUSE,
    OPTIONS,
    SIMULATED_CHARGER,
    SIMULATED_SITE,
    add_currents,
    add_sensors,
    site,
    start,
    submit,
    suggestions,
)


@pytest.fixture(autouse=True)
def short_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at entities that never report again need not take its whole time."""
    monkeypatch.setattr(live, "LOOK_TIME", 0.05)


async def test_simulated_house(hass: HomeAssistant) -> None:
    """A house out of nothing, in four forms, straight on into the first charger."""
    result = await start(hass)
    assert result["type"] is FlowResultType.FORM
    assert (result["step_id"], suggestions(result["data_schema"])) == ("user", {})

    result = await submit(hass, result, mains="simulated")
    assert (result["step_id"], suggestions(result["data_schema"])) == ("simulated", {"seed": "1"})

    result = await submit(hass, result, seed=7)
    assert result["step_id"] == "live"

    result = await submit(hass, result)
    assert result["step_id"] == "fuse"
    assert suggestions(result["data_schema"]) == {
        "phases": "3",
        "fuse_l1": "25",
        "fuse_type": "b",
        "margin": "0",
        "voltage": "230",
    }

    result = await submit(hass, result, **FUSE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == hass.config.location_name
    assert (result["data"], result["options"]) == (SIMULATED_SITE | {"seed": "7"}, OPTIONS)
    entry = result["result"]
    assert (entry.unique_id, entry.version, entry.minor_version) == ("simulated-7", 1, 2)
    assert entry.state is ConfigEntryState.LOADED

    kind, flow_id = result["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    charger_flow = hass.config_entries.subentries.async_get(flow_id)
    assert charger_flow["handler"] == (entry.entry_id, SUBENTRY_CHARGER)
    assert charger_flow["step_id"] == "user"
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("seed", "error"), [("abc", "invalid_number"), (1.5, "invalid_number"), (-1, "out_of_range")]
)
async def test_bad_seed_and_recovery(hass: HomeAssistant, seed: object, error: str) -> None:
    """A bad seed is said at its field, and what was typed stays."""
    result = await submit(hass, await start(hass, "simulated"), seed=seed)
    assert (result["step_id"], result["errors"]) == ("simulated", {"seed": error})
    assert suggestions(result["data_schema"]) == {"seed": str(seed)}

    result = await submit(hass, result, seed=7)
    assert result["step_id"] == "live"


async def test_entities(hass: HomeAssistant) -> None:
    """Sensors picked by hand are stored by what survives a rename."""
    currents = add_currents(hass)
    result = await start(hass, "entities")
    assert (result["step_id"], suggestions(result["data_schema"])) == ("entities", {"phases": "3"})

    result = await submit(
        hass, result, phases="3", **{f"current_{name}": f"sensor.{name}" for name in currents}
    )
    assert result["step_id"] == "live"

    result = await submit(hass, await submit(hass, result), **FUSE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    stored = {f"current_{name}": registry_id for name, registry_id in currents.items()}
    assert stored.items() <= result["data"].items()
    assert (result["data"]["mains"], result["title"]) == ("entities", hass.config.location_name)
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_one_phase_by_power(hass: HomeAssistant) -> None:
    """A house of one phase with a power sensor needs nothing else."""
    power = add_sensors(hass, "kW", "power", total="1.234")
    result = await submit(hass, await start(hass, "entities"), phases="1", power_l1="sensor.total")
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["rows"].startswith("| L1 | total | 1.234\u00a0kW |")

    result = await submit(hass, result)
    assert suggestions(result["data_schema"])["phases"] == "1"
    result = await submit(hass, result, **FUSE | {"phases": "1", "fuse_l1": "35"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        "mains": "entities",
        "phases": "1",
        "power_l1": power["total"],
        "fuse_l1": "35",
        "fuse_type": "c",
        "margin": "0.5",
        "voltage": "230",
    }
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_entities_missing_and_gone_and_recovery(hass: HomeAssistant) -> None:
    """Every phase without a source and every entity that is not there is said at its field."""
    currents = add_currents(hass)
    result = await start(hass, "entities")
    result = await submit(hass, result, phases="3", current_l1="sensor.l1", current_l2="sensor.no_such_one")
    assert (result["step_id"], result["errors"]) == ("entities", {"current_l2": "entity_not_found"})
    assert suggestions(result["data_schema"])["current_l1"] == "sensor.l1"

    result = await submit(hass, result, phases="3", current_l1="sensor.l1")
    assert result["errors"] == {"current_l2": "current_or_power", "current_l3": "current_or_power"}

    result = await submit(
        hass,
        result,
        phases="3",
        current_l1="sensor.l1",
        current_l2="sensor.l2",
        current_l3=currents["l3"],
    )
    assert result["step_id"] == "live"


async def test_same_sensor_twice_aborts(hass: HomeAssistant) -> None:
    """A sensor that measures another site's mains cannot measure this one's."""
    currents = add_currents(hass)
    site(hass, "other", mains="entities", current_l1="x", current_l2=currents["l2"], current_l3="z")
    result = await submit(hass, await start(hass, "entities"), phases="1", current_l1="sensor.l2")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_same_simulated_house_twice_aborts(hass: HomeAssistant) -> None:
    """The same seed is the same house; another seed is another one."""
    site(hass)
    result = await submit(hass, await start(hass, "simulated"), seed="1")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")

    result = await submit(hass, await start(hass, "simulated"), seed="2")
    assert result["step_id"] == "live"


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"fuse_l1": "0"}, {"fuse_l1": "out_of_range"}),
        ({"fuse_l1": 0}, {"fuse_l1": "out_of_range"}),
        ({"fuse_l1": "abc"}, {"fuse_l1": "invalid_number"}),
        ({"fuse_l1": "nan"}, {"fuse_l1": "invalid_number"}),
        ({"fuse_l1": "inf"}, {"fuse_l1": "invalid_number"}),
        ({"fuse_l1": 1e9}, {"fuse_l1": "out_of_range"}),
        ({"fuse_l1": -25}, {"fuse_l1": "out_of_range"}),
        ({"fuse_l1": " "}, {"fuse_l1": "required"}),
        ({"fuse_l1": True}, {"fuse_l1": "invalid_number"}),
        ({"fuse_l2": "5"}, {"fuse_l2": "out_of_range"}),
        ({"fuse_l3": "abc"}, {"fuse_l3": "invalid_number"}),
        ({"margin": "25"}, {"margin": "out_of_range"}),
        ({"margin": "-1"}, {"margin": "out_of_range"}),
        ({"margin": "nan"}, {"margin": "invalid_number"}),
        ({"voltage": "12"}, {"voltage": "out_of_range"}),
        ({"voltage": "many"}, {"voltage": "invalid_number"}),
        (
            {"fuse_l1": "0", "fuse_l2": "abc", "margin": "x", "voltage": 1},
            {
                "fuse_l1": "out_of_range",
                "fuse_l2": "invalid_number",
                "margin": "invalid_number",
                "voltage": "out_of_range",
            },
        ),
    ],
)
async def test_bad_fuse_and_recovery(
    hass: HomeAssistant, answers: Mapping[str, object], errors: Mapping[str, str]
) -> None:
    """Every bad value is said at its own field, all at once, and what was typed stays."""
    result = await submit(hass, await submit(hass, await start(hass, "simulated"), seed="1"))
    given = {**FUSE, **answers}
    result = await submit(hass, result, **given)
    assert (result["step_id"], result["errors"]) == ("fuse", errors)
    assert suggestions(result["data_schema"]) == {
        key: value if key in ("phases", "fuse_type") else str(value).strip()
        for key, value in given.items()
        if str(value).strip()
    }

    result = await submit(hass, result, **FUSE | {"fuse_l2": "20"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["fuse_l2"] == "20"
    assert result["data"]["fuse_l3"] == "25"
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_more_phases_than_measured(hass: HomeAssistant) -> None:
    """A source of one phase cannot protect three; the error is at the number of phases."""
    add_currents(hass)
    result = await submit(hass, await start(hass, "entities"), phases="1", current_l1="sensor.l1")
    result = await submit(hass, await submit(hass, result), **FUSE)
    assert (result["step_id"], result["errors"]) == ("fuse", {"phases": "phase_not_measured"})

    result = await submit(hass, result, **FUSE | {"phases": "1"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_fewer_phases_than_measured(hass: HomeAssistant) -> None:
    """What the site does not use is not stored."""
    currents = add_currents(hass)
    answers = {f"current_{name}": f"sensor.{name}" for name in currents}
    result = await submit(hass, await start(hass, "entities"), phases="3", **answers)
    result = await submit(hass, await submit(hass, result), **FUSE | {"phases": "1"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "current_l1" in result["data"]
    assert not result["data"].keys() & {"current_l2", "current_l3", "fuse_l2", "fuse_l3"}
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_reconfigure(hass: HomeAssistant) -> None:
    """Every form is filled in with what is stored; the change is stored, the name and the chargers stay."""
    entry = site(hass, fuse_l3="20", phases="3", seed="4")
    result = await entry.start_reconfigure_flow(hass)
    assert (result["step_id"], suggestions(result["data_schema"])) == ("user", {"mains": "simulated"})
    result = await submit(hass, result, mains="simulated")
    assert suggestions(result["data_schema"]) == {"seed": "4"}
    result = await submit(hass, await submit(hass, result, seed="5"))
    assert suggestions(result["data_schema"]) == {
        "phases": "3",
        "fuse_l1": "25",
        "fuse_l3": "20",
        "fuse_type": "c",
        "margin": "0.5",
        "voltage": "230",
    }

    result = await submit(hass, result, **FUSE | {"fuse_l1": "35"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data == SIMULATED_SITE | {"seed": "5"} | dict.fromkeys(
        ("fuse_l1", "fuse_l2", "fuse_l3"), "35"
    )
    assert (entry.unique_id, entry.title) == ("simulated-5", "Home")


async def test_reconfigure_to_other_mains(hass: HomeAssistant) -> None:
    """A simulated house becomes a real one; nothing of the old source is left."""
    currents = add_currents(hass)
    entry = site(hass)
    result = await submit(hass, await entry.start_reconfigure_flow(hass), mains="entities")
    answers = {f"current_{name}": f"sensor.{name}" for name in currents}
    result = await submit(hass, result, phases="3", **answers)
    await submit(hass, await submit(hass, result), **FUSE)
    assert "seed" not in entry.data
    assert entry.data["current_l3"] == currents["l3"]
    assert entry.unique_id == min(currents.values())

    result = await entry.start_reconfigure_flow(hass)
    assert suggestions(result["data_schema"]) == {"mains": "entities"}
    result = await submit(hass, result, mains="entities")
    assert suggestions(result["data_schema"]) == {"phases": "3", **answers}


async def test_reconfigure_keeps_the_same_mains(hass: HomeAssistant) -> None:
    """A site is no duplicate of itself, but it is of another one."""
    entry = site(hass)
    site(hass, "simulated-2", seed="2")
    result = await submit(hass, await entry.start_reconfigure_flow(hass), mains="simulated")
    assert (await submit(hass, result, seed="1"))["step_id"] == "live"

    result = await submit(hass, await entry.start_reconfigure_flow(hass), mains="simulated")
    result = await submit(hass, result, seed="2")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reconfigure_cannot_take_a_phase_from_a_charger(hass: HomeAssistant) -> None:
    """A charger on L2 needs a site with L2; what else may be wrong with a charger does not matter here."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id="simulated-1",
        data=SIMULATED_SITE,
        subentries_data=[
            {
                "data": SIMULATED_CHARGER | changes,
                "subentry_type": SUBENTRY_CHARGER,
                "title": "Simulated charger",
                "unique_id": None,
            }
            for changes in ({"max_current": "broken", "wiring": "L1"}, {"wiring": "L2"})
        ],
    )
    entry.add_to_hass(hass)
    result = await submit(hass, await entry.start_reconfigure_flow(hass), mains="simulated")
    result = await submit(hass, await submit(hass, result, seed="1"))
    result = await submit(hass, result, **FUSE | {"phases": "1"})
    assert (result["step_id"], result["errors"]) == ("fuse", {"phases": "charger_needs_phase"})

    result = await submit(hass, result, **FUSE)
    assert result["reason"] == "reconfigure_successful"
