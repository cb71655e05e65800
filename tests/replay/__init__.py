"""Tests of scripts/replay."""
