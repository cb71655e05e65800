"""The forms that are the same whatever the mains and the chargers are: the fuse, and a charger's limits."""

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Final

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfElectricCurrent, UnitOfElectricPotential
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..balancing.model import FuseType, Phase
from ..chargers import CHARGERS
from ..const import (
    CONF_CHARGER,
    CONF_CIRCUIT,
    CONF_DETECT,
    CONF_FALLBACK_CURRENT,
    CONF_FUSE,
    CONF_FUSE_TYPE,
    CONF_MAINS,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_PARENT,
    CONF_PHASES,
    CONF_PRIORITY,
    CONF_VOLTAGE,
    CONF_WIRING,
)
from ..exceptions import SettingsErrors
from ..form_fields import choice, named_choice, number
from ..mains import MAINS, FoundMeter
from ..settings import ChargerKind, MainsKind, SiteConfig
from ..site_entry import site_config

FUSE_L1, FUSE_L2, FUSE_L3 = (f"{CONF_FUSE}{phase}" for phase in (1, 2, 3))

PHASE_COUNTS: Final = ("1", "3")
CHARGER_NEEDS_PHASE: Final = "charger_needs_phase"
ENTITY_IN_USE: Final = "entity_in_use"
PHASE_NOT_MEASURED: Final = "phase_not_measured"

SITE_DEFAULTS: Final[Mapping[str, str]] = {
    CONF_PHASES: "3",
    FUSE_L1: "25",
    CONF_FUSE_TYPE: FuseType.B,
    CONF_MARGIN: "0",
    CONF_VOLTAGE: "230",
}
"""What most houses have; the user sees it before it counts."""

CHARGER_DEFAULTS: Final[Mapping[str, str]] = {
    CONF_MIN_CURRENT: "6",
    CONF_MAX_CURRENT: "16",
    CONF_PRIORITY: "1",
    CONF_FALLBACK_CURRENT: "6",
}
"""What most chargers allow."""

CONF_ENABLE: Final = "enable"

ON_MAINS: Final = "mains"
"""The choice of what is on no circuit, but directly below the mains."""

ENABLE_FORM: Final = vol.Schema({vol.Required(CONF_ENABLE, default=True): BooleanSelector()})

FUSE_FORM: Final = vol.Schema(
    {
        vol.Required(CONF_PHASES): choice(PHASE_COUNTS, CONF_PHASES),
        vol.Required(FUSE_L1): number(UnitOfElectricCurrent.AMPERE),
        vol.Optional(FUSE_L2): number(UnitOfElectricCurrent.AMPERE),
        vol.Optional(FUSE_L3): number(UnitOfElectricCurrent.AMPERE),
        vol.Required(CONF_FUSE_TYPE): choice(FuseType, CONF_FUSE_TYPE),
        vol.Required(CONF_MARGIN): number(UnitOfElectricCurrent.AMPERE),
        vol.Required(CONF_VOLTAGE): number(UnitOfElectricPotential.VOLT),
    }
)


def source_form(
    meters: Mapping[str, FoundMeter], names: Mapping[str, str], stored: Mapping[str, str]
) -> vol.Schema:
    """Return the form for the source of the mains currents: the found meters by name, then the other kinds.

    What the site that is being changed has is suggested, for a new site the first meter.

    Args:
        meters: the found meters by id.
        names: of the meters, by the same id.
        stored: the strings of the site that is being changed; empty for a new one.
    """
    kinds = [kind for kind in MAINS if kind is not MainsKind.KNOWN]
    fitting = [
        key for key, meter in meters.items() if not stored or meter.to_strings().items() <= stored.items()
    ]
    suggested = stored.get(CONF_MAINS)
    if suggested not in kinds:
        suggested = fitting[0] if fitting else None
    suggestion = None if suggested is None else {"suggested_value": suggested}
    return vol.Schema(
        {
            vol.Required(CONF_MAINS, description=suggestion): named_choice(
                names, kinds, CONF_MAINS, SelectSelectorMode.LIST
            )
        }
    )


def mains_form(hass: HomeAssistant, kind: MainsKind, given: Mapping[str, str]) -> vol.Schema:
    """Return the form for what one kind of source must know; ``given`` fills it in."""
    fields: vol.Schema = MAINS[kind].fields(hass, given, len(Phase))
    if kind not in (MainsKind.ENTITIES, MainsKind.TEMPLATE):
        return fields
    phases = vol.Required(CONF_PHASES, default=given.get(CONF_PHASES, SITE_DEFAULTS[CONF_PHASES]))
    return vol.Schema({phases: choice(PHASE_COUNTS, CONF_PHASES), **fields.schema})


def charger_kind_form(names: Mapping[str, str]) -> vol.Schema:
    """Return the form for a new charger: the found ones by name, then the other ways to reach one.

    Args:
        names: of the found chargers, by the id of their device.
    """
    kinds = [kind for kind in CHARGERS if kind is not ChargerKind.KNOWN]
    selector = named_choice(names, kinds, CONF_CHARGER, SelectSelectorMode.LIST)
    return vol.Schema({vol.Required(CONF_CHARGER): selector})


