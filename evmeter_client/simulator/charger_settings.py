"""How a simulated charger is built, set up and how well it obeys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor

from evmeter_client.exceptions import EVMeterConfigError
from evmeter_client.simulator.basics import (
    NOMINAL_VOLTAGE,
    Window,
    require_not_negative,
    require_positive,
)

CHARGER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedChargerSettings:
    """How a charger is built, set up and how well it obeys.

    Attributes:
        charger_id: as in its topics, ``[A-Za-z0-9_-]{1,64}``.
        serial: serial number.
        terminals: phases it has, 1 or 3.
        minimum_current: lowest current it can offer [A]; less means off.
        maximum_current: highest current it can offer, also its limit until told otherwise [A].
        circuit_breaker: rating of the breaker it was installed behind [A].
        command_latency: from a command to its effect on the pilot [s].
        readback_latency: age of what a reading tells [s].
        whole_amps: it drops the fraction of a limit.
        refuses_below_minimum: a limit in (0, minimum) is refused; else it is taken, and means off.
        release_current: once at its minimum the charger stays there until this much is allowed [A],
            None = it has no such habit.
        fallback_current: limit once a command's time to live has run out [A]; below the minimum = off.
        deaf: windows of time in which it acknowledges commands and ignores them.
        voltage: of its supply, between a phase and neutral [V].
        total_energy_wh: its counter at the start [Wh].
        wifi_network: name of the network it reports.
    """

    charger_id: str = "SIMULATED01"
    serial: int = 100_001
    terminals: int = 3
    minimum_current: float = 6.0
    maximum_current: float = 16.0
    circuit_breaker: float = 25.0
    command_latency: float = 2.0
    readback_latency: float = 1.0
    whole_amps: bool = True
    refuses_below_minimum: bool = True
    release_current: float | None = None
    fallback_current: float = 6.0
    deaf: tuple[Window, ...] = ()
    voltage: float = NOMINAL_VOLTAGE
    total_energy_wh: float = 0.0
    wifi_network: str = "simulated"

    def __post_init__(self) -> None:
        """Check every setting.

        Raises:
            EVMeterConfigError: naming the setting that no charger could have.
        """
        if not CHARGER_ID.fullmatch(self.charger_id):
            raise EVMeterConfigError("charger_id", "must be 1 to 64 letters, digits, - or _")
        if self.terminals not in {1, 3}:
            raise EVMeterConfigError("terminals", f"must be 1 or 3, not {self.terminals}")
        require_positive(
            minimum_current=self.minimum_current,
            maximum_current=self.maximum_current,
            circuit_breaker=self.circuit_breaker,
            voltage=self.voltage,
        )
        require_not_negative(
            command_latency=self.command_latency,
            readback_latency=self.readback_latency,
            fallback_current=self.fallback_current,
            total_energy_wh=self.total_energy_wh,
        )
        if self.minimum_current > self.maximum_current:
            raise EVMeterConfigError("minimum_current", "must not be above maximum_current")
        if self.fallback_current > self.maximum_current:
            raise EVMeterConfigError("fallback_current", "must not be above maximum_current")
        if self.whole_amps and self.minimum_current != floor(self.minimum_current):
            raise EVMeterConfigError("minimum_current", "must be whole for a charger of whole amps")
