"""Other balancers, written anew from a description of their rules, on the same plant as ours."""

from .dala318 import Dala318
from .dirkgroenen import Dirkgroenen
from .evcc import Evcc
from .fixed_6a import Fixed6A
from .smartevse import SmartEVSE

__all__ = ["Dala318", "Dirkgroenen", "Evcc", "Fixed6A", "SmartEVSE"]
