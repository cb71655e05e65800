"""Messages as people have them at hand: hexadecimal digits or JSON, typed, piped or in a file."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evmeter_client.dialects.strict_json import MAX_PAYLOAD
from evmeter_client.exceptions import EVMeterConfigError, EVMeterProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STANDARD_INPUT: Final = "-"
_MAX_INPUT: Final = 16 * MAX_PAYLOAD
_PRESENCE: Final = frozenset({"online", "offline"})
_BYTE: Final = re.compile(r"(0x)?[0-9a-fA-F]{2}", re.ASCII)
_SEPARATORS: Final = re.compile(r"0x|[\s:,-]", re.ASCII)


def texts_of(arguments: Sequence[str]) -> list[str]:
    """Return the messages among arguments; bytes with blanks between them are one message."""
    if len(arguments) > 1 and all(_BYTE.fullmatch(one) for one in arguments):
        return ["".join(arguments)]
    return list(arguments)


def payload_of(text: str) -> bytes:
    """Return the bytes of a message in hexadecimal digits, or of one that is text itself.

    Blanks, ``:``, ``-``, ``,`` and ``0x`` between the digits are left out.

    Raises:
        EVMeterProtocolError: it is neither JSON nor hexadecimal; the text is not repeated.
    """
    bare = text.strip()
    if bare.startswith("{") or bare in _PRESENCE:
        return bare.encode("utf-8", "surrogateescape")
    try:
        return bytes.fromhex(_SEPARATORS.sub("", bare))
    except ValueError:
        raise EVMeterProtocolError("neither JSON nor hexadecimal digits") from None


def read_input(name: str) -> bytes:
    """Return what a file holds, or standard input for ``-``.

    Raises:
        EVMeterConfigError: it cannot be read, or is too long (key ``file``).
    """
    try:
        if name == STANDARD_INPUT:
            content = sys.stdin.buffer.read(_MAX_INPUT + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_MAX_INPUT + 1)
    except OSError as error:
        raise EVMeterConfigError("file", f"cannot read {name}: {error.strerror}") from None
    if len(content) > _MAX_INPUT:
        raise EVMeterConfigError("file", f"{name} has more than {_MAX_INPUT} bytes")
    return content


def messages_in(content: bytes) -> Iterator[bytes | str]:
    """Give the messages in a file: text ones as text, a binary one as it is.

    A text is one JSON document, or has one message a line.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        yield content
        return
    if _is_document(text):
        yield text
    else:
        yield from (line for line in text.splitlines() if line.strip())


def _is_document(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
