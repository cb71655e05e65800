"""What a number of steps says about a charger's wiring: every possible wiring is weighed against the others.

For each wiring the steps of the terminals give the step of every mains phase; what was measured differs from
that by noise, or by an appliance that was switched meanwhile. Per phase that is a normal distribution with a
flat one below it, so one appliance can cost a wiring only so much, and nothing a single step shows decides.
The charger that the mains do not follow at all is one more possibility beside the wirings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations
from math import exp, factorial, log, pi, sqrt
from statistics import median
from typing import NamedTuple

from ..balancing.model import Phase
from .steps import SMALLEST_STEP, Measured, WiringStep, without_small_differences

type Wiring = tuple[Phase, ...]
"""The mains phase of each charger terminal L1, L2, L3, as in `ChargerSettings.wiring`."""

NOISE = 0.5
"""Standard deviation of what the small loads of a house change between two looks at the mains [A]."""

INACCURACY = 0.06
"""Of a step: charger and meter differ by so much [share]."""

APPLIANCE_CHANCE = 0.2
"""How often an appliance of some size is switched on a phase between two looks at the mains."""

APPLIANCE_RANGE = 40.0
"""The steps of appliances reach from -20 A to 20 A [A]."""

STEP_WEIGHT = 4.0
"""Most that one step can speak against a wiring, beside the best one [nats]."""

MEMORY = 40.0
"""Most that all steps together can: what an electrician changes must be seen some day [nats]."""

CONFIDENT = 0.98
"""A phase is known where it is at least as sure as this."""

SETTLED = 0.99
"""The best wirings together must be as likely as this before further steps are of no use."""

CLEAR = 10.0
"""The mains follow the charger where that is so much more likely than that they do not [nats]."""

AS_GOOD = 1.0
"""Two wirings are as good as each other while they differ by less [nats]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalVerdict:
    """What is known of one terminal.

    Attributes:
        phase: the mains phase it hangs on, None = unknown.
        confidence: probability of the likeliest phase, 0 to 1; the phase is unknown below `CONFIDENT`.
    """

    phase: Phase | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WiringVerdict:
    """What is known of a charger's wiring.

    Attributes:
        terminals: one per terminal, in order.
        candidates: the wirings that fit best and equally well; none while the mains do not follow.
        steps: evidence the verdict rests on.
        visible: the mains follow the charger.
        invisible: it is likelier that they do not.
        settled: further steps of the same car would hardly say more.
    """

    terminals: tuple[TerminalVerdict, ...]
    candidates: tuple[Wiring, ...]
    steps: int
    visible: bool
    invisible: bool
    settled: bool

    @property
    def found(self) -> int:
        """Number of terminals whose phase is known."""
        return sum(terminal.phase is not None for terminal in self.terminals)

    @property
    def alike(self) -> bool:
        """Whether nothing tells the terminals apart: every order of the phases that are seen fits."""
        used = {frozenset(wiring) for wiring in self.candidates}
        return len(used) == 1 and len(self.candidates) == factorial(len(self.terminals)) > 1

    def contradicts(self, wiring: Wiring) -> bool:
        """Whether some terminal is known to hang on another phase than in this wiring."""
        return any(
            terminal.phase not in (None, phase)
            for terminal, phase in zip(self.terminals, wiring, strict=True)
        )

    def proposal(self, configured: Wiring) -> Wiring:
        """Return the wiring to use: what was seen, and for the rest what is most usual.

        The configured one stays where it fits what was seen. Else the phases go on in order from the ones
        that were seen: electricians exchange all three in a circle, which keeps the direction of rotation.
        """
        fitting = [
            wiring
            for wiring in self.candidates
            if all(
                terminal.phase in (None, phase)
                for terminal, phase in zip(self.terminals, wiring, strict=True)
            )
        ]
        if configured in fitting or not fitting:
            return configured
        return next((wiring for wiring in fitting if _in_order(wiring)), fitting[0])


class Theory(NamedTuple):
    """What may be the case; which terminals carry only matters where they are not measured one by one.

    Attributes:
        wiring: the mains phase of every terminal.
        carrying: terminals the car takes its current from, the first ones.
    """

    wiring: Wiring
    carrying: int


