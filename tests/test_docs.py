"""The library's documentation builds without a warning, leaves out nothing public, notices what is broken."""

import inspect
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pdoc.doc
import pytest

from documenting.docstrings import link_to, mark_errors, references, split_attributes
from documenting.pages import EXAMPLES, MODULES, load_pages
from documenting.references import Page

ROOT = Path(__file__).parent.parent


def build(folder: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run what scripts/docs runs."""
    return subprocess.run(
        [sys.executable, "-m", "documenting", str(folder)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(root), str(root / "scripts")))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the documentation once."""
    folder = tmp_path_factory.mktemp("docs")
    result = build(folder)
    assert result.stderr == ""
    assert result.returncode == 0
    return folder


def public(page: pdoc.doc.Module) -> Iterator[pdoc.doc.Doc[object]]:
    """Everything a module offers: its names, and what each of its classes has of its own."""
    for item in page.members.values():
        if item.name.startswith("_") or isinstance(item, pdoc.doc.Module):
            continue
        yield item
        if isinstance(item, pdoc.doc.Class):
            yield from (member for member in item.own_members if not member.name.startswith("_"))


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_described_and_shown(built: Path, name: str) -> None:
    """A member of an enum needs no words of its own: its class has them, and its name says the rest."""
    page = load_pages()[name]
    shown = Page((built / f"{name.replace('.', '/')}.html").read_text(encoding="utf-8")).anchors
    offered = list(public(page))
    assert {item.name for item in offered} >= set(getattr(page.obj, "__all__", ()))
    assert [item.qualname for item in offered if item.qualname not in shown] == []
    undescribed = [
        item.qualname
        for item in offered
        if not item.docstring and not (isinstance(item, pdoc.doc.Variable) and item.is_enum_member)
    ]
    assert undescribed == []


def test_the_landing_page_has_every_example(built: Path) -> None:
    home = (built / "evmeter_client.html").read_text(encoding="utf-8")
    names = [path.name for path in (ROOT / "docs" / "examples").glob("*.py")]
    assert sorted(EXAMPLES) == sorted(names)
    assert [name for name in names if f">{name}</h3>" not in home] == []


@pytest.mark.parametrize(
    ("module", "right", "wrong", "complaint"),
    [
        ("client", "happens before `connect`", "happens before `conect`", "`conect` is the name of nothing"),
        ("exceptions", "- `EVMeterClosedError`", "- [x](#Nowhere)", "a link to nowhere: #Nowhere"),
        ("config", "port: int = 8883", "port: Port = 8883", "Error parsing type annotation"),
    ],
)
def test_what_is_broken_is_noticed(
    tmp_path: Path, module: str, right: str, wrong: str, complaint: str
) -> None:
    for folder in ("evmeter_client", "scripts/documenting", "docs/examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    file = tmp_path / "evmeter_client" / f"{module}.py"
    source = file.read_text(encoding="utf-8")
    assert source.count(right) == 1
    file.write_text(source.replace(right, wrong), encoding="utf-8")
    result = build(tmp_path / "built", tmp_path)
    assert result.returncode == 1
    assert complaint in result.stderr
    assert all(line.startswith("scripts/docs: ") for line in result.stderr.splitlines())


DOCSTRING = inspect.cleandoc(
    """Something.

    Attributes:
        first: what it is,
            on two lines.
        second: ``as it is``.

    Raises:
        EVMeterError: `first` is wrong.
        ValueError: not ours.
    """
)


def test_attributes_are_taken_out_of_a_docstring() -> None:
    rest, described = split_attributes(DOCSTRING, {"first"})
    assert described == {"first": "What it is,\non two lines."}
    assert "first:" not in rest
    assert "Attributes:\n    second: ``as it is``.\n" in rest
    assert "Attributes" not in split_attributes(DOCSTRING, {"first", "second"})[0]


def test_names_become_references() -> None:
    marked = mark_errors(DOCSTRING)
    assert "`EVMeterError`: `first` is wrong." in marked
    assert "    ValueError: not ours." in marked
    assert references(marked) == {"EVMeterError", "first"}
    linked = link_to("../home.html", {"EVMeterError", "as it is"}, marked)
    assert "[`EVMeterError`](../home.html#EVMeterError): `first`" in linked
    assert "``as it is``" in linked
