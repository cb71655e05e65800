"""Repair issues that come by themselves when something is wrong for a while, and go when it is not."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something the user can put right.

    Attributes:
        key: translation key.
        subject: what it is about, unique within the key: a subentry id, an entity id.
        placeholders: for the text.
        grace: it must last this long before the user is told [s].
        fixable: there is a flow that puts it right.
        data: for that flow.
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
                    data=issue.data,
                    is_fixable=issue.fixable,
                    severity=ir.IssueSeverity.WARNING,
                    translation_key=issue.key,
                    translation_placeholders=issue.placeholders,
                )

    @callback
    def clear(self) -> None:
        """Take everything back."""
        self.show((), 0.0)

    def _take_back(self, issue_id: str) -> None:
        if issue_id in self._shown:
            self._shown.discard(issue_id)
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
