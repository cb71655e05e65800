"""What `evmeter monitor` hears: which topics it listens to, and what a message on one of them is shown as."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evmeter_client.cli.decoding import MASK, Decoded, decode_blewifi, decode_json
from evmeter_client.cli.documents import now_document
from evmeter_client.cli.output import printable
from evmeter_client.cli.tables import plain, reading_line
from evmeter_client.dialects.blewifi import BlewifiDialect
from evmeter_client.exceptions import EVMeterProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evmeter_client.dialects import Dialect
    from evmeter_client.dialects.base import Inbound
    from evmeter_client.dialects.strict_json import JsonObject

_LONGEST_HEX: Final = 64
"""A line shows so many bytes of a message that cannot be decoded; JSON has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message, decoded where possible.

    Attributes:
        topic: its topic, without the user's id.
        retained: whether the broker had kept it.
        size: its length [bytes].
        decoded: what it says, None where that is not known.
        problem: why it is not known.
        raw: its bytes where it is not known; None where a secret may be in them.
    """

    topic: str
    retained: bool
    size: int
    decoded: Decoded | None = None
    problem: str = ""
    raw: bytes | None = None


class Listening:
    """The topics of some chargers in a dialect.

    Attributes:
        topics: every topic to subscribe to, none of them a wildcard.
    """

    def __init__(self, dialect: Dialect, charger_ids: tuple[str, ...]) -> None:
        """Find the topics of the chargers, and of the user where answers come to the user."""
        self._blewifi = dialect if isinstance(dialect, BlewifiDialect) else None
        self._commands: Mapping[str, str] = {dialect.command_topic(one): one for one in charger_ids}
        self._chargers: dict[str, str] = dict(self._commands)
        for one in charger_ids:
            topics = (dialect.response_topics, dialect.reading_topics, dialect.availability_topics)
            self._chargers |= {topic: one for topics_of in topics for topic in topics_of(one)}
        self.topics: tuple[str, ...] = tuple(self._chargers)

    def shown(self, topic: str) -> str:
        """Return a topic as it may be shown: the user's id is part of the user's own."""
        if self._blewifi is not None and topic == self._blewifi.user_topic:
            return topic.rpartition("/")[0] + f"/{MASK}"
        return printable(topic)

    def hear(self, message: Inbound) -> Heard:
        """Return a message as it may be shown."""
        topic, size = self.shown(message.topic), len(message.payload)
        try:
            decoded = self._decode(message)
        except EVMeterProtocolError as error:
            return Heard(
                topic=topic,
                retained=message.retained,
                size=size,
                problem=str(error),
                raw=self._without_secrets(message),
            )
        return Heard(topic=topic, retained=message.retained, size=size, decoded=decoded)

    def _decode(self, message: Inbound) -> Decoded:
        if self._blewifi is not None:
            return decode_blewifi(message.payload, self._commands.get(message.topic))
        return decode_json(message.payload, self._chargers.get(message.topic))

    def _without_secrets(self, message: Inbound) -> bytes | None:
        """Return a message that is not understood; nothing where other users' tokens are to be expected."""
        if self._blewifi is None:
            return message.payload
        if message.topic in self._commands:
            return None
        payload = message.payload
        user_id = self._blewifi.user_id.encode("ascii")
        for secret in (user_id, user_id.upper(), self._blewifi.token):
            payload = payload.replace(secret, b"*" * len(secret))
        return payload


def as_document(heard: Heard) -> JsonObject:
    """Return what was heard as JSON has it."""
    document: JsonObject = now_document() | {
        "topic": heard.topic,
        "retained": heard.retained,
        "size": heard.size,
    }
    decoded = heard.decoded
    if decoded is None:
        raw = None if heard.raw is None else heard.raw.hex()
        return document | {"kind": None, "problem": heard.problem, "hex": raw}
    return document | decoded.as_document()


def as_line(heard: Heard) -> str:
    """Return what was heard on one line."""
    retained = "  retained" if heard.retained else ""
    return f"{time.strftime('%H:%M:%S')}  {heard.topic}{retained}  {_gist(heard)}"


def _gist(heard: Heard) -> str:
    decoded = heard.decoded
    if decoded is None:
        return f"not decoded ({printable(heard.problem)})  {_hex(heard)}"
    if decoded.reading is not None:
        return f"{decoded.kind}  {reading_line(decoded.reading)}"
    return f"{decoded.kind}  {plain(decoded.content)}"


def _hex(heard: Heard) -> str:
    if heard.raw is None:
        return f"{heard.size} bytes, not shown as they may hold a token"
    rest = f" ... {heard.size} bytes" if heard.size > _LONGEST_HEX else ""
    return heard.raw[:_LONGEST_HEX].hex(" ") + rest
