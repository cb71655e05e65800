"""The benchmark of the client prints what it promises; how fast it is, is not for a test to judge."""

import json
import subprocess
import sys
from itertools import product

from . import client
from .wire.subjects import DIALECTS

ROUND_TRIP = {"client", "dialect", "qos", "in_flight", "rt_per_s", "cpu_us_per_rt", "p50_ms", "p99_ms"}


def test_every_cell_is_measured_for_both_clients() -> None:
    """A few round trips in each cell, none of which failed."""
    options = ["--rounds", "1", "--seconds", "0.05", "--chargers", "1000", "--calls", "10"]
    run = subprocess.run(
        [sys.executable, "-m", client.__name__, *options, "--json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stderr == ""
    rows = json.loads(run.stdout)
    round_trips = [row for row in rows if "client" in row]
    cells = [(row["dialect"], row["qos"], row["in_flight"], row["client"]) for row in round_trips]
    assert cells == list(product(DIALECTS, (0, 1), (1, 100), ("aiomqtt", "evmeter")))
    for row in round_trips:
        assert set(row) == ROUND_TRIP
        assert row["rt_per_s"] > 0
        assert row["cpu_us_per_rt"] > 0
        assert 0 < row["p50_ms"] <= row["p99_ms"]

    fleets = [row for row in rows if "fleet" in row]
    assert [(row["fleet"], row["interval_s"]) for row in fleets] == [(1000, 0.0), (1000, 10.0)]
    assert all(row["polls"] > 0 and row["core_percent"] > 0 for row in fleets)

    frames = [row for row in rows if "frame" in row]
    assert [row["frame"] for row in frames] == ["json reading", "blewifi WorkingInfo"]
    assert all(row["encode_us"] > 0 and row["decode_us"] > 0 for row in frames)

    (memory,) = (row for row in rows if "memory" in row)
    assert memory["chargers"] == 1000
    assert memory["kib"] > 0
