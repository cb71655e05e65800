"""A charger that obeys as late, as coarsely and as badly as real ones do."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from math import floor, isfinite
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from evmeter_client.exceptions import EVMeterCommandError, EVMeterConfigError
from evmeter_client.models import ChargingState, EvStatus
from evmeter_client.simulator.basics import TIME_TOLERANCE, in_any
from evmeter_client.simulator.car import NO_DRAW, SECONDS_PER_HOUR, Car
from evmeter_client.simulator.charger_settings import SimulatedChargerSettings
from evmeter_client.simulator.instruments import Identity, Observation, reading_of, terminal_voltages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evmeter_client.models import ChargerReading, PerPhase

PILOT_CHANGES_KEPT = 10_000
COMMANDS_KEPT = 1000
"""Commands that may be on their way to the pilot at once."""
DRAWING = 0.5
"""A car that takes more than this is charging [A]."""
VOLTAGE_MEMORY = 0.98
VOLTAGE_NOISE = 0.25
"""Slow noise of the supply: share of the last step's deviation that stays, and sigma of what is new [V]."""
AMBIENT = 22.0
HEATING = 0.03
"""Temperature at rest [deg C], and its rise per squared ampere [K/A^2]."""
WARMING_TIME = 900.0
"""Time constant of the temperature [s]."""


class PilotChange(NamedTuple):
    """A change of what the charger offers its car, and since when."""

    time: float
    pilot: float


class _Command(NamedTuple):
    """A command on its way to the pilot."""

    due: float
    limits: PerPhase
    ttl: float | None


