"""Set Home Assistant up the way a person does: through the integrations' own dialogues."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .home_assistant import DemonstrationError
from .house import CHARGER_ID, FUSE_RATING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .home_assistant import Dialogue, FlowResult, HomeAssistant
    from .house import DemonstrationHouse

    type Answers = Mapping[str, Mapping[str, object]]
    """What to answer at each step of a dialogue."""


METER_ENTITY = "sensor.electricity_meter_power_consumption"
RELOAD_TIME = 2.0
"""New options reload the meter's integration; for this long its entities may still be the old ones [s]."""


async def install(home_assistant: HomeAssistant, house: DemonstrationHouse) -> str:
    """Add the DSMR meter, then this integration with the meter it finds and the simulated charger.

    Returns:
        The id of this integration's config entry.

    Raises:
        DemonstrationError: a dialogue took an unexpected turn; it says which step and why.
    """
    meter = await add_meter(home_assistant, house.meter.port)
    return await _add_site(home_assistant, house, meter)


async def add_meter(home_assistant: HomeAssistant, port: int) -> str:
    """Add the DSMR meter and let it pass on every telegram; return its entry's id."""
    answers = {"user": {"port": f"socket://127.0.0.1:{port}", "dsmr_version": "5"}}
    dialogue = home_assistant.entries
    added = await _walk(dialogue, await dialogue.start("dsmr"), answers)
    # Its entities come with its first telegram, 30 s later; a change of its options before that doubles them.
    await home_assistant.wait_for_states(METER_ENTITY)
    await home_assistant.set_options(added.entry_id, {"time_between_update": 0})
    await asyncio.sleep(RELOAD_TIME)
    await home_assistant.wait_for_states(METER_ENTITY)
    return added.entry_id


async def _add_site(home_assistant: HomeAssistant, house: DemonstrationHouse, meter: str) -> str:
    """Add the site with its fuse, and straight on the charger; return the site's entry's id."""
    site_answers: Answers = {
        "user": {"mains": meter},
        "enable": {"enable": True},
        "live": {},
        "fuse": {
            "phases": "3",
            "fuse_l1": f"{FUSE_RATING:g}",
            "fuse_type": "b",
            "margin": "0.5",
            "voltage": "230",
        },
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
        "limits": {
            "min_current": "6",
            "max_current": "16",
            "wiring": "L1,L2,L3",
            "priority": "1",
            "fallback_current": "6",
        },
    }
    dialogue = home_assistant.entries
    site = await _walk(dialogue, await dialogue.start("evmeter"), site_answers)
    if not site.next_flow:
        raise DemonstrationError("the site's dialogue did not go on to the first charger")
    dialogue = home_assistant.subentries
    await _walk(dialogue, await dialogue.show(site.next_flow), charger_answers)
    return site.entry_id


async def _walk(dialogue: Dialogue, first: FlowResult, answers: Answers) -> FlowResult:
    """Answer a dialogue's forms until it is done."""
    result = first
    while result.kind in ("form", "progress"):
        if result.kind == "progress":
            await asyncio.sleep(1)
            result = await dialogue.show(result.flow_id)
            continue
        if result.detail:
            raise DemonstrationError(f"the form {result.step!r} was refused: {result.detail}")
        if result.step not in answers:
            raise DemonstrationError(f"the dialogue asks {result.step!r}, which nobody expected")
        result = await dialogue.answer(result.flow_id, answers[result.step])
    if result.kind != "create_entry":
        raise DemonstrationError(f"the dialogue ended with {result.kind}: {result.detail}")
    return result
