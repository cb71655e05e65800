"""The interface of a dialect: how requests, answers and readings look on the wire.

A dialect is pure: bytes in, values out, no I/O and no state. It knows both directions: the client's side asks
and reads, the charger's side (simulator, gateway) hears and answers. ``decode(encode(x)) == x``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

from evmeter_client.models import Capability, ChargerMetrics, ChargerReading, ChargerStatus, PerPhase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from evmeter_client.exceptions import EVMeterError

MAX_LIMIT_A = 80.0
"""Largest current limit a request may carry [A]: the largest rated current of IEC 61851-1 mode 3 charging."""

MAX_TTL_S = 86_400.0
"""Longest time to live of a limit [s]; a limit meant to last has none."""

type Result = ChargerStatus | ChargerMetrics | ChargerReading | PerPhase
"""What a request gives: what was read, or the limits that were applied [A]."""


class Command(StrEnum):
    """What a client can ask of a charger."""

    GET_STATUS = "get_status"
    """State and settings."""
    GET_METRICS = "get_metrics"
    """What it measures."""
    GET_READING = "get_reading"
    """Both, of one moment."""
    SET_CURRENT_LIMITS = "set_current_limits"
    """Limit the charging current of each phase."""


class ErrorCode(StrEnum):
    """Why a charger refuses a request."""

    UNKNOWN_COMMAND = "unknown_command"
    """It has no such command."""
    INVALID_PARAMS = "invalid_params"
    """The parameters do not have the form they must have."""
    OUT_OF_RANGE = "out_of_range"
    """A parameter has a value that the charger cannot hold."""
    NOT_CONNECTED = "not_connected"
    """What it needs for this is not connected to it."""
    BUSY = "busy"
    """Not now: ask again later."""
    INTERNAL = "internal"
    """Something went wrong inside the charger."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What MQTT 5 tells about the answer to a request; MQTT 3.1.1 carries nothing of it.

    Attributes:
        topic: Response Topic of a request, None where there is none.
        correlation: Correlation Data of a request and of its answer, None where there is none.
    """

    topic: str | None = None
    correlation: bytes | None = None


NO_REPLY = Reply()
"""Nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to one charger.

    Attributes:
        charger_id: the charger asked, in the dialect's normal form.
        command: what is asked.
        request_id: ties the answer to the request; "" where the dialect has no such id.
        limits: for ``set_current_limits``: per charger phase L1, L2, L3 [A].
        ttl: for ``set_current_limits``: seconds until the charger's fallback, None = until changed.
        reply: where the charger's side is to answer, as far as the request tells.
    """

    charger_id: str
    command: Command
    request_id: str = ""
    limits: PerPhase | None = None
    ttl: float | None = None
    reply: Reply = NO_REPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A request a charger can answer, but only with a refusal.

    Attributes:
        charger_id: the charger asked.
        request_id: id of the request.
        code: why it is refused.
        message: the same in words.
        reply: where to answer, as far as the request tells.
    """

    charger_id: str
    request_id: str
    code: ErrorCode
    message: str
    reply: Reply = NO_REPLY


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish; one with a Response Topic is of no use after the request timeout.

    Attributes:
        topic: where to.
        payload: what.
        retain: whether the broker is to keep it for those who subscribe later.
        reply: what it tells about its answer.
    """

    topic: str
    payload: bytes
    retain: bool = False
    reply: Reply = NO_REPLY


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as it arrived.

    Attributes:
        topic: where it was published.
        payload: what was published.
        retained: whether the broker had kept it: it may be old.
        reply: what it tells about its answer.
    """

    topic: str
    payload: bytes
    retained: bool = False
    reply: Reply = NO_REPLY


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an open request.

    Attributes:
        key: what `Dialect.key` gives for the request.
        result: what was read, or the limits that were applied.
    """

    key: str
    result: Result


@dataclass(frozen=True, slots=True)
class Refusal:
    """An open request failed: refused by the charger, or answered with nonsense.

    Attributes:
        key: what `Dialect.key` gives for the request.
        error: what the request is to raise.
    """

    key: str
    error: EVMeterError


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A well-formed answer to a request that is not open: late, repeated, or another client's.

    Attributes:
        request_id: the request's id.
    """

    request_id: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """A reading nobody asked for.

    Attributes:
        reading: what the charger tells.
    """

    reading: ChargerReading


