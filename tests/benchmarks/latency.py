"""Time from a mains sample to the new limit at the charger, inside a real Home Assistant with a real broker.

The house takes more with every sample, faster than the car follows: every sample is a new overload and
brings a cut. The time runs from the moment the meter's entity reports to the moment the charger has taken the
command off the broker; publishing is a part of it. The baseline does the least that can be done: a listener
on the same entity publishes a command with bare aiomqtt, in the same Home Assistant and through the same
broker, for the same samples.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from statistics import quantiles
from time import perf_counter
from typing import Final, override

import aiomqtt
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from evmeter_client import ChargerReading, ChargingState, EVMeterConfig, PerPhase
from evmeter_client.simulator import Car, SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker, running_broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.integration.sites import SITE, evmeter_charger, report_mains, site_entry, subentry

CHARGER_ID: Final = "BENCH"
BASELINE_ID: Final = "BASELINE"
RATING: Final = 100
LARGEST_LIMIT: Final = 80
LAST_LIMIT: Final = 10
STEP: Final = 2
"""With readings of whole amperes one more would still count as noise [A]."""
QUIET: Final = LARGEST_LIMIT + 1
OVERLOADS: Final = range(RATING + STEP, RATING + LARGEST_LIMIT - LAST_LIMIT, STEP)
"""What the mains carry, sample by sample [A]."""
PUSH_INTERVAL: Final = 0.02
PATIENCE: Final = 10.0
"""A limit that is not there after this time never comes [s]."""


class TimedCharger(SimulatedCharger):
    """A charger that notes when a limit reaches it; its car draws its most and has not followed yet."""

    def __init__(self, charger_id: str) -> None:
        """Plug the car in."""
        super().__init__(
            SimulatedChargerSettings(
                charger_id=charger_id, maximum_current=LARGEST_LIMIT, command_latency=0, readback_latency=0
            )
        )
        self.plug(Car())
        self.told = asyncio.Event()
        self.told_at = 0.0

    @override
    def reading(self) -> ChargerReading:
        """Return the reading of a charger whose car draws its largest current."""
        reading = super().reading()
        status = replace(reading.status, charging_state=ChargingState.CHARGING_3_PHASE)
        metrics = replace(reading.metrics, currents=(LARGEST_LIMIT,) * 3)
        return replace(reading, status=status, metrics=metrics)

    @override
    def set_current_limits(self, limits: PerPhase, ttl: float | None) -> PerPhase:
        """Note the time, then take the limit."""
        if limits != self.limits:
            self.told_at = perf_counter()
            self.told.set()
        return super().set_current_limits(limits, ttl)

    def begin_again(self) -> None:
        """Go back to the largest limit."""
        super().set_current_limits((LARGEST_LIMIT,) * 3, None)


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one way from the sample to the charger [ms]."""

    way: str
    cuts: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, way: str, seconds: list[float]) -> Row:
        """Sum up the times of many cuts [s]."""
        hundredths = quantiles(seconds, n=100)
        return cls(way, len(seconds), hundredths[49] * 1e3, hundredths[98] * 1e3, max(seconds) * 1e3)


async def measure(cuts: int) -> list[Row]:
    """Measure cuts through the integration, and as many through the baseline, in turn."""
    ours: list[float] = []
    baseline: list[float] = []
    async with running_broker() as broker:
        config = EVMeterConfig(host=broker.host, port=broker.port, tls=False)
        charger, bare = TimedCharger(CHARGER_ID), TimedCharger(BASELINE_ID)
        async with (
            ChargerGateway(config, charger, push_interval=PUSH_INTERVAL),
            ChargerGateway(config, bare),
            aiomqtt.Client(broker.host, broker.port) as raw,
            async_test_home_assistant() as hass,
        ):
            hass.data.pop(DATA_CUSTOM_COMPONENTS)  # tests have none unless they ask for them
            stop = _publish_on_every_sample(hass, raw)
            while len(ours) < cuts:
                await _one_round(hass, broker, charger, bare, ours, baseline)
            stop()
            await hass.async_stop(force=True)
    return [Row.of("evmeter", ours[:cuts]), Row.of("bare aiomqtt", baseline[:cuts])]


async def _one_round(
    hass: HomeAssistant,
    broker: Broker,
    charger: TimedCharger,
    bare: TimedCharger,
    ours: list[float],
    baseline: list[float],
) -> None:
    """Set the site up, cut from the largest limit to the last one, and take the site down."""
    charger.begin_again()
    await asyncio.sleep(5 * PUSH_INTERVAL)  # until the broker keeps the largest limit as the charger's state
    report_mains(hass, QUIET, QUIET, QUIET)
    entry = _site(broker)
    entry.add_to_hass(hass)
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise RuntimeError("the site could not be set up")
    await hass.async_block_till_done()
    await _until(lambda: entry.runtime_data.data.decision.chargers[0].current == LARGEST_LIMIT)
    for overload in OVERLOADS:
        charger.told.clear()
        bare.told.clear()
        began = perf_counter()
        report_mains(hass, overload, QUIET, QUIET)
        async with asyncio.timeout(PATIENCE):
            await charger.told.wait()
            await bare.told.wait()
        ours.append(charger.told_at - began)
        baseline.append(bare.told_at - began)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()


def _site(broker: Broker) -> MockConfigEntry:
    ratings = {f"fuse_l{phase}": str(RATING) for phase in (1, 2, 3)}
    data = evmeter_charger(broker, CHARGER_ID, max_current=str(LARGEST_LIMIT))
    return site_entry(subentry(data), data=SITE | ratings | {"margin": "0"})


def _publish_on_every_sample(hass: HomeAssistant, client: aiomqtt.Client) -> Callable[[], None]:
    """Publish a command that differs from the one before on every change of the first phase."""
    count = 0

    @callback
    def changed(_event: Event[EventStateChangedData]) -> None:
        nonlocal count
        count += 1
        limit = 6.0 + count % 2
        request = {
            "v": 1,
            "id": f"000000000000-{count}",
            "command": "set_current_limits",
            "params": {"limits": [limit] * 3, "ttl": 60},
        }
        topic = f"evmeter/{BASELINE_ID}/command"
        hass.async_create_background_task(client.publish(topic, json.dumps(request), qos=1), "baseline")

    return async_track_state_change_event(hass, ["sensor.mains_l1"], changed)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench latency", description=__doc__)
    parser.add_argument("--cuts", type=int, default=1000, help="to measure (default 1000)")
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    arguments = parser.parse_args()
    rows = asyncio.run(measure(arguments.cuts))
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return 0
    print("from a mains sample in Home Assistant to the new limit at the charger, in ms")
    print(f"{'way':<14}{'cuts':>6}{'p50':>8}{'p99':>8}{'max':>8}")
    for row in rows:
        print(f"{row.way:<14}{row.cuts:>6}{row.p50_ms:>8.2f}{row.p99_ms:>8.2f}{row.max_ms:>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
