"""An EV-Meter charger over MQTT."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import ClassVar, Final, override

import voluptuous as vol
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_TOKEN, CONF_USERNAME
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.util.ssl import client_context

from evmeter_client import (
    Capability,
    ChargerReading as ChargerDetails,
    ClientStatistics,
    ConnectionState,
    EVMeterAuthenticationError,
    EVMeterClient,
    EVMeterCommandError,
    EVMeterConfig,
    EVMeterConfigError,
    EVMeterConnectionError,
    EVMeterError,
    EVMeterProtocolError,
    EVMeterTimeoutError,
    create_dialect,
)

from ..balancing.model import (
    Amps,
    ChargerReading,
    ChargerSettings,
    ChargerState,
    MainsReading,
    ReactionProfile,
)
from ..const import CONF_CHARGER_ID, CONF_DIALECT, CONF_TLS, CONF_USER_ID, DOMAIN, LOGGER, MANUFACTURER
from ..exceptions import ChargerWriteError, ErrorCode, SettingsErrors
from ..form_fields import choice, number, secret, text
from ..settings import (
    ChargerKind,
    DialectName,
    EVMeterConnection,
    connection_to_strings,
    read_connection,
)
from .base import Charger, ChargerDevice, ChargerProblem
from .entities import EntityCharger
from .entity_form import limited_by_fields, read_limited_by
from .evmeter_reading import storable, to_balancing
from .wiring import at_terminals

POLL_INTERVAL: Final = {DialectName.JSON: 5.0, DialectName.BLEWIFI: 30.0}
"""Time between two readings asked for [s]; the vendor's broker is shared, so it is asked less."""

BELIEVED_FOR: Final = 3
"""A reading is believed for this many poll intervals."""

LIMIT_LIFETIME: Final = 60.0
"""The charger falls to its own fallback current when it was not told its limit for this long [s]."""

REARM_AFTER: Final = 20.0
"""Tell the charger its limit again after this time: two of these may be lost [s]."""

ANNOUNCED_WITHIN: Final = 2.0
"""A broker tells what it keeps about a charger within this time [s]."""


CLAMP_RESOLUTION: Final = 0.1
"""Step of the mains clamps' values in both dialects [A]."""


