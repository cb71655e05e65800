"""What a phase detection tells the user in the flow of a charger."""

from asyncio import Task
from typing import Final

from ..balancing.model import Phase
from ..exceptions import DetectionError
from ..wiring import DetectionFailure, DetectionOutcome, DetectionResult, WiringVerdict
from ..wiring_watch import UNKNOWN_PHASE
from .live import NO_BREAK_SPACE

TELLING: Final = frozenset({DetectionOutcome.FOUND, DetectionOutcome.PARTLY})
"""Outcomes that a wiring can be proposed from."""


def detection_answer(task: Task[DetectionResult] | None) -> tuple[WiringVerdict | None, str | None]:
    """Return what a finished detection found, or the error that says why there is nothing.

    Args:
        task: of the detection, None = the charger went away before it began.
    """
    if task is None or task.cancelled():
        return None, _code(DetectionFailure.STOPPED)
    error = task.exception()
    if isinstance(error, DetectionError):
        return None, _code(error.failure)
    if error is not None:
        raise error
    result = task.result()
    return (result.verdict, None) if result.outcome in TELLING else (None, _code(result.outcome))


def confidence_rows(verdict: WiringVerdict) -> str:
    """Return a row of a table for every terminal: its phase, and how sure that is."""
    return "\n".join(
        f"| {terminal.name} | {UNKNOWN_PHASE} | – |"
        if seen.phase is None
        else f"| {terminal.name} | {seen.phase.name} | {100 * seen.confidence:.0f}{NO_BREAK_SPACE}% |"
        for terminal, seen in zip(Phase, verdict.terminals, strict=False)
    )


def _code(reason: DetectionFailure | DetectionOutcome) -> str:
    return f"detection_{reason}"
