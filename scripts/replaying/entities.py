"""Which entities of a downloaded history are the currents of the three phases: told by their names.

A name says its phase (``l1``, ``phase_2``, ``fase_c``, ``channel_a``) and, in most languages' words, what it
measures. Three names that differ in their phase alone are one group. Nothing is guessed: where names leave a
choice, the user is asked for ``--phases``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PHASE_WORD = "(?:phase|phas|fase|fasen|fas|faas|faza|vaihe|ph)"
PHASE_MARKS = tuple(
    re.compile(rf"(?<![a-z0-9]){mark}(?![a-z0-9])")
    for mark in (
        rf"(?:{PHASE_WORD}_?)?l([123])",
        rf"{PHASE_WORD}_?([123abc])",
        "(?:channel|kanal|ch|em)_?([123abc])",
        "([abc])",
        "([123])$",
    )
)
"""How a name says its phase, the clearest first. ``p1`` is no phase: it is a port of the meter."""
NUMBER_OF = {mark: number for number, marks in enumerate(("1a", "2b", "3c")) for mark in marks}


class Quantity(Enum):
    """What an entity measures, as far as its name tells."""

    CURRENT = "current"
    POWER = "power"
    UNKNOWN = "unknown"
    OTHER = "other"


WORDS = {
    Quantity.OTHER: {
        *("voltage", "spanning", "spannung", "tension", "spenning", "jannite", "volt"),
        *("energy", "energie", "kwh", "frequency", "factor", "reactive", "apparent"),
        *("export", "exported", "exporting", "production", "produced", "return", "returned", "injection"),
        *("teruglevering", "einspeisung", "available", "limit", "fuse", "maximum", "max", "min"),
    },
    Quantity.POWER: {
        *("power", "vermogen", "leistung", "effekt", "effect", "puissance", "teho", "potencia", "potenza"),
        *("watt", "watts", "w", "kw", "consumption", "verbruik"),
    },
    Quantity.CURRENT: {
        *("current", "currents", "amp", "amps", "ampere", "amperes", "amperage", "stroom", "strom", "strøm"),
        *("courant", "virta", "corriente", "corrente", "intensity", "intensite"),
    },
}
"""Words by what they say; the first kind that matches counts: *current power* is a power."""
CHARGER_WORDS = {
    *("charger", "charging", "wallbox", "evse", "ev", "laadpaal", "laadstation", "lader", "ladestation"),
    *("laddare", "borne", "car", "auto", "easee", "zaptec", "keba", "alfen", "openwb", "evcc"),
}
MAINS_WORDS = {"mains", "grid", "net", "netz", "hoofd", "main", "p1", "dsmr", "meter", "smartmeter"}


@dataclass(frozen=True, slots=True)
class Group:
    """Three entities whose names differ in their phase alone.

    Attributes:
        entities: of L1, L2, L3.
        words: that their names have in common.
    """

    entities: tuple[str, str, str]
    words: frozenset[str]

    @property
    def quantity(self) -> Quantity:
        """What they measure."""
        return quantity_of(self.words)

    @property
    def is_charger(self) -> bool:
        """Whether the names speak of a charger."""
        return bool(self.words & CHARGER_WORDS)

    @property
    def is_mains(self) -> bool:
        """Whether the names speak of the mains, and not of a charger."""
        return bool(self.words & MAINS_WORDS) and not self.is_charger


def words_of(entity: str) -> frozenset[str]:
    """Return the words in an entity's id."""
    return frozenset(re.split(r"[._]", entity.lower().partition(".")[2]))


def quantity_of(words: Iterable[str]) -> Quantity:
    """Return what an entity with these words in its name measures."""
    said = set(words)
    return next((quantity for quantity, known in WORDS.items() if said & known), Quantity.UNKNOWN)


def groups_of(entities: Sequence[str]) -> list[Group]:
    """Return all groups of three among some entities."""
    found: dict[str, dict[int, str]] = {}
    for entity in entities:
        name = entity.lower()
        for mark in PHASE_MARKS:
            match = mark.search(name)
            if match:
                stem = f"{name[: match.start()]}*{name[match.end() :]}"
                found.setdefault(stem, {}).setdefault(NUMBER_OF[match[1]], entity)
                break
    return [
        Group((phases[0], phases[1], phases[2]), words_of(stem))
        for stem, phases in found.items()
        if len(phases) == 3
    ]