def limits_form(phase_count: int, circuits: Mapping[str, str], *, detectable: bool = False) -> vol.Schema:
    """Return the form for a charger's limits and wiring.

    Args:
        phase_count: of the site, 1 or 3.
        circuits: names of the site's circuits by id; without any there is nothing to choose.
        detectable: the charger runs, so its wiring can be detected.
    """
    circuit = vol.Required(CONF_CIRCUIT)
    detect = {vol.Required(CONF_DETECT, default=False): BooleanSelector()} if detectable else {}
    return vol.Schema(
        {
            vol.Required(CONF_MIN_CURRENT): number(UnitOfElectricCurrent.AMPERE),
            vol.Required(CONF_MAX_CURRENT): number(UnitOfElectricCurrent.AMPERE),
            vol.Required(CONF_WIRING): _wiring_choice(phase_count),
            **detect,
            vol.Required(CONF_PRIORITY): number(step=1),
            vol.Required(CONF_FALLBACK_CURRENT): number(UnitOfElectricCurrent.AMPERE),
            **({circuit: named_choice(circuits, (ON_MAINS,), CONF_PARENT)} if circuits else {}),
        }
    )


def wiring_form(phase_count: int) -> vol.Schema:
    """Return the form that proposes a wiring."""
    return vol.Schema({vol.Required(CONF_WIRING): _wiring_choice(phase_count)})


def _wiring_choice(phase_count: int) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=wirings(phase_count), mode=SelectSelectorMode.DROPDOWN)
    )


def wirings(phase_count: int) -> list[SelectOptionDict]:
    """Return every way to wire a charger's terminals to the mains, the usual way first.

    The labels are arrows between terminal and mains phase: the same in every language.
    """
    phases = [phase.name for phase in list(Phase)[:phase_count]]
    return [
        SelectOptionDict(
            value=",".join(wiring),
            label=", ".join(
                f"{terminal.name} → {phase}" for terminal, phase in zip(Phase, wiring, strict=False)
            ),
        )
        for terminals in range(phase_count, 0, -1)
        for wiring in permutations(phases, terminals)
    ]


def strings(user_input: Mapping[str, object]) -> dict[str, str]:
    """Return what a form gave as the strings to store: ticks as true or false, empty fields not at all."""
    texts = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in user_input.items()
        if value is not None
    }
    return {key: text for key, text in texts.items() if text.strip()}


def bullets(names: Iterable[str]) -> str:
    """Return a list for a form's text, a line each: long names side by side cannot be read."""
    return "\n".join(f"- {name}" for name in names)


def filled_in(form: vol.Schema, given: Mapping[str, str]) -> vol.Schema:
    """Return a form with what was given before, but for fields that say themselves what they start with."""
    fields: dict[vol.Marker, object] = {}
    for field, value in form.schema.items():
        starts_empty = field.description is None and field.default is vol.UNDEFINED
        if starts_empty and field.schema in given:
            fields[type(field)(field.schema, description={"suggested_value": given[field.schema]})] = value
        else:
            fields[field] = value
    return vol.Schema(fields)


def with_equal_fuses(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with the rating of L1 for every phase that was left empty."""
    return {key: given[FUSE_L1] for key in (FUSE_L2, FUSE_L3) if FUSE_L1 in given} | dict(given)


def fuse_suggestions(stored: Mapping[str, str], mains: Mapping[str, str]) -> dict[str, str]:
    """Return what the fuse's form is filled in with: no more phases than the source has, no rating twice."""
    known = {**SITE_DEFAULTS, **stored}
    known[CONF_PHASES] = min(known[CONF_PHASES], mains[CONF_PHASES])
    return without_equal_fuses(known)


def without_equal_fuses(known: Mapping[str, str]) -> dict[str, str]:
    """Return the settings without the ratings that are that of L1: they are left empty in a form."""
    same = {key for key in (FUSE_L2, FUSE_L3) if known.get(key) == known[FUSE_L1]}
    return {key: value for key, value in known.items() if key not in same}


def site_of(entry: ConfigEntry) -> SiteConfig:
    """Return the settings of a site that gets or changes a subentry.

    Raises:
        AbortFlow: the site itself must be put right first.
    """
    try:
        return site_config(entry)
    except SettingsErrors as error:
        raise AbortFlow("invalid_site") from error


def form_errors(error: SettingsErrors, form: vol.Schema) -> dict[str, str]:
    """Return the errors for a form; those of values that the form does not show are shown above it."""
    fields = {str(key) for key in form.schema}
    return {key if key in fields else "base": code for key, code in error.form_errors().items()}


def fuse_errors(error: SettingsErrors, given: Mapping[str, str]) -> dict[str, str]:
    """Return the errors for the fuse's form.

    A rating left empty is that of L1: what is wrong with it is said there. A source that lacks a phase is not
    on this form: the number of phases is.
    """
    errors = form_errors(error, FUSE_FORM)
    if errors.pop("base", None) is not None:
        errors[CONF_PHASES] = PHASE_NOT_MEASURED
    return of_given_fuses(errors, given)


def of_given_fuses(errors: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the errors but for those of ratings that were left empty: what is wrong is said at L1."""
    return {key: code for key, code in errors.items() if key not in (FUSE_L2, FUSE_L3) or key in given}
