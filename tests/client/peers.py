"""The other side of the wire in the client's tests."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiomqtt
from paho.mqtt.properties import Properties

from evmeter_client import (
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ChargingState,
    EVMeterCommandError,
    EvStatus,
    GridType,
    MqttState,
    PerPhase,
    PhaseType,
)
from evmeter_client.simulator.broker import Broker

CHARGER = "240AC4000001"


def reading_of(charger_id: str = CHARGER, total_energy_wh: int = 1_357_673) -> ChargerReading:
    """Return a plausible reading."""
    return ChargerReading(
        status=ChargerStatus(
            charger_id=charger_id,
            ev_status=EvStatus.WANTS_TO_CHARGE,
            charging_state=ChargingState.CHARGING_3_PHASE,
            phase_type=PhaseType.THREE_PHASE,
            grid_type=GridType.TN_S,
            mqtt_state=MqttState.WORKING_PROPERLY,
            set_current=16.0,
            circuit_breaker=25.0,
            temperature=31.0,
            temperature_raw=31,
            kubis_version="7.10.3",
            firmware_version=49,
            wifi_network="home5",
            evse=224_242,
        ),
        metrics=ChargerMetrics(
            charger_id=charger_id,
            voltages=(230.0, 231.25, 229.5),
            currents=(15.5, 15.7, 15.5),
            session_energy_wh=1_234,
            total_energy_wh=total_energy_wh,
        ),
    )


class Device:
    """A charger with a fixed reading that does as it is told, and remembers what it was told."""

    def __init__(self, charger_id: str = CHARGER, total_energy_wh: int = 1_357_673) -> None:
        """Begin with 16 A."""
        self.charger_id = charger_id
        self.present = reading_of(charger_id, total_energy_wh)
        self.commands: list[tuple[PerPhase, float | None]] = []
        self.reads = 0

    def reading(self) -> ChargerReading:
        """Return the reading."""
        self.reads += 1
        return self.present

    def set_current_limits(self, limits: PerPhase, ttl: float | None) -> PerPhase:
        """Take the limits, whole amperes only; more than 32 A is refused."""
        if max(limits) > 32:
            raise EVMeterCommandError("out_of_range", "at most 32 A")
        self.commands.append((limits, ttl))
        applied = (float(int(limits[0])), float(int(limits[1])), float(int(limits[2])))
        self.present = replace(self.present, limits=applied)
        return applied


@dataclass(frozen=True)
class Heard:
    """A request that reached a charger, and its id."""

    charger_id: str
    request_id: str
    command: str


class Peer:
    """Anyone on the broker: hears requests and publishes what it likes, valid or not."""

    def __init__(self, client: aiomqtt.Client) -> None:
        """Use an open connection."""
        self._client = client

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish a message."""
        await self._client.publish(topic, payload, qos=1, retain=retain)

    async def hear(self) -> Heard:
        """Wait for the next request to any charger."""
        message = await anext(self._client.messages)
        assert isinstance(message.payload, bytes)
        document = json.loads(message.payload)
        return Heard(message.topic.value.split("/")[1], document["id"], document["command"])

    async def answer(self, heard: Heard, result: object, *, charger_id: str | None = None) -> None:
        """Answer a request, by default as the charger that was asked."""
        document = {"v": 1, "id": heard.request_id, "ok": True, "result": result}
        await self.publish(
            f"evmeter/{charger_id or heard.charger_id}/response", json.dumps(document).encode()
        )


def plain_client(
    broker: Broker, protocol: aiomqtt.ProtocolVersion = aiomqtt.ProtocolVersion.V311
) -> aiomqtt.Client:
    """Return a client as anyone may have it, not yet connected."""
    # Without the option a QoS 1 publication waits 40 ms for a delayed acknowledgement.
    no_delay = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    return aiomqtt.Client(broker.host, broker.port, protocol=protocol, socket_options=no_delay)


def told_by(properties: Properties | None, name: str) -> object:
    """Return an MQTT 5 property of a message, None if it has it not."""
    return getattr(properties, name, None)


@asynccontextmanager
async def peer_on(broker: Broker, command_topic: str = "evmeter/+/command") -> AsyncIterator[Peer]:
    """Connect a peer that hears requests."""
    async with plain_client(broker) as client:
        await client.subscribe(command_topic, qos=1)
        yield Peer(client)


async def until(condition: Callable[[], bool], timeout: float = 10.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)
