"""Where the mains currents come from: the base class, one module per kind, and their registry."""

from .base import Mains, Quantity, SourceProblem, SourceView

__all__ = ["Mains", "Quantity", "SourceProblem", "SourceView"]
