"""`evmeter decode`: messages of both dialects, as digits, as text, piped and in files."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from evmeter_client import BlewifiDialect, ChargerReading, EVMeterProtocolError, JsonDialect
from evmeter_client.cli.app import run
from evmeter_client.cli.decoding import MASK, decode_payload
from evmeter_client.cli.exit_codes import ExitCode
from evmeter_client.cli.message_input import messages_in, payload_of, texts_of
from evmeter_client.dialects.base import Command, ErrorCode, Outgoing, RefusedRequest, Request
from evmeter_client.dialects.json_documents import metrics_to_json, status_to_json
from evmeter_client.dialects.strict_json import dump_object
from evmeter_client.dialects.working_info import seal_envelope
from tests.client.cli.command import Cli
from tests.client.messages import LIMIT, READ
from tests.client.peers import CHARGER, reading_of
from tests.client.strategies import readings
from tests.client.test_blewifi import TOKEN, USER_ID
from tests.client.test_working_info import FRAMES, GOLDEN

pytestmark = pytest.mark.usefixtures("home")

JSON = JsonDialect()
BLEWIFI = BlewifiDialect(USER_ID, TOKEN)
REQUEST = BLEWIFI.encode_request(Request(charger_id=CHARGER, command=Command.GET_STATUS))
READING = reading_of()


def decoded(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> list[dict[str, object]]:
    """Decode arguments and return what is printed as JSON."""
    assert run(("decode", "--json", *arguments)) == ExitCode.OK
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: str(frame["name"]))
def test_captured_frames(capsys: pytest.CaptureFixture[str], frame: dict[str, object]) -> None:
    expected = frame["expected"]
    assert isinstance(expected, dict)
    (document,) = decoded(capsys, [str(frame["payload_hex"])])
    content = document["content"]
    assert isinstance(content, dict)
    assert (document["dialect"], document["kind"]) == ("blewifi", "reading")
    assert document["charger_id"] == expected["charger_id"]
    told = {**content["status"], **content["metrics"], "trailer_hex": content["trailer"]}
    for name in told.keys() & expected.keys():
        assert told[name] == expected[name], name
    assert len(told.keys() & expected.keys()) >= 20


def test_several_messages_are_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(decoded(capsys, [payload.hex() for payload in GOLDEN])) == len(GOLDEN)


def test_digits_may_be_written_as_dumps_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    expected = decoded(capsys, [GOLDEN[0].hex()])
    assert decoded(capsys, GOLDEN[0].hex(" ").split()) == expected
    for form in (GOLDEN[0].hex(" "), GOLDEN[0].hex(":").upper(), GOLDEN[0].hex("\n")):
        assert decoded(capsys, [form]) == expected
    assert decoded(capsys, [" ".join(f"0x{byte:02x}" for byte in GOLDEN[0])]) == expected


def test_a_request_shows_neither_user_nor_token(capsys: pytest.CaptureFixture[str]) -> None:
    (document,) = decoded(capsys, [REQUEST.payload.hex()])
    assert document == {
        "dialect": "blewifi",
        "kind": "request",
        "charger_id": None,
        "content": {"command": "get_reading", "user_id": MASK, "token": MASK},
    }
    assert run(("decode", REQUEST.payload.hex())) == ExitCode.OK
    text = capsys.readouterr().out
    assert "get_reading" in text
    assert USER_ID not in text
    assert TOKEN.hex() not in text


REFUSED = RefusedRequest(charger_id=CHARGER, request_id="1", code=ErrorCode.BUSY, message="later")
MESSAGES: list[tuple[Outgoing | None, str, dict[str, object]]] = [
    (JSON.encode_request(LIMIT), "request", {"limits": [16.0, 16.0, 10.0], "ttl": 60.0}),
    (JSON.encode_request(READ), "request", {"command": "get_reading"}),
    (JSON.encode_answer(LIMIT, (16.0, 16.0, 10.0)), "limits", {"limits": [16.0, 16.0, 10.0]}),
    (JSON.encode_answer(READ, READING), "reading", {"limits": None}),
    (JSON.encode_answer(READ, READING.status), "status", {"kubis_version": "7.10.3"}),
    (JSON.encode_answer(READ, READING.metrics), "metrics", {"session_energy_wh": 1234}),
    (JSON.encode_refusal(REFUSED), "error", {"code": "busy", "message": "later"}),
    (JSON.encode_reading(READING), "reading", {"charger_id": CHARGER}),
    (JSON.encode_availability(CHARGER, online=True), "availability", {"online": True}),
    (JSON.encode_availability(CHARGER, online=False), "availability", {"online": False}),
    (Outgoing("", dump_object(status_to_json(READING.status))), "status", {"firmware_version": 49}),
    (Outgoing("", dump_object(metrics_to_json(READING.metrics))), "metrics", {"phases_in_use": 3}),
    (Outgoing("", b'{"v": 1, "id": "1", "command": "fly"}'), "refused_request", {"code": "unknown_command"}),
]


@pytest.mark.parametrize(("message", "kind", "part"), MESSAGES, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("as_text", [True, False])
def test_json_messages_as_text_and_as_digits(
    capsys: pytest.CaptureFixture[str],
    message: Outgoing | None,
    kind: str,
    part: dict[str, object],
    as_text: bool,
) -> None:
    assert message is not None
    text = message.payload.decode() if as_text else message.payload.hex()
    (document,) = decoded(capsys, [text])
    assert (document["dialect"], document["kind"]) == ("json", kind)
    content = document["content"]
    assert isinstance(content, dict)
    assert content.items() >= part.items()
    assert run(("decode", text)) == ExitCode.OK
    assert f"json {kind}" in capsys.readouterr().out


def test_derived_values_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    (document,) = decoded(capsys, [JSON.encode_reading(READING).payload.decode()])
    content = document["content"]
    assert isinstance(content, dict)
    metrics = content["metrics"]
    assert metrics["power_w"] == pytest.approx(READING.metrics.power_w, abs=0.001)
    assert metrics["voltage_mean"] == pytest.approx(READING.metrics.voltage_mean, abs=0.001)
    assert metrics["current_mean"] == pytest.approx(READING.metrics.current_mean, abs=0.001)


@pytest.mark.parametrize(
    "text",
    [
        "", "zz", "é", "123", "{", "{}", '{"v": 2, "id": "1", "ok": true, "result": {}}', "[]", "6200",
        GOLDEN[0].hex()[:-2], '{"v": 1, "id": "1", "ok": true, "result": {"limits": [1]}}',
        '{"status": {"charger_id": "a/b"}}', '{"v": 1, "v": 1}', '{"ok": true, "ok": NaN}',
    ],
)  # fmt: skip
def test_what_is_no_message_is_one_line(capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert run(("decode", text)) == ExitCode.FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_one_bad_message_does_not_hide_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("decode", "--json", "zz", GOLDEN[0].hex())) == ExitCode.FAILED
    captured = capsys.readouterr()
    assert json.loads(captured.out)["kind"] == "reading"
    assert json.loads(captured.err) == {
        "error": "neither JSON nor hexadecimal digits",
        "kind": "failed",
        "exit_code": 1,
    }


def test_nothing_to_decode(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("decode",)) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("evmeter: messages: ")


async def test_standard_input(cli: Cli) -> None:
    lines = "\n".join([GOLDEN[0].hex(), "", "online", JSON.encode_request(READ).payload.decode()])
    finished = await cli.run("decode", "--json", "-", stdin=lines.encode())
    assert [document["kind"] for document in finished.documents] == ["reading", "availability", "request"]
    assert finished.code == ExitCode.OK


async def test_a_binary_message_on_standard_input(cli: Cli) -> None:
    finished = await cli.run("decode", "--json", "-", stdin=GOLDEN[0])
    assert [document["kind"] for document in finished.documents] == ["reading"]


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (GOLDEN[0], ["reading"]),
        (f"{GOLDEN[0].hex()}\n{GOLDEN[1].hex()}\n".encode(), ["reading", "reading"]),
        (json.dumps(json.loads(JSON.encode_reading(READING).payload), indent=2).encode(), ["reading"]),
        (b"", []),
    ],
    ids=["binary", "digits", "indented", "empty"],
)
def test_files(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, kinds: list[str]) -> None:
    file = tmp_path / "captured"
    file.write_bytes(content)
    assert [document["kind"] for document in decoded(capsys, ["--file", str(file)])] == kinds


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(("decode", "-f", str(tmp_path / "none"))) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("evmeter: file: cannot read")


def test_a_name_from_the_wire_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    payload = bytearray(GOLDEN[0])
    payload[GOLDEN[0].index(b"Depot_1") : GOLDEN[0].index(b"Depot_1") + 2] = b"\x1b\xff"
    assert run(("decode", payload.hex())) == ExitCode.OK
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\x1b\\udcffpot_1" in out


NOISE = st.binary(max_size=150)


@given(NOISE | NOISE.map(seal_envelope) | st.text(max_size=80).map(str.encode))
def test_noise_gives_one_kind_of_error(payload: bytes) -> None:
    try:
        decode_payload(payload)
    except EVMeterProtocolError:
        return
    assert payload.strip() in {b"online", b"offline"} or payload[2:3] in {b"\x00", b"\x03"}


@given(st.text(max_size=60))
def test_noise_as_text_gives_one_kind_of_error(text: str) -> None:
    for one in texts_of([text]):
        with suppress(EVMeterProtocolError):
            assert isinstance(payload_of(one), bytes)


@given(st.binary(max_size=200))
def test_every_byte_of_a_binary_file_is_kept(content: bytes) -> None:
    found = list(messages_in(b"\x00" + content))
    assert found == [b"\x00" + content]


@given(readings())
def test_every_reading_is_found_in_both_dialects(reading: ChargerReading) -> None:
    for message in (JSON.encode_reading(reading), BLEWIFI.encode_reading(reading)):
        assert decode_payload(message.payload).reading == reading
