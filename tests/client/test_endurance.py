"""A day of polls leaves nothing behind."""

import asyncio
import gc
import sys

import pytest

from evmeter_client import EVMeterClient, EVMeterConfig
from evmeter_client.simulator.broker import Broker
from tests.benchmarks.wire.responder import running_responder
from tests.benchmarks.wire.samples import sample_reading
from tests.benchmarks.wire.subjects import DIALECTS
from tests.client.peers import CHARGER

POLLS_OF_A_DAY = 24 * 60 * 6
"""One every 10 s."""

WARM_UP = 500


def held_blocks() -> int:
    """Return how many blocks of memory are in use."""
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.timeout(180)
async def test_a_day_of_polls_holds_no_more_memory_and_no_more_tasks(
    config: EVMeterConfig, broker: Broker
) -> None:
    async with (
        running_responder(broker, DIALECTS["json-mqtt5"].protocol),
        EVMeterClient(config) as client,
    ):
        for _ in range(WARM_UP):
            await client.get_reading(CHARGER)
        tasks, blocks = len(asyncio.all_tasks()), held_blocks()
        for _ in range(POLLS_OF_A_DAY):
            assert await client.get_reading(CHARGER) == sample_reading(CHARGER)
        grown = held_blocks() - blocks
        assert len(asyncio.all_tasks()) == tasks
        # The interpreter itself comes and goes by a thousand; one object kept per poll would be 8,640.
        assert grown < POLLS_OF_A_DAY / 4, f"{grown} more blocks"
        assert client.statistics.answers == POLLS_OF_A_DAY + WARM_UP
        assert client.statistics.timeouts == 0
