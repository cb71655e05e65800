"""The kinds of form field our flows are made of; every value that leaves one is ready to be stored.

A number box that checked its own range would answer a bad value with Home Assistant's general message.
These fields let any text through: ``settings.py`` alone judges values, and the form shows its words at the
field.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import override

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.selector import (
    ActionSelector,
    ActionSelectorConfig,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TemplateSelector,
    TemplateSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)


class NumberBox(Selector[NumberSelectorConfig]):
    """A number box in the browser whose value arrives as text, whatever was typed."""

    selector_type = NumberSelector.selector_type
    CONFIG_SCHEMA = NumberSelector.CONFIG_SCHEMA

    def __call__(self, data: object) -> str:
        """Return what was typed."""
        return str(data).strip()


class TemplateBox(Selector[TemplateSelectorConfig]):
    """A box for a template whose errors are said by our own words."""

    selector_type = TemplateSelector.selector_type
    CONFIG_SCHEMA = TemplateSelector.CONFIG_SCHEMA

    def __call__(self, data: object) -> str:
        """Return what was typed."""
        return str(data)


class ActionBox(Selector[ActionSelectorConfig]):
    """Home Assistant's editor of actions, whose value arrives as JSON text; no action at all is no text."""

    selector_type = ActionSelector.selector_type
    CONFIG_SCHEMA = ActionSelector.CONFIG_SCHEMA

    def __call__(self, data: object) -> str:
        """Return what was put together."""
        return json_dumps(data) if data else ""


class PlainText(TextSelector):
    """A text box whose value loses the blanks around it, which come along when text is pasted."""

    @override
    def __call__(self, data: object) -> str:
        """Return what was typed."""
        return str(super().__call__(data)).strip()


def number(unit: str | None = None, *, step: float | None = None) -> NumberBox:
    """Return a number box.

    Args:
        unit: shown behind the number.
        step: of the arrow keys; None = any number may be typed.
    """
    config = NumberSelectorConfig(mode=NumberSelectorMode.BOX, step="any" if step is None else step)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberBox(config)


def text() -> PlainText:
    """Return a text box that no password manager fills."""
    return PlainText(TextSelectorConfig(autocomplete="off"))


def template() -> TemplateBox:
    """Return a box for a template."""
    return TemplateBox(TemplateSelectorConfig())


def actions() -> ActionBox:
    """Return the editor of a sequence of actions."""
    return ActionBox(ActionSelectorConfig())


def secret() -> TextSelector:
    """Return a text box that hides what is typed."""
    return TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password"))


def choice(
    options: type[StrEnum] | Iterable[str],
    translation_key: str,
    mode: SelectSelectorMode = SelectSelectorMode.DROPDOWN,
) -> SelectSelector:
    """Return a list to choose from; its options are translated under ``selector.<translation_key>``."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(option) for option in options],
            translation_key=translation_key,
            mode=mode,
        )
    )


def named_choice(
    names: Mapping[str, str],
    others: Iterable[str],
    translation_key: str,
    mode: SelectSelectorMode = SelectSelectorMode.DROPDOWN,
) -> SelectSelector:
    """Return a list to choose from, first what has a name of its own, then what is translated.

    Args:
        names: of the first options, by their values.
        others: the other options, translated under ``selector.<translation_key>``.
        translation_key: of the other options.
        mode: a list to see at once, or one that opens.
    """
    options = [SelectOptionDict(value=value, label=name) for value, name in names.items()]
    options += [SelectOptionDict(value=str(other), label=str(other)) for other in others]
    return SelectSelector(SelectSelectorConfig(options=options, translation_key=translation_key, mode=mode))


def sensor(device_class: SensorDeviceClass) -> EntitySelector:
    """Return a list of the sensors of one device class."""
    return EntitySelector(
        EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain=Platform.SENSOR, device_class=device_class)]
        )
    )


def entity(*domains: Platform) -> EntitySelector:
    """Return a list of the entities of some platforms."""
    return EntitySelector(
        EntitySelectorConfig(filter=[EntityWithDeviceFilterSelectorConfig(domain=list(domains))])
    )
