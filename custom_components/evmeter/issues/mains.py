"""What can be wrong with a site's meter, and what its user can do about it."""

from collections.abc import Iterable, Iterator
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..balancing.model import Decision
from ..mains import Mains, SourceProblem, SourceView, find_meters
from ..settings import EntityMainsSettings, SiteConfig
from .board import Issue, IssueData
from .entity_names import config_entries_of, entity_name

SLOW_METER: Final = 15.0
"""A meter that reports less often than this sees an overload too late [s]."""

METER_GRACE: Final = 60.0
"""How long a meter must be silent before the user is told [s]."""

COARSE_METER: Final = 0.5
"""From this resolution on the user should know what it costs [A]."""

COARSE_GRACE: Final = 900.0
"""A resolution is learned from the values: until they have moved, it is assumed to be coarse [s]."""

SOURCE_PROBLEMS: Final = (SourceProblem.MISSING, SourceProblem.DISABLED, SourceProblem.WRONG_UNIT)
"""What no source mends by itself."""


def mains_issues(
    hass: HomeAssistant, entry: ConfigEntry, config: SiteConfig, mains: Mains, decision: Decision | None
) -> Iterator[Issue]:
    """Yield what is wrong with the meter of a site.

    Args:
        hass: the running Home Assistant.
        entry: the site's config entry.
        config: the site.
        mains: its meter.
        decision: what the balancer made of it, None before the first step.
    """
    sources = mains.sources
    for source in sources:
        if source.problem in SOURCE_PROBLEMS:
            yield _source_issue(hass, entry, source)
    placeholders = {"site": entry.title}
    data: IssueData = {"site": entry.entry_id}
    if decision is not None and any(phase.stale for phase in decision.phases):
        integrations = config_entries_of(hass, _broken(sources))
        yield Issue(
            key="meter_silent",
            subject=entry.entry_id,
            placeholders=placeholders,
            grace=METER_GRACE,
            fixable=True,
            data=data | {"reload": ",".join(integrations)},
        )
        return
    if mains.reading.period > SLOW_METER:
        option_of = _slowed_by(hass, config)
        yield Issue(
            key="meter_slow" if option_of is None else "meter_slow_option",
            subject=entry.entry_id,
            placeholders=placeholders | {"period": f"{mains.reading.period:.0f}"},
            grace=METER_GRACE,
            fixable=True,
            data=data if option_of is None else {"meter": option_of},
        )
    resolution = mains.reading.resolution
    if resolution >= COARSE_METER and any(current is not None for current in mains.reading.current):
        yield Issue(
            key="meter_coarse",
            subject=entry.entry_id,
            placeholders=placeholders
            | {"resolution": f"{resolution:.2g}", "precaution": f"{resolution / 2:.2g}"},
            grace=COARSE_GRACE,
            fixable=True,
            data=data,
        )


def _source_issue(hass: HomeAssistant, entry: ConfigEntry, source: SourceView) -> Issue:
    disabled = source.problem is SourceProblem.DISABLED
    data: IssueData = {"entities": source.entity_id} if disabled else {"site": entry.entry_id}
    return Issue(
        key=f"source_{source.problem}",
        subject=source.entity_id,
        placeholders={"entity": entity_name(hass, source.entity_id), "phase": source.phase.name},
        grace=METER_GRACE,
        fixable=True,
        data=data,
    )


def _broken(sources: Iterable[SourceView]) -> tuple[str, ...]:
    """Return the entities that may have stopped to report: those without a value, or else all."""
    named = [source for source in sources if source.entity_id]
    silent = [source.entity_id for source in named if source.problem is not SourceProblem.OK]
    return tuple(silent) or tuple(source.entity_id for source in named)


def _slowed_by(hass: HomeAssistant, config: SiteConfig) -> str | None:
    """Return the id of the meter's config entry if an option there slows it down."""
    if not isinstance(config.mains, EntityMainsSettings) or config.mains.meter is None:
        return None
    for meter in find_meters(hass):
        if meter.phases == config.mains.phases and meter.too_slow is not None:
            return meter.entry_id
    return None
