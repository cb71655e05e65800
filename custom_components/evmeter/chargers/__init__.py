"""How chargers are reached: the base class, one module per kind, and their registry."""

from .base import Charger, ChargerDevice, ChargerProblem

__all__ = ["Charger", "ChargerDevice", "ChargerProblem"]
