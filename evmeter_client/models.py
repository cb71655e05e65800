"""What an EV-Meter charger tells: frozen, typed, the same for every dialect.

Currents, voltages and energies are per charger phase, in the order of the charger's terminals L1, L2, L3.
The names are used everywhere: in these models, in the JSON dialect and for Home Assistant's entities.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

type PerPhase = tuple[float, float, float]
"""One value per charger phase L1, L2, L3."""


class WireEnum(StrEnum):
    """An enum whose members also have the number the binary dialect sends.

    The member's value is its name in JSON and in Home Assistant.

    Attributes:
        wire: the member's number in a binary frame.
    """

    wire: int

    def __new__(cls, value: str, wire: int) -> Self:
        """Make a member from its name and its number on the wire."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.wire = wire
        return member

    @classmethod
    def from_wire(cls, number: int) -> Self:
        """Return the member for a number on the wire; an unknown number gives the ``unknown`` member."""
        for member in cls:
            if member.wire == number:
                return member
        return cls["UNKNOWN"]


class EvStatus(WireEnum):
    """What the car says over the control pilot."""

    UNKNOWN = "unknown", 0
    NOT_CONNECTED = "not_connected", 1
    CONNECTED = "connected", 2
    WANTS_TO_CHARGE = "wants_to_charge", 3
    NEED_TO_VENTILATE = "need_to_ventilate", 4
    ERROR_STATE = "error_state", 5


class ChargingState(WireEnum):
    """What the charger does."""

    UNKNOWN = "unknown", 0
    NOT_CHARGING = "not_charging", 1
    CHARGING_1_PHASE = "charging_1_phase", 2
    CHARGING_3_PHASE = "charging_3_phase", 3
    WAITING_FOR_EV_AO = "waiting_for_ev_ao", 4
    ALWAYS_ON_1_PHASE = "always_on_1_phase", 5
    ALWAYS_ON_3_PHASE = "always_on_3_phase", 6
    WAITING_FOR_EV = "waiting_for_ev", 7


class PhaseType(WireEnum):
    """How many phases the charger is wired for."""

    UNKNOWN = "unknown", 0
    SINGLE_PHASE = "single_phase", 1
    THREE_PHASE = "three_phase", 2


class GridType(WireEnum):
    """The earthing system of the supply."""

    UNKNOWN = "unknown", 0
    TN_S = "tn_s", 1
    IT = "it", 2
    USA_1F_IT = "usa_1f_it", 3


class MqttState(WireEnum):
    """The charger's own view of its connection."""

    UNKNOWN = "unknown", 0
    WORKING_PROPERLY = "working_properly", 1
    MQTT_NOT_CONFIGURED = "mqtt_not_configured", 2
    UNABLE_TO_CONNECT_BROKER = "unable_to_connect_broker", 3
    UNABLE_TO_CONNECT_WIFI = "unable_to_connect_wifi", 4
    UNABLE_TO_DETECT_WIFI = "unable_to_detect_wifi", 5
    WIFI_NOT_CONNECTED = "wifi_not_connected", 6


class Capability(Enum):
    """What a dialect can do."""

    READ = "read"
    """Answer when asked for a status, metrics or a reading."""
    PUSH = "push"
    """Send readings unasked."""
    SET_LIMITS = "set_limits"
    """Take limits of the charging current."""
    PER_PHASE = "per_phase"
    """Take another limit for each phase."""
    WATCHDOG = "watchdog"
    """Fall to the charger's own fallback current when a limit's time to live runs out."""


class MqttVersion(Enum):
    """The version of MQTT spoken with the broker."""

    AUTOMATIC = "automatic"
    """5.0 where dialect and broker speak it, else 3.1.1."""
    V5 = "5.0"
    V3_1_1 = "3.1.1"


