"""The lines of the logbook: which limit went where, and why, in the language of this Home Assistant."""

from collections.abc import Callable, Mapping

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN
from .events import EVENT_BALANCING

type Describe = Callable[[Event[Mapping[str, str | float]]], dict[str, str]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Describe what happens at a site."""

    @callback
    def describe(event: Event[Mapping[str, str | float]]) -> dict[str, str]:
        data = event.data
        return {
            LOGBOOK_ENTRY_NAME: str(data.get("charger", data["site"])),
            LOGBOOK_ENTRY_MESSAGE: _message(hass, data),
        }

    async_describe_event(DOMAIN, EVENT_BALANCING, describe)


def _message(hass: HomeAssistant, data: Mapping[str, str | float]) -> str:
    """Return the sentence; the bare type where there is no text, as while Home Assistant starts."""
    kind = str(data["type"])
    text = _text(hass, "common", kind)
    if text is None:
        return kind
    reason = _text(hass, "entity", f"sensor.reason.state.{data.get('reason')}") or str(data.get("reason"))
    phase = data.get("phase")
    return text.format(
        before=f"{data.get('before', 0):g}",
        after=f"{data.get('after', 0):g}",
        reason=reason if phase is None else f"{reason} {phase}",
        phase=phase or "",
    )


def _text(hass: HomeAssistant, category: str, key: str) -> str | None:
    texts = async_get_cached_translations(hass, hass.config.language, category, DOMAIN)
    return texts.get(f"component.{DOMAIN}.{category}.{key}")
