"""From what an EV-Meter charger tells to what Home Assistant and the balancer take."""

from hypothesis import given, strategies as st

from custom_components.evmeter.chargers.evmeter_reading import storable
from evmeter_client import ChargerMetrics, ChargerReading, ChargerStatus


def told(wifi_network: str) -> ChargerReading:
    """What a charger on this network tells."""
    status = ChargerStatus(charger_id="CHARGER1", wifi_network=wifi_network, kubis_version=wifi_network)
    return ChargerReading(status=status, metrics=ChargerMetrics(charger_id="CHARGER1"))


@given(st.text(st.characters(), max_size=300))
def test_any_text_becomes_one_that_can_be_stored(text: str) -> None:
    """Whatever a network is called, its name can be encoded and fits into a state."""
    status = storable(told(text)).status
    for stored in (status.wifi_network, status.kubis_version):
        stored.encode("utf-8")
        assert len(stored) <= 255


def test_text_that_can_be_stored_stays() -> None:
    """A usual name is not changed; bytes that are no text are replaced one by one."""
    assert storable(told("Depot_1 ö 家")).status.wifi_network == "Depot_1 ö 家"
    not_text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert storable(told(not_text)).status.wifi_network == "caf?"
