"""A look at the mains before they are trusted: what every source says now, and what follows from it."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import voluptuous as vol
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, UnitOfElectricCurrent
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.helpers.translation import async_get_translations

from ..balancing.model import MainsReading, Phase
from ..mains import Mains, Quantity, SourceProblem, SourceView, TooSlow

LOOK_TIME: Final = 3.0
"""Wait this long for fresh samples [s]: the user waits too."""

COARSE: Final = 0.5
"""From this resolution on the user should know what it costs [A]."""

SLOW: Final = 10.0
"""From this period on the meter sees an overload late [s]."""

RESTART_TIME: Final = 90.0
"""Home Assistant restarts an integration 30 s after an entity was enabled; some need 30 s more [s]."""

NO_BREAK_SPACE: Final = "\u00a0"
"""Between a figure and its unit: the columns of the table are narrow."""

CONF_LOOK_AGAIN: Final = "look_again"

NO_VALUE: Final = "no_value"
COARSE_VALUES: Final = "coarse_values"
SLOW_METER: Final = "slow_meter"
SLOW_OPTION: Final = "slow_option"


@dataclass(frozen=True, slots=True, kw_only=True)
class MainsLook:
    """What the mains said while we looked.

    Attributes:
        sources: every source at the end of the look.
        reading: what the balancer would get.
        usual_period: time between two reports of this kind of meter [s], None = not known.
    """

    sources: tuple[SourceView, ...]
    reading: MainsReading
    usual_period: float | None = None

    @property
    def silent(self) -> tuple[SourceView, ...]:
        """The sources without a value."""
        return tuple(source for source in self.sources if source.problem is not SourceProblem.OK)

    @property
    def _flowing(self) -> tuple[SourceView, ...]:
        """The sources of current and power; a voltage may be slow, it hardly changes."""
        return tuple(source for source in self.sources if source.quantity is not Quantity.VOLTAGE)

    @property
    def period(self) -> float | None:
        """The longest time between two reports [s], None while no source has reported twice."""
        periods = (source.period for source in self._flowing if source.period is not None)
        return max(periods, default=None)

    @property
    def shortest_period(self) -> float:
        """What the time between two reports is at least [s]."""
        ages = (source.age for source in self._flowing if source.age is not None)
        seen = max(ages, default=LOOK_TIME)
        # Nobody looks for as long as a slow meter needs to report twice.
        return self.period or max(seen, self.usual_period or 0)

    @property
    def _has_value(self) -> bool:
        return any(current is not None for current in self.reading.current)

    @property
    def consequences(self) -> tuple[str, ...]:
        """The sections of the form that tell what follows, worst first."""
        told = {
            NO_VALUE: bool(self.silent),
            SLOW_METER: self.shortest_period >= SLOW,
            COARSE_VALUES: self._has_value and self.reading.resolution >= COARSE,
        }
        return tuple(key for key, applies in told.items() if applies)


async def async_wait_for_values(hass: HomeAssistant, entity_ids: Collection[str]) -> None:
    """Wait until every entity has a value, for at most ``RESTART_TIME``: some never get one."""
    changed = asyncio.Event()

    @callback
    def take(_event: Event[EventStateChangedData]) -> None:
        changed.set()

    unsubscribe = async_track_state_change_event(hass, entity_ids, take)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(RESTART_TIME):
                while not all(_has_value(hass.states.get(entity_id)) for entity_id in entity_ids):
                    changed.clear()
                    await changed.wait()
    finally:
        unsubscribe()


async def async_look(mains: Mains, usual_period: float | None = None) -> MainsLook:
    """Listen to the mains until every source has reported twice, for at most ``LOOK_TIME``.

    Whatever happens, the mains are stopped before this returns.

    Args:
        mains: not started yet.
        usual_period: time between two reports of this kind of meter [s], None = not known.
    """
    fresh = asyncio.Event()
    try:
        await mains.async_start(fresh.set)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_TIME):
                while any(source.period is None for source in mains.sources):
                    fresh.clear()
                    await fresh.wait()
        return MainsLook(sources=mains.sources, reading=mains.reading, usual_period=usual_period)
    finally:
        await mains.async_stop()


def live_form(look: MainsLook, too_slow: TooSlow | None) -> vol.Schema:
    """Return the form: one section of text per consequence, and a tick to look again."""
    sections = look.consequences if too_slow is None else (*look.consequences, SLOW_OPTION)
    nothing_to_fill_in = vol.Schema({})
    return vol.Schema(
        {
            **{vol.Optional(key): section(nothing_to_fill_in) for key in sections},
            vol.Optional(CONF_LOOK_AGAIN, default=False): BooleanSelector(),
        }
    )


def live_placeholders(hass: HomeAssistant, look: MainsLook) -> dict[str, str]:
    """Return what the texts of the form name: figures and entity names, no words to translate."""
    return {
        "rows": "\n".join(_row(hass, source) for source in look.sources),
        "currents": ", ".join(
            f"{phase.name}{NO_BREAK_SPACE}{_figure(current, UnitOfElectricCurrent.AMPERE, decimals=1)}"
            for phase, current in zip(Phase, look.reading.current, strict=False)
        ),
        "silent": ", ".join(f"{source.phase.name} {_name(hass, source)}" for source in look.silent),
        "period": f"{look.shortest_period:.0f}",
        "resolution": f"{look.reading.resolution:.2g}",
        "precaution": f"{look.reading.resolution / 2:.2g}",
    }


async def async_option_placeholders(
    hass: HomeAssistant, integration: str, too_slow: TooSlow
) -> dict[str, str]:
    """Return what the text on a slow meter names: its option is called what its own form calls it."""
    texts = await async_get_translations(hass, hass.config.language, "options", {integration})
    labels = (label for key, label in texts.items() if key.endswith(f".data.{too_slow.option}"))
    return {
        "option": next(labels, too_slow.option),
        "seconds": f"{too_slow.seconds:g}",
        "advised": f"{too_slow.advised:g}",
    }


def _has_value(state: State | None) -> bool:
    return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


def _name(hass: HomeAssistant, source: SourceView) -> str:
    """Return what the user calls the entity; a simulated source has none."""
    if not source.entity_id:
        return "–"
    state = hass.states.get(source.entity_id)
    name = source.entity_id if state is None else state.name
    return name.replace("|", "/").replace("\n", " ")


def _row(hass: HomeAssistant, source: SourceView) -> str:
    unit = source.unit or ""
    cells = (
        source.phase.name,
        _name(hass, source),
        _figure(source.value, unit),
        _figure(source.age, "s", decimals=1),
        _figure(source.period, "s", decimals=1),
        _figure(source.resolution, unit),
    )
    return f"| {' | '.join(cells)} |"


def _figure(value: float | None, unit: str, *, decimals: int = 3) -> str:
    if value is None:
        return "–"
    return f"{round(value, decimals):g}{NO_BREAK_SPACE}{unit}".rstrip()
