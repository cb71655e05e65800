"""Limit the charging current for a minute, and handle everything that can go wrong.

Call it again before the minute is over. If that fails, the charger falls to its own fallback current.
"""

import asyncio
import os

from evmeter_client import (
    EVMeterAuthenticationError,
    EVMeterClient,
    EVMeterClosedError,
    EVMeterCommandError,
    EVMeterConfig,
    EVMeterConfigError,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
    EVMeterProtocolError,
    EVMeterTimeoutError,
    EVMeterUnsupportedError,
    PerPhase,
)


async def limit(client: EVMeterClient, charger_id: str, limits: PerPhase) -> None:
    try:
        applied = await client.set_current_limits(charger_id, limits, ttl=60)
    except EVMeterConfigError as error:
        print(f"Wrong {error.key}, nothing was sent: {error}")
    except EVMeterUnsupportedError as error:
        print(f"Not with this dialect, nothing was sent: {error}")
    except EVMeterCommandError as error:
        print(f"The charger refuses with {error.code}: {error.message}")
    except EVMeterProtocolError as error:
        print(f"The charger's answer makes no sense: {error}")
    except EVMeterTimeoutError:
        print("No answer: the limit may be in force all the same; ask again")
    except EVMeterConnectionLostError:
        print("The connection broke: the limit may be in force all the same; ask again")
    except EVMeterAuthenticationError:
        print("The broker does not take these credentials: ask the user for others")
    except EVMeterConnectionError as error:
        print(f"No connection, the client keeps trying: {error}")
    except EVMeterClosedError:
        print("The client is closed: make another one")
    else:
        print(f"In force: {applied} A")


async def main(config: EVMeterConfig, charger_id: str) -> None:
    async with EVMeterClient(config) as client:
        await limit(client, charger_id, (16.0, 16.0, 10.0))


if __name__ == "__main__":
    password = os.environ["EVMETER_PASSWORD"]
    asyncio.run(main(EVMeterConfig(host="broker.local", username="me", password=password), "240AC4000001"))
