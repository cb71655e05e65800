"""What a fuzzer is told, and what it tells: one target, one process, whichever engine."""

from __future__ import annotations

from dataclasses import dataclass

_TOLD_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Job:
    """One target's share of the work.

    Attributes:
        target: its name.
        inputs: how many to try.
        seconds: longest time [s], 0 = as long as it takes.
        seed: of everything random.
        findings: beginning of the path of every file with an input that must not have done what it did.
    """

    target: str
    inputs: int
    seconds: int
    seed: int
    findings: str

    @classmethod
    def from_arguments(cls, arguments: list[str]) -> Job:
        """Read it as the engine's process is given it."""
        target, inputs, seconds, seed, findings = arguments
        return cls(target, int(inputs), int(seconds), int(seed), findings)

    def arguments(self) -> list[str]:
        """Write it for the engine's process."""
        return [self.target, str(self.inputs), str(self.seconds), str(self.seed), self.findings]


class Tally:
    """Counts inputs and prints the count now and then: an engine may end without a word."""

    def __init__(self, inputs: int) -> None:
        """Begin at 0; the count of the last input is printed in any case."""
        self.tried = 0
        self._valid = 0
        self._inputs = inputs

    def count(self, *, valid: bool) -> None:
        """Count an input that was taken as a valid message, or refused as it should be."""
        self.tried += 1
        self._valid += valid
        if self.tried % _TOLD_EVERY == 0 or self.tried == self._inputs:
            print(self.tried, self._valid, flush=True)


def told(output: str) -> tuple[int, int]:
    """Return how many inputs were tried and how many of them were valid, from what a tally printed."""
    lines = output.splitlines()
    tried, valid = lines[-1].split() if lines else ("0", "0")
    return int(tried), int(valid)
