"""Circuits below the mains: added, changed and removed in their flow, and held by the balancing."""

from types import MappingProxyType

import pytest
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigSubentry,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER, SUBENTRY_CIRCUIT

from . import charger_flows
from .clock import Clock
from .flows import LIMITS, SIMULATED_CHARGER, SIMULATED_SITE, site, suggestions
from .test_options import loaded

GARAGE = {"name": "Garage", "fuse_l1": 20, "parent": "mains"}


async def add(hass: HomeAssistant, entry: MockConfigEntry, **answers: object) -> SubentryFlowResult:
    """Add a circuit."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CIRCUIT), context={"source": SOURCE_USER}
    )
    return await submit(hass, result, **answers)


async def submit(hass: HomeAssistant, result: SubentryFlowResult, **answers: object) -> SubentryFlowResult:
    """Fill in the form and send it."""
    return await hass.config_entries.subentries.async_configure(result["flow_id"], answers)


async def change(hass: HomeAssistant, entry: MockConfigEntry, circuit_id: str) -> SubentryFlowResult:
    """Start changing a circuit."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CIRCUIT),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": circuit_id},
    )


def circuits(entry: MockConfigEntry) -> dict[str, ConfigSubentry]:
    """The circuits of a site by their names."""
    return {circuit.title: circuit for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)}


def offered(result: SubentryFlowResult, field: str) -> list[str]:
    """What a field of a form lets one choose from."""
    schema = result["data_schema"]
    assert schema is not None
    return [option["value"] for option in schema.schema[field].config["options"]]


async def test_add_and_change(hass: HomeAssistant) -> None:
    """One rating does for all phases; the form is filled in with what is stored."""
    entry = site(hass)
    result = await add(hass, entry, **GARAGE, power_cap="11000")
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Garage")
    garage = circuits(entry)["Garage"]
    ratings = dict.fromkeys(("fuse_l1", "fuse_l2", "fuse_l3"), "20")
    assert garage.data == ratings | {"power_cap": "11000"}

    result = await change(hass, entry, garage.subentry_id)
    filled = {"name": "Garage", "fuse_l1": "20", "power_cap": "11000", "parent": "mains"}
    assert (result["step_id"], suggestions(result["data_schema"])) == ("reconfigure", filled)
    result = await submit(hass, result, **GARAGE | {"name": "Barn", "fuse_l3": "16"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert circuits(entry)["Barn"].data == ratings | {"fuse_l3": "16"}


async def test_one_phase(hass: HomeAssistant) -> None:
    """A site of one phase asks for one rating."""
    entry = site(hass, phases="1")
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CIRCUIT), context={"source": SOURCE_USER}
    )
    assert result["data_schema"] is not None
    assert set(map(str, result["data_schema"].schema)) == {"name", "fuse_l1", "power_cap", "parent"}
    await submit(hass, result, **GARAGE)
    assert circuits(entry)["Garage"].data == {"fuse_l1": "20"}


async def test_bad_values_and_recovery(hass: HomeAssistant) -> None:
    """Each is said at its field."""
    entry = site(hass)
    result = await add(hass, entry, **GARAGE | {"fuse_l1": "5", "fuse_l2": "many", "power_cap": "-1"})
    assert result["errors"] == {
        "fuse_l1": "out_of_range",
        "fuse_l2": "invalid_number",
        "power_cap": "out_of_range",
    }
    result = await submit(hass, result, **GARAGE)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_site_that_cannot_be_used(hass: HomeAssistant) -> None:
    """It is put right first."""
    result = await hass.config_entries.subentries.async_init(
        (site(hass, fuse_l1="none").entry_id, SUBENTRY_CIRCUIT), context={"source": SOURCE_USER}
    )
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "invalid_site")


async def test_no_circuit_is_below_itself(hass: HomeAssistant) -> None:
    """A circuit may be below the mains, and below those that are not below it."""
    entry = site(hass)
    await add(hass, entry, **GARAGE)
    garage = circuits(entry)["Garage"].subentry_id
    await add(hass, entry, **GARAGE | {"name": "Box", "parent": garage})
    box = circuits(entry)["Box"].subentry_id
    await add(hass, entry, **GARAGE | {"name": "Barn"})
    barn = circuits(entry)["Barn"].subentry_id
    assert circuits(entry)["Box"].data["parent"] == garage

    assert offered(await change(hass, entry, garage), "parent") == [barn, "mains"]
    assert offered(await change(hass, entry, box), "parent") == [garage, barn, "mains"]
    result = await change(hass, entry, box)
    assert suggestions(result["data_schema"])["parent"] == garage


