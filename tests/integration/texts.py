"""The texts of the integration, as its translations have them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from custom_components.evmeter import config_flow

TRANSLATIONS = Path(config_flow.__file__).parent / "translations"


def load(language: str) -> dict[str, Any]:
    """The texts of one language."""
    loaded: dict[str, Any] = json.loads((TRANSLATIONS / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with the path of its key."""
    if isinstance(value, str):
        yield path, value
    else:
        assert isinstance(value, dict), path
        for key, part in value.items():
            yield from texts(part, f"{path}.{key}" if path else key)


def placeholders(text: str) -> set[str]:
    """What a text leaves to be filled in."""
    return set(re.findall(r"\{(\w+)\}", text))