class SimulatedCharger:
    """A charger with, at most, one car; a `ChargerDevice`.

    Time is given to `step`; commands and cables act at the time of the last step.
    One control pilot serves all phases: what the car is offered is the lowest of the limits on the terminals
    it uses, and a limit of 0 on any of them pauses it.

    Attributes:
        settings: how the charger is built.
        car: the car that is or was plugged in.
        obeys: set to False and the charger acknowledges commands and ignores them.
        clamp_currents: currents its own mains clamps see, per charger phase [A]; the site sets them.
        commands: commands taken or ignored.
        below_minimum_commands: commands with a limit above 0 and below the minimum.
        watchdog_falls: times a time to live ran out.
        pilot_history: the last changes of the pilot that a plugged-in car saw.
        lowest_pilot: lowest pilot above 0 that a car ever saw [A], infinite before the first.
        total_wh: energy counter [Wh].
    """

    def __init__(
        self,
        settings: SimulatedChargerSettings | None = None,
        *,
        seed: int = 0,
        start: float = 0.0,
        epoch: datetime = datetime(2025, 1, 1, tzinfo=UTC),
    ) -> None:
        """Make a charger with nothing plugged in.

        Args:
            settings: how the charger is built.
            seed: of the noise on its voltage.
            start: time before the first step [s].
            epoch: aware date and time at time 0, for the start of sessions.
        """
        self.settings = settings or SimulatedChargerSettings()
        self.car: Car | None = None
        self.obeys = True
        self.clamp_currents: PerPhase = NO_DRAW
        self.commands = 0
        self.below_minimum_commands = 0
        self.watchdog_falls = 0
        self.pilot_history: deque[PilotChange] = deque(maxlen=PILOT_CHANGES_KEPT)
        self.lowest_pilot = float("inf")
        self.total_wh = self.settings.total_energy_wh
        self._random = Random(seed)
        self._now = start
        self._epoch = epoch
        self._commands: deque[_Command] = deque(maxlen=COMMANDS_KEPT)
        self._expires: float | None = None
        self._session_wh = 0.0
        self._session_start: datetime | None = None
        self._stuck = False
        self._faulty = False
        self._pilot = 0.0
        self._currents: PerPhase = NO_DRAW
        self._voltage_deviation = 0.0
        self._temperature = AMBIENT
        self._observations: deque[Observation] = deque()
        self._identity = Identity(
            self.settings.charger_id,
            self.settings.serial,
            self.settings.terminals,
            self.settings.circuit_breaker,
            self.settings.wifi_network,
        )
        self._limits = self._at_terminals([self.settings.maximum_current] * 3)
        self._offer()
        self._observe()

    @property
    def charger_id(self) -> str:
        """The charger's id as in its topics."""
        return self.settings.charger_id

    @property
    def currents(self) -> PerPhase:
        """Current drawn from terminals L1, L2, L3 now [A]."""
        return self._currents

    @property
    def limits(self) -> PerPhase:
        """Limits in force on terminals L1, L2, L3 now [A]."""
        return self._limits

    @property
    def pilot(self) -> float:
        """Current offered to the car now [A], 0 = none."""
        return self._pilot

    @property
    def session_wh(self) -> float:
        """Energy of this session, or of the last one [Wh]."""
        return self._session_wh

    @property
    def plugged(self) -> bool:
        """Whether a car is plugged in."""
        return self.car is not None and self.car.plugged

    @property
    def faulty(self) -> bool:
        """Whether the charger has a fault; set it, and the charger reports it and offers nothing."""
        return self._faulty

    @faulty.setter
    def faulty(self, faulty: bool) -> None:
        self._faulty = faulty
        self._offer()
        self._observe()

    def plug(self, car: Car | None = None) -> None:
        """Plug in a car and begin a session.

        Args:
            car: the car; None = the one that was here last, or a car like most.

        Raises:
            EVMeterConfigError: a car is plugged in already.
        """
        if self.plugged:
            raise EVMeterConfigError("car", "a car is plugged in already")
        self.car = car or self.car or Car()
        self.car.plug(self.settings.terminals)
        self._session_wh = 0.0
        self._session_start = self._epoch + timedelta(seconds=self._now)
        self._offer()
        self._observe()

    def unplug(self) -> None:
        """Pull the cable, if there is one in: the current is gone at once."""
        if self.car is not None:
            self.car.unplug()
        self._session_start = None
        self._currents = NO_DRAW
        self._observe()

    def set_current_limits(self, limits: PerPhase, ttl: float | None) -> PerPhase:
        """Take a limit per terminal L1, L2, L3 [A] and return what was, or soon will be, applied.

        A charger that does not obey says the same, as real ones do; its reading tells the truth.

        Args:
            limits: [A]; 0 pauses. Those on terminals the charger does not have become 0.
            ttl: seconds until the charger falls to its own fallback current, None = until changed.

        Raises:
            EVMeterCommandError: ``out_of_range`` for a limit the charger cannot hold, ``invalid_params`` for
                a time to live that is not above 0.
        """
        if ttl is not None and not (isfinite(ttl) and ttl > 0):
            raise EVMeterCommandError("invalid_params", f"ttl must be above 0 s, not {ttl}")
        self._check_range(limits)
        applied = self._at_terminals(limits)
        self.commands += 1
        if self.obeys and not in_any(self.settings.deaf, self._now):
            self._commands.append(_Command(self._now + self.settings.command_latency, applied, ttl))
            self._apply_due(self._now)
            self._observe()
        return applied

    def _check_range(self, limits: PerPhase) -> None:
        """Refuse what the charger cannot hold."""
        settings = self.settings
        for terminal, limit in enumerate(limits, start=1):
            if not 0 <= limit <= settings.maximum_current:
                raise EVMeterCommandError(
                    "out_of_range",
                    f"L{terminal}: {limit} A is not within 0 to {settings.maximum_current:g} A",
                )
        if any(0 < limit < settings.minimum_current for limit in limits):
            self.below_minimum_commands += 1
            if settings.refuses_below_minimum:
                raise EVMeterCommandError(
                    "out_of_range", f"a limit is 0 or at least {settings.minimum_current:g} A, not {limits}"
                )

    def _at_terminals(self, limits: Sequence[float]) -> PerPhase:
        """Return the limits as this charger can hold them: whole amps, nothing below its minimum."""
        settings = self.settings
        held = [float(floor(limit)) if settings.whole_amps else limit for limit in limits]
        held = [limit if limit >= settings.minimum_current else 0.0 for limit in held]
        return (held[0], held[1], held[2]) if settings.terminals == 3 else (held[0], 0.0, 0.0)

    def _apply_due(self, now: float) -> None:
        """Let the commands and the watchdog act that are due."""
        while self._commands and self._commands[0].due <= now + TIME_TOLERANCE:
            command = self._commands.popleft()
            self._limits = command.limits
            self._expires = None if command.ttl is None else command.due + command.ttl
            self._offer()
        if self._expires is not None and self._expires <= now + TIME_TOLERANCE:
            self._expires = None
            self.watchdog_falls += 1
            self._limits = self._at_terminals([self.settings.fallback_current] * 3)
            self._offer()

    def _offer(self) -> None:
        """Set the pilot from the limits in force and remember what a car saw."""
        settings = self.settings
        phases = self.car.phases_in_use if self.car is not None else settings.terminals
        pilot = 0.0 if self._faulty else min(self._limits[:phases])
        if settings.release_current is not None and pilot > 0:
            if pilot >= settings.release_current:
                self._stuck = False
            elif self._stuck or pilot <= settings.minimum_current:
                self._stuck = True
                pilot = settings.minimum_current
        self._pilot = pilot
        if self.plugged:
            self._remember(pilot)

    def _remember(self, pilot: float) -> None:
        """Keep what the car sees."""
        if not self.pilot_history or self.pilot_history[-1].pilot != pilot:
            self.pilot_history.append(PilotChange(self._now, pilot))
        if 0 < pilot < self.lowest_pilot:
            self.lowest_pilot = pilot

    def step(self, now: float) -> PerPhase:
        """Live until a moment; commands act from the first step after they are due.

        Args:
            now: the moment [s], not before the last one.

        Returns:
            Current drawn from the mains at terminals L1, L2, L3 [A].

        Raises:
            ValueError: time ran backwards.
        """
        dt = now - self._now
        if dt < 0:
            raise ValueError(f"time ran backwards, from {self._now} s to {now} s")
        self._apply_due(self._now)
        self._now = now
        deviation = VOLTAGE_MEMORY * self._voltage_deviation + self._random.gauss(0.0, VOLTAGE_NOISE)
        self._voltage_deviation = deviation
        if self.car is not None and self.car.plugged:
            self._currents = self.car.step(dt, self._pilot, self.settings.voltage + deviation)
            self._count(dt)
        heat = AMBIENT + HEATING * self._currents[0] ** 2
        self._temperature += (heat - self._temperature) * min(1.0, dt / WARMING_TIME)
        self._observe()
        return self._currents

    def _count(self, dt: float) -> None:
        """Add the energy that the car took."""
        (i1, i2, i3), (v1, v2, v3) = self._currents, self._voltages()
        energy = (v1 * i1 + v2 * i2 + v3 * i3) * dt / SECONDS_PER_HOUR
        self._session_wh += energy
        self.total_wh += energy

    def _voltages(self) -> PerPhase:
        """Return the voltages at the terminals now [V]."""
        return terminal_voltages(self.settings.voltage + self._voltage_deviation, self._currents)

    def _states(self) -> tuple[EvStatus, ChargingState]:
        """Return what the car says and what the charger does."""
        if self._faulty:
            return EvStatus.ERROR_STATE, ChargingState.NOT_CHARGING
        if self.car is None or not self.car.plugged:
            return EvStatus.NOT_CONNECTED, ChargingState.WAITING_FOR_EV
        if self._currents[0] > DRAWING:
            single = self.car.phases_in_use == 1
            state = ChargingState.CHARGING_1_PHASE if single else ChargingState.CHARGING_3_PHASE
            return EvStatus.WANTS_TO_CHARGE, state
        if self._pilot > 0 and self.car.wants_energy:
            return EvStatus.WANTS_TO_CHARGE, ChargingState.NOT_CHARGING
        return EvStatus.CONNECTED, ChargingState.NOT_CHARGING

    def _observe(self) -> None:
        """Keep what is measured now until the read-back latency has passed."""
        observations = self._observations
        if observations and observations[-1].time == self._now:
            observations.pop()
        ev_status, charging_state = self._states()
        observations.append(
            Observation(
                self._now,
                self._currents,
                self._voltages(),
                self.clamp_currents,
                self._limits,
                self._pilot,
                ev_status,
                charging_state,
                self._faulty,
                self._temperature,
                self._session_wh,
                self.total_wh,
                self._session_start,
            )
        )
        told = self._now - self.settings.readback_latency + TIME_TOLERANCE
        while len(observations) > 1 and observations[1].time <= told:
            observations.popleft()

    def reading(self) -> ChargerReading:
        """Return status, metrics and limits in force as they were one read-back latency ago."""
        return reading_of(self._identity, self._observations[0])
