"""Our balancer, as the integration uses it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, override

from custom_components.evmeter.balancing import (
    Balancer,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    CircuitSettings,
    MainsReading,
    Mode,
    Phase,
    ReactionProfile,
    SiteSettings,
    WriteClass,
)

from .controller import Controller, on_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import PerPhase

    from .controller import ChargerSeen, Seen
    from .scenario import ChargerPlan, Scenario

READ_EVERY = 1.0
"""The charger is read with every sample of the meter, once a second at most [s]."""
CLOUD_GAP = 20.0
"""Shortest time between two raises through a vendor's cloud [s]."""
SILENT = MainsReading(current=(None,) * 3, measured_at=(0.0,) * 3)


class Ours(Controller):
    """The balancer in one of its modes."""

    name: ClassVar[str] = "evmeter"

    def __init__(self, scenario: Scenario, mode: Mode = Mode.BALANCED) -> None:
        """Begin without any memory."""
        super().__init__(scenario)
        self._mode = mode
        self._chargers = [_settings(plan) for plan in scenario.chargers]
        self._site = SiteSettings(
            fuse_rating=(scenario.fuse,) * 3,
            mode=mode,
            circuits=tuple(
                CircuitSettings(id=circuit.id, rating=(circuit.rating,) * 3) for circuit in scenario.circuits
            ),
        )
        self.balancer = Balancer(self._site, self._chargers)

    @override
    def restart(self, *, keeps_state: bool) -> Controller:
        again = Ours(self.scenario, self._mode)
        if keeps_state:
            again.balancer = Balancer.from_dict(self._site, self._chargers, self.balancer.as_dict())
        return again

    @override
    def step(self, seen: Seen) -> Sequence[PerPhase | None]:
        if seen.power_cap != self._site.group_power_cap:
            self._site = replace(self._site, group_power_cap=seen.power_cap)
            self.balancer = Balancer.from_dict(self._site, self._chargers, self.balancer.as_dict())
        mains = SILENT
        if seen.mains is not None:
            meter = self.scenario.meter
            mains = MainsReading(
                current=seen.mains,
                measured_at=(seen.reported_at,) * 3,
                resolution=meter.resolution,
                period=meter.period,
            )
        readings = [
            _reading(settings, charger)
            for settings, charger in zip(self._chargers, seen.chargers, strict=True)
        ]
        decision = self.balancer.step(seen.now, mains, readings)
        return [on_all(charger.current) if charger.write else None for charger in decision.chargers]


def _settings(plan: ChargerPlan) -> ChargerSettings:
    """Return the settings that somebody with this charger would have."""
    return ChargerSettings(
        id=plan.id,
        wiring=tuple(Phase(phase) for phase in plan.wiring),
        max_current=plan.maximum,
        priority=plan.priority,
        circuit=plan.circuit,
        reaction=ReactionProfile(
            command_latency=plan.command_latency,
            report_latency=plan.readback_latency,
            report_period=READ_EVERY,
        ),
        write_class=WriteClass.CLOUD if plan.is_cloud else WriteClass.VOLATILE,
        minimum_gap=CLOUD_GAP if plan.is_cloud else 0.0,
        has_draw_sensor=plan.has_draw_sensor,
    )


def _reading(settings: ChargerSettings, seen: ChargerSeen) -> ChargerReading:
    limit = min(seen.limits[: len(settings.wiring)])
    if seen.charging:
        state = ChargerState.CHARGING
    else:
        state = ChargerState.READY if limit > 0 else ChargerState.PAUSED
    current = None if seen.draw is None else settings.to_mains(seen.draw, 3)
    return ChargerReading(id=settings.id, state=state, current=current, limit=limit)
