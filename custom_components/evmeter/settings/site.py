"""The strings stored about a site <-> typed settings: its mains, its fuse, its circuits and its tuning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from ..balancing.model import CircuitSettings, FuseType, Mode, SiteSettings
from ..const import (
    CONF_DERATING,
    CONF_FUSE,
    CONF_FUSE_TYPE,
    CONF_GROUP_POWER_CAP,
    CONF_MAINS,
    CONF_MARGIN,
    CONF_MODE,
    CONF_PARENT,
    CONF_PHASES,
    CONF_POWER_CAP,
    CONF_SEED,
    CONF_TEMPLATE,
    CONF_VOLTAGE,
)
from ..exceptions import ErrorCode
from .entities import entities_to_strings, read_mains_entities
from .model import (
    ClampMainsSettings,
    EntityMainsSettings,
    MainsKind,
    MainsSettings,
    SimulatedMainsSettings,
    TemplateMainsSettings,
    UnmeasuredMainsSettings,
)
from .reader import HARMLESS, SettingsReader, number_to_string

_SITE: Final = SiteSettings(fuse_rating=(25.0, 25.0, 25.0))
_LARGEST_SEED: Final = 2**31 - 1
_LARGEST_RATING: Final = 250.0
_LARGEST_POWER: Final = 1e6


class _PhaseCount(StrEnum):
    """Mains connections there are."""

    ONE = "1"
    THREE = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """Everything stored about a site.

    Attributes:
        mains: where the mains currents come from.
        balancing: the site as the balancer sees it.
    """

    mains: MainsSettings
    balancing: SiteSettings

    @property
    def kind(self) -> MainsKind:
        """Where the mains currents come from, as one word."""
        match self.mains:
            case SimulatedMainsSettings():
                return MainsKind.SIMULATED
            case TemplateMainsSettings():
                return MainsKind.TEMPLATE
            case ClampMainsSettings():
                return MainsKind.CLAMPS
            case UnmeasuredMainsSettings():
                return MainsKind.NONE
            case EntityMainsSettings(meter=meter):
                return MainsKind.ENTITIES if meter is None else MainsKind.KNOWN

    @property
    def measured(self) -> bool:
        """Whether the mains are measured; without, the chargers are only watched."""
        return self.kind is not MainsKind.NONE

    @classmethod
    def from_strings(
        cls, data: Mapping[str, str], circuits: Mapping[str, Mapping[str, str]] | None = None
    ) -> Self:
        """Read a site from its stored strings.

        Args:
            data: the strings of the config entry, its options among them.
            circuits: the strings of the circuits below the mains, by the id of their subentry.

        Raises:
            SettingsErrors: with every value that cannot be used.
        """
        strings = SettingsReader(data, HARMLESS)
        kind = strings.choice(CONF_MAINS, MainsKind)
        phase_count = int(strings.choice(CONF_PHASES, _PhaseCount) or _PhaseCount.THREE)
        phases = range(1, phase_count + 1)
        numbers = {f"{CONF_FUSE}{phase}": strings.number(f"{CONF_FUSE}{phase}") for phase in phases}
        numbers[CONF_MARGIN] = strings.number(CONF_MARGIN, _SITE.margin)
        numbers[CONF_VOLTAGE] = strings.number(CONF_VOLTAGE, _SITE.voltage)
        numbers[CONF_DERATING] = strings.number(CONF_DERATING, 100 * _SITE.derating)
        if strings.text(CONF_GROUP_POWER_CAP) is not None:
            numbers[CONF_GROUP_POWER_CAP] = strings.number(CONF_GROUP_POWER_CAP)
        fuse_type = strings.choice(CONF_FUSE_TYPE, FuseType, FuseType.B) or FuseType.B
        mode = strings.choice(CONF_MODE, Mode, Mode.BALANCED) or Mode.BALANCED
        mains = _mains_from_strings(strings, kind, phase_count)

        def build(values: Mapping[str, float]) -> SiteSettings:
            return SiteSettings(
                fuse_rating=tuple(values[f"{CONF_FUSE}{phase}"] for phase in phases),
                fuse_type=fuse_type,
                margin=values[CONF_MARGIN],
                voltage=values[CONF_VOLTAGE],
                mode=mode,
                derating=values[CONF_DERATING] / 100,
                group_power_cap=values.get(CONF_GROUP_POWER_CAP),
                circuits=_circuits_from_strings(circuits or {}, phase_count),
            )

        balancing = strings.build(build, numbers)
        strings.raise_errors()
        return cls(mains=mains, balancing=balancing)

    def to_strings(self) -> dict[str, str]:
        """Return the strings of the config entry; with those of the options they read back the same."""
        site = self.balancing
        strings = {CONF_MAINS: self.kind.value, CONF_PHASES: str(site.phase_count)}
        strings |= _mains_to_strings(self.mains)
        for phase, rating in enumerate(site.fuse_rating, start=1):
            strings[f"{CONF_FUSE}{phase}"] = number_to_string(rating)
        return strings | {
            CONF_FUSE_TYPE: site.fuse_type.value,
            CONF_MARGIN: number_to_string(site.margin),
            CONF_VOLTAGE: number_to_string(site.voltage),
        }

    def options_to_strings(self) -> dict[str, str]:
        """Return the strings of the options: what tunes the balancing."""
        site = self.balancing
        strings = {CONF_MODE: site.mode.value, CONF_DERATING: number_to_string(round(100 * site.derating, 6))}
        if site.group_power_cap is not None:
            strings[CONF_GROUP_POWER_CAP] = number_to_string(site.group_power_cap)
        return strings


def read_circuit(circuit_id: str, data: Mapping[str, str], phase_count: int) -> CircuitSettings:
    """Read a circuit below the mains from its stored strings.

    Args:
        circuit_id: id of its subentry.
        data: the stored strings.
        phase_count: of the site, 1 or 3.

    Raises:
        SettingsErrors: with every value that cannot be used.
    """
    strings = SettingsReader(data, HARMLESS)
    keys = [f"{CONF_FUSE}{phase}" for phase in range(1, phase_count + 1)]
    first = strings.number(keys[0])
    ratings = (first, *(strings.number(key, first) for key in keys[1:]))
    for key, rating in zip(keys, ratings, strict=True):
        if not 6 <= rating <= _LARGEST_RATING:
            strings.note(key, ErrorCode.OUT_OF_RANGE, f"must be between 6 and 250, is {rating:g}")
    power_cap = None if strings.text(CONF_POWER_CAP) is None else strings.number(CONF_POWER_CAP)
    if power_cap is not None and not 0 <= power_cap <= _LARGEST_POWER:
        strings.note(CONF_POWER_CAP, ErrorCode.OUT_OF_RANGE, f"must be 0 or more, is {power_cap:g}")
    strings.raise_errors()
    return CircuitSettings(
        id=circuit_id, rating=ratings, parent=strings.text(CONF_PARENT), power_cap=power_cap
    )


def circuit_to_strings(circuit: CircuitSettings) -> dict[str, str]:
    """Return the strings that ``read_circuit`` reads back to the same circuit."""
    strings = {
        f"{CONF_FUSE}{phase}": number_to_string(rating) for phase, rating in enumerate(circuit.rating, 1)
    }
    if circuit.parent is not None:
        strings[CONF_PARENT] = circuit.parent
    if circuit.power_cap is not None:
        strings[CONF_POWER_CAP] = number_to_string(circuit.power_cap)
    return strings


def above(circuit_id: str, circuits: Iterable[CircuitSettings]) -> tuple[str, ...]:
    """Return the circuits above one, the nearest first; one that is above itself is named once."""
    parents = {circuit.id: circuit.parent for circuit in circuits}
    found: list[str] = []
    parent = parents.get(circuit_id)
    while parent is not None and parent not in found:
        found.append(parent)
        parent = parents.get(parent)
    return tuple(found)


def read_seed(data: Mapping[str, str]) -> int:
    """Read the seed of a simulated house.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, HARMLESS)
    seed = _seed_from_strings(strings)
    strings.raise_errors()
    return seed


