"""Read a charger once: what its car does, and what it draws."""

import asyncio
import os

from evmeter_client import EVMeterClient, EVMeterConfig


async def main(config: EVMeterConfig, charger_id: str) -> None:
    async with EVMeterClient(config) as client:
        reading = await client.get_reading(charger_id)
    print(f"{reading.status.ev_status}, {reading.status.charging_state}")
    for phase, current in zip(("L1", "L2", "L3"), reading.metrics.currents, strict=True):
        print(f"{phase}: {current:.1f} A")
    print(f"{reading.metrics.power_w:.0f} W, {reading.metrics.session_energy_wh} Wh in this session")


if __name__ == "__main__":
    password = os.environ["EVMETER_PASSWORD"]
    asyncio.run(main(EVMeterConfig(host="broker.local", username="me", password=password), "240AC4000001"))
