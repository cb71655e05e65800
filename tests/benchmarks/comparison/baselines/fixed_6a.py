"""No balancing at all: the least that a car charges with, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, override

from tests.benchmarks.comparison.controller import Controller, on_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase
    from tests.benchmarks.comparison.controller import Seen
    from tests.benchmarks.comparison.scenario import Scenario

LIMIT = 6.0
"""[A]."""


class Fixed6A(Controller):
    """Writes 6 A once."""

    name: ClassVar[str] = "fixed_6a"

    def __init__(self, scenario: Scenario) -> None:
        """Begin with nothing written."""
        super().__init__(scenario)
        self._written = False

    @override
    def step(self, seen: Seen) -> Sequence[PerPhase | None]:
        limits = None if self._written else on_all(LIMIT)
        self._written = True
        return [limits] * len(seen.chargers)

    @override
    def restart(self, *, keeps_state: bool) -> Controller:
        return self
