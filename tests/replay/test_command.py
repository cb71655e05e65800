"""The command from end to end: as a user runs it, somewhere else than in the checkout."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from custom_components.evmeter.balancing import Reason, ReasonCode
from replaying.__main__ import main
from replaying.examples import EXAMPLES
from replaying.words import in_words

from .files import table

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run scripts/replay in a folder of the user's."""
    return subprocess.run(
        [ROOT / "scripts" / "replay", *arguments],
        cwd=cwd,
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_launcher(tmp_path: Path) -> None:
    """Files are where the user is; text, picture and status are as promised."""
    # A file of the user's must not be taken for a module of Python.
    (tmp_path / "json.py").write_text("raise SystemExit('wrong json')\n")
    example = run("--example", "dinner", cwd=tmp_path)
    assert example.returncode == 0, example.stderr
    (tmp_path / "history.csv").write_text(example.stdout)
    result = run("--mains", "history.csv", "--charger", "history.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("history.csv: 74 min 51 s, 18 Nov 2026 UTC, 16:45:01 to 17:59:51\n")
    assert result.stdout.endswith("\npicture: history-replay.png\n")
    assert "Why the limit was what it was" in result.stdout
    assert (tmp_path / "history-replay.png").read_bytes().startswith(b"\x89PNG")


def test_launcher_explains_itself(tmp_path: Path) -> None:
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: scripts/replay --mains FILE")
    for option in ("--mains", "--charger", "--fuse", "--unit", "--from", "--json", "--output", "--wiring"):
        assert option in result.stdout


def test_launcher_refuses(tmp_path: Path) -> None:
    result = run("--mains", "none.csv", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("replay: none.csv: cannot be read: No such file or directory\n")


def step(now: int) -> tuple[float, ...]:
    return (15.0 if now >= 200 else 3.0, 3.0, 3.0)


def test_json_says_the_same_as_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object with everything, and no picture that nobody asked for."""
    monkeypatch.chdir(tmp_path)
    table(Path("m.csv"), step, 400)
    assert main(["--mains", "m.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not Path("m-replay.png").exists()
    assert main(["--mains", "m.csv"]) == 0
    text = capsys.readouterr().out
    assert Path("m-replay.png").exists()
    assert told["seconds"] == 400
    assert f"{told['replayed']['charged_kwh']:.1f} kWh" in text
    assert f"{told['replayed']['highest_a']:.1f} A" in text
    assert [moment["event"] for moment in told["moments"]] == ["resume", "cut"]
    assert told["moments"][1] == {
        "time": pytest.approx(201, abs=2),
        "event": "cut",
        "phase": "L1",
        "mains_a": 31.0,
        "before_a": 16,
        "after_a": 9,
        "reason": "mains_phase",
    }
    assert "L1 31.0 A" in text
    assert "16 → 9 A   Main fuse L1" in text
    assert told["notes"][0] in text


def test_fewer_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The most worth a look are listed: an end of a pause before a cut."""
    monkeypatch.chdir(tmp_path)
    table(Path("m.csv"), step, 400)
    assert main(["--mains", "m.csv", "--moments", "1"]) == 0
    text = capsys.readouterr().out
    assert "resume" in text
    assert "16 → 9 A" not in text
    assert "and 1 lesser ones (--moments 2 lists all)" in text


def test_recording_without_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table(Path("m.csv"), lambda _: (30.0, 3.0, 3.0), 60)
    assert main(["--mains", "m.csv", "--output", "else.png"]) == 0
    assert "No cut, no pause" in capsys.readouterr().out
    assert Path("else.png").exists()


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_the_same_every_time(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--example", name]) == 0
    first = capsys.readouterr().out
    assert main(["--example", name]) == 0
    assert capsys.readouterr().out == first
    assert first.count("\n") > 1000


@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_has_words(code: ReasonCode) -> None:
    """Those of the user interface."""
    assert in_words(Reason(code=code))[0].isupper()
