"""The command line of scripts/fuzz."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzzing.job import Job, told
from fuzzing.seeds import ROOT
from fuzzing.targets import TARGETS

_ENGINE = "atheris" if importlib.util.find_spec("atheris") else "hypothesis"
_FOLDER = Path("build", "fuzz")
_LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    targets: list[str]
    inputs: int
    seconds: int
    seed: int
    reproduce: Path | None


def main() -> int:
    """Fuzz every target asked for, one after the other; 1 when anything was found."""
    options = _parse()
    if options.reproduce is not None:
        return _reproduce(options.targets[0], options.reproduce)
    (ROOT / _FOLDER).mkdir(parents=True, exist_ok=True)
    print(f"Fuzzing with {_ENGINE}, seed {options.seed}", flush=True)
    begin, tried = time.monotonic(), 0
    # Rounded up: the parts are not less than what was asked for.
    share = -(-options.inputs // len(options.targets))
    seconds = -(-options.seconds // len(options.targets))
    failed = False
    for name in options.targets:
        inputs, fine = _fuzz(
            Job(name, share, seconds, options.seed, str(_FOLDER / f"{name}-{options.seed}-"))
        )
        tried += inputs
        failed |= not fine
    if not failed:
        print(
            f"scripts/fuzz: {tried:,} inputs in {time.monotonic() - begin:.0f} s:"
            " nothing but EVMeterProtocolError came out"
        )
    return int(failed)


def _parse() -> Options:
    parser = argparse.ArgumentParser(prog="scripts/fuzz")
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--inputs", type=_positive, default=10_000_000)
    parser.add_argument("--seconds", type=_positive, default=0)
    parser.add_argument("--seed", type=_positive, default=1)
    parser.add_argument("--reproduce", type=Path, metavar="FILE")
    asked = parser.parse_args()
    if asked.reproduce is not None and asked.target is None:
        parser.error("--reproduce needs the target that the file was found with")
    if asked.reproduce is not None and not asked.reproduce.is_file():
        parser.error(f"there is no file {asked.reproduce}")
    return Options(
        targets=[asked.target] if asked.target else list(TARGETS),
        inputs=asked.inputs,
        seconds=asked.seconds,
        seed=asked.seed,
        reproduce=asked.reproduce,
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"not a whole number above 0: {text}")
    return int(text)


def _reproduce(name: str, file: Path) -> int:
    """Give one input to a target; what comes out of the decoder comes out here."""
    valid = TARGETS[name].check(file.read_bytes())
    print("A valid message: nothing wrong" if valid else "EVMeterProtocolError, as it should be")
    return 0


def _fuzz(job: Job) -> tuple[int, bool]:
    """Fuzz one target; return how many inputs were tried, and whether nothing was found."""
    begin = time.monotonic()
    known = {path: path.stat().st_mtime_ns for path in _findings(job)}
    log = ROOT / _FOLDER / f"{job.target}.log"
    with tempfile.TemporaryDirectory(prefix="evmeter-fuzz-") as corpus, log.open("wb") as errors:
        engine = subprocess.run(
            [sys.executable, "-m", f"fuzzing.with_{_ENGINE}", corpus, *job.arguments()],
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            text=True,
            check=False,
        )
    found = [path for path in _findings(job) if known.get(path) != path.stat().st_mtime_ns]
    for path in found:
        _say_how_to_see_it_again(job.target, path)
    if engine.returncode and not found:
        print(f"scripts/fuzz: {job.target}: {_ENGINE} failed, see {log.relative_to(ROOT)}", file=sys.stderr)
    if engine.returncode:
        return 0, False
    tried, valid = told(engine.stdout)
    share, seconds = valid / max(tried, 1), time.monotonic() - begin
    print(f"  {job.target:<18} {tried:>12,} inputs, {share:>4.0%} valid, {seconds:>6.0f} s", flush=True)
    return tried, True


def _findings(job: Job) -> list[Path]:
    return sorted(ROOT.glob(f"{job.findings}*"))


def _say_how_to_see_it_again(name: str, path: Path) -> None:
    file = str(path.relative_to(ROOT))
    again = subprocess.run(
        [sys.executable, "-m", "fuzzing", name, "--reproduce", file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = again.stderr.splitlines()
    # An input that only took too long, or too much memory, raises nothing.
    wrong = errors[-1][:_LONGEST_MESSAGE] if errors else "too slow or too large"
    print(
        f"scripts/fuzz: {name}: {wrong}: see it again with: scripts/fuzz {name} --reproduce {file}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
