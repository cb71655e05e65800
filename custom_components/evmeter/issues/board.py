"""Repair issues that come by themselves when something is wrong for a while, and go when it is not."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN

type IssueData = dict[str, str | int | float | None]
"""What a fix flow needs to know, as the issue registry stores it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something the user can put right.

    Attributes:
        key: translation key.
        subject: what it is about, unique within the key: a subentry id, an entity id.
        placeholders: for the text.
        grace: it must last this long before the user is told [s].
        fixable: there is a fix flow for this key.
        data: what the fix flow needs to know.
    """

    key: str
    subject: str
    placeholders: dict[str, str] = field(hash=False, compare=False)
    grace: float = 0.0
    fixable: bool = False
    data: dict[str, str | int | float | None] | None = field(default=None, hash=False, compare=False)

    @property
    def id(self) -> str:
        """Id in the issue registry."""
        return f"{self.key}_{self.subject}"


class IssueBoard:
    """Keeps the issue registry in step with what is wrong now."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing wrong."""
        self._hass = hass
        self._since: dict[str, float] = {}
        self._shown: set[str] = set()

    @callback
    def show(self, issues: Iterable[Issue], now: float) -> None:
        """Show what is wrong, once it has lasted its grace, and take back what is not wrong any more.

        Args:
            issues: everything that is wrong now.
            now: on any clock that does not run backwards [s].
        """
        wrong = {issue.id: issue for issue in issues}
        for ended in [issue_id for issue_id in self._shown if self._registered(issue_id) is None]:
            # A fix flow has ended it. If that was no help, it comes again, after its grace.
            self._shown.discard(ended)
            self._since.pop(ended, None)
        for gone in self._since.keys() - wrong.keys():
            del self._since[gone]
            self._take_back(gone)
        for issue_id, issue in wrong.items():
            since = self._since.setdefault(issue_id, now)
            if issue_id not in self._shown and now - since >= issue.grace:
                self._shown.add(issue_id)
                ir.async_create_issue(
                    self._hass,
                    DOMAIN,
                    issue_id,
                    is_fixable=issue.fixable,
                    data=issue.data,
                    severity=ir.IssueSeverity.WARNING,
                    translation_key=issue.key,
                    translation_placeholders=issue.placeholders,
                )

    @callback
    def clear(self) -> None:
        """Take everything back, but for what the user ignores: a deleted issue would be news again."""
        self._shown = {issue_id for issue_id in self._shown if not self._is_ignored(issue_id)}
        self.show((), 0.0)

    @property
    def shown(self) -> frozenset[str]:
        """The ids of the issues that are shown now."""
        return frozenset(self._shown)

    def _take_back(self, issue_id: str) -> None:
        if issue_id in self._shown:
            self._shown.discard(issue_id)
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def _registered(self, issue_id: str) -> ir.IssueEntry | None:
        return ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)

    def _is_ignored(self, issue_id: str) -> bool:
        issue = self._registered(issue_id)
        return issue is not None and issue.dismissed_version is not None
