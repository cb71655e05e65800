"""What the tests of the client share: a real broker on 127.0.0.1 and a configuration for it."""

from collections.abc import AsyncIterator

import pytest

from evmeter_client import EVMeterConfig, MqttVersion
from evmeter_client.simulator.broker import Broker, running_broker


@pytest.fixture(autouse=True)
def sockets(request: pytest.FixtureRequest) -> None:
    """Allow sockets where a test tool forbids them by default."""
    if request.config.pluginmanager.has_plugin("socket"):
        request.getfixturevalue("socket_enabled")


@pytest.fixture
async def broker(sockets: None) -> AsyncIterator[Broker]:
    """Give a running mosquitto."""
    async with running_broker() as running:
        assert running.kind == "mosquitto"
        yield running


@pytest.fixture
def mqtt_version() -> MqttVersion:
    """Give the version of MQTT for the configuration; a module that wants both has its own fixture."""
    return MqttVersion.AUTOMATIC


@pytest.fixture
def config(broker: Broker, mqtt_version: MqttVersion) -> EVMeterConfig:
    """Give a configuration for the broker, impatient and with quick retries."""
    return EVMeterConfig(
        host=broker.host,
        port=broker.port,
        tls=False,
        mqtt_version=mqtt_version,
        request_timeout=5.0,
        backoff_base=0.05,
        backoff_cap=0.2,
    )
