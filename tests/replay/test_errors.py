"""Whatever cannot be used ends with one line that says where and what, and status 2."""

from pathlib import Path

import pytest

from replaying.__main__ import main

from .files import HEADER

T = "t_s,l1_a,l2_a,l3_a\n"
GOOD = f"{T}0,1,2,3\n9,1,2,3\n"
Z = "2026-11-18T16:45:00.000Z"


def three(states: str = "1,1,1", name: str = "current", time: str = Z) -> str:
    """Return a download with one state for each of three entities."""
    rows = zip((1, 2, 3), states.split(","), strict=True)
    return HEADER + "".join(f"sensor.a_{name}_l{number},{state},{time}\n" for number, state in rows)


def failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command ends with."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("replay: ")
    assert err.count("\n") == 1
    return err.removeprefix("replay: ").removesuffix("\n")


FILES = [
    ("", "m.csv: is empty"),
    ("a,b\n1,2\n", "m.csv, line 1: the first line must be t_s,l1_a,l2_a,l3_a or, as Home Assistant's"),
    (T, "m.csv: has no lines below the first one"),
    ("t_s,l1_a,l2_a\n0,1,2\n", "m.csv, line 1: has no column l3_a"),
    (f"{T}0,1,2\n", "m.csv, line 2, column l3_a: is missing"),
    (f"{T}0,1,2,3\n1,1,2,x\n", "m.csv, line 3, column l3_a: is not a number: 'x'"),
    (f"{T}0,1,2,3\n1,1,2,3,5\n", "m.csv, line 3: has 5 values, not 4: numbers need a point, not a comma"),
    (f"{T}0,1,2,3\n\n0,1,2,3\n", "m.csv, line 4, column t_s: 0 s does not come after 0 s"),
    (f"{T}nan,1,2,3\n", "m.csv, line 2, column t_s: is not a time: 'nan'"),
    (f"{T}0,1,2,3\n", "m.csv: nothing to replay from 0.0 to 0.0; it runs from 0.0 to 0.0"),
    (f"{T}0,1,2,3\n1e9,1,2,3\n", "m.csv: 11574 days are too long: cut out a week or less"),
    (f"{T}0,,,\n9,,,\n", "m.csv: has no value for any phase"),
    (f"{T}0,230,460,900\n9,230,460,900\n", "m.csv: values up to 900 are no amperes behind a fuse of 25 A"),
    (HEADER, "m.csv: has no lines below the first one"),
    (f"{HEADER}sensor.a_current_l1,1\n", "m.csv: has no three entities that are alike but for their phase"),
    (three(time="yesterday"), "m.csv, line 2, column last_changed: is not a date and time: 'yesterday'"),
    (three(time="2026-11-18T16:45:00"), "m.csv, line 2, column last_changed: has no time zone"),
    (three(states="1,charging,1"), "m.csv, line 3, column state: is not a number: 'charging'"),
    (
        three(name="power"),
        "sensor.a_power_l3 is not in the file, and their names say power: add --unit W, or kW",
    ),
    (three(name="mains"), "is not in the file, and their names do not tell: add --unit W, or kW"),
    (
        three() + three(name="strom").removeprefix(HEADER),
        "m.csv: leaves a choice: add --phases sensor.a_current_l1,sensor.a_current_l2,sensor.a_current_l3 or",
    ),
    (
        HEADER
        + "".join(f"sensor.a_current_l{n},1,2026-11-18T{h}:00:00.000Z\n" for n in "123" for h in (16, 17)),
        "m.csv: has only hourly averages of sensor.a_current_l1; download days that the recorder still has",
    ),
]


