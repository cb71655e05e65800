"""A recorded house is read exactly, or refused with the line at fault."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator import HouseProfile


def read(folder: Path, text: str) -> HouseProfile:
    """Read a table."""
    path = folder / "house.csv"
    path.write_text(text, encoding="utf-8")
    return HouseProfile.read(path)


def test_each_row_holds_until_the_next(tmp_path: Path) -> None:
    profile = read(tmp_path, "t_s,l1_a,l2_a,l3_a\n5,1,2,3\n10,4,5,6\n")
    moments = (0, 5, 9.9, 10, 1e9)
    assert [profile.at(now)[0] for now in moments] == [1, 1, 1, 4, 4]


def test_columns_may_come_in_any_order_among_others(tmp_path: Path) -> None:
    profile = read(tmp_path, "\ufeffl3_a,note,l1_a,t_s,l2_a\n3,x,1,0,2\n")
    assert profile.at(0) == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column t_s, l1_a, l2_a, l3_a"),
        ("t_s,l1_a,l2_a\n0,1,2\n", "no column l3_a"),
        ("t_s,l1_a,l2_a,l3_a\n", "no rows"),
        ("t_s,l1_a,l2_a,l3_a\n0,1,2,3\n1,1,abc,3\n", "line 3: l2_a is not a number: 'abc'"),
        ("t_s,l1_a,l2_a,l3_a\n0,1,2\n", "line 2: l3_a is not a number: None"),
        ("t_s,l1_a,l2_a,l3_a\n0,1,2,nan\n", "row 1: currents must be within 1000 A"),
        ("t_s,l1_a,l2_a,l3_a\n0,1,2,2300\n", "row 1: currents must be within 1000 A"),
        ("t_s,l1_a,l2_a,l3_a\n0,1,2,3\n0,1,2,3\n", "row 2: time 0.0 s does not follow"),
        ("t_s,l1_a,l2_a,l3_a\ninf,1,2,3\n", "row 1: time inf s does not follow"),
    ],
)
def test_a_bad_table_is_refused_at_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(EVMeterConfigError, match=message) as error:
        read(tmp_path, text)
    assert error.value.key == "profile"


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EVMeterConfigError, match="cannot read"):
        HouseProfile.read(tmp_path / "missing.csv")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(EVMeterConfigError, match="cannot read"):
        HouseProfile.read(binary)


def test_rows_need_four_values() -> None:
    with pytest.raises(EVMeterConfigError, match="row 2 has 3 values, not 4"):
        HouseProfile([(0, 1, 2, 3), (1, 1, 2)])


CURRENT = st.floats(-100, 100)


@given(
    times=st.lists(st.integers(0, 10_000), min_size=1, max_size=50, unique=True).map(sorted),
    current=CURRENT,
    now=st.floats(0, 10_000),
)
def test_the_latest_row_that_has_begun_is_in_force(times: list[int], current: float, now: float) -> None:
    profile = HouseProfile([(time, place, current, 0) for place, time in enumerate(times)])
    begun = sum(time <= now for time in times)
    assert profile.at(now) == (max(0, begun - 1), current, 0)
