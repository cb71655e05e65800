"""The currents of the three phases are found by their names, and where names leave a choice nothing is."""

from pathlib import Path

import pytest

from replaying.entities import groups_of
from replaying.problems import FileError
from replaying.sources import Source, read_charger, read_mains
from replaying.units import Unit

from .files import export

EVCC = ["sensor.evcc_garage_charge_current_l1", "sensor.evcc_garage_charge_current_l2"]


def download(path: Path, entities: list[str]) -> Path:
    return export(path / "m.csv", *((entity, [(0, "1.5"), (10, "2")]) for entity in entities))


def abc(name: str, marks: str = "123") -> list[str]:
    """Return the names of three entities."""
    return [f"sensor.{name.replace('?', mark)}" for mark in marks]


@pytest.mark.parametrize(
    "entities",
    [
        abc("home_mains_current_l?"),
        abc("electricity_meter_current_phase_l?"),
        abc("p1_meter_current_phase_?"),
        abc("shelly_channel_?_current", "abc"),
        abc("em_phase_?_current", "abc"),
        abc("current_?"),
        abc("stroom_fase_?"),
        abc("netz_strom_l?"),
        abc("Strom_L?_Haus"),
        abc("sahko_virta_vaihe_?"),
    ],
)
def test_names_of_phases(entities: list[str], tmp_path: Path) -> None:
    """In the words of many meters and languages, in any order in the file."""
    noise = ["sensor.p1_meter_voltage_l1", "sensor.outside_temperature", "binary_sensor.door"]
    path = download(tmp_path, [*noise, entities[2], entities[0], entities[1]])
    found = read_mains(Source(path=path), 230)
    assert [series.name for series in found.recording.series] == entities
    assert found.unit is Unit.A


def test_port_of_a_meter_is_no_phase() -> None:
    """P1, P2 and P3 are no phases."""
    assert groups_of(abc("p?_meter_current")) == []


@pytest.mark.parametrize(
    "other",
    [
        abc("available_current_l?"),
        abc("mains_voltage_l?"),
        abc("fuse_load_l?"),
        abc("mains_power_l?"),
        abc("mains_power_production_l?"),
        abc("charger_current_l?"),
        abc("wallbox_limit_l?"),
    ],
)
def test_what_is_no_current_of_the_mains(other: list[str], tmp_path: Path) -> None:
    """A whole device may be downloaded, and two."""
    entities = abc("home_mains_current_l?")
    path = download(tmp_path, other + entities)
    assert [one.name for one in read_mains(Source(path=path), 230).recording.series] == entities


@pytest.mark.parametrize("name", ["garage_charger_current_l?", "garage_current_l?", "zaptec_strom_phase_?"])
def test_charger_in_the_same_download(name: str, tmp_path: Path) -> None:
    """What is not the mains, or says that it is a charger."""
    path = download(tmp_path, abc("home_mains_current_l?") + abc(name))
    mains, charger = read_mains(Source(path=path), 230), read_charger(Source(path=path), 230)
    assert [one.name for one in mains.recording.series] == abc("home_mains_current_l?")
    assert [one.name for one in charger.recording.series] == abc(name)


def test_unit_says_which_entities_are_meant(tmp_path: Path) -> None:
    path = download(tmp_path, abc("p1_meter_current_phase_?") + abc("p1_meter_power_phase_?"))
    currents = read_mains(Source(path=path), 230)
    powers = read_mains(Source(path=path, unit=Unit.W), 230)
    assert [one.name for one in currents.recording.series] == abc("p1_meter_current_phase_?")
    assert [one.name for one in powers.recording.series] == abc("p1_meter_power_phase_?")
    assert powers.recording.series[0].values == pytest.approx((1.5 / 230, 2 / 230))


def test_choice_is_left_to_the_user(tmp_path: Path) -> None:
    """Two meters: the message has what to add for either."""
    path = download(tmp_path, abc("upstairs_current_l?") + abc("downstairs_current_l?"))
    with pytest.raises(FileError) as caught:
        read_mains(Source(path=path), 230)
    for name in ("upstairs", "downstairs"):
        assert f"--phases {','.join(abc(f'{name}_current_l?'))}" in str(caught.value)
    picked = Source(path=path, entities=tuple(abc("upstairs_current_l?")))
    assert read_mains(picked, 230).recording.series[0].name == "sensor.upstairs_current_l1"


def test_incomplete_group_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no three entities"):
        read_mains(Source(path=download(tmp_path, EVCC)), 230)
