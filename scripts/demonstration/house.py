"""The simulated house of the demonstration, living in real time: a meter, a charger, a car and appliances."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evmeter_client.config import EVMeterConfig
from evmeter_client.simulator.broker import running_broker
from evmeter_client.simulator.charger import SimulatedCharger
from evmeter_client.simulator.charger_settings import SimulatedChargerSettings
from evmeter_client.simulator.dsmr import DsmrServer, SiteTelegrams
from evmeter_client.simulator.gateway import ChargerGateway
from evmeter_client.simulator.house import House
from evmeter_client.simulator.site import SimulatedSite, WiredCharger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from evmeter_client.models import PerPhase
    from evmeter_client.simulator.broker import Broker

CHARGER_ID = "DEMO-CHARGER"
FUSE_RATING = 25.0
COMMAND_LATENCY = 1.0
METER_PERIOD = 1.0
METER_DELAY = 1.0
CAR_REACTION = 5.0
REACTION_TIME = METER_PERIOD + METER_DELAY + COMMAND_LATENCY + CAR_REACTION
"""From an overload to its end at the latest [s]: the law's R; a car may take 5 s to follow its pilot."""
STEP = 1.0


@dataclass(frozen=True, slots=True)
class Second:
    """The truth about one second.

    Attributes:
        time: since the house came to life [s].
        house: all but the car, per phase [A].
        car: per phase [A].
        mains: through the main fuse, per phase [A].
        limit: in force at the charger [A].
    """

    time: float
    house: PerPhase
    car: PerPhase
    mains: PerPhase
    limit: float

    @property
    def overloaded(self) -> tuple[int, ...]:
        """Numbers (1 to 3) of the phases above the fuse rating."""
        return tuple(n for n, current in enumerate(self.mains, start=1) if current > FUSE_RATING)


class DemonstrationHouse:
    """A house that lives one second per second.

    Attributes:
        seconds: the truth since it came to life.
        charger: the simulated charger.
        appliances: the house without its charger; things can be switched on and off there.
        meter: the P1 port; can be silenced.
        broker: the MQTT broker the charger is on.
    """

    def __init__(self, broker: Broker, *, quiet: bool) -> None:
        """Build a house; nobody plugs in yet.

        Args:
            broker: where the charger is to be found.
            quiet: nothing is switched on but by hand.
        """
        self.broker = broker
        self.seconds: list[Second] = []
        self.charger = SimulatedCharger(
            SimulatedChargerSettings(charger_id=CHARGER_ID, command_latency=COMMAND_LATENCY),
            epoch=datetime.now(UTC),
        )
        self.appliances = House(seed=7, quiet=quiet)
        self._site = SimulatedSite(
            self.appliances, chargers=(WiredCharger(self.charger),), rating=(FUSE_RATING,) * 3
        )
        self.meter = DsmrServer(SiteTelegrams(self._site, lambda: datetime.now(UTC)), interval=METER_PERIOD)

    @property
    def now(self) -> Second:
        """The newest second."""
        return self.seconds[-1]

    async def live(self) -> None:
        """Live until cancelled; every second is as long as a second."""
        loop = asyncio.get_running_loop()
        start = due = loop.time()
        while True:
            moment = self._site.step(due - start)
            self.seconds.append(
                Second(moment.time, moment.background, moment.charging, moment.mains, self.charger.limits[0])
            )
            due += STEP
            await asyncio.sleep(due - loop.time())


@asynccontextmanager
async def living_house(*, quiet: bool) -> AsyncIterator[DemonstrationHouse]:
    """Start a broker, a charger on it, and a house with a meter; end all of it at the end."""
    async with running_broker() as broker:
        house = DemonstrationHouse(broker, quiet=quiet)
        gateway = ChargerGateway(EVMeterConfig(host=broker.host, port=broker.port, tls=False), house.charger)
        async with house.meter, gateway:
            life = asyncio.create_task(house.live(), name="house")
            try:
                yield house
            finally:
                life.cancel()
                await asyncio.wait([life])
                if not life.cancelled():
                    life.result()
