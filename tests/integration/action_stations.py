"""Stand-ins for chargers that are limited by an action: their integrations, where a maker's cloud would be.

Names, fields and their types are those of the integrations; what the charger then does is played.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

MAXIMUM: Final = 32.0
"""What a charger does that nobody limits [A]."""


class StationSensor(SensorEntity):
    """One sensor of a charger, or of what it is part of."""

    _attr_should_poll = False
    _attr_has_entity_name = True

    def __init__(
        self, unique_id: str, device: DeviceInfo, key: str | None, *, current: bool, enabled: bool = True
    ) -> None:
        self._attr_unique_id = unique_id
        self._attr_device_info = device
        self._attr_translation_key = key
        self._attr_name = unique_id
        self._attr_entity_registry_enabled_default = enabled
        if current:
            self._attr_device_class = SensorDeviceClass.CURRENT
            self._attr_native_unit_of_measurement = "A"

    def show(self, value: float | str | None) -> None:
        """Report a value."""
        self._attr_native_value = value
        if self.hass is not None:
            self.async_write_ha_state()


@dataclass(frozen=True)
class Written:
    """One write that reached the integration, at a time of the event loop [s]."""

    at: float
    data: Mapping[str, object]


class ActionStation(ABC):
    """A charger with a car that takes what it may.

    Attributes:
        writes: that reached the integration.
        failure: raised by the next writes.
        limits: in force per terminal [A].
        plugged: a car is connected.
    """

    domain: ClassVar[str]
    action: ClassVar[str]
    schema: ClassVar[vol.Schema]

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.writes: list[Written] = []
        self.failure: Exception | None = None
        self.limits = (MAXIMUM, MAXIMUM, MAXIMUM)
        self.plugged = True
        self.sensors = self.make_sensors()
        self.entry = MockConfigEntry(domain=self.domain, title="Somebody's account")

    @abstractmethod
    def make_sensors(self) -> dict[str, StationSensor]:
        """Return its sensors by a name of ours."""

    @abstractmethod
    def take(self, data: Mapping[str, object]) -> None:
        """Do as an action says."""

    @abstractmethod
    def show(self) -> None:
        """Report everything."""

    async def start(self) -> None:
        """Give Home Assistant the integration, set up."""

        async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
            hass.services.async_register(self.domain, self.action, self.handle, self.schema)
            return True

        async def set_up_sensors(_hass: HomeAssistant, _entry: ConfigEntry, add: AddEntitiesCallback) -> None:
            add(list(self.sensors.values()))

        mock_integration(self.hass, MockModule(self.domain, async_setup_entry=set_up))
        mock_platform(self.hass, f"{self.domain}.config_flow")
        mock_platform(self.hass, f"{self.domain}.sensor", MockPlatform(async_setup_entry=set_up_sensors))
        self.entry.add_to_hass(self.hass)
        with mock_config_flow(self.domain, ConfigFlow):
            assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        self.show()
        await self.hass.async_block_till_done()

    async def handle(self, call: ServiceCall) -> None:
        """Take an action."""
        if self.failure is not None:
            raise self.failure
        self.writes.append(Written(self.hass.loop.time(), dict(call.data)))
        self.take(call.data)
        self.show()

    @property
    def draw(self) -> float:
        """What the car draws on each terminal [A]."""
        limit = min(self.limits)
        return min(limit, 16.0) if self.plugged and limit >= 6 else 0.0

    def identifier_of(self, device_id: object) -> str:
        """Return what a device is called in the integration.

        Raises:
            HomeAssistantError: it is none of the integration's.
        """
        device = dr.async_get(self.hass).async_get(str(device_id))
        names = (
            [] if device is None else [name for domain, name in device.identifiers if domain == self.domain]
        )
        if not names:
            raise HomeAssistantError(f"Could not find charger {device_id}")
        return names[0]

    def device_id(self, identifier: str) -> str:
        """Return the registry id of one of its devices."""
        devices = dr.async_entries_for_config_entry(dr.async_get(self.hass), self.entry.entry_id)
        (device,) = (device for device in devices if (self.domain, identifier) in device.identifiers)
        return device.id

    def registry_id(self, name: str) -> str:
        """Return the registry id of one of its sensors."""
        registry = er.async_get(self.hass)
        entity_id = registry.async_get_entity_id("sensor", self.domain, self.sensors[name].unique_id or "")
        entry = None if entity_id is None else registry.async_get(entity_id)
        assert entry is not None
        return entry.id


class EaseeStation(ActionStation):
    """Easee: a dynamic limit per phase that ends by itself, and that is not written when it is in force.

    Attributes:
        dropped: writes of the limit in force.
        ended: how often a limit ended by itself.
    """

    domain = "easee"
    action = "set_circuit_dynamic_limit"
    schema = vol.Schema(
        {
            vol.Required("device_id"): cv.string,
            vol.Required("current_p1"): cv.positive_int,
            vol.Optional("current_p2"): cv.positive_int,
            vol.Optional("current_p3"): cv.positive_int,
            vol.Optional("time_to_live", default=0): cv.positive_int,
        }
    )

    def __init__(self, hass: HomeAssistant, *, told: bool = True) -> None:
        self.told = told
        super().__init__(hass)
        self.dropped = self.ended = 0
        self.ends_at: float | None = None

    @override
    def make_sensors(self) -> dict[str, StationSensor]:
        device = DeviceInfo(identifiers={("easee", "EH123456")}, name="Garage", manufacturer="Easee")
        return {
            "state": StationSensor("EH123456_status", device, "easee_status", current=False),
            "draw": StationSensor("EH123456_current", device, "current", current=True, enabled=self.told),
            "limit": StationSensor(
                "EH123456_dynamic_circuit_limit",
                device,
                "dynamic_circuit_limit",
                current=True,
                enabled=self.told,
            ),
        }

    @override
    def take(self, data: Mapping[str, object]) -> None:
        assert self.identifier_of(data["device_id"]) == "EH123456"
        first = float(str(data["current_p1"]))
        second, third = (float(str(data.get(key, first))) for key in ("current_p2", "current_p3"))
        if (first, second, third) == self.limits:
            self.dropped += 1
            return
        self.limits = (first, second, third)
        lifetime = float(str(data["time_to_live"])) * 60
        self.ends_at = self.hass.loop.time() + lifetime if lifetime else None

    def wait(self) -> None:
        """Let a limit end whose time is over."""
        if self.ends_at is not None and self.hass.loop.time() >= self.ends_at:
            self.limits, self.ends_at = (MAXIMUM, MAXIMUM, MAXIMUM), None
            self.ended += 1
        self.show()

    @override
    def show(self) -> None:
        idle = "awaiting_start" if self.plugged else "disconnected"
        self.sensors["state"].show("charging" if self.draw else idle)
        if self.told:
            self.sensors["draw"].show(self.draw)
            self.sensors["limit"].show(max(self.limits))


class ZaptecStation(ActionStation):
    """Zaptec: the currents of an installation, a device of its own above the charger's."""

    domain = "zaptec"
    action = "limit_current"
    schema = vol.Schema(
        {
            vol.Required("device_id"): cv.ensure_list,
            vol.Required("available_current_phase1"): int,
            vol.Required("available_current_phase2"): int,
            vol.Required("available_current_phase3"): int,
        }
    )

    @override
    def make_sensors(self) -> dict[str, StationSensor]:
        home = DeviceInfo(identifiers={("zaptec", "home")}, name="Home", manufacturer="Zaptec")
        charger = DeviceInfo(identifiers={("zaptec", "go")}, name="Garage", manufacturer="Zaptec")
        limits = {
            f"limit{phase}": StationSensor(
                f"home_available_current_phase{phase}", home, f"available_current_phase{phase}", current=True
            )
            for phase in (1, 2, 3)
        }
        draws = {
            f"draw{phase}": StationSensor(
                f"go_current_phase{phase}", charger, f"current_phase{phase}", current=True
            )
            for phase in (1, 2, 3)
        }
        state = StationSensor("go_charger_operation_mode", charger, "charger_operation_mode", current=False)
        return limits | draws | {"state": state}

    @override
    async def start(self) -> None:
        await super().start()
        registry = dr.async_get(self.hass)
        registry.async_update_device(self.device_id("go"), via_device_id=self.device_id("home"))

    @override
    def take(self, data: Mapping[str, object]) -> None:
        devices = data["device_id"]
        assert isinstance(devices, list)
        assert [self.identifier_of(device) for device in devices] == ["home"]
        first, second, third = (float(str(data[f"available_current_phase{phase}"])) for phase in (1, 2, 3))
        self.limits = (first, second, third)

    @override
    def show(self) -> None:
        idle = "connected_requesting" if self.plugged else "disconnected"
        self.sensors["state"].show("connected_charging" if self.draw else idle)
        for phase, limit in enumerate(self.limits, start=1):
            self.sensors[f"limit{phase}"].show(limit)
            self.sensors[f"draw{phase}"].show(self.draw)