@pytest.mark.parametrize(("content", "message"), FILES)
def test_file(
    content: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message names the file, the line and the column."""
    monkeypatch.chdir(tmp_path)
    Path("m.csv").write_text(content)
    assert message in failure(["--mains", "m.csv"], capsys)


OPTIONS = [
    ("--fuse x", "argument --fuse: needs one current, or three, between 6 and 250 A: x"),
    ("--fuse 25,25", "argument --fuse: needs one current, or three, between 6 and 250 A: 25,25"),
    ("--margin 25", "margin: must be between 0 and 24, is 25"),
    ("--margin nan", "argument --margin: must be between 0 and 250, not nan"),
    ("--min 5", "argument --min: must be between 6 and 32, not 5"),
    ("--max x", "argument --max: invalid number value: 'x'"),
    ("--min 10 --car-max 8", "--min is above --max or --car-max"),
    ("--fallback 3", "--fallback must be 0 or between --min and --max"),
    ("--mode quick", "argument --mode: invalid Mode value: 'quick'"),
    ("--wiring L1,L1", "argument --wiring: is not like L2,L3,L1 or L2: L1,L1"),
    ("--wiring L4", "argument --wiring: is not like L2,L3,L1 or L2: L4"),
    ("--phases sensor.a,sensor.a,sensor.b", "argument --phases: needs three different entities, or one"),
    ("--timezone Europe/Atlantis", "argument --timezone: is no time zone that is known here"),
    ("--timezone ../etc", "argument --timezone: is no time zone that is known here"),
    ("--moments -1", "argument --moments: must be 0 or more, not -1"),
    ("--from 18:00", "--from: '18:00' is not a number of seconds, as in the file"),
    ("--from 100", "m.csv: nothing to replay from 100.0 to 9.0; it runs from 0.0 to 9.0"),
    ("--charger-unit W", "--charger FILE is missing"),
    ("--example dinner", "either --mains FILE or --example NAME is needed"),
    ("--no-such-option", "unrecognized arguments: --no-such-option"),
    ("--output nowhere/p.png", "nowhere/p.png: cannot be written: No such file or directory"),
    ("--charger none.csv", "none.csv: cannot be read: No such file or directory"),
    ("--charger m.csv", "m.csv: has the same currents for the mains and for the charger"),
    ("--charger .", ".: cannot be read: Is a directory"),
    ("--charger idle.csv", "idle.csv: says that nothing was charged: leave --charger away"),
    ("--charger dates.csv", "dates.csv: has dates and the mains has seconds, or the other way round"),
    ("--charger bytes.csv", "bytes.csv: is not a text file"),
]


@pytest.mark.parametrize(("arguments", "message"), OPTIONS)
def test_option(
    arguments: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message names the option, in the words of the command line."""
    monkeypatch.chdir(tmp_path)
    Path("m.csv").write_text(GOOD)
    Path("idle.csv").write_text(f"{T}0,0,0,0\n9,0,0,0\n")
    Path("dates.csv").write_text(three())
    Path("bytes.csv").write_bytes(b"\xff\xfe\x00")
    assert message in failure(["--mains", "m.csv", *arguments.split()], capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--wiring L2", "--wiring: the mains has one phase, L1"),
        ("--fuse 25,25,25", "--fuse: three ratings, but the mains has one phase"),
        ("--charger three.csv", "three.csv: has three phases, the mains has one"),
    ],
)
def test_house_of_one_phase(
    arguments: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What only three phases have is refused."""
    monkeypatch.chdir(tmp_path)
    Path("m.csv").write_text("t_s,l1_a\n0,1\n9,1\n")
    Path("three.csv").write_text(GOOD)
    assert message in failure(["--mains", "m.csv", *arguments.split()], capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--from noon", "--from: 'noon' is neither like 2026-11-20T18:00 nor like 18:00"),
        ("--to 2026-11-18T16:00+00:00", "m.csv: nothing to replay from 2026-11-18T16:45:00+00:00 to"),
        (
            "--phases sensor.x",
            "m.csv: has no entity sensor.x; it has sensor.a_current_l1, sensor.a_current_l2",
        ),
    ],
)
def test_stretch_of_a_download(
    arguments: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A download has dates."""
    monkeypatch.chdir(tmp_path)
    later = three(time="2026-11-18T16:50:00.000Z").removeprefix(HEADER)
    Path("m.csv").write_text(three() + later)
    assert message in failure(["--mains", "m.csv", "--timezone", "UTC", *arguments.split()], capsys)
