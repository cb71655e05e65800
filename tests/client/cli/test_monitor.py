"""`evmeter monitor`: which topics it hears, and what it shows of a message."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiomqtt
import pytest
from hypothesis import given, strategies as st

from evmeter_client import BlewifiDialect, EVMeterConfig, EVMeterConnectionError, JsonDialect
from evmeter_client.cli.connection import Connection
from evmeter_client.cli.decoding import MASK
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.cli.heard import Listening, as_document, as_line
from evmeter_client.cli.monitor import _monitor
from evmeter_client.cli.report import Report
from evmeter_client.dialects.base import Command, Inbound, Request
from evmeter_client.dialects.working_info import seal_envelope
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway
from tests.client.cli.command import TIMEOUT, Cli
from tests.client.messages import AVAILABILITY, COMMAND, LIMIT, READ, RESPONSE, STATE, inbound
from tests.client.peers import CHARGER, Device, peer_on, reading_of
from tests.client.test_blewifi import COMMAND_TOPIC, TOKEN, USER_ID, USER_TOPIC

JSON = JsonDialect()
BLEWIFI = BlewifiDialect(USER_ID, TOKEN)
STRANGER = BlewifiDialect("00000000-0000-4000-8000-000000000000", b"\x07" * 48)
OTHER = "EC6260000002"
OF_USER = Listening(BLEWIFI, (CHARGER,))


def test_json_listens_to_the_topics_of_the_named_chargers() -> None:
    assert set(Listening(JSON, (CHARGER,)).topics) == {COMMAND, RESPONSE, STATE, AVAILABILITY}
    assert len(Listening(JSON, (CHARGER, OTHER)).topics) == 8


def test_blewifi_listens_to_the_user_s_own_topic() -> None:
    assert set(Listening(BLEWIFI, (CHARGER, OTHER)).topics) == {
        USER_TOPIC, COMMAND_TOPIC, f"/BLEWIFI/Chargers/{OTHER}",
    }  # fmt: skip


@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), min_size=1, max_size=5, unique=True))
def test_no_topic_is_a_wildcard(ids: list[str]) -> None:
    for topic in Listening(JSON, tuple(ids)).topics:
        assert not set(topic) & set("#+")


def test_the_user_s_topic_is_masked() -> None:
    heard = OF_USER.hear(inbound(BLEWIFI.encode_reading(reading_of())))
    assert heard.topic == f"/BLEWIFI/users/{MASK}"
    assert heard.decoded is not None
    assert heard.decoded.charger_id == CHARGER


@pytest.mark.parametrize("dialect", [BLEWIFI, STRANGER], ids=["own", "of another user"])
def test_no_request_shows_its_secrets(dialect: BlewifiDialect) -> None:
    message = inbound(dialect.encode_request(Request(charger_id=CHARGER, command=Command.GET_READING)))
    heard = OF_USER.hear(message)
    document = as_document(heard)
    assert (document["kind"], document["charger_id"]) == ("request", CHARGER)
    assert document["content"] == {"command": "get_reading", "user_id": MASK, "token": MASK}
    assert MASK in as_line(heard)


@pytest.mark.parametrize("cut", [1, 20, 60, 98])
def test_a_broken_request_is_not_shown_at_all(cut: int) -> None:
    message = STRANGER.encode_request(Request(charger_id=CHARGER, command=Command.GET_READING))
    heard = OF_USER.hear(Inbound(message.topic, message.payload[:cut]))
    document = as_document(heard)
    assert (document["kind"], document["hex"], document["size"]) == (None, None, cut)
    assert "not shown" in as_line(heard)


def test_the_user_s_secrets_are_masked_in_unknown_frames() -> None:
    body = b"\x09" + USER_ID.encode() + TOKEN + USER_ID.upper().encode()
    document = as_document(OF_USER.hear(Inbound(USER_TOPIC, seal_envelope(body))))
    assert document["problem"] == "not a WorkingInfo frame but type 9"
    shown = str(document["hex"])
    assert shown == seal_envelope(b"\x09" + b"*" * (len(body) - 1)).hex()


def test_what_is_not_understood_is_shown_in_hex() -> None:
    heard = Listening(JSON, (CHARGER,)).hear(Inbound(STATE, b"\xff" * 100, retained=True))
    document = as_document(heard)
    assert (document["hex"], document["retained"]) == ("ff" * 100, True)
    line = as_line(heard)
    assert "retained" in line
    assert line.endswith("ff ... 100 bytes")


def test_a_reading_of_another_charger_is_not_believed() -> None:
    message = replace(inbound(JSON.encode_reading(reading_of(OTHER))), topic=STATE)
    assert as_document(Listening(JSON, (CHARGER,)).hear(message))["problem"] == "status of another charger"


@given(st.sampled_from([COMMAND, RESPONSE, STATE, AVAILABILITY]), st.binary(max_size=100), st.booleans())
def test_no_message_is_too_strange(topic: str, payload: bytes, retained: bool) -> None:
    heard = Listening(JSON, (CHARGER,)).hear(Inbound(topic, payload, retained))
    assert as_document(heard)["size"] == len(payload)
    assert as_line(heard).isprintable()


@given(st.binary(max_size=200) | st.binary(max_size=200).map(seal_envelope))
def test_no_frame_is_too_strange(payload: bytes) -> None:
    heard = OF_USER.hear(Inbound(USER_TOPIC, payload))
    assert as_document(heard)["size"] == len(payload)
    assert as_line(heard).isprintable()


async def heard_by_monitor(config: EVMeterConfig) -> None:
    """Monitor in this process until two messages were heard."""
    connection = Connection(config, (), Report(as_json=False))
    async with asyncio.timeout(TIMEOUT):
        await _monitor(connection, Listening(JSON, (CHARGER,)), 2, as_json=False)


async def test_monitor_hears_its_charger_and_nobody_else(
    connected: Cli, broker: Broker, config: EVMeterConfig
) -> None:
    async with ChargerGateway(config, Device()), connected.running("monitor", CHARGER, "--json") as running:
        retained = [await running.document() for _ in range(2)]
        assert {document["kind"] for document in retained} == {"reading", "availability"}
        assert all(document["retained"] for document in retained)
        async with peer_on(broker, "nothing") as peer:
            await peer.publish(f"evmeter/{OTHER}/state", b"not for us")
            await peer.publish(COMMAND, JSON.encode_request(LIMIT).payload)
            heard = [await running.document() for _ in range(2)]
            await peer.publish(RESPONSE, b"?")
            strange = await running.document()
            while strange["topic"] == STATE:  # the charger pushes its new limits at some time
                strange = await running.document()
    assert {(document["topic"], document["kind"]) for document in heard} == {
        (COMMAND, "request"), (RESPONSE, "limits"),
    }  # fmt: skip
    assert all(document["charger_id"] == CHARGER for document in heard)
    assert (strange["kind"], strange["hex"]) == (None, "3f")


async def test_monitor_ends_after_so_many_messages(connected: Cli, config: EVMeterConfig) -> None:
    async with ChargerGateway(config, Device()):
        finished = await connected.run("monitor", CHARGER, "-n", "2")
    assert (finished.code, finished.err) == (ExitCode.OK, "")
    assert len(finished.out.splitlines()) == 2
    assert "online yes" in finished.out
    assert "limits" not in finished.out  # the device tells none before it was limited


async def test_monitor_comes_back_with_the_broker(
    connected: Cli, broker: Broker, config: EVMeterConfig
) -> None:
    async with connected.running("monitor", CHARGER, "--json") as running:
        async with peer_on(broker, "nothing") as peer:
            await peer.publish(STATE, JSON.encode_reading(reading_of()).payload, retain=True)
            assert (await running.document())["kind"] == "reading"
        await broker.stop()
        await broker.start()
        async with peer_on(broker, "nothing") as peer:
            await peer.publish(COMMAND, JSON.encode_request(READ).payload, retain=True)
        assert (await running.document())["kind"] == "request"


def forbid(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Have the broker refuse topics with this part."""
    subscribe = aiomqtt.Client.subscribe

    async def refuse(client: aiomqtt.Client, topic: str, qos: int, timeout: float) -> object:
        return (0x80,) if part in topic else await subscribe(client, topic, qos, timeout=timeout)

    monkeypatch.setattr(aiomqtt.Client, "subscribe", refuse)


async def test_a_topic_that_is_not_allowed_does_not_cost_the_others(
    config: EVMeterConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ChargerGateway(config, Device()):
        forbid(monkeypatch, "/command")
        await heard_by_monitor(config)
    captured = capsys.readouterr()
    assert captured.err == f"evmeter: warning: {COMMAND}: the broker does not allow the subscription\n"
    assert len(captured.out.splitlines()) == 2


async def test_a_broker_that_allows_nothing_ends_it(
    config: EVMeterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid(monkeypatch, "evmeter/")
    with pytest.raises(EVMeterConnectionError, match="allows none of the subscriptions"):
        await heard_by_monitor(config)
