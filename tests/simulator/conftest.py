"""The gateway and the broker are tested with what the client's tests use."""

from tests.client.conftest import broker, config, sockets

__all__ = ["broker", "config", "sockets"]
