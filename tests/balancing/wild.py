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
"""Values that cannot be, besides None."""
GAPS = (1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 40.0, 0.0, -10.0, -1e6, 1e7, nan, inf, -inf)
"""Between two steps [s]: time may stand still, run back, leap, or be no number at all."""
SANE_GAPS = (1.0, 9.0, 9.0)
PROFILES = (ReactionProfile(), ReactionProfile(), ReactionProfile(command_latency=30.0, report_latency=30.0))

type Inputs = tuple[float, MainsReading, list[ChargerReading]]
"""What one step gets."""


def wild_site(random: Random, width: int | None = None) -> tuple[SiteSettings, list[ChargerSettings]]:
    """Return any site with up to three chargers, with so many phases if that is asked for."""
    width = random.choice((1, 3, 3)) if width is None else width
    garage_cap = random.choice((None, 9000.0))
    site = SiteSettings(
        fuse_rating=tuple(random.choice((16.0, 25.0, 35.0)) for _ in range(width)),
        fuse_type=random.choice(list(FuseType)),
        margin=random.choice((0.0, 0.5, 2.0)),
        mode=random.choice((*Mode, Mode.FAST, Mode.FAST)),
        circuits=(
            CircuitSettings(id="garage", rating=(20.0, 25.0, 16.0)[:width], power_cap=garage_cap),
            CircuitSettings(id="carport", rating=(16.0, 16.0, 13.0)[:width], parent="garage"),
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
        write_class=random.choice((*WriteClass, WriteClass.VOLATILE, WriteClass.VOLATILE)),
        minimum_gap=random.choice((0.0, 60.0)),
        daily_budget=random.choice((None, 3)),
        fallback_current=random.choice((0.0, least)),
        rearm_after=random.choice((None, 45.0)),
        rearm_by_step=random.random() < 0.3,
        has_draw_sensor=random.random() < 0.7,
    )


def wild_run(random: Random, site: SiteSettings, chargers: list[ChargerSettings], steps: int) -> list[Inputs]:
    """Return inputs of any kind: gaps, jumps of the clock, values that cannot be, chargers that come and go.

    Some runs are nonsense throughout, others make sense but for a moment now and then.
    """
    now, run = 1000.0, []
    madness = random.choice((1.0, 0.2, 0.05))
    names = [*(each.id for each in chargers), "stranger"]
    present = {name: random.random() < 0.8 for name in names}
    for _ in range(steps):
        gap = random.choice(GAPS) if random.random() < madness else random.choice(SANE_GAPS)
        now += gap if isfinite(gap) else 0.0
        meter = wild_mains if random.random() < madness else sane_mains
        said = []
        for name in names:
            present[name] ^= random.random() < 0.1 * madness
            reading = wild_reading if random.random() < madness else sane_reading
            if present[name]:
                said.append(reading(random, name, now, site.phase_count))
        run.append((now if isfinite(gap) else gap, meter(random, now, site), said))
    return run


def sane_mains(random: Random, now: float, site: SiteSettings) -> MainsReading:
    """Return what a meter could say of a house with room for a car or two."""
    current = tuple(random.uniform(10, 20) for _ in site.fuse_rating)
    return MainsReading(current=current, measured_at=(now,) * len(current))


def sane_reading(random: Random, name: str, now: float, width: int) -> ChargerReading:
    """Return what a charger says whose car takes what a small limit allows."""
    current = (random.uniform(5, 6),) * width
    return ChargerReading(id=name, state=ChargerState.CHARGING, current=current, measured_at=now, limit=6.0)


def wild_mains(random: Random, now: float, site: SiteSettings) -> MainsReading:
    """Return anything a meter could say."""
    width = site.phase_count
    count = random.choice((width, width, width, width, 0, 2))
    return MainsReading(
        current=tuple(wild_current(random, site.fuse_rating[0]) for _ in range(count)),
        measured_at=tuple(random.choice((now, now, now, now - 20, now + 90, nan, inf)) for _ in range(3)),
        resolution=random.choice((0.01, 0.01, 1.0, nan, -1.0)),
        period=random.choice((1.0, 1.0, 10.0, nan, inf, 0.0, -3.0)),
    )


def wild_current(random: Random, rating: float) -> float | None:
    """Return a current of the mains: likely, high, just beyond 10 x rating, or one that cannot be [A]."""
    return random.choice(
        (
            random.uniform(0, 30),
            random.uniform(0, 30),
            random.uniform(-20, 60),
            random.choice((1, -1)) * rating * random.uniform(9, 11),
            wild(random),
        )
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
        measured_at=random.choice((None, now, now, nan, now - 60, now + 60, -inf)),
        limit=random.choice((None, random.uniform(0, 40), random.uniform(0, 40), wild(random))),
        ceiling=None if ceiling is None else Ceiling(current=ceiling, reason=ReasonCode.MANUAL),
        active_phases=random.choice((None, None, frozenset(), frozenset({Phase.L1}), frozenset(Phase))),
    )


def wild_draw(random: Random, width: int) -> Amps:
    """Return any draw of a car."""
    return tuple(
        random.choice((0.0, random.uniform(0, 33), random.uniform(0, 33), -0.5, random.choice(NONSENSE)))
        for _ in range(width)
    )
