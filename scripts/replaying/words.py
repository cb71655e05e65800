"""Reasons in the words of the user interface, so that a replay and Home Assistant say the same."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_components.evmeter.balancing import Reason

TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / "evmeter" / "translations" / "en.json"


@cache
def _words() -> dict[str, str]:
    """Return the word for each reason's code."""
    texts = json.loads(TRANSLATIONS.read_text(encoding="utf-8"))
    return {str(code): str(word) for code, word in texts["entity"]["sensor"]["reason"]["state"].items()}


def in_words(reason: Reason) -> str:
    """Return a reason in words, with the phase that binds."""
    word = _words()[reason.code]
    return word if reason.phase is None else f"{word} {reason.phase.name}"
