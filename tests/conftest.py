"""How many examples the properties are tried with.

200 by default, 2,000 with `HYPOTHESIS_PROFILE=ci`, 100,000 with `--long`.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# The same examples every time: what fails there fails for a change of the code, not by chance.
settings.register_profile("ci", settings.get_profile("default"), max_examples=2_000, derandomize=True)
settings.register_profile("long", settings.get_profile("default"), max_examples=100_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`."""
    parser.addoption(
        "--long",
        action="store_true",
        help="try every property with 100,000 examples, however long that takes",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the number of examples, before any test is read."""
    chosen = "long" if config.getoption("--long") else os.environ.get("HYPOTHESIS_PROFILE", "default")
    settings.load_profile(chosen)
    # Said on Python 3.14 of a generator that hypothesis itself keeps.
    config.addinivalue_line(
        "filterwarnings", "ignore:It looks like `register_random`:hypothesis.errors.HypothesisWarning"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Lift the time limit of every test in a long run."""
    if config.getoption("--long"):
        for item in items:
            item.add_marker(pytest.mark.timeout(0), append=False)