class WiringEvidence:
    """Weighs every possible wiring of one charger.

    Attributes:
        steps: taken so far.
        rises: of them, those upwards.
    """

    def __init__(self, terminal_count: int, phase_count: int = 3) -> None:
        """Start with every wiring equally likely.

        Args:
            terminal_count: of the charger, 1 to 3.
            phase_count: of the site.
        """
        wirings = permutations(list(Phase)[:phase_count], terminal_count)
        self._theories = tuple(
            Theory(wiring, carrying) for wiring in wirings for carrying in range(1, terminal_count + 1)
        )
        self._weights = [0.0] * len(self._theories)
        self._nothing = 0.0
        self.steps = 0
        self.rises = 0

    def add(self, step: WiringStep) -> None:
        """Take one more step into account; one that is too small says nothing."""
        if abs(step.size) < max(SMALLEST_STEP, 2 * step.resolution):
            return
        self.steps += 1
        self.rises += step.size > 0
        likelihoods = [_likelihood(step, theory) for theory in self._theories]
        nothing = _fit(step, (0.0,) * len(step.mains))
        floor = max(*likelihoods, nothing) - STEP_WEIGHT
        self._weights = [
            weight + max(likelihood, floor)
            for weight, likelihood in zip(self._weights, likelihoods, strict=True)
        ]
        self._nothing += max(nothing, floor)
        best = max(*self._weights, self._nothing)
        self._weights = [max(weight - best, -MEMORY) for weight in self._weights]
        self._nothing = max(self._nothing - best, -MEMORY)

    def lead(self, terminal: int, phase: Phase, over: Phase) -> float:
        """Return how much likelier a terminal hangs on one phase than on another [nats]."""
        return self._best(terminal, phase) - self._best(terminal, over)

    def _best(self, terminal: int, phase: Phase) -> float:
        fitting = zip(self._theories, self._weights, strict=True)
        return max(weight for theory, weight in fitting if theory.wiring[terminal] is phase)

    def verdict(self) -> WiringVerdict:
        """Return what is known by now."""
        best = max(self._weights)
        visible = self.steps > 0 and best - self._nothing >= CLEAR
        shares = [exp(weight - best) for weight in self._weights]
        total = sum(shares)
        candidates = {
            theory.wiring: None
            for theory, weight in zip(self._theories, self._weights, strict=True)
            if best - weight < AS_GOOD
        }
        settled = sum(share for share in shares if share > exp(-AS_GOOD)) >= SETTLED * total
        terminals = len(self._theories[0].wiring)
        return WiringVerdict(
            terminals=tuple(
                self._terminal(terminal, shares, total, known=visible) for terminal in range(terminals)
            ),
            candidates=tuple(candidates) if visible else (),
            steps=self.steps,
            visible=visible,
            invisible=self.steps > 0 and self._nothing >= best,
            settled=visible and settled,
        )

    def _terminal(self, terminal: int, shares: list[float], total: float, *, known: bool) -> TerminalVerdict:
        chances = dict.fromkeys(Phase, 0.0)
        for theory, share in zip(self._theories, shares, strict=True):
            chances[theory.wiring[terminal]] += share / total
        likeliest = max(chances, key=chances.__getitem__)
        confidence = min(1.0, chances[likeliest])
        return TerminalVerdict(
            phase=likeliest if known and confidence >= CONFIDENT else None, confidence=confidence
        )


def _likelihood(step: WiringStep, theory: Theory) -> float:
    """Return how well a step fits a theory: the logarithm of a density [nats]."""
    wiring, carrying = theory
    if step.measured is Measured.EACH_TERMINAL:
        terminals = without_small_differences(step.terminals)
    else:
        terminals = (_size(step, wiring[:carrying]),) * carrying
    return _fit(step, _expected(terminals, wiring, len(step.mains)))


def _size(step: WiringStep, carrying: Wiring) -> float:
    """Return by how much the car's current changed: measured, or what the mains show of it [A]."""
    if step.measured is Measured.ONE_CURRENT:
        return step.size
    seen = [change for phase in carrying if (change := step.mains[phase]) is not None]
    sign = 1.0 if step.size > 0 else -1.0
    taken = sign * median(seen) if seen else abs(step.size)
    return sign * min(max(taken, SMALLEST_STEP), abs(step.size) + 1.0)


def _expected(terminals: tuple[float, ...], wiring: Wiring, phase_count: int) -> tuple[float, ...]:
    """Return the step of every mains phase that the steps of the terminals make [A]."""
    mains = [0.0] * phase_count
    for phase, change in zip(wiring, terminals, strict=False):
        mains[phase] = change
    return tuple(mains)


def _fit(step: WiringStep, expected: tuple[float, ...]) -> float:
    """Return the logarithm of the density of what was measured; a phase that was not seen counts nothing."""
    total = 0.0
    for change, meant in zip(step.mains, expected, strict=True):
        if change is None:
            continue
        spread = sqrt(NOISE**2 + step.resolution**2 / 6 + (INACCURACY * meant) ** 2)
        near = exp(-(((change - meant) / spread) ** 2) / 2) / (spread * sqrt(2 * pi))
        total += log((1 - APPLIANCE_CHANCE) * near + APPLIANCE_CHANCE / APPLIANCE_RANGE)
    return total


def _in_order(wiring: Wiring) -> bool:
    """Whether the phases follow each other as L1, L2, L3, L1."""
    return all((before + 1) % 3 == after for before, after in pairwise(wiring))