@dataclass(frozen=True, slots=True)
class Availability:
    """A charger came or went.

    Attributes:
        charger_id: the charger.
        online: whether it is there.
    """

    charger_id: str
    online: bool


type Incoming = Answer | Refusal | Unmatched | Pushed | Availability
"""What an inbound message means to the client."""

type OpenRequests = Callable[[str], Request | None]
"""Finds the open request with a key, if there is one."""


class Dialect(ABC):
    """How requests, answers and readings look on the wire.

    Attributes:
        name: name in the registry.
        capabilities: what the dialect can do.
        speaks_mqtt_5: whether it has a use for MQTT 5; otherwise it is spoken over MQTT 3.1.1 only.
    """

    __slots__ = ()

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    speaks_mqtt_5: ClassVar[bool]

    @classmethod
    @abstractmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        """Make the dialect from strings, as stored in a configuration.

        Raises:
            EVMeterConfigError: an option is unknown, missing or not usable; ``key`` names it.
        """

    @abstractmethod
    def normalise_id(self, charger_id: str) -> str:
        """Return a charger id in the form used in topics and models.

        Raises:
            EVMeterConfigError: it is not an id of this dialect; ``key`` is ``charger_id``.
        """

    def wire_command(self, command: Command) -> Command:
        """Return the command that is really sent for this one; its result holds what was asked."""
        return command

    # The client's side

    @abstractmethod
    def key(self, request: Request) -> str:
        """Return what ties an answer to this request among all open ones."""

    @abstractmethod
    def response_topics(self, charger_id: str) -> tuple[str, ...]:
        """Return the topics on which this charger answers."""

    @abstractmethod
    def reading_topics(self, charger_id: str) -> tuple[str, ...]:
        """Return the topics on which this charger pushes readings."""

    @abstractmethod
    def availability_topics(self, charger_id: str) -> tuple[str, ...]:
        """Return the topics that tell whether this charger is there; none where there is no such thing."""

    @abstractmethod
    def encode_request(self, request: Request) -> Outgoing:
        """Return the message that asks.

        Raises:
            EVMeterUnsupportedError: the dialect has no such command.
        """

    @abstractmethod
    def decode(self, message: Inbound, open_requests: OpenRequests) -> Incoming:
        """Say what a message means to the client.

        Raises:
            EVMeterProtocolError: the message is not valid, or not for us.
        """

    # The charger's side

    @abstractmethod
    def command_topic(self, charger_id: str) -> str:
        """Return the topic on which this charger hears requests."""

    @abstractmethod
    def decode_request(self, message: Inbound) -> Request | RefusedRequest:
        """Read a request as the charger does.

        Raises:
            EVMeterProtocolError: the message is not valid and cannot be answered.
        """

    @abstractmethod
    def encode_answer(self, request: Request, result: Result) -> Outgoing:
        """Return the message that answers a request.

        Raises:
            EVMeterProtocolError: a value does not fit the wire format.
        """

    @abstractmethod
    def encode_refusal(self, refused: RefusedRequest) -> Outgoing | None:
        """Return the message that refuses a request, None where the dialect stays silent."""

    @abstractmethod
    def encode_reading(self, reading: ChargerReading) -> Outgoing:
        """Return the message that pushes a reading.

        Raises:
            EVMeterProtocolError: a value does not fit the wire format.
        """

    @abstractmethod
    def encode_availability(self, charger_id: str, *, online: bool) -> Outgoing | None:
        """Return the message that says whether the charger is there, None where the dialect has none."""
