"""Which mains phase each terminal of a charger hangs on: pure Python, no Home Assistant, no clock of its own.

What can be found, and what cannot:

- A car that charges on **one** phase takes its current from terminal L1 (IEC 62196-2). The mains phase that
  moves with it is that of terminal L1. Of the two other terminals nothing is seen.
- A car on **two** phases shows which pair of mains phases terminals L1 and L2 hang on, not which of the two
  is which, and so the phase of terminal L3, which is the one that is left.
- A car on **three** equal phases moves all three mains phases alike, whatever the wiring. Nothing can be
  found, and nothing depends on it while such a car charges.
- A charger that measures every terminal tells which terminals carry the current, so a car on any of them
  counts. Terminals are told apart only where their currents differ clearly: a difference of some percent is
  as often one of calibration as one of the car.

What is not seen stays unknown; it is never filled in by likelihood.
"""

from .detection import METER_GRACE, DetectionFailure, DetectionOutcome, DetectionResult, PhaseDetection
from .evidence import TerminalVerdict, Wiring, WiringEvidence, WiringVerdict
from .learning import Contradiction, WiringLearner
from .observer import StepObserver, Timing
from .steps import Measured, WiringStep

__all__ = [
    "METER_GRACE",
    "Contradiction",
    "DetectionFailure",
    "DetectionOutcome",
    "DetectionResult",
    "Measured",
    "PhaseDetection",
    "StepObserver",
    "TerminalVerdict",
    "Timing",
    "Wiring",
    "WiringEvidence",
    "WiringLearner",
    "WiringStep",
    "WiringVerdict",
]
