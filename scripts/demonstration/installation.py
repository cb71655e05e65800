"""Set Home Assistant up the way a person does: through the integrations' own dialogues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .home_assistant import DemonstrationError
from .house import CHARGER_ID, FUSE_RATING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .home_assistant import FlowResult, HomeAssistant
    from .house import DemonstrationHouse

    type Answers = Mapping[str, Mapping[str, object]]
    """What to answer at each step of a dialogue."""


async def install(home_assistant: HomeAssistant, house: DemonstrationHouse) -> str:
    """Add the DSMR meter, then this integration with the meter it finds and the simulated charger.

    Returns:
        The id of this integration's config entry.

    Raises:
        DemonstrationError: a dialogue took an unexpected turn; it says which step and why.
    """
    meter = await _add_meter(home_assistant, house.meter.port)
    return await _add_site(home_assistant, house, meter)


async def _add_meter(home_assistant: HomeAssistant, port: int) -> str:
    """Add the DSMR meter and let it pass on every telegram; return its entry's id."""
    answers = {"user": {"port": f"socket://127.0.0.1:{port}", "dsmr_version": "5"}}
    first = await home_assistant.start_flow("dsmr")
    added = await _walk(home_assistant.answer_flow, first, answers)
    await home_assistant.set_options(added.entry_id, {"time_between_update": 0})
    await home_assistant.reload(added.entry_id)
    return added.entry_id


async def _add_site(home_assistant: HomeAssistant, house: DemonstrationHouse, meter: str) -> str:
    """Add the site with its fuse, and straight on the charger; return the site's entry's id."""
    site_answers: Answers = {
        "user": {"mains": meter},
        "enable": {"enable": True},
        "live": {},
        "fuse": {"fuse_rating": f"{FUSE_RATING:g}", "fuse_type": "b", "margin": "0.5", "mode": "balanced"},
    }
    charger_answers: Answers = {
        "user": {"charger": "evmeter"},
        "evmeter": {
            "host": house.broker.host,
            "port": str(house.broker.port),
            "tls": False,
            "charger_id": CHARGER_ID,
            "dialect": "json",
        },
        "limits": {"min_current": "6", "max_current": "16", "wiring": "L1,L2,L3", "fallback_current": "6"},
    }
    site = await _walk(home_assistant.answer_flow, await home_assistant.start_flow("evmeter"), site_answers)
    if not site.next_flow:
        raise DemonstrationError("the site's dialogue did not go on to the first charger")
    first = await home_assistant.show_subentry_flow(site.next_flow)
    await _walk(home_assistant.answer_subentry_flow, first, charger_answers)
    return site.entry_id


async def _walk(
    answer: Callable[[str, Mapping[str, object]], Awaitable[FlowResult]], first: FlowResult, answers: Answers
) -> FlowResult:
    """Answer a dialogue's forms until it is done."""
    result = first
    while result.kind == "form":
        if result.detail:
            raise DemonstrationError(f"the form {result.step!r} was refused: {result.detail}")
        if result.step not in answers:
            raise DemonstrationError(f"the dialogue asks {result.step!r}, which nobody expected")
        result = await answer(result.flow_id, answers[result.step])
    if result.kind != "create_entry":
        raise DemonstrationError(f"the dialogue ended with {result.kind}: {result.detail}")
    return result
