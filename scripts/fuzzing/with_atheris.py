"""The fuzzer where there is atheris: libFuzzer, led by which lines of evmeter_client an input reaches.

libFuzzer ends the process it runs in, so every target has one of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["evmeter_client"]):
    from fuzzing.targets import TARGETS

from fuzzing.job import Job, Tally

_LONGEST_INPUT = 4096
_SLOWEST_INPUT_S = 10
_GROWTH = 16
"""Bytes that one change may add."""


def main(job: Job, corpus: Path) -> None:
    """Fuzz one target until libFuzzer ends the process; ``corpus`` is where it keeps what led further."""
    target, tally = TARGETS[job.target], Tally(job.inputs)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)

    def check(data: bytes) -> None:
        tally.count(valid=target.check(data))

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        return target.changed(data, Random(seed), _change)[:max_size]

    arguments = [
        f"-runs={job.inputs}",
        f"-max_total_time={job.seconds}",
        f"-seed={job.seed}",
        f"-max_len={_LONGEST_INPUT}",
        f"-timeout={_SLOWEST_INPUT_S}",
        "-len_control=0",
        "-mutate_depth=1",
        f"-artifact_prefix={job.findings}",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *arguments], check, custom_mutator=mutated)
    atheris.Fuzz()


def _change(data: bytes) -> bytes:
    return atheris.Mutate(data, len(data) + _GROWTH)


if __name__ == "__main__":
    main(Job.from_arguments(sys.argv[2:]), Path(sys.argv[1]))
