"""Diagnostics: everything that explains what the balancing did, without anything secret."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_TOKEN, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .balancing.model import Decision
from .const import CONF_CHARGER_ID, CONF_PAUSE, CONF_SET_LIMIT, CONF_USER_ID
from .coordinator import EVMeterConfigEntry
from .snapshot import ChargerView

TO_REDACT: Final = {
    CONF_CHARGER_ID,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PAUSE,
    CONF_SET_LIMIT,
    CONF_TOKEN,
    CONF_USER_ID,
    CONF_USERNAME,
    "evse",
    "name",
    "peer_serial_number",
    "serial_number",
    "title",
    "unique_id",
    "wifi_network",
}


async def async_get_config_entry_diagnostics(
    _hass: HomeAssistant, entry: EVMeterConfigEntry
) -> Mapping[str, object]:
    """Return the diagnostics of a site."""
    coordinator = entry.runtime_data
    snapshot = coordinator.data
    statistics = {
        charger_id: managed.charger.statistics for charger_id, managed in coordinator.chargers.items()
    }
    return async_redact_data(
        {
            "settings": dict(entry.data),
            "options": dict(entry.options),
            "chargers": {subentry.subentry_id: dict(subentry.data) for subentry in entry.subentries.values()},
            "sources": [asdict(source) for source in coordinator.mains.sources],
            "snapshot": {
                "enabled": snapshot.enabled,
                "state": snapshot.state,
                "mains": asdict(snapshot.mains),
                "limit_changed_at": snapshot.limit_changed_at,
                "writes_today": snapshot.writes_today,
                "decision_time_ms": snapshot.decision_time,
                "chargers": {charger_id: _charger(view) for charger_id, view in snapshot.chargers.items()},
            },
            "connections": {
                charger_id: None if counters is None else asdict(counters)
                for charger_id, counters in statistics.items()
            },
            "issues": sorted(coordinator.issues.shown),
            "events": dict(coordinator.events.counts),
            "decisions": [_compact(decision) for decision in coordinator.history],
        },
        TO_REDACT,
    )


def _charger(view: ChargerView) -> dict[str, object]:
    return {
        "device": asdict(view.device),
        "can_limit": view.can_limit,
        "mode": view.mode,
        "maximum_current": view.maximum_current,
        "problem": view.problem,
        "write_failures": view.write_failures,
        "settings": asdict(view.settings),
        "reading": asdict(view.reading),
        "details": None if view.details is None else asdict(view.details),
    }


def _compact(decision: Decision) -> dict[str, object]:
    """Return a decision in few words: 200 of them must fit in a report."""
    return {
        "now": round(decision.now, 2),
        "state": decision.state,
        "overload": decision.overload,
        "fail_safe": decision.fail_safe,
        "mains": [phase.mains for phase in decision.phases],
        "background": [phase.background for phase in decision.phases],
        "load": [round(phase.load, 3) for phase in decision.phases],
        "limits": {charger.id: charger.current for charger in decision.chargers},
        "reasons": {charger.id: charger.reason.code for charger in decision.chargers},
        "writes": [charger.id for charger in decision.chargers if charger.write],
    }
