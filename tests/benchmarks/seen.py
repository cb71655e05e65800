"""What a controller sees, put together by hand for tests of one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .comparison.controller import ChargerSeen, Seen, on_all
from .comparison.scenario import ChargerPlan, Scenario

if TYPE_CHECKING:
    from evmeter_client.models import PerPhase

    from .comparison.controller import Controller

FUSE = 25.0


def site(*chargers: ChargerPlan) -> Scenario:
    """Return a site with a fuse of 25 A; without chargers named, with one of 16 A on three phases."""
    return Scenario(name="test", what="one rule", fuse=FUSE, chargers=chargers or (ChargerPlan(),))


def charger(limit: float = 16.0, draw: float | None = None, *, phases: int = 3) -> ChargerSeen:
    """Return a charger whose car draws its limit, or something else, on its first phases [A]."""
    amps = limit if draw is None else draw
    draws = tuple(amps if terminal < phases else 0.0 for terminal in range(3))
    return ChargerSeen((draws[0], draws[1], draws[2]), on_all(limit), charging=amps > 0)


def blind(limit: float = 16.0, *, charging: bool = True) -> ChargerSeen:
    """Return a charger without a sensor for the car's draw."""
    return ChargerSeen(None, on_all(limit), charging=charging)


def at(
    now: float,
    mains: float | PerPhase,
    *chargers: ChargerSeen,
    reported_at: float | None = None,
    power_cap: float | None = None,
) -> Seen:
    """Return one second: mains on all phases or on each [A], freshly reported unless said otherwise."""
    currents = on_all(mains) if isinstance(mains, float | int) else mains
    reported = now if reported_at is None else reported_at
    return Seen(now, currents, reported, chargers or (charger(),), power_cap)


def told(controller: Controller, seen: Seen) -> PerPhase | None:
    """Return what a controller writes to its first charger [A], None = nothing."""
    return controller.step(seen)[0]
