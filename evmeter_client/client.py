"""The client: what an application calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from evmeter_client._streams import Hub, Stream
from evmeter_client.dialects.base import MAX_LIMIT_A, MAX_TTL_S, Command, Pushed, Request, Result
from evmeter_client.exceptions import (
    EVMeterClosedError,
    EVMeterConfigError,
    EVMeterError,
    EVMeterProtocolError,
    EVMeterUnsupportedError,
)
from evmeter_client.models import (
    Capability,
    ChargerMetrics,
    ChargerReading,
    ChargerStatus,
    ClientStatistics,
    ConnectionState,
)
from evmeter_client.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from types import TracebackType

    from evmeter_client.config import EVMeterConfig
    from evmeter_client.dialects.base import Availability
    from evmeter_client.models import MqttVersion, PerPhase

type StateCallback = Callable[[ConnectionState], None]


class EVMeterClient:
    """Reads and limits EV-Meter chargers over one broker connection.

    Use it as an asynchronous context manager, or call `connect` and `close`. Every method that takes a
    charger id raises `EVMeterConfigError` (key ``charger_id``) for one the dialect cannot use, and then sends
    nothing. Requests wait for the connection if it is down, within the request timeout, and raise:

    - `EVMeterTimeoutError`: the charger did not answer in time;
    - EVMeterConnectionError, or its subclasses: no connection, refused, or lost while waiting;
    - `EVMeterProtocolError`: the answer is not valid;
    - `EVMeterCommandError`: the charger refuses;
    - `EVMeterUnsupportedError`: the dialect cannot do this; nothing was sent;
    - `EVMeterClosedError`: the client is closed, or was never connected.
    """

    def __init__(self, config: EVMeterConfig) -> None:
        """Prepare a client; nothing happens before `connect`."""
        self._config = config
        self._dialect = config.dialect
        self._session = Session(config, self._on_event, self._on_state)
        self._readings: Hub[ChargerReading] = Hub()
        self._availability: Hub[bool] = Hub()
        self._reads: dict[tuple[str, Command], asyncio.Future[Result]] = {}
        self._callbacks: dict[object, StateCallback] = {}
        self._state_streams: set[Stream[ConnectionState]] = set()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # Connection

    @property
    def config(self) -> EVMeterConfig:
        """The configuration the client was made with."""
        return self._config

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the dialect in use can do."""
        return self._dialect.capabilities

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the broker now."""
        return self.state is ConnectionState.CONNECTED

    @property
    def state(self) -> ConnectionState:
        """What the connection to the broker is doing."""
        return self._session.state

    @property
    def mqtt_version(self) -> MqttVersion | None:
        """The version of MQTT spoken with the broker, None without a connection."""
        return self._session.mqtt_version

    @property
    def statistics(self) -> ClientStatistics:
        """Counters since the client was made."""
        return ClientStatistics(**self._session.counts)

    async def connect(self, *, wait: bool = True) -> None:
        """Connect, and from then on reconnect by itself.

        Args:
            wait: return connected, or raise why the first attempt failed and give up. Otherwise return at
                once and keep trying in the background.

        Raises:
            EVMeterAuthenticationError: the broker refuses the credentials.
            EVMeterConnectionError: the broker cannot be reached.
            EVMeterClosedError: the client was closed; a closed client stays closed.
        """
        await self._session.connect(wait=wait)

    async def close(self) -> None:
        """Disconnect for good. Open requests raise EVMeterClosedError, streams end; twice does no harm.

        An attempt to connect that is under way is waited for: at most 10 s with a broker that is silent.
        """
        self._readings.close()
        self._availability.close()
        await self._session.close()

    def on_connection_change(self, callback: StateCallback) -> Callable[[], None]:
        """Have every change of `state` told to a callback.

        Returns:
            A function that ends it.
        """
        key = object()
        self._callbacks[key] = callback

        def remove() -> None:
            self._callbacks.pop(key, None)

        return remove

    def states(self) -> AsyncGenerator[ConnectionState, None]:
        """Follow the connection: its state when the iteration begins, then every change.

        It ends after ``CLOSED``. At most 100 changes wait for a slow reader, the newest are kept.

        Raises:
            EVMeterClosedError: the client is closed.
        """
        self._require_open()
        return self._follow_state()

    async def _follow_state(self) -> AsyncGenerator[ConnectionState, None]:
        stream = Stream[ConnectionState]()
        self._put_state(stream)
        self._state_streams.add(stream)
        try:
            async for state in stream:
                yield state
        finally:
            self._state_streams.discard(stream)

    def _put_state(self, stream: Stream[ConnectionState]) -> None:
        stream.put(self.state)
        if self.state is ConnectionState.CLOSED:
            stream.close()

    # Requests

    async def get_status(self, charger_id: str) -> ChargerStatus:
        """Ask a charger for its state and settings."""
        result = await self._read(charger_id, Command.GET_STATUS)
        if isinstance(result, ChargerReading):
            return result.status
        if isinstance(result, ChargerStatus):
            return result
        raise EVMeterProtocolError("the answer is not a status")

    async def get_metrics(self, charger_id: str) -> ChargerMetrics:
        """Ask a charger for what it measures."""
        result = await self._read(charger_id, Command.GET_METRICS)
        if isinstance(result, ChargerReading):
            return result.metrics
        if isinstance(result, ChargerMetrics):
            return result
        raise EVMeterProtocolError("the answer is not metrics")

    async def get_reading(self, charger_id: str) -> ChargerReading:
        """Ask a charger for status and metrics of one moment, in one round trip."""
        result = await self._read(charger_id, Command.GET_READING)
        if isinstance(result, ChargerReading):
            return result
        raise EVMeterProtocolError("the answer is not a reading")

    async def set_current_limits(
        self, charger_id: str, limits: PerPhase, ttl: float | None = None
    ) -> PerPhase:
        """Limit the charging current of each phase.

        Calls for one charger reach it in the order they were made. A call that is cancelled may still have
        reached it.

        Args:
            charger_id: the charger.
            limits: per charger phase L1, L2, L3 [A]: 0 pauses, at most 80.
            ttl: [s] until the charger falls to its own fallback current, None = until changed.

        Returns:
            What the charger applied [A].

        Raises:
            EVMeterConfigError: the limits or the ttl are not usable (key ``limits`` or ``ttl``).
        """
        charger_id = self._dialect.normalise_id(charger_id)
        self._require(Capability.SET_LIMITS)
        request = Request(
            charger_id=charger_id,
            command=Command.SET_CURRENT_LIMITS,
            request_id=self._session.next_request_id(),
            limits=_checked_limits(limits),
            ttl=_checked_ttl(ttl),
        )
        result = await self._session.request(request)
        if isinstance(result, tuple):
            return result
        raise EVMeterProtocolError("the answer is not limits")

    async def _read(self, charger_id: str, command: Command) -> Result:
        """Read, together with everyone who asks for the same at the same time."""
        charger_id = self._dialect.normalise_id(charger_id)
        command = self._dialect.wire_command(command)
        key = (charger_id, command)
        while (shared := self._reads.get(key)) is not None:
            await asyncio.wait([shared])
            if not shared.cancelled():
                return shared.result()
            # Who asked first was cancelled: the next in line asks for the rest.
        shared = self._reads[key] = asyncio.get_running_loop().create_future()
        request = Request(charger_id=charger_id, command=command, request_id=self._session.next_request_id())
        try:
            result = await self._session.request(request)
        except EVMeterError as error:
            shared.set_exception(error)
            shared.exception()  # nobody else may be waiting
            raise
        else:
            shared.set_result(result)
            return result
        finally:
            shared.cancel()
            del self._reads[key]

    # What chargers push

    def subscribe(self, charger_id: str) -> AsyncGenerator[ChargerReading, None]:
        """Follow the readings a charger pushes.

        It goes on over reconnects and ends when the client is closed. At most 100 readings wait for a slow
        reader, the newest are kept (``statistics.dropped_readings`` counts the others). Iterating raises
        EVMeterConnectionError if the broker does not allow the subscription.
        """
        charger_id = self._following(charger_id)
        return self._follow(self._readings, charger_id, self._dialect.reading_topics(charger_id))

    def subscribe_availability(self, charger_id: str) -> AsyncGenerator[bool, None]:
        """Follow whether a charger is there, as it and its last will tell.

        Behaves as `subscribe` does.

        Raises:
            EVMeterUnsupportedError: the dialect does not tell.
        """
        charger_id = self._following(charger_id)
        topics = self._dialect.availability_topics(charger_id)
        if not topics:
            raise EVMeterUnsupportedError(f"the {self._dialect.name} dialect does not tell availability")
        return self._follow(self._availability, charger_id, topics)

    def available(self, charger_id: str) -> bool | None:
        """Return whether a charger is there; None if nobody follows its availability or nothing is known."""
        return self._availability.latest(self._dialect.normalise_id(charger_id))

    def _following(self, charger_id: str) -> str:
        charger_id = self._dialect.normalise_id(charger_id)
        self._require(Capability.PUSH)
        self._require_open()
        return charger_id

    async def _follow[T](
        self, hub: Hub[T], charger_id: str, topics: tuple[str, ...]
    ) -> AsyncGenerator[T, None]:
        with hub.follow(charger_id) as stream:
            async with self._session.subscribed(topics):
                async for item in stream:
                    yield item

    def _require_open(self) -> None:
        if self.state is ConnectionState.CLOSED:
            raise EVMeterClosedError("the client is closed")

    def _require(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise EVMeterUnsupportedError(f"the {self._dialect.name} dialect cannot {capability.value}")

    def _on_event(self, event: Pushed | Availability) -> None:
        if isinstance(event, Pushed):
            dropped = self._readings.publish(event.reading.charger_id, event.reading)
            self._session.counts["dropped_readings"] += dropped
        else:
            self._availability.publish(event.charger_id, event.online)

    def _on_state(self, state: ConnectionState) -> None:
        if state is not ConnectionState.CONNECTED:
            self._readings.forget()
            self._availability.forget()
        for stream in self._state_streams:
            self._put_state(stream)
        # Through the event loop: an error in a callback is reported there and does not end the connection.
        loop = asyncio.get_running_loop()
        for callback in self._callbacks.values():
            loop.call_soon(callback, state)


def _checked_limits(limits: object) -> PerPhase:
    if not isinstance(limits, (tuple, list)) or len(limits) != 3:
        raise EVMeterConfigError("limits", "must be three numbers, one per charger phase")
    l1, l2, l3 = (_checked_number("limits", value, MAX_LIMIT_A) for value in limits)
    return l1, l2, l3


def _checked_ttl(ttl: object) -> float | None:
    if ttl is None:
        return None
    seconds = _checked_number("ttl", ttl, MAX_TTL_S)
    if seconds == 0:
        raise EVMeterConfigError("ttl", "must be above 0 s")
    return seconds


def _checked_number(key: str, value: object, most: float) -> float:
    # To Python a bool is a number; True is not 1 A.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise EVMeterConfigError(key, f"must be a number from 0 to {most:g}")
    return float(value)
