"""What the integration costs a real Home Assistant: latency, processor time, reloads and set-up.

Latency: five wallboxes, ten samples of the mains a second, and a house that takes more with each. From the
moment the meter's entity reports to the moment the wallbox's number has been called; the baseline is a
listener on the same entity that does nothing but call an action, for the same samples.

Processor: two wallboxes and one sample a second. The baseline is the same Home Assistant with the same
reports and without the integration.

Reloads: a site with two EV-Meter chargers on a broker is unloaded and set up again; tasks, listeners and
sockets are counted after the first time and after the last.

Set-up: a site of twenty wallboxes, from nothing to its first step.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Final

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, ServiceCall, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from evmeter_client import EVMeterConfig
from evmeter_client.simulator import Car, SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import running_broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.integration.sites import SITE, evmeter_charger, report_mains, site_entry, subentry, until

from .number_wallboxes import NumberWallboxes

if TYPE_CHECKING:
    from collections.abc import Callable

RATING: Final = 240
RAMP: Final = 1.1
"""The house takes this much more with every sample of the latency's ramp [A]."""
RAMP_SAMPLES: Final = 100
SAMPLE_PERIOD: Final = 0.1
LATENCY_WALLBOXES: Final = 5
PROCESSOR_WALLBOXES: Final = 2
SET_UP_WALLBOXES: Final = 20


@dataclass(frozen=True, slots=True)
class Latency:
    """From a sample to the call of the action [ms]."""

    way: str
    calls: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, way: str, seconds: list[float]) -> Latency:
        """Sum up the times of many calls [s]."""
        hundredths = quantiles(seconds, n=100)
        return cls(way, len(seconds), hundredths[49] * 1e3, hundredths[98] * 1e3, max(seconds) * 1e3)


@dataclass(frozen=True, slots=True)
class Processor:
    """Processor time at one sample a second, in percent of one core."""

    seconds: float
    with_percent: float
    without_percent: float
    evmeter_percent: float


@dataclass(frozen=True, slots=True)
class Held:
    """What is alive in the process."""

    tasks: int
    listeners: int
    sockets: int


@dataclass(frozen=True, slots=True)
class Reloads:
    """A site that was set up again and again."""

    times: int
    first: Held
    last: Held
    ms_each: float


@dataclass(frozen=True, slots=True)
class SetUp:
    """A large site."""

    chargers: int
    entities: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured."""

    latency: list[Latency]
    processor: Processor
    reloads: Reloads
    set_up: SetUp


async def measure(ramps: int, seconds: float, reloads: int) -> Result:
    """Measure everything, one after the other, each in a Home Assistant of its own."""
    return Result(
        latency=await _latency(ramps),
        processor=await _processor(seconds),
        reloads=await _reloads(reloads),
        set_up=await _set_up(),
    )


async def _latency(ramps: int) -> list[Latency]:
    ours: list[float] = []
    bare: list[float] = []
    sampled_at: float | None = None

    def note(times: list[float], at: float) -> None:
        if sampled_at is not None:
            times.append(at - sampled_at)

    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)  # tests have none unless they ask for them
        wallboxes = await NumberWallboxes.put_into(hass, LATENCY_WALLBOXES, lambda at: note(ours, at))
        _call_on_every_sample(hass, lambda at: note(bare, at))
        for _ in range(ramps):
            wallboxes.begin_again()
            house = RATING - wallboxes.draw - 1
            _report(hass, house + wallboxes.draw)
            entry = await _site(hass, wallboxes)
            await asyncio.sleep(1)
            for _ in range(RAMP_SAMPLES):
                house += RAMP
                sampled_at = perf_counter()
                _report(hass, house + wallboxes.draw)
                await asyncio.sleep(SAMPLE_PERIOD)
                wallboxes.report()
            sampled_at = None
            await _take_down(hass, entry)
        await hass.async_stop(force=True)
    return [Latency.of("evmeter", ours), Latency.of("bare listener", bare)]


async def _processor(seconds: float) -> Processor:
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        wallboxes = await NumberWallboxes.put_into(hass, PROCESSOR_WALLBOXES)
        without = await _share_of_a_core(hass, wallboxes, seconds)
        entry = await _site(hass, wallboxes)
        with_us = await _share_of_a_core(hass, wallboxes, seconds)
        await _take_down(hass, entry)
        await hass.async_stop(force=True)
    return Processor(seconds, 100 * with_us, 100 * without, 100 * (with_us - without))


async def _share_of_a_core(hass: HomeAssistant, wallboxes: NumberWallboxes, seconds: float) -> float:
    """Report mains and wallboxes once a second; the house comes and goes: limits are cut and raised."""
    began, used = perf_counter(), process_time()
    second = 0
    while perf_counter() - began < seconds:
        second += 1
        house = RATING - wallboxes.draw + (20 if second % 20 < 5 else -20) + second % 3 / 10
        _report(hass, house + wallboxes.draw)
        wallboxes.report()
        await asyncio.sleep(1)
    return (process_time() - used) / (perf_counter() - began)


async def _reloads(times: int) -> Reloads:
    ids = ("ONE", "TWO")
    async with running_broker() as broker, async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        config = EVMeterConfig(host=broker.host, port=broker.port, tls=False)
        chargers = [SimulatedCharger(SimulatedChargerSettings(charger_id=charger_id)) for charger_id in ids]
        for charger in chargers:
            charger.plug(Car())
        async with ChargerGateway(config, chargers[0]), ChargerGateway(config, chargers[1]):
            report_mains(hass, 8.0, 7.0, 7.5)
            entry = site_entry(
                *(subentry(evmeter_charger(broker, charger_id), charger_id, charger_id) for charger_id in ids)
            )
            entry.add_to_hass(hass)
            await hass.config_entries.async_setup(entry.entry_id)
            # The first time writes files and begins things that stay; they are no leak.
            await _reload(hass, entry)
            first = _held(hass)
            began = perf_counter()
            for _ in range(times):
                await _reload(hass, entry)
            each = (perf_counter() - began) / times
            last = _held(hass)
            await _take_down(hass, entry)
        await hass.async_stop(force=True)
    return Reloads(times, first, last, each * 1e3)


async def _reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the site and set it up again, until both chargers have told something."""
    if not await hass.config_entries.async_reload(entry.entry_id):
        raise RuntimeError("the site could not be set up again")
    await until(lambda: all(view.available for view in entry.runtime_data.data.chargers.values()))
    await hass.async_block_till_done()


def _held(hass: HomeAssistant) -> Held:
    descriptors = Path("/proc/self/fd")
    links = (str(each.readlink()) for each in descriptors.iterdir() if each.is_symlink())
    return Held(
        tasks=len(asyncio.all_tasks()),
        listeners=sum(hass.bus.async_listeners().values()),
        sockets=sum(link.startswith("socket:") for link in links),
    )


async def _set_up() -> SetUp:
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        wallboxes = await NumberWallboxes.put_into(hass, SET_UP_WALLBOXES)
        _report(hass, RATING / 2)
        began = perf_counter()
        entry = await _site(hass, wallboxes)
        seconds = perf_counter() - began
        entities = len(
            hass.states.async_entity_ids(["sensor", "binary_sensor", "select", "switch", "button"])
        )
        await _take_down(hass, entry)
        await hass.async_stop(force=True)
    return SetUp(SET_UP_WALLBOXES, entities, seconds)


async def _site(hass: HomeAssistant, wallboxes: NumberWallboxes) -> MockConfigEntry:
    """Set a site up and wait for its first step."""
    ratings = {f"fuse_l{phase}": str(RATING) for phase in (1, 2, 3)}
    entry = site_entry(*wallboxes.subentries(), data=SITE | ratings | {"margin": "0"})
    entry.add_to_hass(hass)
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise RuntimeError("the site could not be set up")
    await hass.async_block_till_done()
    await until(lambda: entry.runtime_data.data.decision is not None)
    return entry


async def _take_down(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()


def _report(hass: HomeAssistant, current: float) -> None:
    report_mains(hass, *(round(current, 2),) * 3)


def _call_on_every_sample(hass: HomeAssistant, on_call: Callable[[float], None]) -> None:
    """Call an action on every change of the first phase: the least that can be done."""

    @callback
    def changed(_event: Event[EventStateChangedData]) -> None:
        hass.async_create_task(hass.services.async_call("benchmark", "bare", blocking=True))

    @callback
    def called(_call: ServiceCall) -> None:
        on_call(perf_counter())

    hass.services.async_register("benchmark", "bare", called)
    async_track_state_change_event(hass, ["sensor.mains_l1"], changed)


def as_text(result: Result) -> str:
    """Return the tables."""
    processor, reloads, set_up = result.processor, result.reloads, result.set_up
    lines = [
        f"from a mains sample to the number, {LATENCY_WALLBOXES} wallboxes, 10 samples a second, in ms",
        f"{'way':<16}{'calls':>7}{'p50':>8}{'p99':>8}{'max':>8}",
    ]
    lines += [
        f"{row.way:<16}{row.calls:>7}{row.p50_ms:>8.2f}{row.p99_ms:>8.2f}{row.max_ms:>8.2f}"
        for row in result.latency
    ]
    lines += [
        "",
        f"processor at one sample a second, {PROCESSOR_WALLBOXES} wallboxes, in % of one core",
        f"{'with evmeter':>14}{'without':>10}{'evmeter':>10}",
        f"{processor.with_percent:>14.2f}{processor.without_percent:>10.2f}{processor.evmeter_percent:>10.2f}",
        "",
        f"{reloads.times} times unloaded and set up again, {reloads.ms_each:.0f} ms each",
        f"{'':<16}{'tasks':>7}{'listeners':>11}{'sockets':>9}",
        *(
            f"{name:<16}{held.tasks:>7}{held.listeners:>11}{held.sockets:>9}"
            for name, held in (("first", reloads.first), ("last", reloads.last))
        ),
        "",
        f"set-up of {set_up.chargers} chargers with {set_up.entities} entities: {set_up.seconds:.2f} s",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench integration", description=__doc__)
    parser.add_argument("--ramps", type=int, default=5, help="of the latency (default 5)")
    parser.add_argument("--seconds", type=float, default=60, help="of processor time (default 60)")
    parser.add_argument("--reloads", type=int, default=100, help="of the site (default 100)")
    parser.add_argument("--json", action="store_true", help="print an object instead of tables")
    arguments = parser.parse_args()
    result = asyncio.run(measure(arguments.ramps, arguments.seconds, arguments.reloads))
    print(json.dumps(asdict(result), indent=2) if arguments.json else as_text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
