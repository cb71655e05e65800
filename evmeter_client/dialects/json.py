"""The JSON dialect, version 1: full control, for gateways, the simulator and future firmware.

A request is published to the charger's command topic; its answer comes on the charger's response topic, which
every client hears: the id in the payload ties them together. Readings are pushed to a topic of their own,
retained. Over MQTT 5 a request also has that topic as its Response Topic and the id as its Correlation Data;
the charger answers with the same Correlation Data. A client or charger on MQTT 3.1.1 sees neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self, override

from evmeter_client.dialects.base import (
    MAX_LIMIT_A,
    MAX_TTL_S,
    Answer,
    Availability,
    Command,
    Dialect,
    ErrorCode,
    Inbound,
    Incoming,
    OpenRequests,
    Outgoing,
    Pushed,
    Refusal,
    RefusedRequest,
    Reply,
    Request,
    Result,
    Unmatched,
)
from evmeter_client.dialects.json_documents import (
    limits_from_json,
    limits_to_json,
    metrics_from_json,
    metrics_to_json,
    reading_from_json,
    reading_to_json,
    status_from_json,
    status_to_json,
)
from evmeter_client.dialects.json_topics import JsonTopics, is_charger_id
from evmeter_client.dialects.strict_json import Fields, JsonObject, JsonValue, dump_object, parse_object
from evmeter_client.exceptions import EVMeterCommandError, EVMeterConfigError, EVMeterProtocolError
from evmeter_client.models import Capability, ChargerMetrics, ChargerReading, ChargerStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = 1
MAX_CORRELATION = 256
"""Longest correlation data a charger sends back [bytes]."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_AVAILABILITY: Mapping[bytes, bool] = {b"online": True, b"offline": False}

_RESULTS: Mapping[Command, Callable[[JsonValue, str], Result]] = {
    Command.GET_STATUS: status_from_json,
    Command.GET_METRICS: metrics_from_json,
    Command.GET_READING: reading_from_json,
    Command.SET_CURRENT_LIMITS: lambda value, _charger_id: limits_from_json(value),
}


