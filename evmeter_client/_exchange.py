"""The requests that are open, and what becomes of every message that arrives."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from evmeter_client.dialects.base import (
    Answer,
    Availability,
    Dialect,
    Inbound,
    Pushed,
    Refusal,
    Request,
    Result,
    Unmatched,
)
from evmeter_client.exceptions import EVMeterError, EVMeterProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

LOGGER = logging.getLogger(__name__)

_REJECTION_LOG_INTERVAL: Final = 60.0
"""Bad messages are logged at most this often [s]: anyone may send them."""


class OpenRequest:
    """A request that waits for its answer.

    Attributes:
        request: what was asked.
        key: what ties the answer to it.
        outcome: the answer, once it is there.
        due: when it ends by itself, in the event loop's time [s].
        scope: of everything it waits for; ended early, everything ends.
        on_link: it was handed to a connection, so it dies with that.
        published: the broker was given it, or is being given it.
        failure: why it was ended before its time.
    """

    __slots__ = ("due", "failure", "key", "on_link", "outcome", "published", "request", "scope")

    def __init__(self, request: Request, key: str, timeout: float) -> None:
        """Begin to wait."""
        loop = asyncio.get_running_loop()
        self.request = request
        self.key = key
        self.outcome: asyncio.Future[Answer | Refusal] = loop.create_future()
        self.due = loop.time() + timeout
        self.scope = asyncio.timeout(None)
        self.on_link = False
        self.published = False
        self.failure: EVMeterError | None = None

    @property
    def answered(self) -> bool:
        """Whether the answer is there; a deadline that ends the wait cancels the future, which is none."""
        return self.outcome.done() and not self.outcome.cancelled()

    def result(self) -> Result:
        """Return what was answered.

        Raises:
            EVMeterCommandError: the charger refused.
            EVMeterProtocolError: the answer is not valid.
        """
        outcome = self.outcome.result()
        if isinstance(outcome, Refusal):
            raise outcome.error
        return outcome.result

    def end(self, failure: EVMeterError) -> None:
        """End it before its time, wherever it waits: for a connection, the broker's receipt, the answer.

        The first reason counts: closing also loses the connection, but closed is what it is.
        """
        if self.failure is None:
            self.failure = failure
            self.expire()

    def expire(self) -> None:
        """End it: its time is over."""
        if not self.scope.expired():
            self.scope.reschedule(asyncio.get_running_loop().time())


class Exchange:
    """Ties answers to open requests and counts what happens.

    Attributes:
        counts: counters by their names in `ClientStatistics`.
    """

    def __init__(
        self,
        dialect: Dialect,
        nonce: str,
        max_payload: int,
        request_timeout: float,
        on_event: Callable[[Pushed | Availability], None],
    ) -> None:
        """Start with nothing open.

        Args:
            dialect: how the chargers speak.
            nonce: what every request id of ours begins with.
            max_payload: larger messages are dropped unread [bytes].
            request_timeout: a request ends by itself after this time [s].
            on_event: takes what chargers say unasked.
        """
        self.counts: Counter[str] = Counter()
        self._dialect = dialect
        self._prefix = f"{nonce}-"
        self._max_payload = max_payload
        self._request_timeout = request_timeout
        self._on_event = on_event
        self._open: dict[str, OpenRequest] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next_log = 0.0

    def open(self, request: Request) -> OpenRequest:
        """Hold a request open: its answer is recognised until `close`.

        No other request with the same key may be open at the same time.
        """
        opened = OpenRequest(request, self._dialect.key(request), self._request_timeout)
        self._open[opened.key] = opened
        if self._timer is None:
            self._watch(opened)
        return opened

    def close(self, opened: OpenRequest) -> None:
        """Stop waiting for an answer."""
        if self._open.get(opened.key) is opened:
            del self._open[opened.key]

    def end(self, failure: Callable[[], EVMeterError], *, on_link_only: bool) -> None:
        """End every open request, or every one a connection had taken, each with an error of its own."""
        for opened in self._open.values():
            if opened.on_link or not on_link_only:
                opened.end(failure())

    def stop(self) -> None:
        """Let go of the event loop: nothing is opened any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _watch(self, first: OpenRequest) -> None:
        self._timer = asyncio.get_running_loop().call_at(first.due, self._expire)

    def _expire(self) -> None:
        """End what is due.

        One timer serves all requests, where one for each would cost more than the rest of the waiting: they
        all have the same time, so they are due in the order in which they were opened.
        """
        self._timer = None
        now = asyncio.get_running_loop().time()
        for opened in self._open.values():
            if opened.due > now:
                self._watch(opened)
                break
            opened.expire()

    def receive(self, message: Inbound) -> None:
        """Take a message; a bad one is counted and dropped and never raises."""
        if len(message.payload) > self._max_payload:
            self._reject("too long")
            return
        try:
            incoming = self._dialect.decode(message, self._find)
        except EVMeterProtocolError as error:
            self._reject(str(error))
            return
        match incoming:
            case Answer() | Refusal():
                self.counts["answers"] += 1
                self._open[incoming.key].outcome.set_result(incoming)
            case Unmatched():
                ours = incoming.request_id.startswith(self._prefix)
                self.counts["late_answers" if ours else "foreign_answers"] += 1
            case Pushed():
                self.counts["pushed_readings"] += 1
                self._on_event(incoming)
            case Availability():
                self._on_event(incoming)

    def _find(self, key: str) -> Request | None:
        opened = self._open.get(key)
        # What has its outcome is not open, though its task may not have run since: a second answer is late.
        return None if opened is None or opened.outcome.done() else opened.request

    def _reject(self, why: str) -> None:
        self.counts["rejected_messages"] += 1
        now = asyncio.get_running_loop().time()
        if now >= self._next_log:
            self._next_log = now + _REJECTION_LOG_INTERVAL
            LOGGER.warning("Dropped a message (%s); %d dropped so far", why, self.counts["rejected_messages"])
