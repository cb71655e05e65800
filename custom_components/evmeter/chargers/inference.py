"""What a charger does, from the little that is told about it."""

from collections.abc import Sequence

from ..balancing.model import ChargerState
from .evmeter_reading import DRAWING


def draws_at_terminals(currents: Sequence[float | None], wired: int) -> tuple[float, ...] | None:
    """Return what the car draws per wired terminal [A]; None = it is not known for each of them.

    A terminal of which nobody tells is taken for the one that draws most.

    Args:
        currents: as told, for the first terminals, with or without a sign [A]; None = not known now.
        wired: number of wired terminals.
    """
    known = [abs(current) for current in currents if current is not None]
    if not known or len(known) < len(currents):
        return None
    return tuple((known + [max(known)] * wired)[:wired])


def state_of(
    told: ChargerState | None,
    draws: tuple[float, ...] | None,
    limit: float | None,
    *,
    unplugged: bool = False,
) -> ChargerState:
    """Return what the charger does.

    Args:
        told: what it says it does, None = nothing.
        draws: what the car draws per wired terminal [A], None = not known.
        limit: in force [A], None = not known.
        unplugged: something else says that no car is there.
    """
    if told in (ChargerState.FAULT, ChargerState.UNAVAILABLE):
        return told
    if draws is not None and max(draws) > DRAWING:
        return ChargerState.CHARGING
    if unplugged:
        return ChargerState.DISCONNECTED
    if limit == 0 and told in (None, ChargerState.READY):
        return ChargerState.PAUSED
    if told is None:
        # Nobody says what the charger does: without a sensor of its draw, a car may be charging.
        return ChargerState.CHARGING if draws is None else ChargerState.READY
    return told
