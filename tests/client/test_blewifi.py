"""The BLEWIFI dialect: what it sends, what it takes, what it never does."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from evmeter_client import (
    BlewifiDialect,
    Capability,
    ChargerMetrics,
    ChargerReading,
    EVMeterConfigError,
    EVMeterProtocolError,
    EVMeterUnsupportedError,
)
from evmeter_client.dialects.base import Answer, Command, Inbound, Pushed, Request
from evmeter_client.dialects.working_info import WorkingInfo, encode_working_info, seal_envelope
from tests.client.messages import inbound, nothing_open
from tests.client.peers import CHARGER, reading_of
from tests.client.strategies import readings

USER_ID = "123e4567-e89b-12d3-a456-426614174000"
TOKEN = bytes(range(100, 148))
USER_TOPIC = "/BLEWIFI/users/" + USER_ID.encode().hex().upper()
COMMAND_TOPIC = f"/BLEWIFI/Chargers/{CHARGER}"
DIALECT = BlewifiDialect(USER_ID, TOKEN)
READ = Request(charger_id=CHARGER, command=Command.GET_READING)

NOT_MAC_ADDRESSES = [
    "", "/", "a/b", "+", "#", "240AC400000", "240AC40000011", "240AC400000G", "240AC4\x00\x0001",
    "24 AC4000001", "240AC4000001\n", "\ud800", "240AC400000\uff11", "0" * 70_000, ":" * 17,
    "24:0A:C4:00:00:01:",
]  # fmt: skip


def read_open(key: str) -> Request | None:
    return READ if key == CHARGER else None


def test_a_request_is_laid_out_as_captured() -> None:
    message = DIALECT.encode_request(READ)
    assert message.topic == COMMAND_TOPIC
    assert not message.retain
    assert message.payload == b"".join((
        bytes.fromhex("6100"),
        bytes(6),
        b"\x07",
        bytes.fromhex("2400"),
        USER_ID.encode(),
        bytes.fromhex("3000"),
        TOKEN,
        bytes(2),
    ))  # fmt: skip
    assert len(message.payload) == 99


@pytest.mark.parametrize("command", [Command.GET_STATUS, Command.GET_METRICS, Command.GET_READING])
def test_every_read_is_the_same_request(command: Command) -> None:
    assert DIALECT.wire_command(command) is Command.GET_READING
    assert DIALECT.encode_request(replace(READ, command=command)) == DIALECT.encode_request(READ)


def test_a_charger_reads_the_request() -> None:
    assert DIALECT.decode_request(inbound(DIALECT.encode_request(READ))) == READ


def test_control_is_never_sent() -> None:
    assert DIALECT.capabilities == {Capability.READ, Capability.PUSH}
    with pytest.raises(EVMeterUnsupportedError):
        DIALECT.encode_request(replace(READ, command=Command.SET_CURRENT_LIMITS, limits=(6.0, 6.0, 6.0)))


@given(st.binary(max_size=120))
def test_a_charger_refuses_noise(payload: bytes) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode_request(Inbound(COMMAND_TOPIC, payload))


@pytest.mark.parametrize("position", range(99))
def test_a_charger_refuses_a_request_with_one_wrong_byte(position: int) -> None:
    payload = bytearray(DIALECT.encode_request(READ).payload)
    payload[position] ^= 0x01
    with pytest.raises(EVMeterProtocolError) as caught:
        DIALECT.decode_request(Inbound(COMMAND_TOPIC, bytes(payload)))
    assert USER_ID not in str(caught.value)


@pytest.mark.parametrize("topic", ["/BLEWIFI/Chargers/", f"{COMMAND_TOPIC}/x", "/other", USER_TOPIC])
def test_a_charger_refuses_other_topics(topic: str) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode_request(Inbound(topic, DIALECT.encode_request(READ).payload))


def test_an_answer_is_matched_by_the_charger_in_it() -> None:
    reading = reading_of()
    message = DIALECT.encode_answer(READ, reading)
    assert message.topic == USER_TOPIC
    assert DIALECT.decode(inbound(message), read_open) == Answer(CHARGER, reading)
    assert DIALECT.decode(inbound(message), nothing_open) == Pushed(reading)


def test_the_frame_of_another_charger_never_answers() -> None:
    other = reading_of("EC6260000002")
    assert DIALECT.decode(inbound(DIALECT.encode_reading(other)), read_open) == Pushed(other)


def test_retained_and_foreign_messages_are_refused() -> None:
    message = DIALECT.encode_reading(reading_of())
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(inbound(message, retained=True), read_open)
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound("/BLEWIFI/users/00", message.payload), read_open)


def test_other_message_types_are_refused() -> None:
    payload = bytearray(encode_working_info(WorkingInfo(reading_of())))
    payload[2] = 4
    with pytest.raises(EVMeterProtocolError):
        DIALECT.decode(Inbound(USER_TOPIC, bytes(payload)), read_open)


@given(readings())
def test_a_pushed_reading_arrives_as_it_was(reading: ChargerReading) -> None:
    assert DIALECT.decode(inbound(DIALECT.encode_reading(reading)), nothing_open) == Pushed(reading)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(seal_envelope))
def test_noise_gives_one_kind_of_error(payload: bytes) -> None:
    with suppress(EVMeterProtocolError):
        assert isinstance(DIALECT.decode(Inbound(USER_TOPIC, payload), read_open), (Answer, Pushed))


METRICS = reading_of().metrics


@pytest.mark.parametrize(
    "metrics",
    [
        replace(METRICS, voltages=(70_000.0, 0.0, 0.0)),
        replace(METRICS, voltages=(-1.0, 0.0, 0.0)),
        replace(METRICS, currents=(float("nan"), 0.0, 0.0)),
        replace(METRICS, currents=(float("inf"), 0.0, 0.0)),
        replace(METRICS, total_energy_wh=2**32),
    ],
)
def test_values_that_do_not_fit_are_not_sent(metrics: ChargerMetrics) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.encode_reading(replace(reading_of(), metrics=metrics))


@pytest.mark.parametrize("charger_id", ["CHARGER", "240AC40000", ""])
def test_only_a_mac_address_fits_the_frame(charger_id: str) -> None:
    with pytest.raises(EVMeterProtocolError):
        DIALECT.encode_reading(reading_of(charger_id))


@pytest.mark.parametrize(
    "written", ["240AC4000001", "24:0A:C4:00:00:01", "24-0a-c4-00-00-01", "240ac4000001"]
)
def test_ids_are_brought_to_one_form(written: str) -> None:
    assert DIALECT.normalise_id(written) == CHARGER


@pytest.mark.parametrize("charger_id", NOT_MAC_ADDRESSES, ids=lambda text: ascii(text)[:20])
def test_other_ids_are_refused(charger_id: str) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        DIALECT.normalise_id(charger_id)
    assert caught.value.key == "charger_id"


@given(st.text())
def test_no_id_reaches_a_topic_unless_it_is_a_mac_address(charger_id: str) -> None:
    try:
        topic = DIALECT.command_topic(DIALECT.normalise_id(charger_id))
    except EVMeterConfigError:
        return
    assert set(topic.removeprefix("/BLEWIFI/Chargers/")) <= set("0123456789ABCDEF")


def test_secrets_are_not_shown() -> None:
    shown = repr(DIALECT) + str(DIALECT)
    assert USER_ID not in shown
    assert TOKEN.hex() not in shown
    assert repr(TOKEN) not in shown


@pytest.mark.parametrize("user_id", ["", "user", USER_ID[:-1]])
def test_a_user_id_is_a_uuid(user_id: str) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        BlewifiDialect(user_id, TOKEN)
    assert caught.value.key == "user_id"


def test_a_user_id_in_any_form_is_sent_in_lower_case() -> None:
    assert BlewifiDialect(USER_ID.upper(), TOKEN) == DIALECT


@pytest.mark.parametrize("token", [b"", TOKEN[:-1], TOKEN + b"x"])
def test_a_token_has_48_bytes(token: bytes) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        BlewifiDialect(USER_ID, token)
    assert caught.value.key == "token"


def test_options_are_strings() -> None:
    assert BlewifiDialect.from_options({"user_id": USER_ID, "token": TOKEN.hex()}) == DIALECT


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"token": TOKEN.hex()}, "user_id"),
        ({"user_id": USER_ID}, "token"),
        ({"user_id": USER_ID, "token": "zz"}, "token"),
        ({"user_id": USER_ID, "token": TOKEN.hex(), "topic": "x"}, "topic"),
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, str], key: str) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        BlewifiDialect.from_options(options)
    assert caught.value.key == key