def _mains_from_strings(strings: SettingsReader, kind: MainsKind | None, phase_count: int) -> MainsSettings:
    match kind:
        case MainsKind.SIMULATED:
            return SimulatedMainsSettings(seed=_seed_from_strings(strings))
        case MainsKind.TEMPLATE:
            keys = (f"{CONF_TEMPLATE}{phase}" for phase in range(1, phase_count + 1))
            return TemplateMainsSettings(templates=tuple(strings.required_text(key) for key in keys))
        case MainsKind.CLAMPS:
            return ClampMainsSettings()
        case MainsKind.NONE:
            return UnmeasuredMainsSettings()
        case MainsKind.KNOWN | MainsKind.ENTITIES | None:
            return read_mains_entities(strings, kind, phase_count)


def _mains_to_strings(mains: MainsSettings) -> dict[str, str]:
    match mains:
        case SimulatedMainsSettings(seed=seed):
            return {CONF_SEED: str(seed)}
        case TemplateMainsSettings(templates=templates):
            return {f"{CONF_TEMPLATE}{phase}": text for phase, text in enumerate(templates, start=1)}
        case EntityMainsSettings():
            return entities_to_strings(mains)
        case ClampMainsSettings() | UnmeasuredMainsSettings():
            return {}


def _seed_from_strings(strings: SettingsReader) -> int:
    return strings.integer(CONF_SEED, 1, 0, _LARGEST_SEED)


def _circuits_from_strings(
    circuits: Mapping[str, Mapping[str, str]], phase_count: int
) -> tuple[CircuitSettings, ...]:
    """Return the circuits; one whose circuit above is gone, or is below it itself, is below the mains."""
    read = [read_circuit(circuit_id, data, phase_count) for circuit_id, data in circuits.items()]
    return tuple(
        circuit
        if circuit.parent in circuits and circuit.id not in above(circuit.id, read)
        else replace(circuit, parent=None)
        for circuit in read
    )
