"""Options that belong together as one argument of a command: a dataclass whose fields are options."""

from __future__ import annotations

import functools
import inspect
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import DataclassInstance


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Make a function that typer can read from a command with arguments that are groups of options.

    Typer reads the options of a command from the parameters of a function. Each parameter of the command
    whose type is a dataclass is replaced by the fields of that dataclass, and made from them when it is run.
    """
    parameters = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, type[DataclassInstance]] = {
        name: each.annotation
        for name, each in parameters.items()
        if isinstance(each.annotation, type) and is_dataclass(each.annotation)
    }

    @functools.wraps(command)
    def run(**values: object) -> None:
        made = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**made, **values)

    single = [each for name, each in parameters.items() if name not in groups]
    grouped = [option for group in groups.values() for option in _options(group)]
    # What typer looks at; `functools.wraps` alone would show it the parameters of the command.
    run.__dict__["__signature__"] = inspect.Signature([*single, *grouped])
    return run


def _options(group: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for name in hints:
        default = getattr(group, name)
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
