"""The modules that are documented, and what pdoc is told about them beyond what it finds."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import pdoc.doc

from documenting.docstrings import link_to, mark_errors, split_attributes

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples"
EXAMPLES = (
    "read_once.py",
    "follow_readings.py",
    "limit_current.py",
    "private_authority.py",
    "decode_frame.py",
)
"""The example programs in the order in which they are shown."""

SOURCE = "https://github.com/evmeter/ha-evmeter/blob/main/evmeter_client/"

HOME = "evmeter_client"
MODULES = (
    HOME,
    "evmeter_client.dialects",
    "evmeter_client.dialects.base",
    "evmeter_client.dialects.working_info",
    "evmeter_client.simulator",
    "evmeter_client.simulator.broker",
    "evmeter_client.simulator.gateway",
)
"""The public face: what is not here may change at any time."""

SOURCES = ("evmeter_client.models", "evmeter_client.dialects", "evmeter_client.simulator.appliances")
"""Where the variables are made that other pages show."""


type Item = pdoc.doc.Module | pdoc.doc.Class | pdoc.doc.Function | pdoc.doc.Variable


def load_pages() -> Mapping[str, pdoc.doc.Module]:
    """Load every documented module, its docstrings as they are to be shown."""
    pages = {name: pdoc.doc.Module.from_name(name) for name in MODULES}
    home = set(pages[HOME].members)
    for name, page in pages.items():
        elsewhere = home - set(page.members)
        up = "../" * name.count(".")
        _describe_imported(page)
        for item in everything_in(page):
            if isinstance(item, pdoc.doc.Class):
                _describe_attributes(item)
                _resolve_named_tuple(item)
            item.docstring = link_to(f"{up}{HOME}.html", elsewhere, mark_errors(item.docstring))
    pages[HOME].docstring += _examples()
    return pages


def everything_in(item: Item) -> Iterator[Item]:
    """Return a documented thing and all that is in it, without submodules."""
    yield item
    if isinstance(item, (pdoc.doc.Module, pdoc.doc.Class)):
        for member in item.members.values():
            if isinstance(member, (pdoc.doc.Class, pdoc.doc.Function, pdoc.doc.Variable)):
                yield from everything_in(member)


def _describe_attributes(item: pdoc.doc.Class) -> None:
    """Move what the docstrings of the class and its bases say about fields to the fields."""
    names = set(item.members)
    item.docstring, described = split_attributes(item.docstring, names)
    for base in item.obj.__mro__[1:]:
        described = split_attributes(inspect.cleandoc(base.__doc__ or ""), names)[1] | described
    for name, text in described.items():
        item.members[name].docstring = text


def _describe_imported(page: pdoc.doc.Module) -> None:
    """Describe variables that are imported: their descriptions are where they are made."""
    for name, item in page.members.items():
        if isinstance(item, pdoc.doc.Variable) and not item.docstring:
            item.docstring = next(
                (
                    made.docstring
                    for source in SOURCES
                    if (made := pdoc.doc.Module.from_name(source).get(name)) and made.docstring
                ),
                "",
            )


def _resolve_named_tuple(item: pdoc.doc.Class) -> None:
    """Resolve the types of a named tuple's constructor: it is not made in the module that imports them."""
    if issubclass(item.obj, tuple) and hasattr(item.obj, "_fields"):
        item.obj.__new__.__annotations__ = {
            name: member.annotation
            for name, member in item.members.items()
            if isinstance(member, pdoc.doc.Variable) and name in item.obj.__new__.__annotations__
        }


def _examples() -> str:
    """Return the example programs as a chapter: they are in the repository, each with a test that runs it."""
    chapter = "\n\n## Examples\n"
    for name in EXAMPLES:
        source = (FOLDER / name).read_text(encoding="utf-8")
        module = ast.parse(source)
        text = ast.get_docstring(module) or ""
        # The description stands above the program instead of in it.
        code = "".join(source.splitlines(keepends=True)[module.body[0].end_lineno :]).lstrip("\n")
        chapter += f"\n### {name}\n\n{text}\n\n```python\n{code}```\n"
    return chapter
