"""The JSON dialect: ids, and the topics made of them."""

import pytest
from hypothesis import given, strategies as st

from evmeter_client import (
    EVMeterConfigError,
    JsonDialect,
    JsonTopics,
)
from evmeter_client.dialects.base import (
    Pushed,
)
from tests.client.messages import READ, RESPONSE, inbound, nothing_open
from tests.client.peers import CHARGER, reading_of

DIALECT = JsonDialect()

NOT_IDS = [
    "", "/", "a/b", "+", "#", "$SYS", "a b", "a\x00", "a\n", "\n", "\ud800", "\xe9",
    "\uff11", "x" * 65, "x" * 70_000,
]  # fmt: skip


@pytest.mark.parametrize("charger_id", ["a", "240AC4000001", "garage_1-left", "x" * 64])
def test_ids_are_kept_as_they_are(charger_id: str) -> None:
    assert DIALECT.normalise_id(charger_id) == charger_id


@pytest.mark.parametrize("charger_id", NOT_IDS, ids=lambda text: ascii(text)[:20])
def test_other_ids_are_refused(charger_id: str) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        DIALECT.normalise_id(charger_id)
    assert caught.value.key == "charger_id"


@given(st.text())
def test_no_id_reaches_a_topic_unless_it_is_one_harmless_level(charger_id: str) -> None:
    try:
        topic = DIALECT.command_topic(DIALECT.normalise_id(charger_id))
    except EVMeterConfigError:
        return
    assert topic.split("/") == ["evmeter", charger_id, "command"]
    assert not set(topic) & set("+#\x00\n")


def test_topics_can_be_chosen() -> None:
    topics = JsonTopics.from_options(
        {"command_topic": "home/{charger_id}/set", "state_topic": "home/{charger_id}"}
    )
    dialect = JsonDialect(topics)
    assert dialect.encode_request(READ).topic == f"home/{CHARGER}/set"
    assert dialect.encode_reading(reading_of()).topic == f"home/{CHARGER}"
    assert dialect.response_topics(CHARGER) == (RESPONSE,)
    assert dialect.decode(inbound(dialect.encode_reading(reading_of())), nothing_open) == Pushed(reading_of())


@pytest.mark.parametrize(
    "template",
    [
        "", "evmeter/command", "evmeter/x{charger_id}/command", "{charger_id}/{charger_id}",
        "a/+/{charger_id}", "a/#/{charger_id}", "a/{charger_id}/{x}", "a\x00/{charger_id}",
        "a\n/{charger_id}", "\ud800/{charger_id}",
        "$SYS/{charger_id}", "x" * 256 + "/{charger_id}", "evmeter/{charger_id}/response",
    ],
    ids=lambda text: ascii(text)[:30],
)  # fmt: skip
def test_templates_that_cannot_be_topics_are_refused(template: str) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        JsonDialect.from_options({"command_topic": template})
    # The same template twice is noticed at the second.
    assert caught.value.key == ("response_topic" if template.endswith("response") else "command_topic")


def test_unknown_options_are_named() -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        JsonDialect.from_options({"colour": "red"})
    assert caught.value.key == "colour"