class ConnectionState(Enum):
    """What the client's connection to the broker is doing."""

    CONNECTING = "connecting"
    """An attempt is under way."""
    CONNECTED = "connected"
    """Requests are sent at once."""
    DISCONNECTED = "disconnected"
    """Not connected yet, or again; requests wait for the next attempt, within their timeout."""
    REFUSED = "refused"
    """The broker does not accept the credentials.

    Requests fail at once, and only the longest retry interval is used, so that a broker that locks accounts
    is not provoked.
    """
    CLOSED = "closed"
    """The client was closed, and stays closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerStatus:
    """State and settings of a charger at one moment.

    Attributes:
        charger_id: the charger's id as in its topics.
        ev_status: what the car says.
        charging_state: what the charger does.
        phase_type: how many phases the charger is wired for.
        grid_type: earthing system.
        mqtt_state: the charger's view of its own connection.
        warnings: raw warning bits, meaning unknown.
        errors: raw error bits, meaning unknown.
        set_current: charging current set on the charger [A].
        circuit_breaker: rating of the breaker the charger was installed behind [A].
        limit: limit as sent, None = unlimited; its unit on the binary dialect is unknown.
        start_time: start of the session, aware, None = no session.
        temperature: [deg C], None when the raw value makes no sense (outside -40..100).
        temperature_raw: temperature byte as sent.
        kubis_version: version text of the charger's controller.
        firmware_version: firmware number.
        scheduler_version: version of the charger's schedule.
        wifi_network: name of the network the charger is on.
        peer_serial_number: serial number of the paired load-management meter, 0 = none.
        evse: serial number of the charger.
        ping_latency_ms: [ms] as measured by the charger.
        result: result byte of the answer; 1 in every captured frame, not a charger state.
        unknown_values: values this version cannot express, as ``field=raw value``, in the order of the
            fields above: unknown enum values, and a start time outside the calendar.
    """

    charger_id: str
    ev_status: EvStatus = EvStatus.UNKNOWN
    charging_state: ChargingState = ChargingState.UNKNOWN
    phase_type: PhaseType = PhaseType.UNKNOWN
    grid_type: GridType = GridType.UNKNOWN
    mqtt_state: MqttState = MqttState.UNKNOWN
    warnings: int = 0
    errors: int = 0
    set_current: float = 0.0
    circuit_breaker: float = 0.0
    limit: int | None = None
    start_time: datetime | None = None
    temperature: float | None = None
    temperature_raw: int = 0
    kubis_version: str = ""
    firmware_version: int = 0
    scheduler_version: int = 0
    wifi_network: str = ""
    peer_serial_number: int = 0
    evse: int = 0
    ping_latency_ms: int = 0
    result: int = 1
    unknown_values: tuple[str, ...] = ()

    @property
    def phases_in_use(self) -> int:
        """Number of charger phases that carry meaning: 1 for a single-phase unit, else 3."""
        return 1 if self.phase_type is PhaseType.SINGLE_PHASE else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerMetrics:
    """What a charger measures, per charger phase L1, L2, L3.

    Attributes:
        charger_id: the charger's id as in its topics.
        voltages: [V].
        currents: drawn by the car [A].
        dlm_currents: measured by the charger's own mains clamps (dynamic load management) [A].
        session_energy_wh: energy of this session, or of the last one [Wh].
        total_energy_wh: energy since manufacture [Wh].
        phases_in_use: 1 or 3; the sums and means below look at these phases only.
    """

    charger_id: str
    voltages: PerPhase = (0.0, 0.0, 0.0)
    currents: PerPhase = (0.0, 0.0, 0.0)
    dlm_currents: PerPhase = (0.0, 0.0, 0.0)
    session_energy_wh: int = 0
    total_energy_wh: int = 0
    phases_in_use: int = 3

    @property
    def power_w(self) -> float:
        """Charging power [W]: the sum of V x I over the phases in use (power factor taken as 1)."""
        pairs = zip(self.voltages, self.currents, strict=True)
        return sum(voltage * current for voltage, current in list(pairs)[: self.phases_in_use])

    @property
    def voltage_mean(self) -> float:
        """Mean voltage over the phases in use [V]."""
        return sum(self.voltages[: self.phases_in_use]) / self.phases_in_use

    @property
    def current_mean(self) -> float:
        """Mean charging current over the phases in use [A]."""
        return sum(self.currents[: self.phases_in_use]) / self.phases_in_use

    @property
    def dlm_current_mean(self) -> float:
        """Mean current of the charger's own mains clamps over the phases in use [A]."""
        return sum(self.dlm_currents[: self.phases_in_use]) / self.phases_in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerReading:
    """Status and metrics of one charger, taken from one message.

    Attributes:
        status: state and settings.
        metrics: measured values.
        limits: limit in force per charger phase [A], None where the dialect does not tell.
    """

    status: ChargerStatus
    metrics: ChargerMetrics
    limits: PerPhase | None = None

    @property
    def charger_id(self) -> str:
        """The charger's id as in its topics."""
        return self.status.charger_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStatistics:
    """Counters since the client was made, for diagnostics.

    Attributes:
        requests: requests published.
        answers: answers matched to a request.
        timeouts: requests that ran out of time.
        late_answers: valid answers of ours nobody waited for any more (late or repeated).
        foreign_answers: answers to other clients on the shared response topic.
        rejected_messages: messages that were not valid, or did not match their own correlation data.
        pushed_readings: readings nobody asked for.
        dropped_readings: pushed readings a slow subscriber lost (the newest are kept).
        reconnects: connections made after the first.
    """

    requests: int = 0
    answers: int = 0
    timeouts: int = 0
    late_answers: int = 0
    foreign_answers: int = 0
    rejected_messages: int = 0
    pushed_readings: int = 0
    dropped_readings: int = 0
    reconnects: int = 0
