"""What is wrong with the pages: links to nowhere, and names that should have become links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import override

import pdoc.doc

from documenting.docstrings import references
from documenting.pages import everything_in


class Page(HTMLParser):
    """What a page has of anchors, links and code.

    Attributes:
        anchors: ids that a link can go to.
        links: where links go.
        code: code in a docstring that is no link, by the id of what the docstring belongs to.
    """

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.code: dict[str, set[str]] = defaultdict(set)
        self._owner = ""
        self._depth = 0
        self._linked = False
        self._text: list[str] | None = None
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if anchor := given.get("id"):
            self.anchors.add(anchor)
            if not self._depth and tag in {"section", "div"}:
                self._owner = anchor
        if tag == "a" and (link := given.get("href")):
            self.links.append(link)
            self._linked = True
        if tag == "div" and (self._depth or given.get("class") == "docstring"):
            self._depth += 1
        if tag == "code" and self._depth:
            self._text = None if self._linked else []

    @override
    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._depth:
            self._depth -= 1
        if tag == "a":
            self._linked = False
            self._text = None
        if tag == "code" and self._text is not None:
            self.code[self._owner].add("".join(self._text))
            self._text = None


def broken_references(modules: Mapping[str, pdoc.doc.Module], folder: Path) -> Iterator[str]:
    """Say what is wrong, one line for each."""
    files = {folder / f"{name.replace('.', '/')}.html": module for name, module in modules.items()}
    pages = {file.resolve(): Page(file.read_text(encoding="utf-8")) for file in files}
    for file, module in files.items():
        page = pages[file.resolve()]
        for link in page.links:
            target, _, anchor = link.partition("#")
            if "://" in target:
                continue
            goal = pages.get((file.parent / target).resolve() if target else file.resolve())
            if goal is None or (anchor and anchor not in goal.anchors):
                yield f"{module.modulename}: a link to nowhere: {link}"
        for item in everything_in(module):
            for name in references(item.docstring):
                if name in page.code.get(item.qualname, ()):
                    yield f"{item.fullname}: `{name}` is the name of nothing documented"
