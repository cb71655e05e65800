"""The decoders under fuzzing: a short run holds, and a fuzzer that meets a broken decoder says so."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzing.job import Job, told
from fuzzing.targets import TARGETS

ROOT = Path(__file__).parents[2]
# Where there is no atheris, hypothesis does the same in more time.
INPUTS = 3_000 if importlib.util.find_spec("atheris") else 200


def fuzz(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run what scripts/fuzz runs."""
    return run("fuzzing", *arguments, root=root)


def run(module: str, *arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a module of a checkout as a program."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(root), str(root / "scripts")))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Copy the decoders and the fuzzer, and break a decoder of each dialect."""
    shutil.copytree(ROOT / "evmeter_client", tmp_path / "evmeter_client")
    shutil.copytree(ROOT / "scripts" / "fuzzing", tmp_path / "scripts" / "fuzzing")
    shutil.copytree(ROOT / "tests" / "fixtures" / "blewifi", tmp_path / "tests" / "fixtures" / "blewifi")
    for name, right, wrong in (
        (
            "working_info",
            'raise EVMeterProtocolError("the frame is cut short")',
            'raise IndexError("cut short")',
        ),
        ("json_documents", '"total_energy_wh": metrics.total_energy_wh,', '"total_energy_wh": 0,'),
    ):
        module = tmp_path / "evmeter_client" / "dialects" / f"{name}.py"
        source = module.read_text(encoding="utf-8")
        assert source.count(right) == 1
        module.write_text(source.replace(right, wrong), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_protocol_errors_comes_out(name: str) -> None:
    result = fuzz(name, "--inputs", str(INPUTS))
    assert result.returncode == 0, result.stderr
    assert f"{INPUTS:,} inputs" in result.stdout.splitlines()[-1]
    assert result.stderr == ""


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_a_valid_message(name: str) -> None:
    """From noise the way to the inner fields of a decoder is too long."""
    target = TARGETS[name]
    assert [target.check(seed) for seed in target.seeds] == [True] * len(target.seeds)


@pytest.mark.parametrize(
    ("name", "error"), [("working-info", "IndexError"), ("json-state", "RoundTripError")]
)
def test_a_broken_decoder_is_found(broken: Path, name: str, error: str) -> None:
    """One line on stderr names the error, and the command that shows it again from the file that was kept."""
    result = fuzz(name, "--inputs", "20000", root=broken)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"scripts/fuzz: {name}: ")
    assert error in line
    command = line.rpartition("scripts/fuzz ")[2].split()
    assert command[:2] == [name, "--reproduce"]
    again = fuzz(*command, root=broken)
    assert again.returncode == 1
    assert error in again.stderr.splitlines()[-1]
    # What breaks one decoder is an ordinary message, or an ordinary error, to the whole one.
    shutil.copytree(ROOT / "evmeter_client", broken / "evmeter_client", dirs_exist_ok=True)
    assert fuzz(*command, root=broken).returncode == 0


def with_hypothesis(root: Path, job: Job) -> subprocess.CompletedProcess[str]:
    """Run the engine that takes the place of atheris."""
    return run("fuzzing.with_hypothesis", "no corpus", *job.arguments(), root=root)


def test_hypothesis_takes_the_place_of_atheris(tmp_path: Path) -> None:
    """Also on a machine that has atheris: the number of inputs is kept, and nothing is found."""
    result = with_hypothesis(ROOT, Job("working-info", 200, 0, 1, str(tmp_path / "found-")))
    assert result.returncode == 0, result.stderr
    assert told(result.stdout)[0] == 200
    assert list(tmp_path.iterdir()) == []


def test_hypothesis_finds_a_broken_decoder(broken: Path) -> None:
    result = with_hypothesis(broken, Job("working-info", 2_000, 0, 1, str(broken / "found-")))
    assert result.returncode == 1
    assert "IndexError" in result.stderr
    (finding,) = broken.glob("found-*")
    again = fuzz("working-info", "--reproduce", str(finding), root=broken)
    assert again.returncode == 1
    assert "IndexError" in again.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [["no-such-target"], ["--inputs", "0"], ["--reproduce", "x"], ["json-state", "--reproduce", "x"]],
)
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    assert fuzz(*arguments).returncode == 2
