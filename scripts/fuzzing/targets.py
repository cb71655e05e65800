"""Every public decoder of both dialects, in both directions, and what must hold for whatever it is given.

A check returns what became of an input and lets through only what must never happen: any exception but
EVMeterProtocolError, or a value that does not come back equal after it was encoded and decoded again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from evmeter_client import Dialect, EVMeterCommandError, EVMeterProtocolError
from evmeter_client.dialects.base import (
    NO_REPLY,
    Answer,
    Availability,
    ErrorCode,
    Inbound,
    Incoming,
    Outgoing,
    Pushed,
    Refusal,
    RefusedRequest,
    Reply,
    Request,
)
from evmeter_client.dialects.working_info import decode_working_info, encode_working_info
from fuzzing import seeds
from fuzzing.mutations import Bytes, Mutation, in_bytes, in_frame, in_json
from fuzzing.seeds import BLEWIFI, CHARGER, JSON, REQUESTS

_STARTED_OVER = 0.5
"""Share of the inputs that are one change away from a valid message."""


class RoundTripError(AssertionError):
    """What was decoded is not what comes back after encoding it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder under test.

    Attributes:
        check: gives it an input; says whether that was a valid message.
        seeds: valid messages to start from.
        mutation: how inputs are changed.
    """

    check: Callable[[bytes], bool]
    seeds: tuple[bytes, ...]
    mutation: Mutation = in_bytes

    def changed(self, message: bytes, random: Random, change: Bytes) -> bytes:
        """Return a message changed; now and then one that was valid, or most inputs would be far from it."""
        if random.random() < _STARTED_OVER:
            message = random.choice(self.seeds)
        return self.mutation(message, random, change)


def _same(before: object, after: object) -> None:
    if before != after:
        raise RoundTripError(f"{before!r} came back as {after!r}")


def _arrived(message: Outgoing | None) -> Inbound:
    if message is None:
        raise RoundTripError("nothing to send")
    return Inbound(message.topic, message.payload)


def _written_again(dialect: Dialect, incoming: Incoming) -> Outgoing | None:
    """Return the message that says the same; None where no charger would send it."""
    match incoming:
        case Answer(key, result):
            # The binary dialect has no ids: its key is the charger.
            request = REQUESTS.get(key) or Request(charger_id=key, command=seeds.READ.command)
            return dialect.encode_answer(request, result)
        case Refusal(key, EVMeterCommandError(code=code, message=message)) if code in set(ErrorCode):
            return dialect.encode_refusal(
                RefusedRequest(charger_id=CHARGER, request_id=key, code=ErrorCode(code), message=message)
            )
        case Pushed(reading):
            return dialect.encode_reading(reading)
        case Availability(charger_id, online):
            return dialect.encode_availability(charger_id, online=online)
        case _:
            return None


def _comparable(incoming: Incoming) -> object:
    """Return what two equal meanings have in common; exceptions compare by identity."""
    if isinstance(incoming, Refusal):
        return incoming.key, type(incoming.error), str(incoming.error)
    return incoming


def _decodes(dialect: Dialect, message: Inbound, open_requests: Callable[[str], Request | None]) -> bool:
    try:
        incoming = dialect.decode(message, open_requests)
    except EVMeterProtocolError:
        return False
    again = _written_again(dialect, incoming)
    if again is not None:
        _same(_comparable(incoming), _comparable(dialect.decode(_arrived(again), open_requests)))
    return True


def _decodes_request(dialect: Dialect, message: Inbound) -> bool:
    try:
        request = dialect.decode_request(message)
    except EVMeterProtocolError:
        return False
    if isinstance(request, Request):
        again = dialect.decode_request(_arrived(dialect.encode_request(request)))
        # Where to answer is the sender's: a request that is encoded again has another one.
        _same(replace(request, reply=NO_REPLY), again)
    else:
        dialect.encode_refusal(request)
    return True


def _json_on(topic: str) -> Callable[[bytes], bool]:
    return lambda data: _decodes(JSON, Inbound(topic, data), REQUESTS.get)


def _json_request(data: bytes) -> bool:
    return _decodes_request(JSON, Inbound(JSON.command_topic(CHARGER), data))


def _json_message(data: bytes) -> bool:
    """Read topic, response topic, correlation data and payload, one a line, as client and as charger."""
    topic, response, correlation, payload = [*data.split(b"\n", 3), b"", b"", b""][:4]
    message = Inbound(
        topic.decode("utf-8", "replace"),
        payload,
        retained=payload.endswith(b" "),
        reply=Reply(response.decode("utf-8", "replace") or None, correlation or None),
    )
    heard = _decodes(JSON, message, REQUESTS.get)
    return _decodes_request(JSON, message) or heard


def _blewifi_answer(data: bytes) -> bool:
    return _decodes(BLEWIFI, Inbound(BLEWIFI.user_topic, data), lambda _key: seeds.READ)


def _blewifi_reading(data: bytes) -> bool:
    return _decodes(BLEWIFI, Inbound(BLEWIFI.user_topic, data), lambda _key: None)


def _blewifi_request(data: bytes) -> bool:
    return _decodes_request(BLEWIFI, Inbound(BLEWIFI.command_topic(CHARGER), data))


def _working_info(data: bytes) -> bool:
    try:
        info = decode_working_info(data)
    except EVMeterProtocolError:
        return False
    # Both ways without loss: every byte has its place in the model.
    _same(data, encode_working_info(info))
    return True


def _json_messages() -> tuple[bytes, ...]:
    told = f"{RESPONSE}\n0123456789ab-1\n".encode()
    messages = (
        *((RESPONSE, b"\n\n", payload) for payload in seeds.json_responses()),
        *((JSON.command_topic(CHARGER), told, payload) for payload in seeds.json_requests()),
        (AVAILABILITY, b"\n\n", b"online"),
    )
    return tuple(topic.encode() + b"\n" + reply + payload for topic, reply, payload in messages)


(RESPONSE,) = JSON.response_topics(CHARGER)
(STATE,) = JSON.reading_topics(CHARGER)
(AVAILABILITY,) = JSON.availability_topics(CHARGER)

TARGETS: Mapping[str, Target] = {
    "json-response": Target(_json_on(RESPONSE), seeds.json_responses(), in_json),
    "json-state": Target(_json_on(STATE), seeds.json_states(), in_json),
    "json-availability": Target(_json_on(AVAILABILITY), (b"online", b"offline")),
    "json-request": Target(_json_request, seeds.json_requests(), in_json),
    "json-message": Target(_json_message, _json_messages()),
    "blewifi-answer": Target(_blewifi_answer, seeds.working_infos(), in_frame),
    "blewifi-reading": Target(_blewifi_reading, seeds.working_infos(), in_frame),
    "blewifi-request": Target(_blewifi_request, seeds.blewifi_requests(), in_frame),
    "working-info": Target(_working_info, seeds.working_infos(), in_frame),
}
"""Every target by its name."""
