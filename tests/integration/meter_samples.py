"""Known meters as Home Assistant's integrations write them into the registries: one sample per row.

Unique ids, translation keys and names are spelled out here as the integrations build them, not derived from
the table that is tested with them.
"""

from dataclasses import dataclass, replace
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

QUANTITIES: Final = ("current", "power", "power_export", "voltage")


@dataclass(frozen=True, slots=True)
class Sensor:
    """An entity of a meter.

    Attributes:
        unique_id: as registered; ``{}`` stands for the name of a phase, ``{code}`` for its code.
        key: its translation key, with the name of the phase likewise; None = it has none.
        name: its original name, likewise; None = none that matters.
        enabled: without the user's doing.
    """

    unique_id: str
    key: str | None = None
    name: str | None = None
    enabled: bool = True

    def of(self, phase: str, code: str) -> Sensor:
        """Return the same of one phase."""
        key, name = (None if text is None else text.format(phase) for text in (self.key, self.name))
        return replace(self, unique_id=self.unique_id.format(phase, code=code), key=key, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A meter.

    Attributes:
        integration: domain of its integration.
        current, power, power_export, voltage: per phase, None = it has none.
        phases: names of the phases.
        codes: of the phases, where unique ids have others than the names.
        others: what else the integration registers, to be left alone.
        part: beginning of the unique ids to change for a second meter of the same kind.
    """

    integration: str
    current: Sensor | None = None
    power: Sensor | None = None
    power_export: Sensor | None = None
    voltage: Sensor | None = None
    phases: tuple[str, ...] = ("1", "2", "3")
    codes: tuple[str, ...] = ("3", "5", "7")
    others: tuple[Sensor, ...] = ()
    part: str = ""

    def sensors(self, phase: int) -> dict[str, Sensor]:
        """Return the sensors of one phase by quantity; phases count from 0."""
        sensors = (self.current, self.power, self.power_export, self.voltage)
        return {
            quantity: sensor.of(self.phases[phase], self.codes[phase])
            for quantity, sensor in zip(QUANTITIES, sensors, strict=True)
            if sensor is not None
        }


SAMPLES: Final = {
    "dsmr": Sample(
        integration="dsmr",
        current=Sensor("5678_current_phase_l{}", "instantaneous_current_l{}", enabled=False),
        power=Sensor(
            "5678_power_consumption_phase_l{}", "instantaneous_active_power_l{}_positive", enabled=False
        ),
        power_export=Sensor(
            "5678_power_production_phase_l{}", "instantaneous_active_power_l{}_negative", enabled=False
        ),
        voltage=Sensor("5678_voltage_phase_l{}", "instantaneous_voltage_l{}", enabled=False),
        others=(Sensor("5678_gas_consumption", "gas_meter_reading"),),
    ),
    "dsmr_reader": Sample(
        integration="dsmr_reader",
        current=Sensor("01J-dsmr_reading_phase_power_current_l{}", "phase_power_current_l{}", enabled=False),
        power=Sensor(
            "01J-dsmr_reading_phase_currently_delivered_l{}", "current_power_usage_l{}", enabled=False
        ),
        power_export=Sensor(
            "01J-dsmr_reading_phase_currently_returned_l{}", "current_power_return_l{}", enabled=False
        ),
        voltage=Sensor("01J-dsmr_reading_phase_voltage_l{}", "current_voltage_l{}", enabled=False),
        others=(Sensor("01J-dsmr_reading_electricity_currently_delivered", "current_power_usage"),),
    ),
    "homewizard": Sample(
        integration="homewizard",
        current=Sensor("HWE-P1_5c2f_active_current_l{}_a", "active_current_phase_a", enabled=False),
        power=Sensor("HWE-P1_5c2f_active_power_l{}_w", "active_power_phase_w"),
        voltage=Sensor("HWE-P1_5c2f_active_voltage_l{}_v", "active_voltage_phase_v", enabled=False),
        others=(
            Sensor("HWE-P1_5c2f_active_power_w"),
            Sensor("HWE-P1_5c2f_active_current_a", enabled=False),
            Sensor("HWE-P1_5c2f_active_apparent_power_l1_va", "active_apparent_power_phase_va"),
        ),
    ),
    "p1_monitor": Sample(
        integration="p1_monitor",
        current=Sensor("01J_phases_current_phase_l{}", "current_phase_l{}"),
        power=Sensor("01J_phases_power_consumed_phase_l{}", "power_consumed_phase_l{}"),
        power_export=Sensor("01J_phases_power_produced_phase_l{}", "power_produced_phase_l{}"),
        voltage=Sensor("01J_phases_voltage_phase_l{}", "voltage_phase_l{}"),
        others=(Sensor("01J_smartmeter_power_consumption", "power_consumption"),),
    ),
    "youless": Sample(
        integration="youless",
        current=Sensor("youless_7c0a_phase_{}_current", "active_current_phase_a"),
        power=Sensor("youless_7c0a_phase_{}_power", "active_power_phase_w"),
        voltage=Sensor("youless_7c0a_phase_{}_voltage", "active_voltage_phase_v"),
        others=(Sensor("youless_7c0a_usage", "active_power_w"),),
    ),
    "earn_e_p1": Sample(
        integration="earn_e_p1",
        current=Sensor("E0012345_current_l{}", "current_phase"),
        others=(Sensor("E0012345_voltage_l1", "voltage_phase"), Sensor("E0012345_power_delivered")),
    ),
    "bitvis": Sample(
        integration="bitvis",
        current=Sensor("a0b7_phase_current_l{}", "phase_current"),
        power=Sensor("a0b7_power_active_l{}_delivered_to_client", "power_active_phase_import", enabled=False),
        power_export=Sensor(
            "a0b7_power_active_l{}_delivered_by_client", "power_active_phase_export", enabled=False
        ),
        voltage=Sensor("a0b7_phase_voltage_l{}", "phase_voltage", enabled=False),
        others=(Sensor("a0b7_power_reactive_l1_delivered_to_client", "power_reactive_phase_import"),),
    ),
    "tibber": Sample(
        integration="tibber",
        current=Sensor("9b1e_rt_currentL{}", "current_l{}"),
        others=(Sensor("9b1e_rt_voltagePhase1", "voltage_phase1"), Sensor("9b1e_rt_power", "power")),
    ),
    "shelly 3EM": Sample(
        integration="shelly",
        current=Sensor("AABBCC-emeter_{}-current"),
        power=Sensor("AABBCC-emeter_{}-power"),
        voltage=Sensor("AABBCC-emeter_{}-voltage"),
        phases=("0", "1", "2"),
        others=(Sensor("AABBCC-emeter_0-energy"), Sensor("AABBCC-device-neutralCurrent", "neutral_current")),
    ),
    "shelly Pro 3EM": Sample(
        integration="shelly",
        current=Sensor("DDEEFF-em:0-{}_current", enabled=False),
        power=Sensor("DDEEFF-em:0-{}_act_power"),
        voltage=Sensor("DDEEFF-em:0-{}_voltage", enabled=False),
        phases=("a", "b", "c"),
        others=(
            Sensor("DDEEFF-em:0-n_current", "neutral_current", enabled=False),
            Sensor("DDEEFF-em:0-total_act_power"),
        ),
    ),
    "enphase_envoy": Sample(
        integration="enphase_envoy",
        current=Sensor("1234_net_ct_current_l{}", "net_ct_current_phase", enabled=False),
        power=Sensor("1234_net_consumption_l{}", "net_consumption_phase", enabled=False),
        voltage=Sensor("1234_voltage_l{}", "net_ct_voltage_phase", enabled=False),
        others=tuple(
            Sensor(f"1234_{key}_l{phase}", enabled=False)
            for key in ("balanced_net_consumption", "lifetime_net_consumption", "storage_voltage")
            for phase in (1, 2, 3)
        ),
    ),
    "fronius": Sample(
        integration="fronius",
        current=Sensor("18220412-current_ac_phase_{}", enabled=False),
        power=Sensor("18220412-power_real_phase_{}", enabled=False),
        voltage=Sensor("18220412-voltage_ac_phase_{}", enabled=False),
        others=(
            Sensor("18220412-voltage_ac_phase_to_phase_12", enabled=False),
            Sensor("28220412-current_ac"),
            Sensor("18220412-power_apparent_phase_1", enabled=False),
        ),
        part="18220412",
    ),
    "sma": Sample(
        integration="sma",
        current=Sensor("3005-6100_4046{code}00_0", None, "SMA Metering Current L{}"),
        power=Sensor("3005-6100_0046E{code}B00_0", None, "SMA Metering Active Power Draw L{}"),
        power_export=Sensor("3005-6100_0046E{code}800_0", None, "SMA Metering Active Power Feed L{}"),
        voltage=Sensor("3005-6100_0046E{code}500_0", None, "SMA Metering Voltage L{}", enabled=False),
        others=(
            Sensor("3005-6100_40465300_0", None, "SMA Current L1"),
            Sensor("3005-6100_0", None, "SMA Metering Current Consumption"),
        ),
    ),
    "slimmelezer": Sample(
        integration="esphome",
        current=Sensor("3C:61:05:00:00:01-sensor-current_phase_{}", None, "Current Phase {}"),
        power=Sensor("3C:61:05:00:00:01-sensor-power_consumed_phase_{}", None, "Power Consumed Phase {}"),
        power_export=Sensor(
            "3C:61:05:00:00:01-sensor-power_produced_phase_{}", None, "Power Produced Phase {}"
        ),
        voltage=Sensor("3C:61:05:00:00:01-sensor-voltage_phase_{}", None, "Voltage Phase {}"),
        others=(
            Sensor("3C:61:05:00:00:01-sensor-power_consumed", None, "Power Consumed"),
            Sensor("3C:61:05:00:00:01-sensor-peak_current_phase_1", None, "Peak Current Phase 1"),
        ),
        part="3C:61:05:00:00:01",
    ),
    "slimmelezer before": Sample(
        integration="esphome",
        current=Sensor("3C:61:05:00:00:02-sensor-current_l{}", None, "current_l{}"),
        power=Sensor("3C:61:05:00:00:02-sensor-power_delivered_l{}", None, "power_delivered_l{}"),
        power_export=Sensor("3C:61:05:00:00:02-sensor-power_returned_l{}", None, "power_returned_l{}"),
        voltage=Sensor("3C:61:05:00:00:02-sensor-voltage_l{}", None, "voltage_l{}"),
        others=(Sensor("3C:61:05:00:00:02-sensor-power_delivered", None, "power_delivered"),),
        part="3C:61:05:00:00:02",
    ),
    "victron_gx": Sample(
        integration="victron_gx",
        power=Sensor("c0619ab12345_grid_30_grid_power_l{}", "grid_power_phase"),
        voltage=Sensor("c0619ab12345_grid_30_grid_voltage_l{}", "grid_voltage_phase"),
        others=(
            Sensor("c0619ab12345_grid_30_grid_power", "grid_power"),
            Sensor("c0619ab12345_grid_30_grid_current_l1", "grid_current_phase"),
            Sensor("c0619ab12345_grid_30_grid_voltage_l1_l2", "grid_voltage_phase_next_phase"),
            Sensor("c0619ab12345_vebus_276_grid_power_l1", "vebus_inverter_input_power_phase"),
        ),
        part="grid_30",
    ),
    "iskra": Sample(
        integration="iskra",
        current=Sensor("IE1_phase{}_current", "phase{}_current"),
        power=Sensor("IE1_phase{}_power", "phase{}_power"),
        voltage=Sensor("IE1_phase{}_voltage", "phase{}_voltage"),
        others=(Sensor("IE1_total_active_power", "total_active_power"),),
        part="IE1",
    ),
    "lektrico 3EM": Sample(
        integration="lektrico",
        current=Sensor("500006_current_l{}", "current_l{}"),
        others=(
            Sensor("500006_breaker_current", "breaker_current"),
            Sensor("500006_power_l1", "power_l1"),
        ),
    ),
    "lektrico EM": Sample(
        integration="lektrico",
        current=Sensor("600007_current"),
        phases=("1",),
        others=(Sensor("600007_breaker_current", "breaker_current"), Sensor("600007_power")),
    ),
    "edl21": Sample(
        integration="edl21",
        current=Sensor("0901_1-0:{code}1.7.0*255", "l{}_active_instantaneous_amperage"),
        power=Sensor("0901_1-0:{code}6.7.0*255", "l{}_active_instantaneous_power"),
        voltage=Sensor("0901_1-0:{code}2.7.0*255", "l{}_active_instantaneous_voltage"),
        others=(Sensor("0901_1-0:16.7.0*255", "sum_active_instantaneous_power"),),
    ),
    "wattwaechter": Sample(
        integration="wattwaechter",
        current=Sensor("ABC123_{}1.7.0", "current_phase"),
        power=Sensor("ABC123_{}6.7.0", "active_power_phase"),
        voltage=Sensor("ABC123_{}2.7.0", "voltage_phase"),
        phases=("3", "5", "7"),
        others=(
            Sensor("ABC123_16.7.0", "active_power"),
            Sensor("ABC123_33.7.0", "power_factor_phase"),
        ),
    ),
    "discovergy": Sample(
        integration="discovergy",
        power=Sensor("abc-power{}", "phase_{}_power", enabled=False),
        voltage=Sensor("abc-voltage{}", "phase_{}_voltage", enabled=False),
        others=(Sensor("abc-power", "total_power"),),
        part="abc",
    ),
    "iometer": Sample(
        integration="iometer",
        power=Sensor("1ISK_power_phase_{}", "power_three_phase"),
        others=(Sensor("1ISK_power"),),
    ),
    "blue_current": Sample(
        integration="blue_current",
        current=Sensor("grid_actual_p{}", "grid_actual_p{}", enabled=False),
        others=(
            Sensor("grid_max_current", "grid_max_current"),
            Sensor("actual_p1_BCU101", "actual_p1", enabled=False),
        ),
    ),
}


def add_entry(hass: HomeAssistant, integration: str, **options: float) -> MockConfigEntry:
    """Give Home Assistant an integration that was set up earlier."""
    entry = MockConfigEntry(domain=integration, title="Meter cupboard", options=options)
    entry.add_to_hass(hass)
    return entry


def add_sensor(
    hass: HomeAssistant, entry: MockConfigEntry, sensor: Sensor, device: dr.DeviceEntry | None = None
) -> er.RegistryEntry:
    """Register an entity as its integration does."""
    return er.async_get(hass).async_get_or_create(
        "sensor",
        entry.domain,
        sensor.unique_id,
        config_entry=entry,
        device_id=None if device is None else device.id,
        translation_key=sensor.key,
        original_name=sensor.name,
        disabled_by=None if sensor.enabled else er.RegistryEntryDisabler.INTEGRATION,
    )


def add_device(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> dr.DeviceEntry:
    """Register a device of an integration."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(entry.domain, name)}, name=name
    )


def add_meter(
    hass: HomeAssistant,
    sample: Sample,
    *,
    phases: tuple[int, ...] = (0, 1, 2),
    entry: MockConfigEntry | None = None,
    device: dr.DeviceEntry | None = None,
) -> list[dict[str, er.RegistryEntry]]:
    """Register a meter with some of its phases and return its entities: per phase, by quantity."""
    entry = entry or add_entry(hass, sample.integration)
    for sensor in sample.others:
        add_sensor(hass, entry, sensor, device)
    return [
        {
            quantity: add_sensor(hass, entry, sensor, device)
            for quantity, sensor in sample.sensors(phase).items()
        }
        for phase in phases
        if phase < len(sample.phases)
    ]


def another(sample: Sample, part: str) -> Sample:
    """Return a second meter of the same kind: its unique ids begin with something else."""

    def renamed(sensor: Sensor | None) -> Sensor | None:
        if sensor is None:
            return None
        return replace(sensor, unique_id=sensor.unique_id.replace(sample.part, part, 1))

    return replace(
        sample,
        part=part,
        others=(),
        current=renamed(sample.current),
        power=renamed(sample.power),
        power_export=renamed(sample.power_export),
        voltage=renamed(sample.voltage),
    )
