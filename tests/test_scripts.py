"""The scripts explain themselves, refuse what they do not know, and say plainly what a machine lacks."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ["setup", "lint", "test", "bench", "docs", "fuzz"]

# What any Unix has. Python, uv and apt-get are not among them.
BARE_TOOLS = [
    "bash",
    "basename",
    "cat",
    "dirname",
    "env",
    "grep",
    "mkdir",
    "rm",
    "sed",
    "sha256sum",
    "sleep",
    "tail",
]


def run_script(
    script: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script as a user in some other folder would."""
    return subprocess.run(
        [script, *arguments],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a machine with neither Python nor a package manager."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in BARE_TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (programs / tool).symlink_to(found)
    return {"PATH": str(programs), "HOME": str(tmp_path), "EVMETER_CACHE": str(tmp_path / "cache")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what scripts/setup reads: a checkout in which nothing was set up."""
    folder = tmp_path / "a checkout"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", folder / "scripts")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    return folder


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_explains_itself(name: str) -> None:
    """--help says in the first line what the script does, then how to call it."""
    result = run_script(ROOT / "scripts" / name, "--help")
    assert result.returncode == 0, result.stderr
    first, *others = result.stdout.splitlines()
    assert first.endswith(".")
    assert any(line.startswith(f"Usage: scripts/{name}") for line in others)


@pytest.mark.parametrize("name", ["setup", "lint", "docs"])
def test_script_refuses_unknown_argument(name: str) -> None:
    """An argument that means nothing is an error, not ignored."""
    result = run_script(ROOT / "scripts" / name, "--no-such-option")
    assert result.returncode == 2
    assert "--no-such-option" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["no_such_benchmark"], ["../test_scripts"], ["__init__"]])
def test_bench_lists_what_there_is(arguments: list[str]) -> None:
    """No name and an unknown name end with status 2 and the list."""
    result = run_script(ROOT / "scripts" / "bench", *arguments)
    assert result.returncode == 2
    assert "Benchmarks:" in result.stderr
    assert result.stdout == ""


def test_setup_returns_at_once_when_nothing_is_to_do() -> None:
    """The scripts that call it first lose no time."""
    assert run_script(ROOT / "scripts" / "setup").returncode == 0
    start = time.monotonic()
    result = run_script(ROOT / "scripts" / "setup")
    assert result.returncode == 0
    assert time.monotonic() - start < 5
    assert result.stdout == "Set up already: nothing to do\n"


def test_setup_says_what_a_bare_machine_lacks(checkout: Path, bare_machine: dict[str, str]) -> None:
    """One clear line, status 1, and no half-made environment."""
    result = run_script(checkout / "scripts" / "setup", environment=bare_machine)
    assert result.returncode == 1
    assert result.stderr == (
        "scripts/setup: python3 with its venv module is missing:"
        " install the package python3-venv, or uv, and run this again\n"
    )
    assert not (checkout / ".venv").exists()


def test_setup_says_where_no_python_can_be_had(checkout: Path, bare_machine: dict[str, str]) -> None:
    """With uv but no way to fetch or build Python 3.14, it says so in one line."""
    uv = Path(bare_machine["PATH"]) / "uv"
    uv.write_text('#!/bin/sh\necho "$@" | grep -q "venv --help" && echo "--clear"\n')
    uv.chmod(0o755)
    result = run_script(checkout / "scripts" / "setup", environment=bare_machine)
    assert result.returncode == 1
    assert result.stderr.startswith("scripts/setup: no Python >=3.14.2")
    assert result.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


def test_setup_survives_being_started_twice_at_once() -> None:
    """Two that start together both succeed, and the environment is whole."""
    (ROOT / ".venv" / "setup-stamp").unlink(missing_ok=True)
    both = [
        subprocess.Popen([ROOT / "scripts" / "setup"], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    outputs = [process.communicate(timeout=50)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(output.splitlines()[-1].startswith(("Ready after", "Set up already")) for output in outputs)
    assert run_script(ROOT / "scripts" / "setup").stdout == "Set up already: nothing to do\n"
