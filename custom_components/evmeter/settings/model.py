"""What is stored about a site's mains and its chargers, as typed values: no behaviour, no strings."""

from dataclasses import dataclass, field
from enum import StrEnum


class MainsKind(StrEnum):
    """Where the mains currents come from."""

    KNOWN = "known"
    ENTITIES = "entities"
    TEMPLATE = "template"
    CLAMPS = "clamps"
    NONE = "none"
    SIMULATED = "simulated"


class ChargerKind(StrEnum):
    """How a charger is reached."""

    EVMETER = "evmeter"
    KNOWN = "known"
    ENTITIES = "entities"
    TEMPLATE = "template"
    SIMULATED = "simulated"


class DialectName(StrEnum):
    """How an EV-Meter charger talks."""

    JSON = "json"
    BLEWIFI = "blewifi"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEntities:
    """The entities that tell about one mains phase, as registry ids (or entity ids).

    Attributes:
        current: current, signed or not.
        power: signed power, or imported power where ``power_export`` is given too.
        power_export: exported power.
        voltage: between phase and neutral.
    """

    current: str | None = None
    power: str | None = None
    power_export: str | None = None
    voltage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMainsSettings:
    """Mains currents from entities of this Home Assistant.

    Attributes:
        phases: the entities per mains phase.
        meter: integration of the known meter the entities were found by, None = picked by hand.
    """

    phases: tuple[PhaseEntities, ...]
    meter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMainsSettings:
    """Mains currents from templates.

    Attributes:
        templates: per mains phase, each rendering to its current [A].
    """

    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClampMainsSettings:
    """Mains currents from the clamps of the site's first EV-Meter charger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmeasuredMainsSettings:
    """No mains currents: the chargers are only watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMainsSettings:
    """Mains currents of a simulated house.

    Attributes:
        seed: of its random appliances.
    """

    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EVMeterConnection:
    """An EV-Meter charger and the broker it is reached through.

    Attributes:
        host: of the broker.
        charger_id: as in the charger's topics.
        port: of the broker.
        tls: encrypt, and verify the broker's certificate.
        username: for the broker, None = anonymous.
        password: for the broker.
        dialect: how the charger talks.
        user_id: UUID of the charger's user; the binary dialect needs it.
        token: of the charger's user; the binary dialect needs it.
    """

    host: str
    charger_id: str
    port: int = 8883
    tls: bool = True
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    dialect: DialectName = DialectName.JSON
    user_id: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedChargerSettings:
    """An EV-Meter charger that can only be read, and what limits it instead, as registry ids (or entity ids).

    Attributes:
        connection: it is read through.
        limit: number that takes the charging current.
        switch: switch that pauses and resumes, None = the number goes down to 0.
    """

    connection: EVMeterConnection
    limit: str
    switch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChargerSettings:
    """A charger that is reached through entities of this Home Assistant, as registry ids (or entity ids).

    Attributes:
        limit: number that takes the charging current, None = an action does.
        switch: switch (or select) that pauses and resumes, None = the number goes down to 0.
        switch_pauses: a switch that is on while charging is paused.
        state: tells what the charger does.
        draws: what the car draws: one sensor for every wired terminal, or one per terminal L1, L2, L3.
        known: key of the row in the table of known chargers, None = picked by hand.
        device: registry id of a charger whose limit an action takes: of its device, or of its state where
            its integration makes no device.
    """

    limit: str | None = None
    switch: str | None = None
    switch_pauses: bool = False
    state: str | None = None
    draws: tuple[str, ...] = ()
    known: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChargerSettings:
    """A charger that actions of the user's own limit, and templates tell about.

    Attributes:
        set_limit: actions that set the limit, as JSON text; they may hold a secret of another integration.
        pause: actions that pause charging, None = those that set the limit pause at 0 A.
        state: template of what the charger does.
        limit: template of the limit in force [A].
        draws: templates of what the car draws [A]: one for every wired terminal, or one per terminal L1, L2,
            L3.
    """

    set_limit: str = field(repr=False)
    pause: str | None = field(default=None, repr=False)
    state: str | None = None
    limit: str | None = None
    draws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCar:
    """The car at a simulated charger.

    Attributes:
        phases: it charges on, 1 to 3.
        current: it takes at most per phase [A].
    """

    phases: int = 3
    current: float = 16.0


type MainsSettings = (
    EntityMainsSettings
    | TemplateMainsSettings
    | ClampMainsSettings
    | UnmeasuredMainsSettings
    | SimulatedMainsSettings
)
"""Where the mains currents come from."""
