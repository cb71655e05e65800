"""Tests of the wiring: which mains phase each terminal of a charger hangs on."""
