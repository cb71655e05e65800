"""Reads the integration's own source: what it calls, and with which texts."""

import ast
from collections.abc import Iterator
from pathlib import Path

from custom_components import evmeter

INTEGRATION = Path(evmeter.__file__).parent


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a function or class of this name in the integration."""
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name in {
                getattr(node.func, "id", None),
                getattr(node.func, "attr", None),
            }:
                yield node


def constants(call: ast.Call) -> dict[str, str]:
    """The text arguments of a call, by name; the first one is called ``first``."""
    arguments = {"first": call.args[0]} if call.args else {}
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    return {
        name: value.value
        for name, value in arguments.items()
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }
