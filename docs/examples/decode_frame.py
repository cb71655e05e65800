"""Decode a frame captured from a charger that speaks the vendor's binary dialect: no broker, no network."""

from evmeter_client.dialects.working_info import decode_working_info

CAPTURED = """
    62000301741203000600362e31332e3301070200ae0318001300000000000000e6
    25000069b71400011931000000000007004465706f745f310101240ac400000100
    00ffffffffffffffff0100000019000000000000000000c5000000000000000000
    00
"""


def main() -> None:
    info = decode_working_info(bytes.fromhex(CAPTURED))
    status, metrics = info.reading.status, info.reading.metrics
    print(f"{status.charger_id}, version {status.kubis_version}: {status.ev_status}")
    print(f"{metrics.voltages[0]} V on L1, {metrics.total_energy_wh / 1000:.0f} kWh since manufacture")


if __name__ == "__main__":
    main()
