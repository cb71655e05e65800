"""The benchmark of the integration prints what it promises, and a reload leaves nothing behind."""

import json
import subprocess
import sys

from tests.benchmarks import integration

SHORT = ("--ramps", "1", "--seconds", "2", "--reloads", "3", "--json")


def test_everything_is_measured_beside_its_baseline() -> None:
    """A short run; how fast it is, is not for a test to judge, but what stays behind is counted."""
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            integration.__name__,
            *["--ramps", "1", "--seconds", "2", "--reloads", "3", "--json"],
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    result = json.loads(run.stdout)
    assert set(result) == {"latency", "processor", "reloads", "set_up"}
    ours, bare = result["latency"]
    assert (ours["way"], bare["way"]) == ("evmeter", "bare listener")
    assert ours["calls"] > integration.RAMP_SAMPLES / 4
    assert bare["calls"] >= integration.RAMP_SAMPLES
    assert 0 < ours["p50_ms"] <= ours["max_ms"]
    assert result["processor"]["with_percent"] > 0
    first, last = result["reloads"]["first"], result["reloads"]["last"]
    assert (first["listeners"], first["sockets"]) == (last["listeners"], last["sockets"])
    assert last["tasks"] <= first["tasks"] + 1
    assert result["set_up"]["chargers"] == integration.SET_UP_WALLBOXES
    assert result["set_up"]["entities"] > 10 * integration.SET_UP_WALLBOXES
