"""Puts a charger on a broker: hears its requests, answers them, and pushes its readings."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

from evmeter_client._opener import LinkOpener
from evmeter_client.dialects.base import (
    Command,
    ErrorCode,
    Inbound,
    Outgoing,
    RefusedRequest,
    Request,
    Result,
)
from evmeter_client.exceptions import (
    EVMeterCommandError,
    EVMeterConnectionError,
    EVMeterConnectionLostError,
    EVMeterProtocolError,
)
from evmeter_client.models import ChargerReading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from evmeter_client._link import Link
    from evmeter_client.config import EVMeterConfig
    from evmeter_client.models import PerPhase
    from evmeter_client.simulator.device import ChargerDevice

__all__ = ["MAX_REQUESTS_UNDER_WAY", "REMEMBERED_REQUESTS", "ChargerGateway", "Fault"]

LOGGER = logging.getLogger(__name__)

REMEMBERED_REQUESTS: Final = 256
"""So many requests are remembered with their answers; a repeated one is answered without acting twice."""

MAX_REQUESTS_UNDER_WAY: Final = 256
"""So many requests are answered at the same time; more are dropped unheard."""

_GOODBYE_TIMEOUT: Final = 1.0


class Fault(Enum):
    """What a charger can be made to do wrong."""

    SILENT = "silent"
    """It neither answers nor pushes, though it stays connected."""
    GARBAGE = "garbage"
    """Its answers are noise."""
    TRUNCATED = "truncated"
    """Its answers are cut in half."""
    DUPLICATE = "duplicate"
    """It answers everything twice."""
    WRONG_ID = "wrong_id"
    """Its answers carry the id of another request, or of another charger where requests have no id."""


_SPOILED: Mapping[Fault, Callable[[Outgoing], tuple[Outgoing, ...]]] = {
    Fault.SILENT: lambda _message: (),
    Fault.GARBAGE: lambda message: (replace(message, payload=b"\xff\x00garbage{"),),
    Fault.TRUNCATED: lambda message: (
        replace(message, payload=message.payload[: len(message.payload) // 2]),
    ),
    Fault.DUPLICATE: lambda message: (message, message),
}


class ChargerGateway:
    """Connects one charger to the broker, and again whenever the connection breaks.

    Use it as an asynchronous context manager: entered, the charger is connected and listens.

    Attributes:
        latency: time from a request to its answer [s].
        fault: what the charger does wrong at present.
        requests: requests heard, repeated ones included.
    """

    def __init__(
        self,
        config: EVMeterConfig,
        device: ChargerDevice,
        *,
        latency: float = 0.0,
        fault: Fault | None = None,
        push_interval: float = 1.0,
    ) -> None:
        """Prepare a gateway.

        Args:
            config: broker, credentials and dialect.
            device: the charger.
            latency: time from a request to its answer [s].
            fault: what the charger does wrong.
            push_interval: shortest time between two pushed readings [s].

        Raises:
            EVMeterConfigError: the charger's id cannot be used with the dialect.
        """
        self.latency = latency
        self.fault = fault
        self.requests = 0
        self._config = config
        self._dialect = config.dialect
        self._device = device
        self._charger_id = self._dialect.normalise_id(device.charger_id)
        self._client_id = config.client_id or f"charger-{self._charger_id}"
        self._push_interval = push_interval
        self._answers: OrderedDict[str, Outgoing] = OrderedDict()
        self._runner: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()
        self._link: Link | None = None

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            EVMeterConnectionError: the broker cannot be reached.
        """
        self._runner = asyncio.create_task(self._run())
        connected = asyncio.create_task(self._connected.wait())
        try:
            await asyncio.wait([self._runner, connected], return_when=asyncio.FIRST_COMPLETED)
        finally:
            connected.cancel()
            if not self._connected.is_set():
                await self._stop()
        if self._runner.done():
            self._runner.result()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()
        if self._runner is not None and not self._runner.cancelled():
            self._runner.result()

    @property
    def connected(self) -> bool:
        """Whether the charger is connected to the broker now."""
        return self._link is not None

    async def _stop(self) -> None:
        if self._runner is None:
            return
        if self._link is not None:
            # Whoever leaves in good order has no last will.
            try:
                async with asyncio.timeout(_GOODBYE_TIMEOUT):
                    await self._announce(self._link, online=False)
            except (TimeoutError, EVMeterConnectionLostError) as error:
                LOGGER.debug("Charger %s could not say goodbye: %s", self._charger_id, error)
        self._runner.cancel()
        await asyncio.wait([self._runner])

    async def _run(self) -> None:
        """Stay connected; the first failure is raised, later ones are tried again."""
        last_will = self._dialect.encode_availability(self._charger_id, online=False)
        opener = LinkOpener(self._config, self._client_id, self._receive, last_will)
        while True:
            try:
                async with opener.open() as link:
                    await self._serve(link)
            except EVMeterConnectionError as error:
                if not self._connected.is_set():
                    raise
                LOGGER.debug("Charger %s: %s", self._charger_id, error)
            await asyncio.sleep(self._config.backoff_base)

    async def _serve(self, link: Link) -> None:
        await link.subscribe([self._dialect.command_topic(self._charger_id)])
        self._link = link
        pushing = asyncio.create_task(self._push(link))
        try:
            await link.hold()
        finally:
            self._link = None
            tasks = {pushing, *self._answering}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _announce(self, link: Link, *, online: bool) -> None:
        message = self._dialect.encode_availability(self._charger_id, online=online)
        if message is not None:
            await link.publish(message)

    async def _push(self, link: Link) -> None:
        """Say that the charger is there, then push every change, at most one per interval."""
        try:
            await self._announce(link, online=True)
            self._connected.set()
            pushed: ChargerReading | None = None
            while True:
                reading = self._device.reading()
                if reading != pushed and self.fault is not Fault.SILENT:
                    await self._push_reading(link, reading)
                    pushed = reading
                await asyncio.sleep(self._push_interval)
        except EVMeterConnectionLostError as error:
            LOGGER.debug("Charger %s: %s", self._charger_id, error)

    async def _push_reading(self, link: Link, reading: ChargerReading) -> None:
        try:
            message = self._dialect.encode_reading(reading)
        except EVMeterProtocolError as error:
            LOGGER.warning("Charger %s cannot push its reading: %s", self._charger_id, error)
        else:
            await link.publish(message)

    def _receive(self, message: Inbound) -> None:
        try:
            request = self._dialect.decode_request(message)
        except EVMeterProtocolError as error:
            LOGGER.debug("Charger %s heard a message that is no request: %s", self._charger_id, error)
            return
        self.requests += 1
        if len(self._answering) >= MAX_REQUESTS_UNDER_WAY or self._link is None:
            return
        task = asyncio.create_task(self._answer(self._link, request))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, link: Link, request: Request | RefusedRequest) -> None:
        if self.latency > 0:
            await asyncio.sleep(self.latency)
        answer = self._answers.get(request.request_id) if request.request_id else None
        if answer is None:
            answer = self._act(request)
            if answer is not None and request.request_id:
                self._answers[request.request_id] = answer
                if len(self._answers) > REMEMBERED_REQUESTS:
                    self._answers.popitem(last=False)
        if answer is None:
            return
        spoil = None if self.fault is None else _SPOILED.get(self.fault)
        try:
            for message in (answer,) if spoil is None else spoil(answer):
                await link.publish(message)
        except EVMeterConnectionLostError as error:
            LOGGER.debug("Charger %s could not answer: %s", self._charger_id, error)

    def _act(self, request: Request | RefusedRequest) -> Outgoing | None:
        """Do what is asked and return the answer."""
        if isinstance(request, RefusedRequest):
            return self._dialect.encode_refusal(request)
        try:
            result = self._result(request)
            if self.fault is Fault.WRONG_ID:
                return self._dialect.encode_answer(*_misdirected(request, result))
            return self._dialect.encode_answer(request, result)
        except EVMeterCommandError as error:
            known = error.code in set(ErrorCode)
            code, words = ErrorCode(error.code) if known else ErrorCode.INTERNAL, error.message
        except EVMeterProtocolError as error:
            code, words = ErrorCode.INTERNAL, str(error)
        return self._dialect.encode_refusal(
            RefusedRequest(
                charger_id=request.charger_id,
                request_id=request.request_id,
                code=code,
                message=words,
                reply=request.reply,
            )
        )

    def _result(self, request: Request) -> Result:
        if request.command is Command.SET_CURRENT_LIMITS:
            return self._applied(request.limits, request.ttl)
        reading = self._device.reading()
        if request.command is Command.GET_STATUS:
            return reading.status
        if request.command is Command.GET_METRICS:
            return reading.metrics
        return reading

    def _applied(self, limits: PerPhase | None, ttl: float | None) -> PerPhase:
        if limits is None:
            raise EVMeterCommandError(ErrorCode.INVALID_PARAMS, "there are no limits")
        return self._device.set_current_limits(limits, ttl)


def _misdirected(request: Request, result: Result) -> tuple[Request, Result]:
    """Return an answer as if it were for another request, or from another charger."""
    if request.request_id:
        reply = request.reply
        if reply.correlation is not None:
            reply = replace(reply, correlation=b"000000000000-0")
        return replace(request, request_id="000000000000-0", reply=reply), result
    if isinstance(result, ChargerReading):
        status = replace(result.status, charger_id="FFFFFFFFFFFF")
        return request, replace(result, status=status)
    return request, result
