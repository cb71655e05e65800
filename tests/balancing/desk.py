"""A desk to try the balancer on: readings in few words, time in whole seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from custom_components.evmeter.balancing import (
    Amps,
    Balancer,
    Ceiling,
    ChargerDecision,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    Decision,
    MainsReading,
    Phase,
    SiteSettings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

L1, L2, L3 = Phase.L1, Phase.L2, Phase.L3
ALL = frozenset(Phase)
SITE = SiteSettings(fuse_rating=(25.0, 25.0, 25.0), margin=0.5)
CHARGER = ChargerSettings(id="a")
charger = partial(ChargerSettings, id="a")
"""Charger settings that differ from the usual ones."""
ONE_PHASE = frozenset({L1})


@dataclass(slots=True)
class Socket:
    """A charger with a car that follows its limit at once.

    Attributes:
        settings: of the charger.
        state: what it tells.
        phases: mains phases the car uses.
        most: the car draws at most [A].
        limit: in force [A], None = it does not tell.
        ceiling: asked for by a person.
        draw: fixed current on every phase the car uses [A], None = what it is allowed.
        tells_draw: it reports what the car draws.
        gone: it is not heard from.
    """

    settings: ChargerSettings = CHARGER
    state: ChargerState = ChargerState.CHARGING
    phases: frozenset[Phase] = ALL
    most: float = 80.0
    limit: float | None = 0.0
    ceiling: Ceiling | None = None
    draw: float | None = None
    tells_draw: bool = True
    gone: bool = False

    def drawn(self, width: int) -> Amps:
        """Return what the car draws per mains phase [A]."""
        amps = min(self.most, self.limit or 0.0) if self.draw is None else self.draw
        if self.state is not ChargerState.CHARGING:
            amps = 0.0
        return tuple(amps if phase in self.phases else 0.0 for phase in list(Phase)[:width])


@dataclass(slots=True)
class Desk:
    """A site whose cars follow at once and whose meter is exact.

    Attributes:
        site: its settings.
        sockets: its chargers.
        house: background per phase [A].
        now: time [s].
        silent: the meter says nothing new.
        period: what the meter says of itself [s].
        last: the last decision.
    """

    site: SiteSettings = SITE
    sockets: Sequence[Socket] = field(default_factory=lambda: [Socket()])
    house: Amps = (3.0, 3.0, 3.0)
    now: float = 0.0
    silent: bool = False
    resolution: float = 0.01
    period: float = 1.0
    balancer: Balancer = field(init=False)
    mains: MainsReading = field(init=False)
    last: Decision = field(init=False)
    writes: list[tuple[float, ChargerDecision]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the balancer up."""
        self.balancer = Balancer(self.site, [socket.settings for socket in self.sockets])
        width = self.site.phase_count
        self.mains = MainsReading(current=(None,) * width, measured_at=(0.0,) * width)

    def readings(self) -> list[ChargerReading]:
        """Return what the chargers tell now."""
        width = self.site.phase_count
        return [
            ChargerReading(
                id=socket.settings.id,
                state=socket.state,
                current=socket.drawn(width) if socket.tells_draw else None,
                measured_at=self.now,
                limit=socket.limit,
                ceiling=socket.ceiling,
            )
            for socket in self.sockets
            if not socket.gone
        ]

    def load(self) -> Amps:
        """Return the true current of the mains [A]."""
        width = self.site.phase_count
        drawn = [socket.drawn(width) for socket in self.sockets]
        return tuple(base + sum(draw[phase] for draw in drawn) for phase, base in enumerate(self.house))

    def step(self, seconds: float = 1.0) -> Decision:
        """Let some time pass in one step; every write is followed at once by chargers that hear."""
        self.now += seconds
        if not self.silent:
            width = self.site.phase_count
            self.mains = MainsReading(
                current=self.load(),
                measured_at=(self.now,) * width,
                resolution=self.resolution,
                period=self.period,
            )
        self.last = self.balancer.step(self.now, self.mains, self.readings())
        for socket in self.sockets:
            decision = self.last.charger(socket.settings.id)
            if decision.write:
                self.writes.append((self.now, decision))
                if not socket.gone:
                    socket.limit = decision.current
        return self.last

    def wait(self, seconds: int) -> Decision:
        """Let some seconds pass, one by one."""
        for _ in range(seconds):
            self.step()
        return self.last

    def settle(self) -> Decision:
        """Let time pass until no limit has been written for longer than any car takes to follow."""
        quiet = 0
        while quiet < 40:
            before = len(self.writes)
            self.step()
            quiet = quiet + 1 if len(self.writes) == before else 0
        return self.last

    def limit(self, charger_id: str = "a") -> float:
        """Return the limit decided last [A]."""
        return self.last.charger(charger_id).current
