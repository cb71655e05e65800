"""The strings stored about entities and templates <-> typed settings: of a meter, and of a charger."""

from collections.abc import Mapping, Sequence
from typing import Final

from ..const import (
    CONF_CURRENT,
    CONF_DEVICE,
    CONF_DRAW,
    CONF_DRAW_TEMPLATE,
    CONF_KNOWN,
    CONF_LIMIT,
    CONF_LIMIT_TEMPLATE,
    CONF_METER,
    CONF_PAUSE,
    CONF_PHASE_VOLTAGE,
    CONF_POWER,
    CONF_POWER_EXPORT,
    CONF_SET_LIMIT,
    CONF_STATE,
    CONF_STATE_TEMPLATE,
    CONF_SWITCH,
    CONF_SWITCH_PAUSES,
)
from ..exceptions import ErrorCode
from .model import (
    EntityChargerSettings,
    EntityMainsSettings,
    MainsKind,
    PhaseEntities,
    TemplateChargerSettings,
)
from .reader import TRUE, SettingsReader

CHARGER_DRAWS: Final = tuple(f"{CONF_DRAW}{terminal}" for terminal in (1, 2, 3))
"""Keys of the sensors of what the car draws, per charger terminal."""


DRAW_TEMPLATES: Final = tuple(f"{CONF_DRAW_TEMPLATE}{terminal}" for terminal in (1, 2, 3))
"""Keys of the templates of what the car draws, per charger terminal."""


def read_mains_entities(
    strings: SettingsReader, kind: MainsKind | None, phase_count: int
) -> EntityMainsSettings:
    """Read the entities of a meter; what is missing is noted."""
    phases = tuple(
        PhaseEntities(
            current=strings.text(f"{CONF_CURRENT}{phase}"),
            power=strings.text(f"{CONF_POWER}{phase}"),
            power_export=strings.text(f"{CONF_POWER_EXPORT}{phase}"),
            voltage=strings.text(f"{CONF_PHASE_VOLTAGE}{phase}"),
        )
        for phase in range(1, phase_count + 1)
    )
    if kind is not None:
        for number, phase in enumerate(phases, start=1):
            if phase.current is None and phase.power is None:
                key = f"{CONF_CURRENT}{number}"
                strings.note(key, ErrorCode.CURRENT_OR_POWER, "current or power is required")
    meter = strings.required_text(CONF_METER) if kind is MainsKind.KNOWN else None
    return EntityMainsSettings(phases=phases, meter=meter)


def entities_to_strings(mains: EntityMainsSettings) -> dict[str, str]:
    """Return the strings to store for the entities of a meter."""
    given = {} if mains.meter is None else {CONF_METER: mains.meter}
    for number, phase in enumerate(mains.phases, start=1):
        values = {
            CONF_CURRENT: phase.current,
            CONF_POWER: phase.power,
            CONF_POWER_EXPORT: phase.power_export,
            CONF_PHASE_VOLTAGE: phase.voltage,
        }
        given |= {f"{key}{number}": value for key, value in values.items() if value is not None}
    return given


def read_charger_entities(strings: SettingsReader, *, known: bool) -> EntityChargerSettings:
    """Read the entities of a charger; what is missing is noted.

    Args:
        strings: the stored strings.
        known: it is a charger of the table.
    """
    device = strings.text(CONF_DEVICE) if known else None
    return EntityChargerSettings(
        limit=strings.required_text(CONF_LIMIT) if device is None else strings.text(CONF_LIMIT),
        switch=strings.text(CONF_SWITCH),
        switch_pauses=strings.flag(CONF_SWITCH_PAUSES, default=False),
        state=strings.text(CONF_STATE),
        draws=_read_draws(strings, CHARGER_DRAWS),
        known=strings.required_text(CONF_KNOWN) if known else None,
        device=device,
    )


def _read_draws(strings: SettingsReader, keys: Sequence[str]) -> tuple[str, ...]:
    """Read what tells the draw per terminal; a gap is noted."""
    draws = [strings.text(key) for key in keys]
    given = tuple(draw for draw in draws if draw is not None)
    for key, draw in list(zip(keys, draws, strict=True))[: len(given)]:
        if draw is None:
            strings.note(key, ErrorCode.REQUIRED, "the terminals before the last one need one too")
    return given


def charger_entities_to_strings(charger: EntityChargerSettings) -> dict[str, str]:
    """Return the strings to store for the entities of a charger."""
    values = {
        CONF_KNOWN: charger.known,
        CONF_DEVICE: charger.device,
        CONF_LIMIT: charger.limit,
        CONF_SWITCH: charger.switch,
        CONF_SWITCH_PAUSES: TRUE if charger.switch_pauses else None,
        CONF_STATE: charger.state,
        **dict(zip(CHARGER_DRAWS, charger.draws, strict=False)),
    }
    return {key: value for key, value in values.items() if value is not None}


def read_entity_charger(data: Mapping[str, str]) -> dict[str, str]:
    """Read the answers about the entities of a charger and return the strings to store.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, {})
    charger = read_charger_entities(strings, known=False)
    strings.raise_errors()
    return charger_entities_to_strings(charger)


def read_charger_templates(strings: SettingsReader) -> TemplateChargerSettings:
    """Read the actions and templates of a charger; what is missing is noted."""
    return TemplateChargerSettings(
        set_limit=strings.required_text(CONF_SET_LIMIT),
        pause=strings.text(CONF_PAUSE),
        state=strings.text(CONF_STATE_TEMPLATE),
        limit=strings.text(CONF_LIMIT_TEMPLATE),
        draws=_read_draws(strings, DRAW_TEMPLATES),
    )


def charger_templates_to_strings(charger: TemplateChargerSettings) -> dict[str, str]:
    """Return the strings to store for the actions and templates of a charger."""
    values = {
        CONF_SET_LIMIT: charger.set_limit,
        CONF_PAUSE: charger.pause,
        CONF_STATE_TEMPLATE: charger.state,
        CONF_LIMIT_TEMPLATE: charger.limit,
        **dict(zip(DRAW_TEMPLATES, charger.draws, strict=False)),
    }
    return {key: value for key, value in values.items() if value is not None}


def read_template_charger(data: Mapping[str, str]) -> TemplateChargerSettings:
    """Read the answers about a charger of actions and templates.

    Raises:
        SettingsErrors: with every answer that cannot be used.
    """
    strings = SettingsReader(data, {})
    charger = read_charger_templates(strings)
    strings.raise_errors()
    return charger
