"""Measurements: run them with scripts/bench."""
