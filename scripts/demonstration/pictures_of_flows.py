"""Every dialogue, walked through by a visitor in a real browser, with a picture of each of its steps."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING, Final

from playwright.async_api import Error as PlaywrightError

from evmeter_client.simulator.broker import BrokerSettings, running_broker
from evmeter_client.simulator.car import Car, CarSettings

from .browser import logged_in_page
from .house import CHARGER_ID, FUSE_RATING
from .installation import add_meter
from .visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from .home_assistant import HomeAssistant
    from .house import DemonstrationHouse

    type Chapter = Callable[[Visitor, DemonstrationHouse], Awaitable[None]]

ADD_SITE: Final = "/config/integrations/dashboard/add?domain=evmeter"
INTEGRATION: Final = "/config/integrations/integration/evmeter"
CIRCUIT: Final = "Garage"
WIDTH, HEIGHT = 1000, 2500
"""Of the window [px]: high enough for the longest form and the longest device page."""
RESTART: Final = 120.0
"""An integration restarts half a minute after its entities were enabled [s]."""
DETECTION: Final = 660.0
"""A detection takes ten minutes at most [s]."""
NOTICED: Final = 150.0
"""A silent meter is told after a minute and a half [s]."""
CHARGING: Final = 15.0


async def take_pictures_of_flows(
    home_assistant: HomeAssistant, house: DemonstrationHouse, folder: Path
) -> list[str]:
    """Set the house up by hand, look into every dialogue and page, and put a picture of each in a folder.

    Returns:
        What was wrong: steps that were not reached, errors of the browser, texts that are no texts.
    """
    await add_meter(home_assistant, house.meter.port)
    failures = []
    async with logged_in_page(home_assistant, width=WIDTH, height=HEIGHT) as page:
        visitor = Visitor(page, home_assistant, folder)
        for chapter in CHAPTERS:
            print(f"  {chapter.__name__.strip('_').replace('_', ' ')}", flush=True)
            try:
                await chapter(visitor, house)
            except PlaywrightError as error:
                failures.append(f"{chapter.__name__}: {error.message.splitlines()[0]}")
        return failures + visitor.complaints


async def _other_sources(visitor: Visitor, _house: DemonstrationHouse) -> None:
    """Look at the sources that the demonstration does not use."""
    for name, choice, landmark in (
        ("entities", "Pick the entities myself", "Pick the entities of your meter"),
        ("template", "Templates", "Templates for the mains currents"),
        ("simulated", "Simulated house", "A whole number. The same seed gives the same house again."),
        ("clamps-fuse", "EV-Meter charger with clamps around the mains", "The main fuse"),
    ):
        await _begin_site(visitor)
        await visitor.choose(choice)
        await visitor.submit()
        await visitor.see(landmark)
        await visitor.look(f"site-{name}")
        if name in ("entities", "template"):
            await visitor.submit()
            await visitor.see_error()
            await visitor.look(f"site-{name}-error")
        await visitor.close()


async def _new_site(visitor: Visitor, _house: DemonstrationHouse) -> None:
    await _begin_site(visitor)
    await visitor.look("site-source")
    await visitor.submit()
    await visitor.see("Switch on the entities per phase")
    await visitor.look("site-enable")
    await visitor.submit()
    await visitor.look("site-restart")
    await visitor.see("Is this your house?", timeout=RESTART)
    await visitor.look("site-live")
    await visitor.submit()
    await visitor.see("The main fuse")
    await visitor.look("site-fuse")
    await visitor.fill({"Fuse rating L1": "0", "Safety margin": "99"})
    await visitor.submit()
    await visitor.see_error()
    await visitor.look("site-fuse-error")
    await visitor.fill({"Fuse rating L1": f"{FUSE_RATING:g}", "Safety margin": "0.5"})
    await visitor.submit()


async def _first_charger(visitor: Visitor, house: DemonstrationHouse) -> None:
    await visitor.see("Which charger?")
    await visitor.look("charger-list")
    await visitor.choose("EV-Meter over MQTT")
    await visitor.submit()
    await visitor.see("Host name or address of the MQTT broker.")
    await visitor.look("charger-connection")
    await visitor.fill({"Broker": house.broker.host, "Port": "9", "Charger ID": CHARGER_ID})
    await visitor.tick("Encrypted connection")
    await visitor.submit()
    await visitor.see_error()
    await visitor.look("charger-connection-error")
    await visitor.fill({"Port": str(house.broker.port)})
    await visitor.submit()
    await visitor.see("Limits and wiring")
    await visitor.look("charger-limits")
    await visitor.submit()
    await visitor.see(f"Created configuration for EV-Meter {CHARGER_ID}.")
    await visitor.look("charger-done")
    await visitor.click("Finish")


async def _circuit(visitor: Visitor, _house: DemonstrationHouse) -> None:
    await visitor.go(INTEGRATION)
    await visitor.click("Add circuit")
    await visitor.see("A circuit below the mains")
    await visitor.look("circuit")
    await visitor.fill({"Name": CIRCUIT, "Fuse rating L1": "2"})
    await visitor.submit()
    await visitor.see_error()
    await visitor.look("circuit-error")
    await visitor.fill({"Fuse rating L1": "20"})
    await visitor.submit()
    await visitor.see(f"Created configuration for {CIRCUIT}.")
    await visitor.click("Finish")
    await visitor.go(INTEGRATION)
    await visitor.tick("Change circuit")
    await visitor.see("A circuit below the mains")
    await visitor.look("circuit-change")
    await visitor.close()


async def _other_chargers(visitor: Visitor, _house: DemonstrationHouse) -> None:
    """Look at the chargers that the demonstration does not use."""
    for name, choice, landmark in (
        ("entities", "Pick the entities myself", "Pick the entities of your charger"),
        ("simulated", "Simulated charger", "What the car takes at most per phase. Between 6 and 80 A."),
    ):
        await visitor.go(INTEGRATION)
        await visitor.click("Add charger")
        await visitor.see("Which charger?")
        await visitor.choose(choice)
        await visitor.submit()
        await visitor.see(landmark)
        await visitor.look(f"charger-{name}")
        await visitor.close()


async def _options_and_changes(visitor: Visitor, _house: DemonstrationHouse) -> None:
    await visitor.go(INTEGRATION)
    await visitor.tick("Configure")
    await visitor.see("Tuning")
    await visitor.look("options")
    await visitor.fill({"Use of the rating": "20"})
    await visitor.submit()
    await visitor.see_error()
    await visitor.look("options-error")
    await visitor.close()
    await visitor.open_menu()
    await visitor.choose("Reconfigure")
    await visitor.see("Where do the mains currents come from?")
    await visitor.look("site-change")
    await visitor.close()


async def _detection(visitor: Visitor, house: DemonstrationHouse) -> None:
    """Let the wiring be found: a car on one phase tells which, one on three loads all of them alike."""
    house.charger.plug(Car(CarSettings(phases=1)))
    while max(house.now.car) < CHARGING:
        await asyncio.sleep(1)
    await visitor.go(INTEGRATION)
    await visitor.tick("Change charger")
    await visitor.see("EV-Meter charger")
    await visitor.look("charger-change")
    await visitor.submit()
    await visitor.see("Find the wiring for me")
    await visitor.look("charger-change-limits")
    await visitor.tick("Find the wiring for me")
    await visitor.submit()
    await asyncio.sleep(CHARGING)
    await visitor.look("charger-detect")
    await visitor.see("This is how it is wired", timeout=DETECTION)
    await visitor.look("charger-wiring")
    await visitor.submit()
    await visitor.see("Close")
    await visitor.look("charger-change-done")
    await visitor.close()


async def _pages(visitor: Visitor, _house: DemonstrationHouse) -> None:
    for name, device in (("site", "Demo house"), ("charger", f"EV-Meter {CHARGER_ID}")):
        await visitor.go(INTEGRATION)
        await visitor.see(CIRCUIT)
        if name == "site":
            await visitor.look("integration", whole_page=True)
        await visitor.page.get_by_role("button", name=re.compile(f"{device} .*entities")).click()
        await visitor.see("Diagnostic")
        await visitor.look(f"{name}-device", whole_page=True)
    device_id = visitor.page.url.rsplit("/", 1)[-1]
    await visitor.go(f"/logbook?device_id={device_id}")
    await visitor.see("Charging state")
    await visitor.look("logbook", whole_page=True)


async def _repair(visitor: Visitor, house: DemonstrationHouse) -> None:
    """Let the meter fall silent until it is told, and follow the way out."""
    house.meter.silent = True
    title = "The meter of Demo house is silent"
    try:
        await visitor.go("/config/repairs")
        await visitor.see(title, timeout=NOTICED)
        await visitor.look("repairs", whole_page=True)
        await visitor.choose(title)
        await visitor.see("Change the settings of the site")
        await visitor.look("repair")
        await visitor.choose("Change the settings of the site")
        await visitor.see("Where do the mains currents come from?")
        await visitor.look("repair-goes-on")
        await visitor.close()
    finally:
        house.meter.silent = False


async def _other_credentials(visitor: Visitor, house: DemonstrationHouse) -> None:
    """Put a broker that asks for a password in the place of the first: the end of this house."""
    await house.broker.stop()
    settings = BrokerSettings(port=house.broker.port, username="demo", password=secrets.token_urlsafe())
    async with running_broker(settings):
        await visitor.go(INTEGRATION)
        await visitor.see("Needs attention", timeout=RESTART)
        await visitor.look("reauth-integration", whole_page=True)
        await visitor.click("Reconfigure")
        await visitor.see("The broker refuses the credentials")
        await visitor.look("reauth")
        await visitor.fill({"User name": "demo", "Password": "wrong"})
        await visitor.submit()
        await visitor.see_error()
        await visitor.look("reauth-error")
        await visitor.close()


async def _begin_site(visitor: Visitor) -> None:
    await visitor.go(ADD_SITE)
    await visitor.click("OK")
    await visitor.see("Where do the mains currents come from?")


CHAPTERS: Final[tuple[Chapter, ...]] = (
    _other_sources,
    _new_site,
    _first_charger,
    _circuit,
    _other_chargers,
    _options_and_changes,
    _detection,
    _pages,
    _repair,
    _other_credentials,
)