async def test_a_charger_chooses_its_circuit(hass: HomeAssistant) -> None:
    """Where there are circuits; a circuit that was removed is none any more."""
    entry = site(hass)
    await add(hass, entry, **GARAGE)
    garage = circuits(entry)["Garage"].subentry_id
    result = await charger_flows.start(hass, entry, "simulated")
    result = await charger_flows.submit(hass, result, car_phases="3", car_current=16)
    assert suggestions(result["data_schema"])["circuit"] == "mains"
    assert offered(result, "circuit") == [garage, "mains"]
    await charger_flows.submit(hass, result, **LIMITS, circuit=garage)
    (charger,) = entry.get_subentries_of_type(SUBENTRY_CHARGER)
    assert charger.data["circuit"] == garage

    result = await charger_flows.change(hass, entry, charger)
    result = await charger_flows.submit(hass, result, car_phases="3", car_current=16)
    assert suggestions(result["data_schema"])["circuit"] == garage
    await charger_flows.submit(hass, result, **LIMITS, circuit="mains")
    (charger,) = entry.get_subentries_of_type(SUBENTRY_CHARGER)
    assert "circuit" not in charger.data


@pytest.fixture
def clock(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is quick."""
    return Clock(hass, monkeypatch)


@pytest.fixture
def garage_site(hass: HomeAssistant) -> MockConfigEntry:
    """A house of 25 A with a garage of 10 A and a charger in it."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Home",
        minor_version=2,
        data=SIMULATED_SITE,
        subentries_data=[
            {
                "data": {"fuse_l1": "10"},
                "subentry_id": "garage",
                "subentry_type": SUBENTRY_CIRCUIT,
                "title": "Garage",
                "unique_id": None,
            },
            {
                "data": SIMULATED_CHARGER | {"circuit": "garage"},
                "subentry_id": "driveway",
                "subentry_type": SUBENTRY_CHARGER,
                "title": "Driveway",
                "unique_id": None,
            },
        ],
    )
    entry.add_to_hass(hass)
    return entry


async def test_the_circuit_binds(hass: HomeAssistant, garage_site: MockConfigEntry, clock: Clock) -> None:
    """The charger gets what its circuit may carry, and says so by the circuit's name."""
    assert await hass.config_entries.async_setup(garage_site.entry_id)
    for _ in range(300):
        await clock.run(1)
        view = loaded(hass).runtime_data.data.chargers["driveway"]
        assert view.limit is None or view.limit <= 10
    current = hass.states.get("sensor.garage_current_l1")
    assert current is not None
    assert 9 < float(current.state) < 11
    assert current.attributes["rating"] == 10
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{garage_site.entry_id}_garage"), garage_site.entry_id
    )
    assert device is not None
    assert (device.name, device.config_subentry_id) == ("Garage", "garage")
    state = hass.states.get("sensor.driveway_limit_reason")
    assert state is not None
    assert (state.state, state.attributes["circuit"]) == ("circuit", "Garage")
    assert await hass.config_entries.async_unload(garage_site.entry_id)


async def test_a_circuit_that_is_gone(
    hass: HomeAssistant, garage_site: MockConfigEntry, clock: Clock
) -> None:
    """Its charger is limited by the mains, and the user is told until the charger has a place again."""
    hass.config_entries.async_remove_subentry(garage_site, "garage")
    assert await hass.config_entries.async_setup(garage_site.entry_id)
    await clock.run(5)
    issues = ir.async_get(hass)
    issue = issues.async_get_issue(DOMAIN, "circuit_missing_driveway")
    assert issue is not None
    assert issue.translation_placeholders == {"name": "Driveway"}
    assert loaded(hass).runtime_data.chargers["driveway"].charger.settings.circuit is None

    charger = garage_site.subentries["driveway"]
    hass.config_entries.async_update_subentry(garage_site, charger, data=MappingProxyType(SIMULATED_CHARGER))
    await hass.async_block_till_done()
    await clock.run(5)
    assert issues.async_get_issue(DOMAIN, "circuit_missing_driveway") is None
    assert await hass.config_entries.async_unload(garage_site.entry_id)
