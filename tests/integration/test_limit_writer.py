"""One charger's limits on their way: the latest wins, a cut never waits, a failure is tried again."""

import asyncio
from collections.abc import AsyncIterator, Coroutine

import pytest

from custom_components.evmeter import limit_writer
from custom_components.evmeter.exceptions import ChargerWriteError
from custom_components.evmeter.limit_writer import LimitWriter

from .sites import until


class Line:
    """A line to a charger that can be slow, and can fail."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.arrived: list[float] = []
        self.results: list[bool] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failing = False
        self.tasks: list[asyncio.Task[None]] = []
        self.writer = LimitWriter("Driveway", self.write, self.start, self.results.append)

    def start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Start a task."""
        assert "Driveway" in name
        task = asyncio.create_task(work)
        self.tasks.append(task)
        return task

    async def write(self, limit: tuple[float, ...]) -> None:
        """Bring a limit to the charger."""
        self.begun.append(limit[0])
        await self.open.wait()
        if self.failing:
            raise ChargerWriteError("no line")
        self.arrived.append(limit[0])

    def send(self, current: float, *, raising: bool) -> None:
        """Submit a limit."""
        self.writer.submit((current, current, current), raising=raising)


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """A line that retries soon."""
    monkeypatch.setattr(limit_writer, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(limit_writer, "LONGEST_RETRY", 0.05)
    made = Line()
    yield made
    made.writer.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_a_limit_arrives(line: Line) -> None:
    """And that is told."""
    line.send(10, raising=True)
    await until(lambda: line.arrived == [10])
    assert line.results == [True]
    line.send(10, raising=False)
    await until(lambda: line.arrived == [10, 10])


async def test_a_cut_overtakes_a_raise_in_flight(line: Line) -> None:
    """It does not wait for an answer that may take seconds."""
    line.open.clear()
    line.send(16, raising=True)
    await until(lambda: line.begun == [16])
    line.send(6, raising=False)
    await until(lambda: line.begun == [16, 6])
    line.open.set()
    await until(lambda: line.arrived == [6])
    await asyncio.sleep(0.1)
    assert line.arrived == [6]


async def test_a_deeper_cut_overtakes_a_cut(line: Line) -> None:
    """The latest limit is the only one that counts."""
    line.open.clear()
    line.send(10, raising=False)
    await until(lambda: line.begun == [10])
    line.send(0, raising=False)
    await until(lambda: line.begun == [10, 0])
    line.open.set()
    await until(lambda: line.arrived == [0])


async def test_a_raise_waits_for_its_turn_and_only_the_latest_goes(line: Line) -> None:
    """Raises in between are never sent."""
    line.open.clear()
    line.send(6, raising=False)
    await until(lambda: line.begun == [6])
    for current in (8, 10, 12):
        line.send(current, raising=True)
    await asyncio.sleep(0.05)
    assert line.begun == [6]
    line.open.set()
    await until(lambda: line.arrived == [6, 12])


async def test_a_failure_is_tried_again_until_it_works(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    """The log says once that it failed, and once that it works again."""
    line.failing = True
    line.send(6, raising=False)
    await until(lambda: line.writer.failures >= 4)
    assert line.writer.error == "no line"
    line.failing = False
    await until(lambda: line.arrived == [6])
    assert line.writer.failures == 0
    assert not line.writer.error
    assert line.results[-2:] == [False, True]
    assert caplog.text.count("did not reach Driveway") == 1
    assert caplog.text.count("reach Driveway again") == 1


async def test_a_newer_limit_ends_the_wait_after_a_failure(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a raise: the charger is told what counts now."""
    monkeypatch.setattr(limit_writer, "FIRST_RETRY", 60.0)
    line.failing = True
    line.send(6, raising=False)
    await until(lambda: line.writer.failures == 1)
    line.failing = False
    line.send(8, raising=True)
    await until(lambda: line.arrived == [8])


async def test_cancelled_writer_writes_no_more(line: Line) -> None:
    """Twice does no harm."""
    line.open.clear()
    line.send(6, raising=False)
    await until(lambda: line.begun == [6])
    line.writer.cancel()
    line.writer.cancel()
    line.open.set()
    await asyncio.sleep(0.05)
    assert line.arrived == []
    line.send(8, raising=True)
    await until(lambda: line.arrived == [8])
