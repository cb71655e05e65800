"""The benchmark of a step prints what it promises; how fast it is, is not for a test to judge."""

import json
import subprocess
import sys
from itertools import product

import pytest

from . import step
from .lively import LivelySite


def test_every_size_is_measured_beside_a_state_write() -> None:
    """Nine sites, each of which had something to write."""
    run = subprocess.run(
        [sys.executable, "-m", step.__name__, "--rounds", "1", "--json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    result = json.loads(run.stdout)
    assert set(result) == {"rounds", "state_write_us", "rows", "growth"}
    assert result["rounds"] == 1
    assert result["state_write_us"] > 0
    sizes = [(row["chargers"], row["circuits"]) for row in result["rows"]]
    assert sizes == list(product((1, 10, 100), (1, 5, 20)))
    for row in result["rows"]:
        assert set(row) == {"chargers", "circuits", "us", "state_writes", "changes"}
        assert row["us"] > 0
        assert row["state_writes"] == pytest.approx(row["us"] / result["state_write_us"])
    assert [row["of"] for row in result["growth"]] == ["chargers"] * 3 + ["circuits"] * 3


@pytest.mark.parametrize(("power", "doubling"), [(1, 2), (2, 4), (0, 1)])
def test_growth_tells_linear_from_worse(power: int, doubling: float) -> None:
    """By the exponent of the number."""
    rows = [
        step.Row(chargers, circuits, 50.0 * chargers**power * circuits, 1, 0)
        for chargers, circuits in product(step.CHARGERS, step.CIRCUITS)
    ]
    for growth in step.growth_of(rows):
        linear = growth.of == "circuits"
        assert growth.exponent == pytest.approx(1 if linear else power)
        assert growth.per_doubling == pytest.approx(2 if linear else doubling)


@pytest.mark.parametrize(("chargers", "circuits"), [(1, 1), (10, 5), (30, 20)])
def test_site_is_lively(chargers: int, circuits: int) -> None:
    """Limits rise and fall, and are the same every time."""
    limits = []
    for _ in range(2):
        site = LivelySite(chargers, circuits)
        seen = []
        for _ in range(300):
            site.decision = site.balancer.step(*site.next_second(site.limits))
            seen.append(sum(site.limits))
        limits.append(seen)
    assert limits[0] == limits[1]
    changes = [after - before for before, after in zip(limits[0], limits[0][1:], strict=False)]
    assert any(change > 0 for change in changes)
    assert any(change < 0 for change in changes)
