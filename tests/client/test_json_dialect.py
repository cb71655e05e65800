"""The JSON dialect: both directions, and what ties them together."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from evmeter_client import (
    Capability,
    ChargerReading,
    EVMeterCommandError,
    EVMeterProtocolError,
    EvStatus,
    GridType,
    JsonDialect,
    PerPhase,
)
from evmeter_client.dialects.base import (
    Answer,
    Availability,
    Command,
    ErrorCode,
    Inbound,
    Outgoing,
    Pushed,
    Refusal,
    RefusedRequest,
    Request,
    Result,
    Unmatched,
)
from tests.client.messages import (
    AVAILABILITY,
    COMMAND,
    LIMIT,
    READ,
    RESPONSE,
    STATE,
    inbound,
    nothing_open,
    only,
)
from tests.client.peers import CHARGER, reading_of
from tests.client.strategies import JSON_IDS, readings

DIALECT = JsonDialect()


def test_a_request_is_as_documented() -> None:
    message = DIALECT.encode_request(LIMIT)
    assert message.topic == COMMAND
    assert not message.retain
    assert json.loads(message.payload) == {
        "v": 1,
        "id": "0123456789ab-1",
        "command": "set_current_limits",
        "params": {"limits": [16.0, 16.0, 10.0], "ttl": 60.0},
    }
    assert json.loads(DIALECT.encode_request(READ).payload)["params"] == {}


@pytest.mark.parametrize(
    "request_",
    [*(replace(READ, command=c) for c in Command if c.startswith("get")), LIMIT, replace(LIMIT, ttl=None)],
)
def test_a_charger_reads_what_a_client_asks(request_: Request) -> None:
    assert DIALECT.decode_request(inbound(DIALECT.encode_request(request_))) == request_


@given(JSON_IDS, st.tuples(*[st.floats(0, 80)] * 3), st.none() | st.floats(0.001, 86_400))
def test_limits_arrive_as_they_were_sent(charger_id: str, limits: PerPhase, ttl: float | None) -> None:
    request = replace(LIMIT, charger_id=charger_id, limits=limits, ttl=ttl)
    assert DIALECT.decode_request(inbound(DIALECT.encode_request(request))) == request


@given(readings(JSON_IDS))
def test_readings_arrive_as_they_were(reading: ChargerReading) -> None:
    with_limits = replace(reading, limits=(6.0, 0.0, 16.5))
    for given_reading in (reading, with_limits):
        message = DIALECT.encode_reading(given_reading)
        assert message.retain
        assert DIALECT.decode(inbound(message, retained=True), nothing_open) == Pushed(given_reading)


@given(readings(JSON_IDS))
def test_answers_arrive_as_they_were(reading: ChargerReading) -> None:
    results: dict[Command, Result] = {
        Command.GET_STATUS: reading.status,
        Command.GET_METRICS: reading.metrics,
        Command.GET_READING: reading,
        Command.SET_CURRENT_LIMITS: (6.0, 0.0, 16.5),
    }
    for command, result in results.items():
        request = Request(charger_id=reading.charger_id, command=command, request_id="a-1")
        message = DIALECT.encode_answer(request, result)
        assert not message.retain
        assert DIALECT.decode(inbound(message), only(request).get) == Answer("a-1", result)


def test_a_pushed_reading_is_as_documented() -> None:
    message = DIALECT.encode_reading(replace(reading_of(), limits=(16.0, 16.0, 10.0)))
    assert message.topic == STATE
    document = json.loads(message.payload)
    assert document.keys() == {"status", "metrics", "limits"}
    assert document["limits"] == [16.0, 16.0, 10.0]
    assert document["status"]["ev_status"] == "wants_to_charge"
    assert document["status"]["start_time"] is None
    assert document["status"]["temperature_raw"] == 31
    assert document["metrics"]["phases_in_use"] == 3


def test_availability() -> None:
    for online, payload in ((True, b"online"), (False, b"offline")):
        message = DIALECT.encode_availability(CHARGER, online=online)
        assert message == Outgoing(AVAILABILITY, payload, retain=True)
        assert DIALECT.decode(inbound(message), nothing_open) == Availability(CHARGER, online)
    for payload in (b"", b"Online", b"1", b"\xff"):
        with pytest.raises(EVMeterProtocolError):
            DIALECT.decode(Inbound(AVAILABILITY, payload), nothing_open)


def test_a_refusal_keeps_code_and_words() -> None:
    refused = RefusedRequest(
        charger_id=CHARGER, request_id=READ.request_id, code=ErrorCode.OUT_OF_RANGE, message="at most 32 A"
    )
    message = DIALECT.encode_refusal(refused)
    assert message is not None
    incoming = DIALECT.decode(inbound(message), only(READ).get)
    assert isinstance(incoming, Refusal)
    assert isinstance(incoming.error, EVMeterCommandError)
    assert (incoming.error.code, incoming.error.message) == ("out_of_range", "at most 32 A")


def test_an_answer_to_nothing_open_is_unmatched() -> None:
    message = DIALECT.encode_answer(READ, reading_of())
    assert DIALECT.decode(inbound(message), nothing_open) == Unmatched(READ.request_id)


def test_the_right_id_from_the_wrong_charger_does_not_answer() -> None:
    message = DIALECT.encode_answer(replace(READ, charger_id="OTHER"), reading_of("OTHER"))
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(inbound(message), only(READ).get)


def test_the_reading_of_another_charger_is_no_answer() -> None:
    incoming = DIALECT.decode(inbound(DIALECT.encode_answer(READ, reading_of("OTHER"))), only(READ).get)
    assert isinstance(incoming, Refusal)
    assert isinstance(incoming.error, EVMeterProtocolError)


def test_retained_answers_and_commands_are_refused() -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(inbound(DIALECT.encode_answer(READ, reading_of()), retained=True), only(READ).get)
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode_request(inbound(DIALECT.encode_request(LIMIT), retained=True))


@pytest.mark.parametrize(
    "topic",
    ["evmeter/response", f"evmeter/{CHARGER}/x/response", f"{RESPONSE}/x", "evmeter//response", COMMAND, "x"],
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound(topic, DIALECT.encode_answer(READ, reading_of()).payload), only(READ).get)


@pytest.mark.parametrize(
    "name", ["charger_id", "ev_status", "charging_state", "phase_type", "warnings", "errors", "set_current"]
)
def test_what_a_charger_must_tell_may_not_be_missing(name: str) -> None:
    document = json.loads(DIALECT.encode_reading(reading_of()).payload)
    del document["status"][name]
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound(STATE, json.dumps(document).encode()), nothing_open)


def test_what_only_describes_a_charger_may_be_missing_and_more_may_be_told() -> None:
    document = json.loads(DIALECT.encode_reading(reading_of()).payload)
    for name in (
        "grid_type",
        "mqtt_state",
        "kubis_version",
        "evse",
        "temperature",
        "limit",
        "unknown_values",
    ):
        del document["status"][name]
    del document["metrics"]["dlm_currents"]
    del document["limits"]
    document["status"]["colour"] = "red"
    document["added_later"] = {"x": [1]}
    pushed = DIALECT.decode(Inbound(STATE, json.dumps(document).encode()), nothing_open)
    assert isinstance(pushed, Pushed)
    assert pushed.reading.status.grid_type is GridType.UNKNOWN
    assert pushed.reading.limits is None


def test_an_enum_name_from_the_future_is_kept() -> None:
    document = json.loads(DIALECT.encode_reading(reading_of()).payload)
    document["status"]["ev_status"] = "flying"
    pushed = DIALECT.decode(Inbound(STATE, json.dumps(document).encode()), nothing_open)
    assert isinstance(pushed, Pushed)
    assert pushed.reading.status.ev_status is EvStatus.UNKNOWN
    assert pushed.reading.status.unknown_values == ("ev_status=flying",)
    again = DIALECT.decode(inbound(DIALECT.encode_reading(pushed.reading)), nothing_open)
    assert again == pushed


def test_an_enum_number_from_the_binary_dialect_is_kept() -> None:
    status = replace(
        reading_of().status,
        ev_status=EvStatus.UNKNOWN,
        unknown_values=("ev_status=9", "start_time=18446744073709551614"),
    )
    reading = replace(reading_of(), status=status)
    assert DIALECT.decode(inbound(DIALECT.encode_reading(reading)), nothing_open) == Pushed(reading)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"command": "explode"}, ErrorCode.UNKNOWN_COMMAND),
        ({"params": None}, ErrorCode.INVALID_PARAMS),
        ({"params": {}}, ErrorCode.INVALID_PARAMS),
        ({"params": {"limits": [16, 16]}}, ErrorCode.INVALID_PARAMS),
        ({"params": {"limits": [16, 16, True]}}, ErrorCode.INVALID_PARAMS),
        ({"params": {"limits": [16, 16, 16], "ttl": "60"}}, ErrorCode.INVALID_PARAMS),
        ({"params": {"limits": [16, 16, 80.1]}}, ErrorCode.OUT_OF_RANGE),
        ({"params": {"limits": [16, 16, -1]}}, ErrorCode.OUT_OF_RANGE),
        ({"params": {"limits": [16, 16, 16], "ttl": 0}}, ErrorCode.OUT_OF_RANGE),
    ],
    ids=str,
)
def test_a_charger_can_refuse_what_it_can_identify(members: dict[str, object], code: ErrorCode) -> None:
    document = {"v": 1, "id": "a-1", "command": "set_current_limits", "params": {}} | members
    refused = DIALECT.decode_request(Inbound(COMMAND, json.dumps(document).encode()))
    assert isinstance(refused, RefusedRequest)
    assert (refused.charger_id, refused.request_id, refused.code) == (CHARGER, "a-1", code)


def test_a_reading_that_is_not_finite_is_not_sent() -> None:
    reading = reading_of()
    broken = replace(reading, metrics=replace(reading.metrics, currents=(float("nan"), 0.0, 0.0)))
    with pytest.raises(EVMeterProtocolError):
        DIALECT.encode_reading(broken)


def test_it_can_do_everything() -> None:
    assert DIALECT.capabilities == set(Capability)
