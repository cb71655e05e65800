"""A limit that is set by actions of the user's own."""

from collections.abc import Mapping
from typing import override

import voluptuous as vol
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant, valid_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import SCRIPT_MODE_RESTART, Script, async_validate_actions_config
from homeassistant.helpers.trace import script_execution_get, trace_clear
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from evmeter_client.models import PerPhase

from ..const import CONF_PAUSE, CONF_SET_LIMIT, DOMAIN, LOGGER
from ..exceptions import ErrorCode, SettingsErrors
from ..settings import TemplateChargerSettings
from ..templates import FollowedTemplate
from .followed import FollowedEntity
from .limit_port import LimitPort, async_finish, write_failed

FINISHED = "finished"
"""How Home Assistant calls the end of a script that was not aborted."""


def read_actions(key: str, text: str) -> list[ConfigType]:
    """Return a sequence of actions from its JSON text.

    Args:
        key: of the setting.
        text: as stored.

    Raises:
        SettingsErrors: it is no sequence of actions.
    """
    try:
        actions: list[ConfigType] = cv.SCRIPT_SCHEMA(json_loads(text))
    except (*JSON_DECODE_EXCEPTIONS, vol.Invalid) as error:
        raise SettingsErrors.one(key, ErrorCode.INVALID_ACTION, f"is no action: {error}") from error
    if not actions:
        raise SettingsErrors.one(key, ErrorCode.INVALID_ACTION, "has no action")
    return actions


async def async_check_actions(hass: HomeAssistant, key: str, text: str) -> None:
    """Check a sequence of actions, also what only the integrations of its steps know.

    Raises:
        SettingsErrors: it cannot be run.
    """
    actions = read_actions(key, text)
    try:
        await async_validate_actions_config(hass, actions)
    except (vol.Invalid, HomeAssistantError) as error:
        raise SettingsErrors.one(key, ErrorCode.INVALID_ACTION, f"cannot be run: {error}") from error


class ActionSequence:
    """A sequence of actions, run to its end."""

    def __init__(self, hass: HomeAssistant, key: str, text: str) -> None:
        """Read the actions.

        Args:
            hass: the running Home Assistant.
            key: of the setting, which an error names.
            text: as stored.

        Raises:
            SettingsErrors: it is no sequence of actions.
        """
        self._hass = hass
        self._key = key
        self._text = text
        self._script: Script | None = None
        read_actions(key, text)

    @property
    def name(self) -> str:
        """What an error calls it."""
        return f"the action sequence “{self._key}”"

    async def async_run(self, variables: Mapping[str, float]) -> None:
        """Run the actions and wait for their end; a run that is still going on is stopped.

        Raises:
            ChargerWriteError: they did not come to their end.
        """
        script = await self._async_script()
        for entity_id in sorted(filter(valid_entity_id, script.referenced_entities)):
            state = self._hass.states.get(entity_id)
            if state is None or state.state == STATE_UNAVAILABLE:
                # Home Assistant silently leaves out what is unavailable.
                raise write_failed(f"{entity_id} is unavailable")
        # A script that ends at a condition or a timeout does so quietly; its trace tells.
        trace_clear()
        await async_finish(script.async_run(dict(variables), Context()), self.name)
        if script_execution_get() != FINISHED:
            raise write_failed(f"{self.name} ended early, at a condition, a timeout or a stop")

    async def async_stop(self) -> None:
        """Stop a run; nothing is left running. The next run begins anew."""
        script, self._script = self._script, None
        if script is not None:
            await script.async_unload()

    async def _async_script(self) -> Script:
        """Return the script, made when it is first run: by then the integrations of its steps are there.

        Raises:
            ChargerWriteError: they know that it cannot be run.
        """
        if self._script is None:
            try:
                # Read anew every time: what is checked is changed by it.
                actions = await async_validate_actions_config(self._hass, read_actions(self._key, self._text))
            except (vol.Invalid, HomeAssistantError) as error:
                raise write_failed(f"{self.name} cannot be run: {error}") from error
            self._script = Script(
                self._hass,
                actions,
                self._key,
                DOMAIN,
                script_mode=SCRIPT_MODE_RESTART,
                log_exceptions=False,
                logger=LOGGER.getChild("actions"),
            )
        return self._script


class ScriptLimit(LimitPort):
    """Runs actions with the limit in variables, and other actions to pause where there are any.

    The limit in force is what its template tells; without one, what was set last is believed. Actions that
    pause may leave the limit as it is, so after them it is 0 whatever the template tells.
    """

    def __init__(
        self, hass: HomeAssistant, settings: TemplateChargerSettings, in_force: FollowedTemplate | None
    ) -> None:
        """Read the actions.

        Args:
            hass: the running Home Assistant.
            settings: with the actions.
            in_force: tells the limit in force, None = nothing does.

        Raises:
            SettingsErrors: what is stored is no sequence of actions.
        """
        self._set_limit = ActionSequence(hass, CONF_SET_LIMIT, settings.set_limit)
        self._pause = None if settings.pause is None else ActionSequence(hass, CONF_PAUSE, settings.pause)
        self._in_force = in_force
        self._written: float | None = None

    @property
    @override
    def entities(self) -> tuple[FollowedEntity, ...]:
        return ()

    @property
    @override
    def available(self) -> bool:
        return self._in_force is None or self._in_force.available

    @property
    @override
    def current(self) -> float | None:
        paused_apart = self._pause is not None and self._written == 0
        return self._written if self._in_force is None or paused_apart else self._in_force.amperes

    @property
    @override
    def name(self) -> str:
        return self._set_limit.name

    @property
    @override
    def device_id(self) -> str | None:
        return None

    @override
    async def async_write(self, limits: PerPhase) -> None:
        current = min(limits)
        sequence = self._pause if current == 0 and self._pause is not None else self._set_limit
        lines = {f"current_l{line}": _number(limit) for line, limit in enumerate(limits, start=1)}
        # What is not known to have arrived is not known to be in force.
        self._written = None
        await sequence.async_run({"current": _number(current), **lines})
        self._written = current

    async def async_stop(self) -> None:
        """Stop what is still running."""
        await self._set_limit.async_stop()
        if self._pause is not None:
            await self._pause.async_stop()


def _number(current: float) -> float:
    """Return a current as an action should have it: without a point where it is a whole number."""
    return int(current) if current == int(current) else round(current, 1)


def shown_actions(text: str) -> object:
    """Return stored actions as their editor takes them; what cannot be read is left out."""
    try:
        return json_loads(text)
    except JSON_DECODE_EXCEPTIONS:
        return None
