"""The table of known meters: integrations of Home Assistant whose entities per phase are known by name.

A meter has a row only where its names are in Home Assistant's own source, or in the firmware that is sold on
it, and it is certain which way its power counts: a power that is negative while the house draws would hide an
overload.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class MatchedBy(StrEnum):
    """What the keys of a row are compared with; never entity ids, which users change.

    ``TRANSLATION_KEY`` says it all where every phase has its own. Otherwise the ``UNIQUE_ID`` ends with the
    key of the entity's description, and the ``ORIGINAL_NAME`` with a name that is not translated.
    """

    TRANSLATION_KEY = "translation_key"
    UNIQUE_ID = "unique_id"
    ORIGINAL_NAME = "original_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOption:
    """The option of a meter's integration that says how often it updates.

    Attributes:
        key: of the option.
        default: where the option was never set [s].
        advised: the largest value that suits balancing [s].
    """

    key: str
    default: float
    advised: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeter:
    """One row of the table; an integration of several kinds of meter has several.

    Attributes:
        integration: domain of the meter's integration; also what is stored in settings.
        current: key of the current per phase; ``{phase}`` stands for the phase's name, here and below.
        power: signed power, or imported power where ``power_export`` is given too.
        power_export: exported power.
        voltage: between phase and neutral; only of use beside a power.
        phases: names of L1, L2 and L3; one name for a meter of one phase.
        matched_by: what the keys are compared with.
        separator: between the device and the key, where an entity's text ends with the key.
        device: regular expression for what comes before; tells apart keys that end alike.
        marker: key of an entity that the integration's other devices, chargers perhaps, do not have.
        alive: translation key of a binary sensor that is off while the meter is out of reach, where its
            sensors go on to report their last values.
        update: how often the integration updates, where its user can choose.
        period: how often it updates, where that is fixed and slow [s].
        named_elsewhere: the names are in a firmware or a library, not in Home Assistant's source.
    """

    integration: str
    current: str | None = None
    power: str | None = None
    power_export: str | None = None
    voltage: str | None = None
    phases: tuple[str, ...] = ("1", "2", "3")
    matched_by: MatchedBy = MatchedBy.UNIQUE_ID
    separator: str = "_"
    device: str = ".+"
    marker: str | None = None
    alive: str | None = None
    update: UpdateOption | None = None
    period: float | None = None
    named_elsewhere: bool = False


KNOWN_METERS: Final = (
    KnownMeter(
        integration="dsmr",
        current="instantaneous_current_l{phase}",
        power="instantaneous_active_power_l{phase}_positive",
        power_export="instantaneous_active_power_l{phase}_negative",
        voltage="instantaneous_voltage_l{phase}",
        matched_by=MatchedBy.TRANSLATION_KEY,
        update=UpdateOption(key="time_between_update", default=30, advised=5),
    ),
    KnownMeter(
        integration="dsmr_reader",
        current="phase_power_current_l{phase}",
        power="current_power_usage_l{phase}",
        power_export="current_power_return_l{phase}",
        voltage="current_voltage_l{phase}",
        matched_by=MatchedBy.TRANSLATION_KEY,
    ),
    KnownMeter(
        integration="homewizard",
        current="active_current_l{phase}_a",
        power="active_power_l{phase}_w",
        voltage="active_voltage_l{phase}_v",
    ),
    KnownMeter(
        integration="p1_monitor",
        current="current_phase_l{phase}",
        power="power_consumed_phase_l{phase}",
        power_export="power_produced_phase_l{phase}",
        voltage="voltage_phase_l{phase}",
        matched_by=MatchedBy.TRANSLATION_KEY,
    ),
    KnownMeter(
        integration="youless",
        current="phase_{phase}_current",
        power="phase_{phase}_power",
        voltage="phase_{phase}_voltage",
        period=10,
    ),
    KnownMeter(integration="earn_e_p1", current="current_l{phase}"),
    KnownMeter(
        integration="bitvis",
        current="phase_current_l{phase}",
        power="power_active_l{phase}_delivered_to_client",
        power_export="power_active_l{phase}_delivered_by_client",
        voltage="phase_voltage_l{phase}",
    ),
    KnownMeter(integration="tibber", current="current_l{phase}", matched_by=MatchedBy.TRANSLATION_KEY),
    # Shelly 3EM, the first generation.
    KnownMeter(
        integration="shelly",
        current="emeter_{phase}-current",
        power="emeter_{phase}-power",
        voltage="emeter_{phase}-voltage",
        phases=("0", "1", "2"),
        separator="-",
    ),
    # Shelly Pro 3EM and its kin. Each phase is a device of its own; the unique ids begin alike.
    KnownMeter(
        integration="shelly",
        current="em:0-{phase}_current",
        power="em:0-{phase}_act_power",
        voltage="em:0-{phase}_voltage",
        phases=("a", "b", "c"),
        separator="-",
    ),
    KnownMeter(
        integration="enphase_envoy",
        current="net_ct_current_l{phase}",
        power="net_consumption_l{phase}",
        voltage="voltage_l{phase}",
        # A serial number: the integration has a "balanced_net_consumption" and a "storage_voltage" too.
        device="[^_]+",
        period=60,
    ),
    KnownMeter(
        integration="fronius",
        current="current_ac_phase_{phase}",
        power="power_real_phase_{phase}",
        voltage="voltage_ac_phase_{phase}",
        separator="-",
        period=60,
    ),
    KnownMeter(
        integration="sma",
        current="Metering Current L{phase}",
        power="Metering Active Power Draw L{phase}",
        power_export="Metering Active Power Feed L{phase}",
        voltage="Metering Voltage L{phase}",
        matched_by=MatchedBy.ORIGINAL_NAME,
        separator=" ",
    ),
    # P1 readers on ESPHome, as SlimmeLezer's firmware names its sensors now, and as it did before.
    KnownMeter(
        integration="esphome",
        current="Current Phase {phase}",
        power="Power Consumed Phase {phase}",
        power_export="Power Produced Phase {phase}",
        voltage="Voltage Phase {phase}",
        matched_by=MatchedBy.ORIGINAL_NAME,
        separator="",
        device="",
        named_elsewhere=True,
    ),
    KnownMeter(
        integration="esphome",
        current="current_l{phase}",
        power="power_delivered_l{phase}",
        power_export="power_returned_l{phase}",
        voltage="voltage_l{phase}",
        matched_by=MatchedBy.ORIGINAL_NAME,
        separator="",
        device="",
        named_elsewhere=True,
    ),
    # The grid meter of a GX device. Its currents are told only when they change, and would look silent.
    KnownMeter(
        integration="victron_gx",
        power="grid_power_l{phase}",
        voltage="grid_voltage_l{phase}",
        device="[^_]+_grid_[^_]+",
        named_elsewhere=True,
    ),
    KnownMeter(
        integration="iskra",
        current="phase{phase}_current",
        power="phase{phase}_power",
        voltage="phase{phase}_voltage",
        matched_by=MatchedBy.TRANSLATION_KEY,
        period=60,
    ),
    # Lektrico's meters. Its chargers have currents of the same names, but no breaker to protect.
    KnownMeter(
        integration="lektrico",
        current="current_l{phase}",
        device="[^_]+",
        marker="breaker_current",
        period=10,
    ),
    KnownMeter(
        integration="lektrico",
        current="current",
        phases=("1",),
        device="[^_]+",
        marker="breaker_current",
        period=10,
    ),
    KnownMeter(
        integration="edl21",
        current="l{phase}_active_instantaneous_amperage",
        power="l{phase}_active_instantaneous_power",
        voltage="l{phase}_active_instantaneous_voltage",
        matched_by=MatchedBy.TRANSLATION_KEY,
    ),
    # Keys are OBIS codes: 31, 51 and 71 are currents, 36, 56 and 76 powers, 32, 52 and 72 voltages.
    KnownMeter(
        integration="wattwaechter",
        current="{phase}1.7.0",
        power="{phase}6.7.0",
        voltage="{phase}2.7.0",
        phases=("3", "5", "7"),
        period=120,
    ),
    KnownMeter(
        integration="discovergy",
        power="phase_{phase}_power",
        voltage="phase_{phase}_voltage",
        matched_by=MatchedBy.TRANSLATION_KEY,
        period=30,
    ),
    # With every status of the bridge its sensors report the last reading again, however old that is.
    KnownMeter(integration="iometer", power="power_phase_{phase}", alive="connection_status"),
    KnownMeter(
        integration="blue_current", current="grid_actual_p{phase}", matched_by=MatchedBy.TRANSLATION_KEY
    ),
)
