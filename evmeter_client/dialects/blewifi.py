"""The vendor's chargers as they are: binary frames over a shared broker, reading only.

A request goes to ``/BLEWIFI/Chargers/{charger id}`` and carries the user's id and token; the charger answers
on ``/BLEWIFI/users/{user id in hex}``. There is no correlation id: an answer is matched by the charger's MAC
in it, and a frame nobody waits for is a pushed reading. No control command is known, so none is ever sent.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self, override
from uuid import UUID

from evmeter_client.dialects.base import (
    Answer,
    Command,
    Dialect,
    Inbound,
    Incoming,
    OpenRequests,
    Outgoing,
    Pushed,
    RefusedRequest,
    Request,
    Result,
)
from evmeter_client.dialects.working_info import (
    WorkingInfo,
    decode_working_info,
    encode_working_info,
    open_envelope,
    seal_envelope,
)
from evmeter_client.exceptions import EVMeterConfigError, EVMeterProtocolError, EVMeterUnsupportedError
from evmeter_client.models import Capability, ChargerReading

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_LENGTH = 48
_USER_LENGTH = 36
_COMMAND_TOPIC = "/BLEWIFI/Chargers/"
_USER_TOPIC = "/BLEWIFI/users/"
_WIRE_ID = re.compile(r"[0-9A-F]{12}", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{12}", re.ASCII)
_SEPARATORS = re.compile(r"[:-]")

_REQUEST = struct.Struct(f"<6sBH{_USER_LENGTH}sH{TOKEN_LENGTH}s2s")
"""Header of zeros, opcode, user id and token with their lengths, trailer."""

_SEND_WORKING_INFO = 0x07
"""The only opcode known: send me your WorkingInfo."""


@dataclass(frozen=True, slots=True)
class RequestFrame:
    """Who asks, as a request says it.

    Attributes:
        user_id: ASCII of the user's UUID as sent; never shown.
        token: the user's token; never shown.
    """

    user_id: bytes = field(repr=False)
    token: bytes = field(repr=False)


def read_request_frame(payload: bytes) -> RequestFrame:
    """Read a request for WorkingInfo, whoever sent it.

    Raises:
        EVMeterProtocolError: it is not laid out as one.
    """
    body = open_envelope(payload)
    if len(body) != _REQUEST.size:
        raise EVMeterProtocolError(f"a request body has {_REQUEST.size} bytes, not {len(body)}")
    header, opcode, user_length, user, token_length, token, trailer = _REQUEST.unpack(body)
    if (header, user_length, token_length, trailer) != (bytes(6), _USER_LENGTH, TOKEN_LENGTH, bytes(2)):
        raise EVMeterProtocolError("not laid out as a request")
    if opcode != _SEND_WORKING_INFO:
        raise EVMeterProtocolError(f"unknown opcode {opcode:#04x}")
    return RequestFrame(user, token)


@dataclass(frozen=True, slots=True)
class BlewifiDialect(Dialect):
    """The BLEWIFI dialect for one user of the vendor's service.

    Attributes:
        user_id: the user's UUID; answers come on a topic made of it.
        token: the user's 48-byte token.
    """

    name: ClassVar[str] = "blewifi"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.READ, Capability.PUSH})
    speaks_mqtt_5: ClassVar[bool] = False

    user_id: str = field(repr=False)
    token: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Check user id and token; no message ever repeats them.

        Raises:
            EVMeterConfigError: with key ``user_id`` or ``token``.
        """
        try:
            canonical = str(UUID(self.user_id))
        except (ValueError, AttributeError, TypeError):
            raise EVMeterConfigError("user_id", "not a UUID") from None
        object.__setattr__(self, "user_id", canonical)
        if not _is_token(self.token):
            raise EVMeterConfigError("token", f"must be {TOKEN_LENGTH} bytes")

    @classmethod
    @override
    def from_options(cls, options: Mapping[str, str]) -> Self:
        """Make the dialect from ``user_id`` (a UUID) and ``token`` (96 hex digits)."""
        for key in options.keys() - {"user_id", "token"}:
            raise EVMeterConfigError(key, "not an option of this dialect")
        for key in ("user_id", "token"):
            if key not in options:
                raise EVMeterConfigError(key, "missing")
        try:
            token = bytes.fromhex(options["token"])
        except ValueError:
            raise EVMeterConfigError("token", "must be hexadecimal") from None
        return cls(options["user_id"], token)

    @override
    def normalise_id(self, charger_id: str) -> str:
        """Return a MAC address as 12 upper-case hex digits; ``:`` and ``-`` are taken out."""
        if not _is_mac(charger_id):
            raise EVMeterConfigError("charger_id", "must be a MAC address of 12 hexadecimal digits")
        return _SEPARATORS.sub("", charger_id).upper()

    @override
    def wire_command(self, command: Command) -> Command:
        """Every read is the same request here: its answer holds status and metrics."""
        return command if command is Command.SET_CURRENT_LIMITS else Command.GET_READING

    @property
    def user_topic(self) -> str:
        """The topic of every answer to this user: it contains the user id, so it is not for logs."""
        return _USER_TOPIC + self.user_id.encode("ascii").hex().upper()

    @override
    def key(self, request: Request) -> str:
        return request.charger_id

    @override
    def response_topics(self, charger_id: str) -> tuple[str, ...]:
        return (self.user_topic,)

    @override
    def reading_topics(self, charger_id: str) -> tuple[str, ...]:
        return (self.user_topic,)

    @override
    def availability_topics(self, charger_id: str) -> tuple[str, ...]:
        return ()

    @override
    def encode_request(self, request: Request) -> Outgoing:
        if self.wire_command(request.command) is not Command.GET_READING:
            raise EVMeterUnsupportedError(f"the BLEWIFI dialect has no known command for {request.command}")
        body = _REQUEST.pack(
            bytes(6),
            _SEND_WORKING_INFO,
            _USER_LENGTH,
            self.user_id.encode("ascii"),
            TOKEN_LENGTH,
            self.token,
            bytes(2),
        )
        return Outgoing(self.command_topic(request.charger_id), seal_envelope(body))

    @override
    def decode(self, message: Inbound, open_requests: OpenRequests) -> Incoming:
        if message.topic != self.user_topic:
            raise EVMeterProtocolError("a message on a topic that is not the user's")
        if message.retained:
            raise EVMeterProtocolError("a retained message on the response topic")
        reading = decode_working_info(message.payload).reading
        if open_requests(reading.charger_id) is None:
            return Pushed(reading)
        return Answer(reading.charger_id, reading)

    @override
    def command_topic(self, charger_id: str) -> str:
        return _COMMAND_TOPIC + charger_id

    @override
    def decode_request(self, message: Inbound) -> Request | RefusedRequest:
        charger_id = message.topic.removeprefix(_COMMAND_TOPIC)
        if message.retained or charger_id == message.topic or not _WIRE_ID.fullmatch(charger_id):
            raise EVMeterProtocolError("not a command topic, or a retained command")
        if read_request_frame(message.payload) != RequestFrame(self.user_id.encode("ascii"), self.token):
            raise EVMeterProtocolError("a request of another user")
        return Request(charger_id=charger_id, command=Command.GET_READING)

    @override
    def encode_answer(self, request: Request, result: Result) -> Outgoing:
        if not isinstance(result, ChargerReading):
            raise EVMeterProtocolError("this dialect answers with whole readings only")
        return self.encode_reading(result)

    @override
    def encode_refusal(self, refused: RefusedRequest) -> Outgoing | None:
        return None

    @override
    def encode_reading(self, reading: ChargerReading) -> Outgoing:
        return Outgoing(self.user_topic, encode_working_info(WorkingInfo(reading)))

    @override
    def encode_availability(self, charger_id: str, *, online: bool) -> Outgoing | None:
        return None


def _is_mac(value: object) -> bool:
    # The length comes first: nobody strips separators from a megabyte.
    return isinstance(value, str) and len(value) <= 17 and bool(_MAC.fullmatch(_SEPARATORS.sub("", value)))


def _is_token(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == TOKEN_LENGTH
