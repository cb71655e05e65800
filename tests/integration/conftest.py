"""What the tests of the integration share: Home Assistant lets custom integrations in, and a real broker."""

from collections.abc import AsyncIterator

import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from evmeter_client.simulator.broker import Broker, BrokerSettings, running_broker


@pytest.fixture(autouse=True)
def custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load this integration."""


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare states and registry entries without their ids and times."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


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
