"""The gateway and the broker are tested with what the client's tests use."""

from tests.client.conftest import broker, config, mqtt_version, sockets

__all__ = ["broker", "config", "mqtt_version", "sockets"]
