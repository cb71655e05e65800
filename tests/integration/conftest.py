"""What the tests of the integration share: Home Assistant lets custom integrations in, and a real broker."""

from collections.abc import AsyncIterator

import pytest

from evmeter_client.simulator.broker import Broker, BrokerSettings, running_broker


@pytest.fixture(autouse=True)
def custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load this integration."""


@pytest.fixture
async def broker(socket_enabled: None) -> AsyncIterator[Broker]:
    """Give a running broker that lets everyone in."""
    async with running_broker() as running:
        yield running


@pytest.fixture
async def locked_broker(socket_enabled: None) -> AsyncIterator[Broker]:
    """Give a running broker that knows one user."""
    settings = BrokerSettings(username="house", password="right")
    async with running_broker(settings) as running:
        yield running