@dataclass(frozen=True, slots=True)
class JsonDialect(Dialect):
    """The JSON dialect.

    Attributes:
        topics: templates of the topics in use.
    """

    name: ClassVar[str] = "json"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    speaks_mqtt_5: ClassVar[bool] = True

    topics: JsonTopics = field(default_factory=JsonTopics)
    _heard: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the topics: every message is looked up by its topic."""
        object.__setattr__(self, "_heard", self.topics.heard_by_clients())

    @classmethod
    @override
    def from_options(cls, options: Mapping[str, str]) -> Self:
        """Make it from ``command_topic``, ``response_topic``, ``state_topic``, ``availability_topic``.

        In each template one whole level is ``{charger_id}``; a missing one has its default.
        """
        return cls(JsonTopics.from_options(options))

    @override
    def normalise_id(self, charger_id: str) -> str:
        """Return the id: 1 to 64 ASCII letters, digits, ``_`` and ``-``."""
        if not is_charger_id(charger_id):
            raise EVMeterConfigError("charger_id", "must be 1 to 64 letters, digits, '_' or '-'")
        return charger_id

    @override
    def key(self, request: Request) -> str:
        return request.request_id

    @override
    def response_topics(self, charger_id: str) -> tuple[str, ...]:
        return (self._own_response_topic(charger_id),)

    @override
    def reading_topics(self, charger_id: str) -> tuple[str, ...]:
        return (self.topics.fill(self.topics.state, charger_id),)

    @override
    def availability_topics(self, charger_id: str) -> tuple[str, ...]:
        return (self.topics.fill(self.topics.availability, charger_id),)

    @override
    def encode_request(self, request: Request) -> Outgoing:
        params: JsonObject = {}
        if request.limits is not None:
            params = {"limits": list(request.limits), "ttl": request.ttl}
        document: JsonObject = {
            "v": VERSION,
            "id": request.request_id,
            "command": request.command.value,
            "params": params,
        }
        return Outgoing(
            self.command_topic(request.charger_id),
            dump_object(document),
            reply=Reply(self._own_response_topic(request.charger_id), request.request_id.encode("ascii")),
        )

    @override
    def decode(self, message: Inbound, open_requests: OpenRequests) -> Incoming:
        heard = self._heard.fullmatch(message.topic)
        if heard is None or heard.lastgroup is None:
            raise EVMeterProtocolError("a message on a topic of no charger")
        charger_id = heard[heard.lastgroup]
        if heard.lastgroup == "response":
            return self._decode_response(message, charger_id, open_requests)
        if heard.lastgroup == "state":
            return Pushed(reading_from_json(parse_object(message.payload), charger_id))
        if message.payload not in _AVAILABILITY:
            raise EVMeterProtocolError("availability is neither online nor offline")
        return Availability(charger_id, _AVAILABILITY[message.payload])

    def _decode_response(self, message: Inbound, charger_id: str, open_requests: OpenRequests) -> Incoming:
        if message.retained:
            raise EVMeterProtocolError("a retained message on a response topic")
        document = _versioned(parse_object(message.payload), "response")
        request_id = _request_id(document)
        correlation = message.reply.correlation
        if correlation is not None and correlation != request_id.encode("ascii"):
            raise EVMeterProtocolError("the correlation data are not the request id")
        succeeded = document.boolean("ok")
        request = open_requests(request_id)
        if request is None:
            return Unmatched(request_id)
        if request.charger_id != charger_id:
            raise EVMeterProtocolError("an answer on the response topic of another charger")
        if not succeeded:
            error = document.inner("error")
            return Refusal(request_id, EVMeterCommandError(error.text("code"), error.text("message", "")))
        try:
            return Answer(request_id, _RESULTS[request.command](document.raw("result"), charger_id))
        except EVMeterProtocolError as error:
            return Refusal(request_id, error)

    @override
    def command_topic(self, charger_id: str) -> str:
        return self.topics.fill(self.topics.command, charger_id)

    @override
    def decode_request(self, message: Inbound) -> Request | RefusedRequest:
        charger_id = self.topics.charger_in(self.topics.command, message.topic)
        if message.retained or not charger_id:
            raise EVMeterProtocolError("not a command topic, or a retained command")
        correlation = message.reply.correlation
        if correlation is not None and len(correlation) > MAX_CORRELATION:
            raise EVMeterProtocolError(f"correlation data have at most {MAX_CORRELATION} bytes")
        document = _versioned(parse_object(message.payload), "request")
        request_id = _request_id(document)
        try:
            return replace(_request(charger_id, request_id, document), reply=message.reply)
        except EVMeterCommandError as error:
            return RefusedRequest(
                charger_id=charger_id,
                request_id=request_id,
                code=ErrorCode(error.code),
                message=error.message,
                reply=message.reply,
            )

    @override
    def encode_answer(self, request: Request, result: Result) -> Outgoing:
        document: JsonObject = {
            "v": VERSION,
            "id": request.request_id,
            "ok": True,
            "result": _result_to_json(result),
        }
        return self._response(request, document)

    @override
    def encode_refusal(self, refused: RefusedRequest) -> Outgoing | None:
        document: JsonObject = {
            "v": VERSION,
            "id": refused.request_id,
            "ok": False,
            "error": {"code": refused.code, "message": refused.message},
        }
        return self._response(refused, document)

    @override
    def encode_reading(self, reading: ChargerReading) -> Outgoing:
        (topic,) = self.reading_topics(reading.charger_id)
        return Outgoing(topic, dump_object(reading_to_json(reading)), retain=True)

    @override
    def encode_availability(self, charger_id: str, *, online: bool) -> Outgoing | None:
        (topic,) = self.availability_topics(charger_id)
        return Outgoing(topic, b"online" if online else b"offline", retain=True)

    def _response(self, request: Request | RefusedRequest, document: JsonObject) -> Outgoing:
        topic = request.reply.topic
        # A topic that is no response topic is never used: the charger would publish where a stranger wants.
        if topic is None or self.topics.charger_in(self.topics.response, topic) is None:
            topic = self._own_response_topic(request.charger_id)
        return Outgoing(topic, dump_object(document), reply=Reply(correlation=request.reply.correlation))

    def _own_response_topic(self, charger_id: str) -> str:
        return self.topics.fill(self.topics.response, charger_id)


def _versioned(document: JsonObject, where: str) -> Fields:
    fields = Fields(document, where)
    if fields.integer("v") != VERSION:
        raise EVMeterProtocolError("a message of another version of the protocol")
    return fields


def _request_id(fields: Fields) -> str:
    request_id = fields.text("id")
    if not _REQUEST_ID.fullmatch(request_id):
        raise fields.wrong("id", "a request id")
    return request_id


def _request(charger_id: str, request_id: str, document: Fields) -> Request:
    """Read command and parameters of a request that can be answered.

    Raises:
        EVMeterCommandError: with the code of the refusal.
    """
    name = document.text("command")
    if name not in set(Command):
        raise EVMeterCommandError(ErrorCode.UNKNOWN_COMMAND, "there is no such command")
    command = Command(name)
    if command is not Command.SET_CURRENT_LIMITS:
        return Request(charger_id=charger_id, request_id=request_id, command=command)
    try:
        params = document.inner("params")
        limits = params.per_phase("limits")
        ttl = None if params.is_null("ttl") else params.number("ttl")
    except EVMeterProtocolError as error:
        raise EVMeterCommandError(ErrorCode.INVALID_PARAMS, str(error)) from None
    if not all(0 <= limit <= MAX_LIMIT_A for limit in limits):
        raise EVMeterCommandError(ErrorCode.OUT_OF_RANGE, f"a limit is 0 to {MAX_LIMIT_A:g} A")
    if ttl is not None and not 0 < ttl <= MAX_TTL_S:
        raise EVMeterCommandError(ErrorCode.OUT_OF_RANGE, f"a ttl is above 0 and at most {MAX_TTL_S:g} s")
    return Request(charger_id=charger_id, request_id=request_id, command=command, limits=limits, ttl=ttl)


def _result_to_json(result: Result) -> JsonObject:
    match result:
        case ChargerReading():
            return reading_to_json(result)
        case ChargerStatus():
            return status_to_json(result)
        case ChargerMetrics():
            return metrics_to_json(result)
        case limits:
            return limits_to_json(limits)
