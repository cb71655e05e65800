"""The benchmark of the law prints what it promises, and refuses what it cannot run in one line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from . import control
from .comparison.rows import CONTROLLERS

if TYPE_CHECKING:
    from pathlib import Path

KEYS: Final = [
    "scenario",
    "controller",
    "mode",
    "seeds",
    "energy_ratio",
    "over_s_per_h",
    "over_113_s_per_h",
    "max_excess_a",
    "theta_weak",
    "theta_typical",
    "theta_gg_weak",
    "recovery_s",
    "writes_per_h",
    "pauses_per_h",
    "jain",
    "below_min_commands",
]


@pytest.fixture
def recording(tmp_path: Path) -> str:
    """A house of five minutes that is different every 20 s."""
    random = Random(1)
    rows = [f"{now},{random.uniform(0, 15):.1f},{random.uniform(0, 15):.1f},2" for now in range(0, 300, 20)]
    file = tmp_path / "house.csv"
    file.write_text("\n".join(["t_s,l1_a,l2_a,l3_a", *rows]))
    return str(file)


def bench(*options: str) -> str:
    """Run the benchmark and return what it prints."""
    run = subprocess.run(
        [sys.executable, "-m", control.__name__, *options],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stderr == ""
    return run.stdout


def test_json_has_the_promised_keys_in_the_same_order_every_time(recording: str) -> None:
    """One object per scenario and controller; null where a figure does not apply."""
    options = ("--house", recording, "--scenario", "s2", "--scenario", "S11", "--mode", "fast", "--json")
    printed = bench(*options)
    rows = json.loads(printed)
    assert [(row["scenario"], row["controller"]) for row in rows] == [
        (scenario, controller) for scenario in ("S2", "S11") for controller in CONTROLLERS
    ]
    for row in rows:
        assert list(row) == KEYS
        assert row["seeds"] == 1
        assert row["mode"] == ("fast" if row["controller"] == "evmeter" else None)
        assert (row["jain"] is None) == (row["scenario"] == "S2")
        assert row["recovery_s"] is None
        if row["controller"] == "oracle":
            assert (row["energy_ratio"], row["over_s_per_h"], row["writes_per_h"]) == (1, 0, 0)
    assert bench(*options) == printed


def test_table_has_a_line_for_every_controller_and_what_it_comes_to(recording: str) -> None:
    """Aligned, with the gates, the means and the best rival."""
    printed = bench("--house", recording, "--scenario", "S2,S3")
    header, *lines = printed.splitlines()
    for scenario in ("S2", "S3"):
        rows = [line for line in lines if line.startswith(f"{scenario} ")]
        assert [row.split()[1] for row in rows] == list(CONTROLLERS)
        for row in rows:
            assert re.fullmatch(r"  (ok|[a-z(>][^ ].*)", row[header.index("  gates") :])
    assert "mean energy over S2, S3" in printed
    assert "the scenarios without the changes" in printed
    assert "energy among those that hold every gate of balanced mode" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scenario", "S19"], "there is no scenario S19"),
        (["--scenario", "S1,,S2"], "there is no scenario ''"),
        (["--seeds", "0"], "not between 1 and 10000 seeds"),
        (["--seeds", "9-3"], "not between 1 and 10000 seeds"),
        (["--seeds", "some"], "neither a number of seeds nor a range"),
        (["--house", "castle"], "no file and no house of the simulator"),
        (["--house", "family", "--scenario", "S2,S7,S1"], "the house of S1, S7 is scripted"),
        (["--fuse", "5"], "argument --fuse: must be between 6 and 250, not 5"),
        (["--fuse", "nan"], "must be between 6 and 250, not nan"),
        (["--meter-period", "0.5"], "argument --meter-period: must be between 1 and 600"),
        (["--meter-delay", "-1"], "argument --meter-delay: must be between 0 and 600"),
        (["--resolution", "0"], "argument --resolution: must be between 0.01 and 1"),
        (["--command-latency", "soon"], "argument --command-latency: 'soon' is not a number"),
        (["--ev-phases", "4"], "argument --ev-phases"),
        (["--max", "5"], "argument --max: must be between 6 and 80"),
        (["--chargers", "0"], "argument --chargers: must be a whole number between 1 and 26"),
        (["--chargers", "2.5"], "argument --chargers: must be a whole number between 1 and 26"),
        (["--mode", "eager"], "argument --mode"),
        (["--sce", "S1"], "--sce"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(
    options: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With status 2, on stderr."""
    monkeypatch.setattr(sys, "argv", ["control", *options])
    with pytest.raises(SystemExit) as ended:
        control.main()
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.startswith("scripts/bench control: ")
    assert printed.err.count("\n") == 1
