"""Talk to EV-Meter chargers over MQTT: read them, follow them, limit their charging current.

```python
import asyncio

from evmeter_client import EVMeterClient, EVMeterConfig


async def main() -> None:
    config = EVMeterConfig(host="broker.local", username="me", password="...")
    async with EVMeterClient(config) as client:
        reading = await client.get_reading("240AC4000001")
        print(f"{reading.metrics.power_w:.0f} W")
        await client.set_current_limits("240AC4000001", (16.0, 16.0, 10.0), ttl=60)


asyncio.run(main())
```

TLS with verified certificates is the default; `EVMeterConfig` says how to use another authority, or none.
Currents, voltages and limits are per charger phase L1, L2, L3 (`PerPhase`), in A and V, energies in Wh, times
in s. Every error this package raises is an `EVMeterError`.

A charger speaks one of two dialects: `JsonDialect`, which can do everything, is the default;
`BlewifiDialect` is that of the vendor's chargers as they are, and reads only. `evmeter_client.simulator`
holds a charger, a car and a house to try a program with: no hardware is needed.
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
