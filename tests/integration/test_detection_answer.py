"""What a phase detection answers the flow of a charger, whatever became of it."""

import asyncio

import pytest

from custom_components.evmeter.exceptions import DetectionError
from custom_components.evmeter.flow.detection import detection_answer
from custom_components.evmeter.wiring import DetectionFailure, DetectionResult


async def fails(error: Exception) -> DetectionResult:
    """A detection that ends with an error."""
    raise error


async def task_of(error: Exception) -> asyncio.Task[DetectionResult]:
    """A detection that has ended."""
    task = asyncio.create_task(fails(error))
    await asyncio.wait([task])
    return task


async def test_a_charger_that_went_away_before_it_began() -> None:
    """There was nothing to detect with."""
    assert detection_answer(None) == (None, "detection_stopped")


async def test_a_detection_that_was_cancelled() -> None:
    """The site was unloaded, for example."""
    task = asyncio.create_task(fails(TimeoutError()))
    task.cancel()
    await asyncio.wait([task])
    assert detection_answer(task) == (None, "detection_stopped")


async def test_why_it_could_not_run_is_said() -> None:
    """Every reason has its text."""
    error = DetectionError(DetectionFailure.NOT_CHARGING, "Driveway")
    assert detection_answer(await task_of(error)) == (None, "detection_not_charging")


async def test_a_fault_of_ours_is_not_hidden() -> None:
    """It is no answer for the user."""
    with pytest.raises(ZeroDivisionError):
        detection_answer(await task_of(ZeroDivisionError()))
