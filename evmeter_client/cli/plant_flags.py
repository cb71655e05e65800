"""The flags of `evmeter simulate` that say what is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from evmeter_client.dialects import BlewifiDialect
from evmeter_client.dialects.base import MAX_LIMIT_A
from evmeter_client.simulator.car import Car, CarSettings
from evmeter_client.simulator.charger import SimulatedCharger
from evmeter_client.simulator.charger_settings import SimulatedChargerSettings

if TYPE_CHECKING:
    from evmeter_client.dialects import Dialect

_LEAST: Final = 6.0
"""What a charger can offer at least, and a car charges with [A]: IEC 61851-1."""

_WH_PER_KWH: Final = 1000.0
_CHARGER: Final = "Charger"
_CAR: Final = "Car"
_DEFAULT_ID: Final = "SIMULATED01"
_DEFAULT_MAC: Final = "020000000001"
"""An address from the range that no manufacturer has."""


@dataclass(frozen=True, kw_only=True)
class Plant:
    """The flags that say what is simulated."""

    charger_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            rich_help_panel=_CHARGER,
            help=f"Id of the charger; {_DEFAULT_ID}, with BLEWIFI {_DEFAULT_MAC}, by default.",
        ),
    ] = None
    phases: Annotated[
        int, typer.Option(rich_help_panel=_CHARGER, min=1, max=3, help="Phases of the charger, 1 or 3.")
    ] = 3
    maximum: Annotated[
        float,
        typer.Option(
            metavar="AMPERE", rich_help_panel=_CHARGER, min=_LEAST, max=MAX_LIMIT_A, help="Most it can offer."
        ),
    ] = 16.0
    fallback: Annotated[
        float,
        typer.Option(
            metavar="AMPERE",
            rich_help_panel=_CHARGER,
            min=0,
            help="Its limit once a limit's time to live is over.",
        ),
    ] = 6.0
    seed: Annotated[int, typer.Option(rich_help_panel=_CHARGER, help="Seed of the noise.")] = 0
    car: Annotated[bool, typer.Option(rich_help_panel=_CAR, help="Plug in a car.")] = True
    car_maximum: Annotated[
        float,
        typer.Option(
            metavar="AMPERE",
            rich_help_panel=_CAR,
            min=_LEAST,
            max=MAX_LIMIT_A,
            help="Most it draws per phase.",
        ),
    ] = 16.0
    car_phases: Annotated[int, typer.Option(rich_help_panel=_CAR, min=1, max=3, help="Phases it uses.")] = 3
    car_energy: Annotated[
        float | None,
        typer.Option(
            metavar="KWH", min=0, rich_help_panel=_CAR, help="It is full after so much; never by default."
        ),
    ] = None

    def make_charger(self, dialect: Dialect) -> SimulatedCharger:
        """Return the charger, with its car plugged in.

        Raises:
            EVMeterConfigError: no charger or car could be like that.
        """
        default = _DEFAULT_MAC if isinstance(dialect, BlewifiDialect) else _DEFAULT_ID
        settings = SimulatedChargerSettings(
            charger_id=dialect.normalise_id(default if self.charger_id is None else self.charger_id),
            terminals=self.phases,
            maximum_current=self.maximum,
            fallback_current=self.fallback,
        )
        charger = SimulatedCharger(settings, seed=self.seed, epoch=datetime.now(UTC))
        if self.car:
            charger.plug(Car(self._car_settings()))
        return charger

    def _car_settings(self) -> CarSettings:
        return CarSettings(
            maximum_current=self.car_maximum,
            phases=self.car_phases,
            energy_wanted_wh=None if self.car_energy is None else self.car_energy * _WH_PER_KWH,
        )
