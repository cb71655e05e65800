"""Secrets in forms: never shown again, kept where a field is left empty, and asked for anew when refused."""

from collections.abc import Mapping
from typing import Final

import voluptuous as vol
from homeassistant.const import CONF_PASSWORD, CONF_TOKEN, CONF_USERNAME
from homeassistant.core import HomeAssistant

from ..chargers import CHARGERS
from ..const import CONF_USER_ID
from ..form_fields import secret, text
from ..settings import ChargerKind

SECRETS: Final[Mapping[str, str]] = {CONF_PASSWORD: CONF_USERNAME, CONF_TOKEN: CONF_USER_ID}
"""What is never shown again, and whose it is: an empty field keeps the stored secret of the same owner."""

CREDENTIALS_FORM: Final = vol.Schema(
    {vol.Optional(CONF_USERNAME): text(), vol.Optional(CONF_PASSWORD): secret()}
)


def without_secrets(stored: Mapping[str, str]) -> dict[str, str]:
    """Return what a form is filled in with."""
    return {key: value for key, value in stored.items() if key not in SECRETS}


def with_kept_secrets(stored: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return what was given, with the stored secrets of owners that did not change."""
    kept = {
        secret: stored[secret]
        for secret, owner in SECRETS.items()
        if secret in stored and owner in given and given[owner] == stored.get(owner)
    }
    return kept | dict(given)


async def async_try_credentials(
    hass: HomeAssistant, stored: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Try a charger's connection with other credentials, and return the strings to store for the charger.

    Args:
        hass: the running Home Assistant.
        stored: the strings of an EV-Meter charger.
        given: the answers to ``CREDENTIALS_FORM``.

    Raises:
        SettingsErrors: with every answer that cannot be used; at ``base`` where the connection failed.
    """
    rest = {key: value for key, value in stored.items() if key not in CREDENTIALS_FORM.schema}
    answers = rest | with_kept_secrets(stored, given)
    return rest | await CHARGERS[ChargerKind.EVMETER].async_validate(hass, answers)
