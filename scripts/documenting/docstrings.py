"""Google-style docstrings, prepared for pdoc: attributes described in their place, names as references."""

from __future__ import annotations

import re
from textwrap import dedent

_SECTION = re.compile(r"^(?P<name>[A-Z][a-z]+):\n(?P<lines>(?:[ \t]+.+\n?|\n(?=[ \t]))+)", re.MULTILINE)
_ENTRY = re.compile(r"^(?P<name>\w+):[ ]?(?P<text>.*(?:\n[ \t].*|\n(?=[ \t]))*)", re.MULTILINE)
_REFERENCE = re.compile(r"(?P<code>```.*?```|``.*?``)|`(?P<name>[^`]+)`", re.DOTALL)


def split_attributes(docstring: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """Take the descriptions of these attributes out of a class's docstring.

    Returns:
        The docstring without them, and each description by its attribute.
    """
    described: dict[str, str] = {}

    def without(section: re.Match[str]) -> str:
        if section["name"] != "Attributes":
            return section[0]
        kept = []
        for entry in _ENTRY.finditer(dedent(section["lines"])):
            if entry["name"] in names:
                described[entry["name"]] = _sentence(_rest_dedented(entry["text"]))
            else:
                kept.append("".join(f"    {line}\n" for line in entry[0].splitlines()))
        return f"Attributes:\n{''.join(kept)}\n" if kept else ""

    return _SECTION.sub(without, docstring).strip(), described


def mark_errors(docstring: str) -> str:
    """Make the name of every error in a section of errors a reference."""

    def marked(section: re.Match[str]) -> str:
        if section["name"] != "Raises":
            return section[0]
        return re.sub(r"^([ ]{4})(EVMeter\w+):", r"\1`\2`:", section[0], flags=re.MULTILINE)

    return _SECTION.sub(marked, docstring)


def link_to(page: str, names: set[str], docstring: str) -> str:
    """Make references to these names links to another page: pdoc finds short ones on the same page only."""

    def linked(reference: re.Match[str]) -> str:
        name = reference["name"]
        return f"[`{name}`]({page}#{name})" if name in names else reference[0]

    return _REFERENCE.sub(linked, docstring)


def references(docstring: str) -> set[str]:
    """Return what is written between single backticks: names that must be links."""
    return {reference["name"] for reference in _REFERENCE.finditer(docstring) if reference["name"]}


def _rest_dedented(text: str) -> str:
    first, _, rest = text.partition("\n")
    return f"{first}\n{dedent(rest)}".strip()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
