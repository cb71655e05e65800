"""The latency benchmark runs and prints what it promises; how fast it is, is not for a test to judge."""

import json
import subprocess
import sys

from tests.benchmarks import latency

COLUMNS = {"way", "cuts", "p50_ms", "p99_ms", "max_ms"}


def test_every_sample_brings_a_cut_both_ways() -> None:
    """A few cuts, each of which reached the charger through the integration and beside it."""
    run = subprocess.run(
        [sys.executable, "-m", latency.__name__, "--cuts", "20", "--json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    rows = json.loads(run.stdout)
    assert [row["way"] for row in rows] == ["evmeter", "bare aiomqtt"]
    for row in rows:
        assert set(row) == COLUMNS
        assert row["cuts"] == 20
        assert 0 < row["p50_ms"] <= row["p99_ms"]
