"""Recorded histories, each with what must come of it: every TOML file in tests/fixtures/history is one.

Its keys: ``story`` (what happened), ``source`` (whose recording it is, or how it was made), ``command`` (the
options of scripts/replay) and any number of ``[[expect]]`` with a ``figure`` of its JSON, such as
``replayed.over_s``, and ``at_least``, ``at_most`` or both.
"""

import shlex
import tomllib
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Self

import pytest

from replaying.__main__ import run
from replaying.options import parse
from replaying.report import Value, summary

FOLDER = Path(__file__).parents[1] / "fixtures" / "history"
CASES = sorted(FOLDER.glob("*.toml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The range of one figure.

    Attributes:
        figure: its path in the JSON, with points between.
        at_least: lowest value.
        at_most: highest value.
    """

    figure: str
    at_least: float = -inf
    at_most: float = inf

    def value(self, figures: Value) -> float:
        """Return the figure."""
        for key in self.figure.split("."):
            assert isinstance(figures, dict), self.figure
            figures = figures[key]
        assert isinstance(figures, (int, float)), self.figure
        return figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A history and what must come of it; see the text on top of this file."""

    story: str
    source: str
    command: str
    expect: tuple[Expectation, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a case; a key that is missing or unknown is an error."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        ranges = tuple(Expectation(**expectation) for expectation in content.pop("expect"))
        return cls(**content, expect=ranges)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_history(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure is within its range."""
    case = Case.read(path)
    monkeypatch.chdir(FOLDER)
    figures: Value = summary(run(parse(shlex.split(case.command))))
    values = {expectation: expectation.value(figures) for expectation in case.expect}
    assert values
    assert [
        f"{expectation}: {value}"
        for expectation, value in values.items()
        if not expectation.at_least <= value <= expectation.at_most
    ] == []


def test_every_recording_is_replayed() -> None:
    """A CSV file that no case names would be dead weight."""
    named = {word for path in CASES for word in shlex.split(Case.read(path).command)}
    recordings = {path.name for path in FOLDER.glob("*.csv")}
    assert recordings
    assert recordings <= named
