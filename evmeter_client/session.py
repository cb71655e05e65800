"""One supervised connection: it reconnects, subscribes again, and ties answers to requests."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from evmeter_client._exchange import Exchange
from evmeter_client._opener import LinkOpener
from evmeter_client.dialects.base import Availability, Command, Inbound, Pushed, Request, Result
from evmeter_client.exceptions import (
    EVMeterAuthenticationError,
    EVMeterClosedError,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
    EVMeterError,
    EVMeterTimeoutError,
)
from evmeter_client.models import ConnectionState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from evmeter_client._exchange import OpenRequest
    from evmeter_client._link import Link
    from evmeter_client.config import EVMeterConfig
    from evmeter_client.models import MqttVersion

LOGGER = logging.getLogger(__name__)

SILENT_TIMEOUTS: Final = 3
"""So many timeouts in a row with nothing heard from the broker force a new connection."""

_MAX_DOUBLINGS: Final = 16


class Session:
    """Keeps one connection up and carries requests over it.

    Attributes:
        state: what the connection is doing.
        last_error: why the latest attempt or connection failed.
        counts: counters by their names in `ClientStatistics`.
    """

    def __init__(
        self,
        config: EVMeterConfig,
        on_event: Callable[[Pushed | Availability], None],
        on_state: Callable[[ConnectionState], None],
    ) -> None:
        """Prepare a session; nothing happens before `connect`.

        Args:
            config: where and how.
            on_event: takes what chargers say unasked.
            on_state: told of every change of the connection.
        """
        self._config = config
        self._on_state = on_state
        self._nonce = secrets.token_hex(6)
        self._request_count = 0
        self._exchange = Exchange(
            config.dialect, self._nonce, config.max_payload, config.request_timeout, on_event
        )
        self._opener = LinkOpener(config, config.client_id or f"evmeter-{self._nonce}", self._receive)
        self.counts = self._exchange.counts

        self.state = ConnectionState.DISCONNECTED
        self.last_error: EVMeterConnectionError | None = None
        self._reported: ConnectionState | None = None
        self._state_changed = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = False
        self._first_connection: asyncio.Future[None] | None = None
        self._link: Link | None = None
        self._topics: Counter[str] = Counter()
        self._response_topics: set[str] = set()
        self._retry_now = asyncio.Event()
        self._read_slots = asyncio.Semaphore(config.max_in_flight)
        self._command_slots = asyncio.Semaphore(config.max_in_flight)
        self._silent_timeouts = 0

    # Connection

    @property
    def mqtt_version(self) -> MqttVersion | None:
        """The version of MQTT of the present connection."""
        return None if self._link is None else self._link.version

    async def connect(self, *, wait: bool) -> None:
        """Start to connect; with ``wait``, return connected or raise why the first attempt failed.

        A session that connects in the background already is only waited for.

        Raises:
            EVMeterAuthenticationError: the broker refuses the credentials.
            EVMeterConnectionError: the broker cannot be reached.
            EVMeterClosedError: the session was closed.
        """
        if self._supervisor is not None and self._stopping:
            await asyncio.wait([self._supervisor])  # an attempt that was given up must end before the next
        if self.state is ConnectionState.CLOSED:
            raise EVMeterClosedError("the client is closed")
        starts = False
        if self._supervisor is None or self._supervisor.done():
            starts = True
            self._first_connection = asyncio.get_running_loop().create_future()
            self._stopping = False
            self._supervisor = asyncio.create_task(self._supervise(self._first_connection, give_up=wait))
        if not wait or self._first_connection is None:
            return
        try:
            await asyncio.wait(
                [self._supervisor, self._first_connection], return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            if starts:
                self._stop_supervisor(self._supervisor)
            raise
        if self._supervisor.cancelled():
            raise EVMeterClosedError("the client was closed while it connected")
        if self._first_connection.done():
            self._first_connection.result()
        else:
            self._supervisor.result()

    async def close(self) -> None:
        """Disconnect; open requests end with EVMeterClosedError. Does nothing the second time."""
        self._set_state(ConnectionState.CLOSED)
        self._exchange.end(lambda: EVMeterClosedError("the client was closed"), on_link_only=False)
        if self._supervisor is None:
            return
        self._stop_supervisor(self._supervisor)
        try:
            await asyncio.wait([self._supervisor])
        finally:
            self._exchange.stop()
        if not self._supervisor.cancelled():
            self._supervisor.result()

    def _stop_supervisor(self, supervisor: asyncio.Task[None]) -> None:
        # Once only: a second cancellation would interrupt the cleaning up after the first. The task's own
        # count of cancellations cannot tell, as a timeout that is just running out is counted too.
        if not self._stopping:
            self._stopping = True
            supervisor.cancel()

    async def _supervise(self, first: asyncio.Future[None], *, give_up: bool) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            self._set_state(ConnectionState.CONNECTING)
            try:
                await self._hold_connection(first)
            except EVMeterConnectionError as error:
                self.last_error = error
                refused = isinstance(error, EVMeterAuthenticationError)
                self._set_state(ConnectionState.REFUSED if refused else ConnectionState.DISCONNECTED)
                if give_up and not first.done():
                    first.set_exception(error)
                    return
                self._report()
            failures = 0 if loop.time() - began >= self._config.healthy_after else failures + 1
            await self._pause(began, failures)

    async def _hold_connection(self, first: asyncio.Future[None]) -> None:
        """Connect, and stay connected until the connection is lost.

        Raises:
            EVMeterConnectionError: in any case; of a class of its own if it never came about.
        """
        async with self._opener.open() as link:
            subscribed: set[str] = set()
            while missing := (self._response_topics | self._topics.keys()) - subscribed:
                await link.subscribe(missing)  # more may be wanted by the time this is done
                subscribed |= missing
            self._link = link
            self._silent_timeouts = 0
            if first.done():
                self.counts["reconnects"] += 1
            else:
                first.set_result(None)
            self._set_state(ConnectionState.CONNECTED)
            self._report()
            try:
                await link.hold()
            finally:
                self._link = None
                self._exchange.end(
                    lambda: EVMeterConnectionLostError("the connection to the broker was lost"),
                    on_link_only=True,
                )

    def _report(self) -> None:
        """Log how the connection is, once per change and not once per attempt."""
        if self.state is self._reported:
            return
        self._reported = self.state
        broker = f"{self._config.host}:{self._config.port}"
        if self.state is ConnectionState.CONNECTED:
            LOGGER.info("Connected to %s", broker)
        else:
            LOGGER.warning("Not connected to %s: %s", broker, self.last_error)

    async def _pause(self, began: float, failures: int) -> None:
        """Wait before the next attempt: full jitter, brought forward by a request that waits.

        Two attempts are never closer than the base interval. Refused credentials are not tried again before
        the longest interval, whoever waits: brokers lock accounts.
        """
        config = self._config
        if self.state is ConnectionState.REFUSED:
            await asyncio.sleep(config.backoff_cap)
            return
        longest = min(config.backoff_cap, config.backoff_base * 2 ** min(failures, _MAX_DOUBLINGS))
        self._retry_now.clear()
        try:
            async with asyncio.timeout(random.uniform(0, longest)):
                await self._retry_now.wait()
        except TimeoutError:
            pass
        elapsed = asyncio.get_running_loop().time() - began
        await asyncio.sleep(config.backoff_base - elapsed)

    def _set_state(self, state: ConnectionState) -> None:
        if state is self.state or self.state is ConnectionState.CLOSED:
            return
        self.state = state
        # Those who wait look again; a fresh event makes them wait for the next change.
        self._state_changed.set()
        self._state_changed = asyncio.Event()
        self._on_state(state)

    async def _connected_link(self) -> Link:
        while self._link is None:
            if self.state is ConnectionState.CLOSED:
                raise EVMeterClosedError("the client is closed")
            if self.state is ConnectionState.REFUSED:
                raise EVMeterAuthenticationError(f"the broker refuses the credentials: {self.last_error}")
            self._retry_now.set()
            await self._state_changed.wait()
        return self._link

    # Topics

    @asynccontextmanager
    async def subscribed(self, topics: tuple[str, ...]) -> AsyncIterator[None]:
        """Stay subscribed to topics, over every reconnect, as long as the context is open.

        Raises:
            EVMeterConnectionError: the broker does not allow the subscription.
        """
        self._topics.update(topics)
        try:
            if self._link is not None:
                try:
                    await self._link.subscribe(topics)
                except EVMeterConnectionLostError:
                    LOGGER.debug("Lost the connection while subscribing; the next one subscribes again")
            yield
        finally:
            self._topics.subtract(topics)
            for topic in topics:
                if self._topics[topic] <= 0:
                    del self._topics[topic]
                    if self._link is not None and topic not in self._response_topics:
                        self._link.unsubscribe(topic)

    # Requests

    def next_request_id(self) -> str:
        """Return an id that no other request of any client has."""
        self._request_count += 1
        return f"{self._nonce}-{self._request_count}"

    async def request(self, request: Request) -> Result:
        """Send a request and return its result.

        At most one request per key may be open; the caller sees to that.

        Raises:
            EVMeterClosedError: the session is closed or was never connected.
            EVMeterConnectionError: no connection within the request timeout, or it was lost.
            EVMeterTimeoutError: no answer within the request timeout.
            EVMeterProtocolError: the answer is not valid.
            EVMeterCommandError: the charger refuses.
            EVMeterUnsupportedError: the dialect cannot ask this.
        """
        if self._supervisor is None or self._supervisor.done():
            raise EVMeterClosedError("the client is not connected")
        config = self._config
        message = config.dialect.encode_request(request)
        topics = config.dialect.response_topics(request.charger_id)
        # Commands have places of their own: a limit never queues behind reads.
        slots = self._command_slots if request.command is Command.SET_CURRENT_LIMITS else self._read_slots
        opened = self._exchange.open(request)
        try:
            # One scope, and one deadline, for everything there may be to wait for.
            async with opened.scope, slots:
                link = self._link or await self._connected_link()
                opened.on_link = True
                if not link.is_subscribed(topics):
                    await link.subscribe(topics)
                # Until the client closes: the next request to this charger saves the way.
                self._response_topics.update(topics)
                opened.published = True
                self.counts["requests"] += 1
                await link.publish(message)
                if config.qos > 0:
                    # The broker's receipt proves the connection, whatever the charger does.
                    self._silent_timeouts = 0
                await opened.outcome
        except TimeoutError:
            if not opened.answered:
                raise self._explain(opened) from None
        finally:
            self._exchange.close(opened)
        return opened.result()

    def _explain(self, opened: OpenRequest) -> EVMeterError:
        """Return the error for a request whose time is over."""
        if opened.failure is not None:
            return opened.failure
        timeout = self._config.request_timeout
        if self._link is None:
            return EVMeterConnectionError(f"no connection within {timeout:g} s: {self.last_error}")
        if opened.published:
            self.counts["timeouts"] += 1
            self._silent_timeouts += 1
            if self._silent_timeouts >= SILENT_TIMEOUTS:
                self._silent_timeouts = 0
                self._link.drop()
        return EVMeterTimeoutError(
            f"{opened.request.charger_id} did not answer {opened.request.command} within {timeout:g} s"
        )

    def _receive(self, message: Inbound) -> None:
        self._silent_timeouts = 0
        self._exchange.receive(message)
