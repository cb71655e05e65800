"""What the tests of the charger flow share: chargers on a broker, and a browser that fills in forms."""

from types import MappingProxyType
from typing import Final

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigSubentry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.const import SUBENTRY_CHARGER
from evmeter_client import EVMeterConfig
from evmeter_client.simulator import SimulatedCharger, SimulatedChargerSettings
from evmeter_client.simulator.broker import Broker
from evmeter_client.simulator.gateway import ChargerGateway, Fault

from .flows import LIMITS

USERNAME: Final = "house"
PASSWORD: Final = "right"


def gateway(broker: Broker, charger_id: str = "garage", fault: Fault | None = None) -> ChargerGateway:
    """Put a charger on the broker."""
    config = EVMeterConfig(
        host=broker.host, port=broker.port, tls=False, username=USERNAME, password=PASSWORD
    )
    charger = SimulatedCharger(SimulatedChargerSettings(charger_id=charger_id))
    return ChargerGateway(config, charger, fault=fault)


def connection(broker: Broker, **changes: object) -> dict[str, object]:
    """What the user types to reach the charger in the garage."""
    return {
        "host": broker.host,
        "port": broker.port,
        "tls": False,
        "username": USERNAME,
        "password": PASSWORD,
        "charger_id": "garage",
        "dialect": "json",
        **changes,
    }


def stored(broker: Broker, **changes: str) -> dict[str, str]:
    """What is stored of the charger in the garage."""
    return {
        "charger": "evmeter",
        "host": broker.host,
        "port": str(broker.port),
        "tls": "false",
        "username": USERNAME,
        "password": PASSWORD,
        "charger_id": "garage",
        "dialect": "json",
        **LIMITS,
        **changes,
    }


async def start(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> SubentryFlowResult:
    """Start adding a charger of one kind."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER), context={"source": SOURCE_USER}
    )
    assert result["step_id"] == "user"
    return await submit(hass, result, charger=kind)


async def change(hass: HomeAssistant, entry: MockConfigEntry, charger: ConfigSubentry) -> SubentryFlowResult:
    """Start changing a charger."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_CHARGER),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": charger.subentry_id},
    )


async def submit(hass: HomeAssistant, result: SubentryFlowResult, **answers: object) -> SubentryFlowResult:
    """Fill in the form and send it."""
    return await hass.config_entries.subentries.async_configure(result["flow_id"], answers)


def add_charger(
    hass: HomeAssistant, entry: MockConfigEntry, title: str, data: dict[str, str]
) -> ConfigSubentry:
    """Give the site a charger that was added earlier."""
    charger = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type=SUBENTRY_CHARGER,
        title=title,
        unique_id=data.get("charger_id"),
    )
    hass.config_entries.async_add_subentry(entry, charger)
    return charger


def only_charger(entry: MockConfigEntry) -> ConfigSubentry:
    """The charger of a site that has one."""
    (charger,) = entry.subentries.values()
    return charger
