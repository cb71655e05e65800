"""The fuzzer where there is no atheris: hypothesis, led by chance, which simplifies what it finds."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

from fuzzing.job import Job, Tally
from fuzzing.mutations import any_bytes
from fuzzing.targets import TARGETS, Target

_AT_ONCE = 1_000
"""Inputs between two looks at the clock; hypothesis remembers as many."""


def main(job: Job) -> None:
    """Fuzz one target; the simplest input that fails is the last one written."""
    target, tally = TARGETS[job.target], Tally(job.inputs)
    finding = Path(f"{job.findings}simplest")

    def check(data: bytes) -> None:
        fine = False
        try:
            valid = target.check(data)
            fine = True
        finally:
            if not fine:
                finding.write_bytes(data)
        tally.count(valid=valid)

    begin = time.monotonic()
    part = 0
    while tally.tried < job.inputs and not 0 < job.seconds < time.monotonic() - begin:
        some = settings(
            max_examples=min(_AT_ONCE, job.inputs - tally.tried),
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        # The random state of hypothesis depends on the seed alone: every part needs its own.
        seed(f"{job.seed}.{part}")(some(given(_inputs(target))(check)))()
        part += 1


def _inputs(target: Target) -> st.SearchStrategy[bytes]:
    changed = st.builds(_changed, st.just(target), st.sampled_from(target.seeds), st.randoms())
    return changed | st.binary(max_size=200)


def _changed(target: Target, message: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 2, 4))):
        message = target.changed(message, random, any_bytes(random))
    return message


if __name__ == "__main__":
    # The first argument is where atheris keeps what led further; hypothesis keeps that to itself.
    main(Job.from_arguments(sys.argv[2:]))
