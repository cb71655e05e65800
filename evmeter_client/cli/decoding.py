"""What a message says, whatever dialect it is in: pure, and without the secrets that a request carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evmeter_client.cli.documents import metrics_document, reading_document
from evmeter_client.dialects.base import (
    Answer,
    Command,
    Inbound,
    Refusal,
    RefusedRequest,
    Request,
)
from evmeter_client.dialects.blewifi import BlewifiDialect, read_request_frame
from evmeter_client.dialects.json import JsonDialect
from evmeter_client.dialects.json_documents import (
    limits_to_json,
    metrics_from_json,
    reading_from_json,
    status_from_json,
    status_to_json,
)
from evmeter_client.dialects.strict_json import parse_object
from evmeter_client.dialects.working_info import decode_working_info, open_envelope
from evmeter_client.exceptions import EVMeterCommandError, EVMeterConfigError, EVMeterProtocolError
from evmeter_client.models import ChargerMetrics, ChargerReading, ChargerStatus

if TYPE_CHECKING:
    from evmeter_client.dialects.base import Result
    from evmeter_client.dialects.strict_json import JsonObject, JsonValue

MASK: Final = "********"
"""Stands for what is never shown."""

_REQUEST_BEGINS: Final = b"\x00"
_LARGEST_LENGTH_BYTE: Final = 0x03
"""A BLEWIFI message has at most 1024 bytes: its second byte is at most this, which no JSON text contains."""

_JSON: Final = JsonDialect()
_ANY_CHARGER: Final = "any"
_PRESENCE: Final = frozenset({b"online", b"offline"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a message says.

    Attributes:
        dialect: the dialect it is in.
        kind: reading, status, metrics, limits, request, refused_request, error or availability.
        charger_id: the charger it is of, None where neither message nor topic tells.
        content: what it says, by the names of the protocol.
        reading: the reading, if it is one.
    """

    dialect: str
    kind: str
    charger_id: str | None
    content: JsonObject
    reading: ChargerReading | None = None

    def as_document(self) -> JsonObject:
        """Return it as JSON has it."""
        return {
            "dialect": self.dialect,
            "kind": self.kind,
            "charger_id": self.charger_id,
            "content": self.content,
        }


def decode_payload(payload: bytes, charger_id: str | None = None) -> Decoded:
    """Decode a message of any dialect.

    Args:
        payload: the message.
        charger_id: the charger it must be of, None = any.

    Raises:
        EVMeterProtocolError: it is no message of any dialect, or of another charger.
    """
    if len(payload) > 1 and payload[1] <= _LARGEST_LENGTH_BYTE:
        return decode_blewifi(payload, charger_id)
    return decode_json(payload, charger_id)


def decode_blewifi(payload: bytes, charger_id: str | None = None) -> Decoded:
    """Decode a message of the BLEWIFI dialect; the user's id and token in a request are masked.

    Raises:
        EVMeterProtocolError: it is none.
    """
    if open_envelope(payload).startswith(_REQUEST_BEGINS):
        read_request_frame(payload)
        content: JsonObject = {"command": Command.GET_READING.value, "user_id": MASK, "token": MASK}
        return Decoded(dialect=BlewifiDialect.name, kind="request", charger_id=charger_id, content=content)
    info = decode_working_info(payload)
    return Decoded(
        dialect=BlewifiDialect.name,
        kind="reading",
        charger_id=info.reading.charger_id,
        content=reading_document(info.reading) | {"trailer": info.trailer.hex()},
        reading=info.reading,
    )


def decode_json(payload: bytes, charger_id: str | None = None) -> Decoded:
    """Decode a message of the JSON dialect.

    Raises:
        EVMeterProtocolError: it is none, or of another charger.
    """
    if payload.strip() in _PRESENCE:
        return _json("availability", charger_id, {"online": payload.strip() == b"online"})
    document = parse_object(payload)
    if "command" in document:
        return _request(payload, charger_id)
    if "ok" in document:
        return _response(payload, document, charger_id or _told_id(document.get("result")))
    told = charger_id or _told_id(document) or _ANY_CHARGER
    if "status" in document:
        return _result(reading_from_json(document, told))
    if "voltages" in document:
        return _result(metrics_from_json(document, told))
    if "ev_status" in document:
        return _result(status_from_json(document, told))
    raise EVMeterProtocolError("not a message of the JSON dialect")


def _request(payload: bytes, charger_id: str | None) -> Decoded:
    topic = _JSON.command_topic(charger_id or _ANY_CHARGER)
    request = _JSON.decode_request(Inbound(topic, payload))
    if isinstance(request, RefusedRequest):
        refused: JsonObject = {
            "id": request.request_id,
            "code": request.code.value,
            "message": request.message,
        }
        return _json("refused_request", charger_id, refused)
    content: JsonObject = {"id": request.request_id, "command": request.command.value}
    if request.limits is not None:
        content |= limits_to_json(request.limits) | {"ttl": request.ttl}
    return _json("request", charger_id, content)


def _response(payload: bytes, document: JsonObject, charger_id: str | None) -> Decoded:
    """Decode a response as the client does that had asked for what the response holds."""
    told = charger_id or _ANY_CHARGER
    command = _answered(document.get("result"))
    (topic,) = _JSON.response_topics(told)
    incoming = _JSON.decode(
        Inbound(topic, payload),
        lambda request_id: Request(charger_id=told, command=command, request_id=request_id),
    )
    match incoming:
        case Answer(result=result):
            return _result(result, charger_id)
        case Refusal(key=key, error=EVMeterCommandError() as error):
            content: JsonObject = {"id": key, "code": error.code, "message": error.message}
            return _json("error", charger_id, content)
        case Refusal(error=error):
            raise error
        case _:
            raise EVMeterProtocolError("not a response")


def _answered(result: JsonValue) -> Command:
    """Return the command that has such a result."""
    members = result if isinstance(result, dict) else {}
    if "status" in members:
        return Command.GET_READING
    if "limits" in members:
        return Command.SET_CURRENT_LIMITS
    return Command.GET_METRICS if "voltages" in members else Command.GET_STATUS


def _result(result: Result, charger_id: str | None = None) -> Decoded:
    match result:
        case ChargerReading():
            return _json("reading", result.charger_id, reading_document(result), result)
        case ChargerStatus():
            return _json("status", result.charger_id, status_to_json(result))
        case ChargerMetrics():
            return _json("metrics", result.charger_id, metrics_document(result))
        case limits:
            return _json("limits", charger_id, limits_to_json(limits))


def _json(
    kind: str, charger_id: str | None, content: JsonObject, reading: ChargerReading | None = None
) -> Decoded:
    return Decoded(dialect=_JSON.name, kind=kind, charger_id=charger_id, content=content, reading=reading)


def _told_id(value: JsonValue) -> str | None:
    """Return the id of the charger that a document names, itself or in its status."""
    if not isinstance(value, dict):
        return None
    told = value.get("charger_id")
    if isinstance(told, str):
        # It becomes part of a topic on the way: only a usable one will do.
        try:
            return _JSON.normalise_id(told)
        except EVMeterConfigError:
            raise EVMeterProtocolError("charger_id is not a charger's id") from None
    return _told_id(value.get("status"))
