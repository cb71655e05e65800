"""Talk to EV-Meter chargers over MQTT: read them, follow them, limit their charging current.

>>> config = EVMeterConfig(host="broker.local", username="...", password="...")
>>> async with EVMeterClient(config) as client:
...     reading = await client.get_reading("240AC4000001")
...     await client.set_current_limits("240AC4000001", (16.0, 16.0, 10.0), ttl=60)
"""

from importlib.metadata import version

from evmeter_client.client import EVMeterClient
from evmeter_client.config import EVMeterConfig
from evmeter_client.dialects import DIALECTS, BlewifiDialect, Dialect, JsonDialect, create_dialect
from evmeter_client.dialects.json_topics import JsonTopics
from evmeter_client.exceptions import (
    EVMeterAuthenticationError,
    EVMeterClosedError,
    EVMeterCommandError,
    EVMeterConfigError,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
    EVMeterError,
    EVMeterProtocolError,
    EVMeterTimeoutError,
    EVMeterUnsupportedError,
)
from evmeter_client.models import (
    Capability,
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    ClientStatistics,
    ConnectionState,
    EvStatus,
    GridType,
    MqttState,
    MqttVersion,
    PerPhase,
    PhaseType,
)

__all__ = [
    "DIALECTS",
    "BlewifiDialect",
    "Capability",
    "ChargerMetrics",
    "ChargerReading",
    "ChargerStatus",
    "ChargingState",
    "ClientStatistics",
    "ConnectionState",
    "Dialect",
    "EVMeterAuthenticationError",
    "EVMeterClient",
    "EVMeterClosedError",
    "EVMeterCommandError",
    "EVMeterConfig",
    "EVMeterConfigError",
    "EVMeterConnectionError",
    "EVMeterConnectionLostError",
    "EVMeterError",
    "EVMeterProtocolError",
    "EVMeterTimeoutError",
    "EVMeterUnsupportedError",
    "EvStatus",
    "GridType",
    "JsonDialect",
    "JsonTopics",
    "MqttState",
    "MqttVersion",
    "PerPhase",
    "PhaseType",
    "create_dialect",
]

__version__ = version("aioevmeter")
