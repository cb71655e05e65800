"""A few minutes in the life of a house, without a person, and whether the fuse was safe all the time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from evmeter_client.simulator.basics import Phase

from .house import FUSE_RATING, REACTION_TIME, DemonstrationHouse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .house import Second

FULL = 16.0
MINIMUM = 6.0
FALLBACK = 6.0
HARD_AGE = 30.0
"""A meter silent for this long brings the fallback current [s] (the larger of 30 s and 6 periods)."""
TOLERANCE = 0.5
RAISE_TIMEOUT = 150.0
CALM = 60.0
"""A silent house is taken for what it was at most in its last minute [s]: so long this one is to be calm."""
OVEN = "oven"
HOB = "induction hob"


@dataclass(slots=True)
class Verdict:
    """What was promised and whether it was kept."""

    failures: list[str] = field(default_factory=list)

    def check(self, kept: bool, promise: str) -> None:
        """Print a promise and note it when it was broken."""
        print(f"    {'ok    ' if kept else 'FAILED'} {promise}", flush=True)
        if not kept:
            self.failures.append(promise)


class Story:
    """The acts, in their order.

    Args:
        house: where they happen.
        picture: called with a name at moments worth a picture.
    """

    def __init__(self, house: DemonstrationHouse, picture: Callable[[str], Awaitable[None]]) -> None:
        """Open the book."""
        self._house = house
        self._picture = picture
        self._verdict = Verdict()

    async def tell(self) -> Sequence[str]:
        """Play every act and return the promises that were broken."""
        await self._plug_in()
        await self._switch_on("the oven goes on (10 A on L1)", OVEN, Phase.L1, picture="limited")
        await self._switch_on("the hob goes on as well (14 A on L1 and L2)", HOB, Phase.L1, picture="")
        await self._recover("hob and oven go off")
        await self._silence()
        await self._speak_again()
        self._judge()
        return self._verdict.failures

    async def _plug_in(self) -> None:
        _headline("the car plugs in")
        self._house.charger.plug()
        await self._wait_for_full_current()

    async def _switch_on(self, headline: str, appliance: str, phase: Phase, *, picture: str) -> None:
        """Switch something on that overloads the mains, and see the charger cut in time."""
        _headline(headline)
        house = self._house
        before, first = house.now.limit, len(house.seconds)
        house.appliances.switch(appliance, on=True, phase=phase)
        await asyncio.sleep(REACTION_TIME + 4)
        seconds = house.seconds[first:]
        over = [second for second in seconds if second.overloaded]
        phases = sorted({number for second in over for number in second.overloaded})
        self._verdict.check(bool(over), f"the house and the car together pass {FUSE_RATING:g} A")
        if not over:
            return
        start = over[0].time
        cut = next((second for second in seconds if second.limit < before), seconds[-1])
        for number in phases:
            peak = max(second.mains[number - 1] for second in over)
            length = sum(number in second.overloaded for second in over)
            print(f"           L{number}: up to {peak:.1f} A, above the fuse for {length} s")
        self._verdict.check(
            cut.limit < before, f"limit cut from {before:g} to {cut.limit:g} A after {cut.time - start:.0f} s"
        )
        lasted = over[-1].time - start + 1
        self._verdict.check(
            lasted <= REACTION_TIME,
            f"overload over after {lasted:.0f} s, reaction time is {REACTION_TIME:.0f} s",
        )
        if picture:
            await self._picture(picture)

    async def _recover(self, headline: str) -> None:
        _headline(headline)
        for appliance in (HOB, OVEN):
            self._house.appliances.switch(appliance, on=False)
        await self._wait_for_full_current()

    async def _silence(self) -> None:
        _headline("the meter falls silent, after a calm minute")
        house = self._house
        await asyncio.sleep(CALM)
        silent_since = house.now.time
        house.meter.silent = True
        await self._wait_until(lambda second: second.limit <= FALLBACK, HARD_AGE + REACTION_TIME)
        took = house.now.time - silent_since
        self._verdict.check(
            house.now.limit == FALLBACK, f"fallback current of {FALLBACK:g} A in force after {took:.0f} s"
        )
        self._verdict.check(took >= HARD_AGE / 3, "not before the meter was missed")
        await self._wait_until(lambda second: max(second.car) <= FALLBACK + TOLERANCE, REACTION_TIME)
        self._verdict.check(
            max(house.now.car) <= FALLBACK + TOLERANCE, f"the car draws {max(house.now.car):.1f} A"
        )
        await self._picture("fail-safe")

    async def _speak_again(self) -> None:
        _headline("the meter comes back")
        self._house.meter.silent = False
        await self._wait_for_full_current()

    async def _wait_for_full_current(self) -> None:
        since = self._house.now.time
        await self._wait_until(_is_full, RAISE_TIMEOUT)
        now = self._house.now
        self._verdict.check(
            _is_full(now),
            f"the car charges at {now.car[0]:.1f} A after {now.time - since:.0f} s",
        )

    async def _wait_until(self, happened: Callable[[Second], bool], timeout: float) -> None:
        """Wait for a second of which something is true; the caller looks at what came of it."""
        for _ in range(int(timeout)):
            if happened(self._house.now):
                return
            await asyncio.sleep(1)

    def _judge(self) -> None:
        """Look back at the whole story."""
        _headline("looking back")
        charger = self._house.charger
        below = [change.pilot for change in charger.pilot_history if 0 < change.pilot < MINIMUM]
        self._verdict.check(
            not below and charger.below_minimum_commands == 0, "the car never saw a limit in (0, 6) A"
        )
        longest = self._longest_overload()
        self._verdict.check(
            longest <= REACTION_TIME,
            f"longest time above the fuse rating {longest} s, reaction time {REACTION_TIME:.0f} s",
        )

    def _longest_overload(self) -> int:
        """Return the longest stretch with any phase above the fuse rating [s]."""
        stretches = groupby(self._house.seconds, key=lambda second: bool(second.overloaded))
        return max((sum(1 for _ in seconds) for overloaded, seconds in stretches if overloaded), default=0)


def _is_full(second: Second) -> bool:
    """Whether the charger allows its full current, and the car takes it."""
    return second.limit >= FULL and min(second.car) >= FULL - TOLERANCE


def _headline(text: str) -> None:
    print(f"\n  {text}", flush=True)
