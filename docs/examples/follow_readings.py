"""Follow the readings that a charger pushes, over reconnects, until there were enough."""

import asyncio
import os
from contextlib import aclosing

from evmeter_client import EVMeterClient, EVMeterConfig


async def main(config: EVMeterConfig, charger_id: str, wanted: int = 10) -> None:
    async with EVMeterClient(config) as client, aclosing(client.subscribe(charger_id)) as readings:
        seen = 0
        async for reading in readings:
            print(f"{reading.metrics.power_w:.0f} W, limits {reading.limits}")
            seen += 1
            if seen == wanted:
                break


if __name__ == "__main__":
    password = os.environ["EVMETER_PASSWORD"]
    asyncio.run(main(EVMeterConfig(host="broker.local", username="me", password=password), "240AC4000001"))
