"""Sites, houses and readings of any kind, nonsense included, from a seed."""

from __future__ import annotations

from math import inf, isfinite, nan
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing import (
    Amps,
    Ceiling,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    CircuitSettings,
    FuseType,
    MainsReading,
    Mode,
    Phase,
    ReactionProfile,
    ReasonCode,
    SiteSettings,
    WriteClass,
)

if TYPE_CHECKING:
    from random import Random

NAMES = ("a", "b", "c")
NONSENSE = (nan, inf, -inf, 1e9, -1e9)
GAPS = (1.0, 1.0, 1.0, 1.0, 5.0, 40.0, 0.0, -10.0, 1e7, nan)
PROFILES = (ReactionProfile(), ReactionProfile(command_latency=30.0, report_latency=30.0))

type Inputs = tuple[float, MainsReading, list[ChargerReading]]
"""What one step gets."""


def wild_site(random: Random) -> tuple[SiteSettings, list[ChargerSettings]]:
    """Return any site with up to three chargers."""
    width = random.choice((1, 3, 3))
    garage_cap = random.choice((None, 9000.0))
    site = SiteSettings(
        fuse_rating=tuple(random.choice((16.0, 25.0, 35.0)) for _ in range(width)),
        fuse_type=random.choice(list(FuseType)),
        margin=random.choice((0.0, 0.5, 2.0)),
        mode=random.choice(list(Mode)),
        circuits=(
            CircuitSettings(id="garage", rating=(20.0,) * width, power_cap=garage_cap),
            CircuitSettings(id="carport", rating=(16.0,) * width, parent="garage"),
        ),
        group_power_cap=random.choice((None, None, 4200.0)),
    )
    return site, [wild_charger(random, name, width) for name in NAMES[: random.randint(1, 3)]]


def wild_charger(random: Random, name: str, width: int) -> ChargerSettings:
    """Return any charger."""
    least = random.choice((6.0, 6.0, 8.0))
    return ChargerSettings(
        id=name,
        wiring=tuple(random.sample(list(Phase)[:width], random.randint(1, width))),
        min_current=least,
        max_current=random.choice((10.0, 16.0, 32.0)),
        step=random.choice((1.0, 1.0, 0.1, 0.5)),
        priority=random.randint(1, 2),
        weight=random.choice((1.0, 2.0)),
        circuit=random.choice((None, "garage", "carport")),
        reaction=random.choice(PROFILES),
        write_class=random.choice(list(WriteClass)),
        minimum_gap=random.choice((0.0, 60.0)),
        daily_budget=random.choice((None, 3)),
        fallback_current=random.choice((0.0, least)),
        rearm_after=random.choice((None, 45.0)),
        has_draw_sensor=random.random() < 0.7,
    )


def wild_run(random: Random, site: SiteSettings, chargers: list[ChargerSettings], steps: int) -> list[Inputs]:
    """Return inputs of any kind: gaps, jumps of the clock, values that cannot be."""
    now, run = 1000.0, []
    for _ in range(steps):
        gap = random.choice(GAPS)
        now += gap if isfinite(gap) else 0.0
        said = [
            wild_reading(random, name, now, site.phase_count)
            for name in (*(each.id for each in chargers), "stranger")
            if random.random() < 0.9
        ]
        run.append((now if isfinite(gap) else nan, wild_mains(random, now, site.phase_count), said))
    return run


def wild_mains(random: Random, now: float, width: int) -> MainsReading:
    """Return anything a meter could say."""
    count = random.choice((width, width, width, width, 0, 2))
    return MainsReading(
        current=tuple(
            random.choice(
                (random.uniform(-20, 60), random.uniform(0, 30), random.uniform(0, 30), wild(random))
            )
            for _ in range(count)
        ),
        measured_at=tuple(random.choice((now, now, now, now - 20, now + 90, nan)) for _ in range(3)),
        resolution=random.choice((0.01, 0.01, 1.0, nan, -1.0)),
        period=random.choice((1.0, 1.0, 10.0, nan, inf, 0.0, -3.0)),
    )


def wild(random: Random) -> float | None:
    """Return a value that cannot be."""
    return random.choice((None, *NONSENSE))


def wild_reading(random: Random, name: str, now: float, width: int) -> ChargerReading:
    """Return anything a charger could say."""
    ceiling = random.choice((None, None, random.uniform(-5, 40), *NONSENSE))
    return ChargerReading(
        id=name,
        state=random.choice((*ChargerState, ChargerState.CHARGING, ChargerState.CHARGING)),
        current=random.choice((None, (1.0, 2.0), wild_draw(random, width), wild_draw(random, width))),
        measured_at=random.choice((None, now, now, nan, now - 60)),
        limit=random.choice((None, random.uniform(0, 40), random.uniform(0, 40), wild(random))),
        ceiling=None if ceiling is None else Ceiling(current=ceiling, reason=ReasonCode.MANUAL),
        active_phases=random.choice((None, None, frozenset(), frozenset({Phase.L1}), frozenset(Phase))),
    )


def wild_draw(random: Random, width: int) -> Amps:
    """Return any draw of a car."""
    return tuple(
        random.choice((0.0, random.uniform(0, 33), random.uniform(0, 33), -0.5)) for _ in range(width)
    )
