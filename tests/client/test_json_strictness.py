"""The JSON dialect: what a stranger may send, and what becomes of it."""

import json

import pytest
from hypothesis import given, strategies as st

from evmeter_client import (
    EVMeterProtocolError,
    JsonDialect,
)
from evmeter_client.dialects.base import (
    Answer,
    Inbound,
    Pushed,
    Refusal,
    Unmatched,
)
from tests.client.messages import (
    AVAILABILITY,
    COMMAND,
    READ,
    RESPONSE,
    STATE,
    inbound,
    nothing_open,
    only,
)
from tests.client.peers import reading_of

DIALECT = JsonDialect()


def response(**members: object) -> Inbound:
    return Inbound(RESPONSE, json.dumps({"v": 1, "id": READ.request_id, "ok": True} | members).encode())


@pytest.mark.parametrize(
    "members",
    [
        {"v": 2}, {"v": True}, {"v": "1"}, {"v": 1.0}, {"v": None},
        {"id": 7}, {"id": ""}, {"id": "a b"}, {"id": "x" * 65}, {"id": None},
        {"ok": 1}, {"ok": "true"}, {"ok": None},
        {"ok": False}, {"ok": False, "error": "no"}, {"ok": False, "error": {"code": 5}},
        {"ok": False, "error": {"code": "x" * 257}},
    ],
    ids=str,
)  # fmt: skip
def test_a_malformed_envelope_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(response(**members), only(READ).get)


# What is not an answer to get_reading, by the path to the member that is wrong.
WRONG_MEMBERS: list[tuple[str, object]] = [
    ("", None), ("", []), ("", "reading"), ("status", None), ("metrics", 5), ("limits", [1, 2]),
    ("limits", "16"), ("status.charger_id", 5), ("status.ev_status", 5), ("status.ev_status", None),
    ("status.ev_status", "x" * 65),
    ("status.warnings", True), ("status.warnings", 1.5), ("status.warnings", -1), ("status.warnings", 2**64),
    ("status.warnings", "1"), ("status.set_current", True), ("status.set_current", "16"),
    ("status.set_current", 10**400), ("status.set_current", 2**63 + 2**11),
    ("status.limit", -1), ("status.start_time", "yesterday"),
    ("status.start_time", "2025-07-10T10:20:43"), ("status.start_time", 1_752_142_843),
    ("status.start_time", "0001-01-01T00:00:00+14:00"), ("status.temperature", "warm"),
    ("status.kubis_version", "x" * 257), ("status.unknown_values", ["ev_status"]),
    ("status.unknown_values", ["colour=7"]), ("status.unknown_values", ["ev_status=" + "9" * 65]),
    ("status.unknown_values", [7]), ("status.unknown_values", ["ev_status=7"] * 7),
    ("metrics.voltages", [230, 230]), ("metrics.voltages", [230, 230, 230, 230]), ("metrics.voltages", 230),
    ("metrics.voltages", [230, True, 230]), ("metrics.currents", [None, 0, 0]),
    ("metrics.total_energy_wh", 1.5),
    ("metrics.phases_in_use", 2), ("metrics.charger_id", "OTHER"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wrong"), WRONG_MEMBERS, ids=lambda value: ascii(value)[:40])
def test_a_wrong_member_is_refused(path: str, wrong: object) -> None:
    document = json.loads(DIALECT.encode_answer(READ, reading_of()).payload)
    *parents, last = ["result", *path.split(".")] if path else ["result"]
    target = document
    for parent in parents:
        target = target[parent]
    target[last] = wrong
    incoming = DIALECT.decode(Inbound(RESPONSE, json.dumps(document).encode()), only(READ).get)
    assert isinstance(incoming, Refusal)
    assert isinstance(incoming.error, EVMeterProtocolError)


def test_the_largest_number_comes_back_as_it_was_read() -> None:
    """2**64 - 1 was taken, became the float above it, and that was refused when it was sent on."""
    document = json.loads(DIALECT.encode_reading(reading_of()).payload)
    document["metrics"]["voltages"] = [2**63, 2**63 - 1, -(2**63)]
    incoming = DIALECT.decode(Inbound(STATE, json.dumps(document).encode()), nothing_open)
    assert isinstance(incoming, Pushed)
    assert DIALECT.decode(inbound(DIALECT.encode_reading(incoming.reading)), nothing_open) == incoming
    document["metrics"]["voltages"] = [2**64 - 1, 0, 0]
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound(STATE, json.dumps(document).encode()), nothing_open)


NOT_JSON_OBJECTS: list[bytes] = [
    b"", b"null", b"[]", b"7", b'"x"', b"{", b"{}x", b"\xff", b"\xef\xbb\xbf{}", b"{'v':1}", b'{"v":1,}',
    b'{"v":1,"v":1}', b'{"a":{"b":1,"b":1}}', b'{"v":NaN}', b'{"v":Infinity}', b'{"v":-Infinity}',
    b'{"v":' + b"9" * 5_000 + b"}", b'{"v":' + b"[" * 16 + b"]" * 16 + b"}",
    b'{"v":' + b"[" * 60_000, b'{"v":' * 10_000 + b"1" + b"}" * 10_000, b'{"v":1' + b" " * 65_536 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("payload", NOT_JSON_OBJECTS, ids=lambda payload: ascii(payload)[:30])
def test_what_is_not_a_strict_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound(RESPONSE, payload), nothing_open)
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode_request(Inbound(COMMAND, payload))


def test_sixteen_levels_are_allowed() -> None:
    deep = b'{"v":1,"id":"a-1","ok":true,"result":' + b"[" * 15 + b"]" * 15 + b"}"
    assert DIALECT.decode(Inbound(RESPONSE, deep), nothing_open) == Unmatched("a-1")
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound(RESPONSE, deep.replace(b"[]", b"[[]]")), nothing_open)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)
MEMBERS = st.sampled_from(
    ["v", "id", "ok", "result", "error", "command", "params", "limits", "ttl", "status"]
)


@given(
    st.sampled_from([RESPONSE, STATE, AVAILABILITY, COMMAND]),
    st.binary(max_size=100) | st.dictionaries(MEMBERS, JSON_VALUES).map(lambda d: json.dumps(d).encode()),
)
def test_noise_gives_one_kind_of_error(topic: str, payload: bytes) -> None:
    for read in (lambda m: DIALECT.decode(m, only(READ).get), DIALECT.decode_request):
        try:
            read(Inbound(topic, payload))
        except EVMeterProtocolError:
            continue


@given(st.data())
def test_any_value_anywhere_in_an_answer_is_harmless(data: st.DataObject) -> None:
    document = json.loads(DIALECT.encode_answer(READ, reading_of()).payload)
    part = data.draw(st.sampled_from([document, document["result"]["status"], document["result"]["metrics"]]))
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(JSON_VALUES)
    try:
        incoming = DIALECT.decode(Inbound(RESPONSE, json.dumps(document).encode()), only(READ).get)
    except EVMeterProtocolError:
        return
    assert isinstance(incoming, (Answer, Refusal, Unmatched))
