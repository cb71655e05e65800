"""Messages and requests of one charger, for the tests of the dialects."""

from dataclasses import replace

from evmeter_client.dialects.base import Command, Inbound, Outgoing, Request
from tests.client.peers import CHARGER

RESPONSE = f"evmeter/{CHARGER}/response"
COMMAND = f"evmeter/{CHARGER}/command"
STATE = f"evmeter/{CHARGER}/state"
AVAILABILITY = f"evmeter/{CHARGER}/availability"
READ = Request(charger_id=CHARGER, command=Command.GET_READING, request_id="0123456789ab-1")
LIMIT = replace(READ, command=Command.SET_CURRENT_LIMITS, limits=(16.0, 16.0, 10.0), ttl=60.0)


def inbound(message: Outgoing, *, retained: bool = False) -> Inbound:
    """Return a published message as it arrives."""
    return Inbound(message.topic, message.payload, retained)


def nothing_open(key: str) -> Request | None:
    """Find no open request."""
    return None


def only(request: Request) -> dict[str, Request]:
    """Return the only open request by its id."""
    return {request.request_id: request}
