"""What happens at a site: limits that change, overloads, fail-safe; for event entities and the logbook."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .balancing.model import ChargerDecision, Decision, Phase
from .const import DOMAIN
from .devices import site_identifier, subentry_identifier

EVENT_BALANCING: Final = f"{DOMAIN}_event"
"""Type of the events on Home Assistant's bus, from which the logbook makes its lines."""


OVERLOAD_GAP: Final = 60.0
"""An overload is told no more often than this [s]: a house may hover around its rating."""


class EventType(StrEnum):
    """What happened; the values are translation keys."""

    LIMIT_RAISED = "limit_raised"
    LIMIT_LOWERED = "limit_lowered"
    CHARGING_PAUSED = "charging_paused"
    OVERLOAD = "overload"
    FAIL_SAFE_ENTERED = "fail_safe_entered"
    FAIL_SAFE_LEFT = "fail_safe_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancingEvent:
    """One thing that happened.

    Attributes:
        type: what.
        charger_id: of the charger whose limit changed, None = the site.
        charger: its name.
        before: its limit until now [A].
        after: its limit from now on [A].
        reason: code of what binds it.
        phase: the mains phase that binds it, or that is overloaded.
    """

    type: EventType
    charger_id: str | None = None
    charger: str | None = None
    before: float | None = None
    after: float | None = None
    reason: str | None = None
    phase: str | None = None

    @property
    def attributes(self) -> dict[str, str | float]:
        """What is told beside the type; no words, and no ids."""
        named = {
            "charger": self.charger,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
            "phase": self.phase,
        }
        return {key: value for key, value in named.items() if value is not None}


type Listener = Callable[[BalancingEvent], None]


class SiteEvents:
    """Finds out what happened between two decisions, and tells it once.

    Attributes:
        counts: how often each type of event was told.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Tell nobody yet."""
        self._hass = hass
        self._entry = entry
        self._listeners: list[Listener] = []
        self._overload_at = -inf
        self.counts: Counter[EventType] = Counter()

    @callback
    def async_listen(self, listener: Listener) -> CALLBACK_TYPE:
        """Tell a listener from now on; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def see(self, before: Decision, now: Decision) -> bool:
        """Tell what happened between two decisions; return whether a charger was told another limit."""
        happened = [*self._limits(before, now), *self._site_events(before, now)]
        for event in happened:
            self.counts[event.type] += 1
            self._hass.bus.async_fire(EVENT_BALANCING, self._data(event))
            for listener in tuple(self._listeners):
                listener(event)
        return any(event.charger_id is not None for event in happened)

    def _limits(self, before: Decision, now: Decision) -> Iterator[BalancingEvent]:
        """Yield the limits that chargers are told; one that was only found out is no change."""
        for old, new in zip(before.chargers, now.chargers, strict=True):
            if new.write and new.current != old.current:
                yield self._limit_event(old, new)

    def _site_events(self, before: Decision, now: Decision) -> Iterator[BalancingEvent]:
        if now.overload and not before.overload and now.now - self._overload_at >= OVERLOAD_GAP:
            self._overload_at = now.now
            yield BalancingEvent(type=EventType.OVERLOAD, phase=_fullest_phase(now))
        if now.fail_safe is not before.fail_safe:
            entered = EventType.FAIL_SAFE_ENTERED
            yield BalancingEvent(type=entered if now.fail_safe else EventType.FAIL_SAFE_LEFT)

    def _limit_event(self, old: ChargerDecision, new: ChargerDecision) -> BalancingEvent:
        subentry = self._entry.subentries.get(new.id)
        kind = EventType.LIMIT_RAISED if new.current > old.current else EventType.LIMIT_LOWERED
        return BalancingEvent(
            type=EventType.CHARGING_PAUSED if new.current == 0 else kind,
            charger_id=new.id,
            charger=new.id if subentry is None else subentry.title,
            before=old.current,
            after=new.current,
            reason=new.reason.code,
            phase=None if new.reason.phase is None else new.reason.phase.name,
        )

    def _data(self, event: BalancingEvent) -> dict[str, str | float]:
        """Return what goes on the bus: with the device, so that its page shows the event."""
        entry_id = self._entry.entry_id
        identifier = (
            site_identifier(entry_id)
            if event.charger_id is None
            else subentry_identifier(entry_id, event.charger_id)
        )
        device = dr.async_get(self._hass).async_get_device_by_identifier(identifier, entry_id)
        shown_at = {} if device is None else {"device_id": device.id}
        return {"type": event.type, "site": self._entry.title, **shown_at, **event.attributes}


def _fullest_phase(decision: Decision) -> str | None:
    """Return the name of the phase with the least room."""
    room = [
        (view.headroom, phase.name)
        for phase, view in zip(Phase, decision.phases, strict=False)
        if view.headroom is not None
    ]
    return min(room)[1] if room else None
