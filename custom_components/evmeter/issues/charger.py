"""What can be wrong with a charger, and what its user can do about it."""

from collections.abc import Iterator
from typing import Final

from homeassistant.core import HomeAssistant

from ..chargers import Charger, ChargerProblem
from .board import Issue, IssueData
from .entity_names import config_entries_of, disabled_entities, missing_entities

PROBLEM_GRACE: Final = {
    ChargerProblem.UNREACHABLE: 60.0,
    ChargerProblem.SILENT: 60.0,
    ChargerProblem.UNKNOWN_CHARGER: 20.0,
    ChargerProblem.PROTOCOL: 20.0,
    ChargerProblem.UNAVAILABLE: 120.0,
    ChargerProblem.ENTITY_MISSING: 60.0,
    ChargerProblem.ENTITY_DISABLED: 60.0,
    ChargerProblem.OWN_BALANCING: 60.0,
}
"""How long a problem must last before the user is told [s]: short ones mend themselves.

Credentials that are refused are asked for anew at once instead.
"""

NOT_OBEYING_GRACE: Final = 60.0
"""How long a charger must not obey before the user is told [s]."""

RIVAL_GRACE: Final = 30.0
"""How long another controller must be set up before the user is told [s]: it may just be moved."""

FIXABLE: Final = frozenset(
    {
        ChargerProblem.UNREACHABLE,
        ChargerProblem.UNKNOWN_CHARGER,
        ChargerProblem.PROTOCOL,
        ChargerProblem.UNAVAILABLE,
        ChargerProblem.ENTITY_MISSING,
        ChargerProblem.ENTITY_DISABLED,
        ChargerProblem.OWN_BALANCING,
    }
)
"""Where there is something to do in Home Assistant; a silent charger needs power and a network."""


def problem_issue(hass: HomeAssistant, charger: Charger, name: str) -> Issue:
    """Return the issue of a charger that has a problem."""
    problem = charger.problem
    data: IssueData = {"charger": charger.settings.id, **charger.problem_placeholders}
    placeholders = {"charger": name, **charger.problem_placeholders}
    if problem is ChargerProblem.ENTITY_DISABLED:
        names = disabled_entities(hass, charger.entities)
        data["entities"] = ",".join(names)
        placeholders["entities"] = ", ".join(names)
    elif problem is ChargerProblem.ENTITY_MISSING:
        placeholders["entities"] = ", ".join(missing_entities(hass, charger.entities))
    elif problem is ChargerProblem.UNAVAILABLE:
        data["reload"] = ",".join(config_entries_of(hass, charger.entities[:1]))
    return Issue(
        key=f"charger_{problem}",
        subject=charger.settings.id,
        placeholders=placeholders,
        grace=PROBLEM_GRACE[problem],
        fixable=problem in FIXABLE,
        data=data,
    )


def not_obeying_issue(charger_id: str, name: str) -> Issue:
    """Return the issue of a charger that draws more than it was allowed."""
    return Issue(
        key="charger_not_obeying",
        subject=charger_id,
        placeholders={"charger": name},
        grace=NOT_OBEYING_GRACE,
        fixable=True,
        data={"charger": charger_id},
    )


def rival_issues(
    charger_id: str,
    name: str,
    *,
    configured: tuple[str, ...],
    values: tuple[float, ...],
    suspects: tuple[str, ...],
) -> Iterator[Issue]:
    """Yield the issue of a charger that somebody else controls too.

    Args:
        charger_id: id of its subentry.
        name: as the user calls it.
        configured: names of who is set up to control it.
        values: limits that somebody else was seen to write [A]; empty = nobody was.
        suspects: names of who may have written them.
    """
    rivals = configured or (suspects if values else ())
    if not rivals and not values:
        return
    placeholders = {"charger": name}
    if rivals:
        placeholders["rivals"] = ", ".join(rivals)
    else:
        placeholders["values"] = ", ".join(f"{value:g}" for value in values)
    yield Issue(
        key="two_controllers_known" if rivals else "two_controllers",
        subject=charger_id,
        placeholders=placeholders,
        grace=0.0 if values else RIVAL_GRACE,
        fixable=True,
        data={"charger": charger_id},
    )