class EVMeterCharger(Charger):
    """Reads pushed and polled readings of one charger, and writes limits with a watchdog."""

    kind: ClassVar = ChargerKind.EVMETER

    def __init__(
        self,
        hass: HomeAssistant,
        settings: ChargerSettings,
        phase_count: int,
        connection: EVMeterConnection,
    ) -> None:
        """Prepare a client.

        Raises:
            SettingsErrors: the client cannot use the connection settings.
        """
        super().__init__(hass, settings, phase_count)
        self._connection = connection
        self._client = EVMeterClient(_client_config(connection))
        self.can_limit = Capability.SET_LIMITS in self._client.capabilities
        self.poll_interval: float = POLL_INTERVAL[connection.dialect]
        self.settings = replace(
            settings,
            reaction=ReactionProfile(report_period=self.poll_interval),
            rearm_after=REARM_AFTER if Capability.WATCHDOG in self._client.capabilities else None,
        )
        self._listener: Callable[[], None] | None = None
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._details: ChargerDetails | None = None
        self._told_at: float | None = None
        self._problem = ChargerProblem.NONE

    @override
    async def async_start(self, listener: Callable[[], None]) -> None:
        self._listener = listener
        self._unsubscribe = self._client.on_connection_change(self._connection_changed)
        await self._client.connect(wait=False)
        self._run(self._follow_readings(), "readings")
        if self._connection.dialect is DialectName.JSON:
            self._run(self._follow_availability(), "availability")

    @override
    async def async_stop(self) -> None:
        self._listener = None
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        await self._client.close()
        # A closed client ends what follows it.
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    @override
    async def async_poll(self) -> None:
        try:
            details = await self._client.get_reading(self._connection.charger_id)
        except EVMeterError as error:
            # A charger that pushes its readings and only misses a question is not silent.
            if not isinstance(error, EVMeterTimeoutError) or self._is_old():
                self._set_problem(self._problem_of(error))
        else:
            self._take(details)

    @property
    @override
    def reading(self) -> ChargerReading:
        if self._details is None or self._told_at is None or self._is_old():
            return ChargerReading(id=self.settings.id, state=ChargerState.UNAVAILABLE)
        return to_balancing(self._details, self.settings, self.phase_count, self._told_at)

    @property
    @override
    def details(self) -> ChargerDetails | None:
        return self._details

    @property
    @override
    def device(self) -> ChargerDevice:
        status = None if self._details is None else self._details.status
        return ChargerDevice(
            manufacturer=MANUFACTURER,
            model="EV-Meter charger",
            serial_number=str(status.evse) if status is not None and status.evse else None,
            sw_version=(status.kubis_version or None) if status is not None else None,
        )

    @property
    @override
    def problem(self) -> ChargerProblem:
        return self._problem

    @property
    @override
    def statistics(self) -> ClientStatistics:
        return self._client.statistics

    @property
    @override
    def clamps(self) -> MainsReading | None:
        if self._details is None or self._told_at is None or self._is_old():
            return None
        currents: Amps = self._details.metrics.dlm_currents
        # Clamps are put on like the charger's own phases, or its own load management would not work.
        if len(self.settings.wiring) == len(currents):
            currents = self.settings.to_mains(currents, self.phase_count)
        return MainsReading(
            current=currents[: self.phase_count],
            measured_at=(self._told_at,) * self.phase_count,
            resolution=CLAMP_RESOLUTION,
            period=self.poll_interval,
        )

    @override
    async def async_write(self, limit: Amps) -> None:
        limits = at_terminals(limit, self.settings)
        try:
            await self._client.set_current_limits(self._connection.charger_id, limits, ttl=LIMIT_LIFETIME)
        except EVMeterError as error:
            raise ChargerWriteError(
                translation_domain=DOMAIN,
                translation_key="write_failed",
                translation_placeholders={"reason": str(error)},
            ) from error

    @classmethod
    @override
    def fields(cls, hass: HomeAssistant, stored: Mapping[str, str], phase_count: int) -> vol.Schema:
        return vol.Schema(
            {
                vol.Required(CONF_HOST): text(),
                vol.Required(CONF_PORT, default=stored.get(CONF_PORT, "8883")): number(step=1),
                vol.Required(CONF_TLS, default=stored.get(CONF_TLS) != "false"): BooleanSelector(),
                vol.Optional(CONF_USERNAME): text(),
                vol.Optional(CONF_PASSWORD): secret(),
                vol.Required(CONF_CHARGER_ID): text(),
                vol.Required(CONF_DIALECT, default=stored.get(CONF_DIALECT, DialectName.JSON.value)): choice(
                    DialectName, CONF_DIALECT
                ),
                vol.Optional(CONF_USER_ID): text(),
                vol.Optional(CONF_TOKEN): secret(),
                **limited_by_fields(hass, stored),
            }
        )

    @classmethod
    @override
    async def async_validate(cls, hass: HomeAssistant, user_input: Mapping[str, str]) -> dict[str, str]:
        connection = read_connection(user_input)
        limited_by = read_limited_by(hass, user_input)
        try:
            async with EVMeterClient(_client_config(connection)) as client:
                await _try_reading(client, connection.charger_id)
        except EVMeterError as error:
            raise SettingsErrors.one("base", _error_code(error), str(error)) from error
        return connection_to_strings(connection) | limited_by

    @classmethod
    @override
    def suggested_limits(cls, hass: HomeAssistant, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the number that limits it takes, where there is one."""
        return EntityCharger.suggested_limits(hass, answers)

    def _is_old(self) -> bool:
        told_at = self._told_at
        return told_at is None or self.hass.loop.time() - told_at > BELIEVED_FOR * self.poll_interval

    def _run(self, work: Coroutine[None, None, None], name: str) -> None:
        task_name = f"EV-Meter {self._connection.charger_id} {name}"
        self._tasks.append(self.hass.async_create_background_task(work, task_name))

    async def _follow_readings(self) -> None:
        """Take what the charger pushes; a broker that forbids listening leaves the polls."""
        try:
            async for details in self._client.subscribe(self._connection.charger_id):
                self._take(details)
        except EVMeterError as error:
            LOGGER.debug("No pushed readings from %s: %s", self._connection.charger_id, error)

    async def _follow_availability(self) -> None:
        """Notice at once when the charger leaves its broker, and read it when it is back."""
        try:
            async for online in self._client.subscribe_availability(self._connection.charger_id):
                if online:
                    await self.async_poll()
                else:
                    self._told_at = None
                    self._set_problem(ChargerProblem.SILENT)
        except EVMeterError as error:
            LOGGER.debug("%s does not tell whether it is there: %s", self._connection.charger_id, error)

    @callback
    def _connection_changed(self, state: ConnectionState) -> None:
        if state is ConnectionState.REFUSED:
            self._set_problem(ChargerProblem.REFUSED)
        elif state is ConnectionState.DISCONNECTED:
            self._set_problem(ChargerProblem.UNREACHABLE)

    @callback
    def _take(self, details: ChargerDetails) -> None:
        """Take a fresh reading; one of a charger that has left, kept by the broker, is not fresh."""
        if self._client.available(self._connection.charger_id) is False:
            return
        self._details = storable(details)
        self._told_at = self.hass.loop.time()
        self._problem = ChargerProblem.NONE
        self._tell()

    def _problem_of(self, error: EVMeterError) -> ChargerProblem:
        if isinstance(error, EVMeterAuthenticationError):
            return ChargerProblem.REFUSED
        if isinstance(error, EVMeterConnectionError) or not self._client.connected:
            return ChargerProblem.UNREACHABLE
        if isinstance(error, EVMeterProtocolError):
            return ChargerProblem.PROTOCOL
        # Whoever never said a word, not even no, may be a wrong charger id.
        heard = (
            isinstance(error, EVMeterCommandError)
            or self._details is not None
            or self._client.available(self._connection.charger_id) is not None
        )
        return ChargerProblem.SILENT if heard else ChargerProblem.UNKNOWN_CHARGER

    @callback
    def _set_problem(self, problem: ChargerProblem) -> None:
        changed, self._problem = problem is not self._problem, problem
        if changed:
            self._tell()

    @callback
    def _tell(self) -> None:
        if self._listener is not None:
            self._listener()


async def _try_reading(client: EVMeterClient, charger_id: str) -> None:
    """Read a charger once.

    Raises:
        SettingsErrors: connected, but there is no sign of this charger.
        EVMeterError: as the client does.
    """
    try:
        await client.get_reading(charger_id)
    except EVMeterTimeoutError as error:
        if Capability.WATCHDOG not in client.capabilities or await _is_announced(client, charger_id):
            raise
        raise SettingsErrors.one(
            CONF_CHARGER_ID, ErrorCode.UNKNOWN_CHARGER, "is not at this broker"
        ) from error


async def _is_announced(client: EVMeterClient, charger_id: str) -> bool:
    """Whether the charger ever told its broker that it is there or not."""
    try:
        async with (
            asyncio.timeout(ANNOUNCED_WITHIN),
            aclosing(client.subscribe_availability(charger_id)) as told,
        ):
            return await anext(told, None) is not None
    except TimeoutError:
        return False


def _client_config(connection: EVMeterConnection) -> EVMeterConfig:
    """Return the client's settings.

    Raises:
        SettingsErrors: naming the one that the client cannot use.
    """
    try:
        options: dict[str, str] = {}
        if connection.dialect is DialectName.BLEWIFI:
            options = {CONF_USER_ID: connection.user_id or "", CONF_TOKEN: connection.token or ""}
        dialect = create_dialect(connection.dialect.value, options)
        dialect.normalise_id(connection.charger_id)
        return EVMeterConfig(
            host=connection.host,
            port=connection.port,
            tls=connection.tls,
            # Home Assistant's own context: made in advance, because that reads files.
            tls_context=client_context() if connection.tls else None,
            username=connection.username,
            password=connection.password,
            dialect=dialect,
        )
    except EVMeterConfigError as error:
        raise SettingsErrors.one(error.key, ErrorCode.INVALID_VALUE, str(error)) from error


def _error_code(error: EVMeterError) -> ErrorCode:
    if isinstance(error, EVMeterAuthenticationError):
        return ErrorCode.INVALID_AUTH
    if isinstance(error, EVMeterConnectionError):
        return ErrorCode.CANNOT_CONNECT
    if isinstance(error, EVMeterTimeoutError):
        return ErrorCode.TIMEOUT
    return ErrorCode.PROTOCOL
