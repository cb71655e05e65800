"""Random sites for the fairness properties: circuits in circuits, power caps, chargers of every kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from custom_components.evmeter.balancing import (
    Amps,
    ChargerSettings,
    CircuitSettings,
    Mode,
    Phase,
    SiteSettings,
)

from .desk import L1, L2, L3, Desk, Socket

if TYPE_CHECKING:
    from collections.abc import Sequence

DEEPEST = 4
RATING = 80.0
"""Of the mains [A]."""
WIRINGS = {
    1: ((L1,),),
    3: ((L1, L2, L3), (L2, L3, L1), (L1,), (L2,), (L3,), (L1, L2), (L3, L2)),
}
"""By number of phases of the site."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A site with its chargers and the house beside them.

    Attributes:
        site: its settings.
        chargers: their settings.
        house: background per phase [A].
    """

    site: SiteSettings
    chargers: tuple[ChargerSettings, ...]
    house: Amps

    def desk(self, limits: Sequence[float]) -> Desk:
        """Return the site with cars that take all they may get, and the limits in force [A]."""
        sockets = [
            Socket(charger, phases=frozenset(charger.wiring), limit=limit)
            for charger, limit in zip(self.chargers, limits, strict=False)
        ]
        return Desk(site=self.site, sockets=sockets, house=self.house)


rooms = st.integers(60, 600).map(lambda number: number / 10)
caps = st.sampled_from([None, None, None, 5100.0, 12300.0, 20000.0])
ratings = st.sampled_from([*product((25.0, 20.0, 13.3, 40.0, 31.5), repeat=3)])


def _charger_table(wirings: Sequence[tuple[Phase, ...]]) -> list[ChargerSettings]:
    """Return chargers of every kind there is."""
    ranges = [(6.0, 16.0, 1.0), (6.0, 10.0, 0.1), (6.5, 32.0, 0.5), (8.0, 32.0, 1.0)]
    return [
        ChargerSettings(
            id="any",
            wiring=wiring,
            min_current=least,
            max_current=most,
            step=step,
            priority=priority,
            weight=weight,
            fallback_current=0.0,
        )
        for wiring, (least, most, step), priority, weight in product(
            wirings, ranges, (1, 2, 3), (1.0, 2.0, 0.5)
        )
    ]


chargers = {width: st.sampled_from(_charger_table(wirings)) for width, wirings in WIRINGS.items()}
"""By number of phases of the site."""


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Return any site with up to four chargers under up to four circuits, nested in any way."""
    width = draw(st.sampled_from([3, 3, 1]))
    names = [f"circuit {number}" for number in range(draw(st.integers(0, DEEPEST)))]
    circuits = tuple(
        CircuitSettings(
            id=name,
            parent=draw(st.sampled_from([None, *names[:number]])),
            rating=draw(ratings)[:width],
            power_cap=draw(caps),
        )
        for number, name in enumerate(names)
    )
    site = SiteSettings(
        fuse_rating=(RATING,) * width,
        margin=0.25,
        mode=Mode.FAST,
        circuits=circuits,
        group_power_cap=draw(caps),
    )
    circuit = st.sampled_from([None, *names])
    found = tuple(
        replace(draw(chargers[width]), id=name, circuit=draw(circuit))
        for name in "abcd"[: draw(st.integers(1, 4))]
    )
    return Tree(site, found, tuple(RATING - draw(rooms) for _ in range(width)))
