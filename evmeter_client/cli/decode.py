"""`evmeter decode`: what a captured message says, without any connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evmeter_client.cli.decoding import decode_payload
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.cli.flags import JsonFlag
from evmeter_client.cli.message_input import STANDARD_INPUT, messages_in, payload_of, read_input, texts_of
from evmeter_client.cli.output import OutputConsole, write_json
from evmeter_client.cli.report import Report
from evmeter_client.cli.tables import detail_table
from evmeter_client.exceptions import EVMeterConfigError, EVMeterProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def decode(
    *,
    messages: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HEX...", help="Messages in hexadecimal digits or JSON; - reads standard input."
        ),
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Option(
            "--file", "-f", metavar="FILE", help="File with one binary message, or messages as text."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Decode messages of any dialect; needs no broker.

    The dialect is recognised: hexadecimal digits of a BLEWIFI frame or request, or JSON text, one message per
    argument or line. The user id and token in a BLEWIFI request are never shown.

    With --json one object per message: dialect, kind, charger_id, content.
    """
    if not messages and not files:
        raise EVMeterConfigError("messages", "give messages in hexadecimal digits or JSON, -, or --file")
    console = OutputConsole()
    failures: list[ExitCode] = []
    for message in _messages(messages or (), files or ()):
        try:
            decoded = decode_payload(payload_of(message) if isinstance(message, str) else message)
        except EVMeterProtocolError as error:
            failures.append(Report(as_json).error(error))
            continue
        if as_json:
            write_json(decoded.as_document())
        else:
            console.print(detail_table(f"{decoded.dialect} {decoded.kind}", decoded.content))
    if failures:
        raise typer.Exit(failures[0])


def _messages(arguments: Sequence[str], files: Sequence[str]) -> Iterator[bytes | str]:
    for text in texts_of(arguments):
        if text == STANDARD_INPUT:
            yield from messages_in(read_input(STANDARD_INPUT))
        else:
            yield text
    for name in files:
        yield from messages_in(read_input(name))
