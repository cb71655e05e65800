"""The topics of the JSON dialect: templates that a charger's id is filled into and found in."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Self

from evmeter_client.exceptions import EVMeterConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = "[A-Za-z0-9_-]{1,64}"
_CHARGER_ID = re.compile(_ID, re.ASCII)
PLACEHOLDER = "{charger_id}"

_MAX_TEMPLATE = 256
_UNUSABLE = re.compile(r"[+#{}\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_charger_id(value: object) -> bool:
    """Say whether a value is a charger's id: 1 to 64 ASCII letters, digits, ``_`` and ``-``."""
    return isinstance(value, str) and _CHARGER_ID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonTopics:
    """Topic templates; in each, one whole level is ``{charger_id}``.

    Attributes:
        command: where a charger hears requests.
        response: where it answers.
        state: where it pushes readings, retained.
        availability: where it says ``online``, and its last will ``offline``, retained.
    """

    command: str = f"evmeter/{PLACEHOLDER}/command"
    response: str = f"evmeter/{PLACEHOLDER}/response"
    state: str = f"evmeter/{PLACEHOLDER}/state"
    availability: str = f"evmeter/{PLACEHOLDER}/availability"

    def __post_init__(self) -> None:
        """Check the templates.

        Raises:
            EVMeterConfigError: with key ``command_topic`` and so on.
        """
        seen: set[str] = set()
        for name, template in asdict(self).items():
            key = f"{name}_topic"
            if template.split("/").count(PLACEHOLDER) != 1:
                raise EVMeterConfigError(key, f"exactly one level must be {PLACEHOLDER}")
            if len(template) > _MAX_TEMPLATE or _UNUSABLE.search(template.replace(PLACEHOLDER, "")):
                raise EVMeterConfigError(key, "too long, or with a character no topic may have")
            if template.startswith("$"):
                raise EVMeterConfigError(key, "topics that start with $ belong to the broker")
            if template in seen:
                raise EVMeterConfigError(key, "already used for another purpose")
            seen.add(template)

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        """Make the templates from ``command_topic`` and so on; a missing one has its default.

        Raises:
            EVMeterConfigError: an option is not known, or a template is not usable.
        """
        names = {f"{item.name}_topic": item.name for item in fields(cls)}
        for key in options:
            if key not in names:
                raise EVMeterConfigError(key, "not an option of this dialect")
        return cls(**{names[key]: template for key, template in options.items()})

    def heard_by_clients(self) -> re.Pattern[str]:
        """Return what matches every topic a client hears.

        The one group that matches is named as the template (``response``, ``state`` or ``availability``) and
        holds the charger's id.
        """
        templates = {"response": self.response, "state": self.state, "availability": self.availability}
        return re.compile("|".join(_with_group(*item) for item in templates.items()), re.ASCII)

    @staticmethod
    def fill(template: str, charger_id: str) -> str:
        """Return the topic of a charger."""
        return template.replace(PLACEHOLDER, charger_id)

    @staticmethod
    def charger_in(template: str, topic: str) -> str | None:
        """Return the id of the charger a topic belongs to, None if it is not one of this template."""
        before, _, after = template.partition(PLACEHOLDER)
        if not topic.startswith(before) or not topic.endswith(after):
            return None
        charger_id = topic[len(before) : len(topic) - len(after)]
        return charger_id if is_charger_id(charger_id) else None


def _with_group(name: str, template: str) -> str:
    before, _, after = template.partition(PLACEHOLDER)
    return f"{re.escape(before)}(?P<{name}>{_ID}){re.escape(after)}"
