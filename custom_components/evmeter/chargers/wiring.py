"""From limits per mains phase to limits per charger terminal."""

from evmeter_client.models import PerPhase

from ..balancing.model import Amps, ChargerSettings


def at_terminals(limit: Amps, settings: ChargerSettings) -> PerPhase:
    """Return the limit for the charger's terminals L1, L2, L3 [A].

    A terminal that is not wired carries nothing; it gets the limit of the first one, because a 0 on any
    terminal pauses a charger that believes it has three phases.
    """
    wired = settings.to_terminals(limit)
    first, second, third = (*wired, wired[0], wired[0])[:3]
    return (first, second, third)
