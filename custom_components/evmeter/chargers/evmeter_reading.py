"""From what an EV-Meter charger tells to what the balancer needs."""

from dataclasses import replace
from typing import Final

from homeassistant.const import MAX_LENGTH_STATE_STATE

from evmeter_client.models import ChargerReading as ChargerDetails, EvStatus

from ..balancing.model import ChargerReading, ChargerSettings, ChargerState

DRAWING: Final = 0.5
"""A car that takes more than this is charging [A]."""


def storable(details: ChargerDetails) -> ChargerDetails:
    """Return a reading whose texts Home Assistant can store.

    A network may be called anything, in bytes that are no text, and a charger may send any text: what is not
    Unicode is replaced, and what is longer than a state may be is cut off.
    """
    status = replace(
        details.status,
        wifi_network=_storable(details.status.wifi_network),
        kubis_version=_storable(details.status.kubis_version),
    )
    return replace(details, status=status)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:MAX_LENGTH_STATE_STATE]


def to_balancing(
    details: ChargerDetails, settings: ChargerSettings, phase_count: int, measured_at: float
) -> ChargerReading:
    """Return a charger's reading per mains phase.

    Args:
        details: as told, per charger terminal.
        settings: with the wiring from terminals to mains phases.
        phase_count: of the site.
        measured_at: when it was told [s].
    """
    terminals = len(settings.wiring)
    limit = None if details.limits is None else min(details.limits[:terminals])
    return ChargerReading(
        id=settings.id,
        state=_state(details, limit),
        current=settings.to_mains(details.metrics.currents, phase_count),
        measured_at=measured_at,
        limit=limit,
    )


def _state(details: ChargerDetails, limit: float | None) -> ChargerState:
    if details.status.ev_status is EvStatus.ERROR_STATE:
        return ChargerState.FAULT
    if max(details.metrics.currents) > DRAWING:
        return ChargerState.CHARGING
    if details.status.ev_status is EvStatus.NOT_CONNECTED:
        return ChargerState.DISCONNECTED
    return ChargerState.PAUSED if limit == 0 else ChargerState.READY
