"""How EV-Meter speaks on the wire: one dialect per protocol, behind one interface."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from evmeter_client.dialects.base import Command, Dialect, ErrorCode
from evmeter_client.dialects.blewifi import BlewifiDialect
from evmeter_client.dialects.json import JsonDialect
from evmeter_client.exceptions import EVMeterConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DIALECTS", "BlewifiDialect", "Command", "Dialect", "ErrorCode", "JsonDialect", "create_dialect"]

DIALECTS: Mapping[str, type[Dialect]] = MappingProxyType(
    {dialect.name: dialect for dialect in (JsonDialect, BlewifiDialect)}
)
"""Every dialect by its name."""


def create_dialect(name: str, options: Mapping[str, str]) -> Dialect:
    """Make a dialect from its name and its options, all strings as stored in a configuration.

    Raises:
        EVMeterConfigError: there is no such dialect (key ``dialect``), or an option is not usable.
    """
    dialect = DIALECTS.get(name)
    if dialect is None:
        raise EVMeterConfigError("dialect", f"not one of {', '.join(DIALECTS)}")
    return dialect.from_options(options)