class OcppStation(ActionStation):
    """OCPP: a profile of the session, refused without a word while there is none."""

    domain = "ocpp"
    action = "set_charge_rate"
    schema = vol.Schema(
        {
            vol.Optional("devid"): cv.string,
            vol.Optional("limit_amps"): cv.positive_float,
            vol.Optional("limit_watts"): cv.positive_int,
            vol.Optional("conn_id"): cv.positive_int,
            vol.Optional("custom_profile"): dict,
        }
    )

    def __init__(self, hass: HomeAssistant, connector: str = "") -> None:
        self.connector = connector
        super().__init__(hass)

    @override
    def make_sensors(self) -> dict[str, StationSensor]:
        name = f"street{self.connector.replace('.', '-')}"
        device = DeviceInfo(identifiers={("ocpp", name)}, name="Garage")
        begin = f"ocpp.street{self.connector}"
        return {
            "state": StationSensor(f"{begin}.status.connector.sensor", device, None, current=False),
            "errors": StationSensor(f"{begin}.error.code.connector.sensor", device, None, current=False),
            "draw": StationSensor(f"{begin}.current.import.sensor", device, None, current=True),
        }

    @override
    def take(self, data: Mapping[str, object]) -> None:
        assert data["devid"] == "street"
        profile = data["custom_profile"]
        assert isinstance(profile, dict)
        assert profile["chargingProfilePurpose"] == "TxProfile"
        (period,) = profile["chargingSchedule"]["chargingSchedulePeriod"]
        if self.plugged:
            self.limits = (period["limit"],) * 3

    def end_session(self) -> None:
        """The car drives away, and its profile with it."""
        self.plugged, self.limits = False, (MAXIMUM, MAXIMUM, MAXIMUM)
        self.show()

    @override
    def show(self) -> None:
        idle = "SuspendedEVSE" if self.plugged else "Available"
        self.sensors["state"].show("Charging" if self.draw else idle)
        self.sensors["errors"].show("NoError")
        self.sensors["draw"].show(self.draw)
