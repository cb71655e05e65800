"""A charger, a car, a house and its meter that behave: for the demo, the tests and the benchmark.

Everything random is seeded and time is given, never read, so the same seed gives the same seconds:

```python
from evmeter_client.simulator import Car, CarSettings, House, Meter
from evmeter_client.simulator import SimulatedCharger, SimulatedSite, WiredCharger

charger = SimulatedCharger()
charger.plug(Car(CarSettings(phases=1)))
site = SimulatedSite(House(seed=7), Meter(), [WiredCharger(charger)])
for second in range(3600):
    moment = site.step(second)  # the true currents, and what the meter reported
    if moment.sample is not None and max(moment.sample.currents) > 25:
        charger.set_current_limits((6, 6, 6), ttl=60)
```

Only `DsmrServer` touches the event loop. The gateway that puts a charger on a broker, and the broker,
are imported by their own paths: `evmeter_client.simulator.gateway` and `evmeter_client.simulator.broker`.
"""

from __future__ import annotations

from evmeter_client.simulator.appliances import MIXES, Appliance, ApplianceMix, Cycle, Span
from evmeter_client.simulator.basics import Phase, Window
from evmeter_client.simulator.car import Car, CarSettings
from evmeter_client.simulator.charger import PilotChange, SimulatedCharger
from evmeter_client.simulator.charger_settings import SimulatedChargerSettings
from evmeter_client.simulator.device import ChargerDevice
from evmeter_client.simulator.dsmr import DsmrServer, SiteTelegrams
from evmeter_client.simulator.house import House
from evmeter_client.simulator.meter import Meter, MeterSample, MeterSettings
from evmeter_client.simulator.profile import HouseProfile
from evmeter_client.simulator.site import MainsRecord, SimulatedSite, SiteMoment, WiredCharger
from evmeter_client.simulator.solar import SolarInverter, SolarSettings
from evmeter_client.simulator.telegram import DsmrReading, encode_telegram

__all__ = [
    "MIXES",
    "Appliance",
    "ApplianceMix",
    "Car",
    "CarSettings",
    "ChargerDevice",
    "Cycle",
    "DsmrReading",
    "DsmrServer",
    "House",
    "HouseProfile",
    "MainsRecord",
    "Meter",
    "MeterSample",
    "MeterSettings",
    "Phase",
    "PilotChange",
    "SimulatedCharger",
    "SimulatedChargerSettings",
    "SimulatedSite",
    "SiteMoment",
    "SiteTelegrams",
    "SolarInverter",
    "SolarSettings",
    "Span",
    "Window",
    "WiredCharger",
    "encode_telegram",
]
