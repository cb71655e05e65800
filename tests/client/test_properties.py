"""MQTT 5 properties as we pack them are what a full implementation reads."""

import pytest
from hypothesis import given, strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from evmeter_client._properties import publish_properties, reply_from
from evmeter_client.dialects.base import NO_REPLY, Outgoing, Reply
from tests.client.peers import told_by

TOPICS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FFF), min_size=1, max_size=300)
CORRELATIONS = st.binary(max_size=300)


def unpacked(packed: bytes) -> Properties:
    """Return properties as paho reads them."""
    properties = Properties(PacketTypes.PUBLISH)
    _, length = properties.unpack(packed)
    assert length == len(packed)
    return properties


@given(TOPICS, st.none() | CORRELATIONS)
def test_a_request_arrives_as_it_was(topic: str, correlation: bytes | None) -> None:
    reply = Reply(topic, correlation)
    packed = publish_properties(Outgoing("a/command", b"", reply=reply), 9.5)
    assert packed is not None
    properties = unpacked(packed.pack())
    assert told_by(properties, "MessageExpiryInterval") == 10
    assert reply_from(properties) == reply
    assert "bytes" in str(packed)


@given(CORRELATIONS)
def test_an_answer_carries_correlation_alone(correlation: bytes) -> None:
    reply = Reply(correlation=correlation)
    packed = publish_properties(Outgoing("a/response", b"", reply=reply), 10)
    assert packed is not None
    properties = unpacked(packed.pack())
    assert told_by(properties, "MessageExpiryInterval") is None
    assert reply_from(properties) == reply


def test_all_else_has_no_properties() -> None:
    assert publish_properties(Outgoing("a/state", b""), 10) is None
    assert reply_from(None) is NO_REPLY
    assert reply_from(Properties(PacketTypes.PUBLISH)) is NO_REPLY


@pytest.mark.parametrize(("seconds", "interval"), [(0.001, 1), (1, 1), (10.0, 10), (1e300, 2**32 - 1)])
def test_the_broker_keeps_a_request_no_shorter_than_we_wait(seconds: float, interval: int) -> None:
    packed = publish_properties(Outgoing("a/command", b"", reply=Reply("a/response")), seconds)
    assert packed is not None
    assert told_by(unpacked(packed.pack()), "MessageExpiryInterval") == interval
