"""Reach a broker whose certificate a private authority signed; any other broker is refused."""

import asyncio
import os
import ssl
from dataclasses import replace
from pathlib import Path

from evmeter_client import EVMeterClient, EVMeterConfig


async def main(config: EVMeterConfig, authority: Path, charger_id: str) -> None:
    context = ssl.create_default_context(cafile=authority)
    async with EVMeterClient(replace(config, tls_context=context)) as client:
        status = await client.get_status(charger_id)
    print(f"{status.charger_id} runs firmware {status.firmware_version}")


if __name__ == "__main__":
    password = os.environ["EVMETER_PASSWORD"]
    home = EVMeterConfig(host="broker.local", username="me", password=password)
    asyncio.run(main(home, Path("authority.pem"), "240AC4000001"))
