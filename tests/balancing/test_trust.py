"""A charger that did not obey gets another chance when somebody says so."""

from __future__ import annotations

import pytest

from custom_components.evmeter.balancing import Reason, ReasonCode

from .desk import Desk

NOT_OBEYING = Reason(code=ReasonCode.NOT_OBEYING)


@pytest.fixture
def deaf() -> Desk:
    """A charger that was told to pause because the car goes on with 16 A whatever it is told."""
    desk = Desk()
    desk.wait(120)
    desk.sockets[0].draw = 16.0
    desk.house = (15.0, 15.0, 15.0)
    desk.wait(120)
    assert desk.last.charger("a").reason == NOT_OBEYING
    assert not desk.last.charger("a").obeying
    return desk


def test_one_that_obeys_now_is_never_suspected_again(deaf: Desk) -> None:
    """It is balanced as any other from the next step on."""
    deaf.sockets[0].draw = None
    deaf.house = (3.0, 3.0, 3.0)
    deaf.balancer.trust("a")
    for _ in range(600):
        assert deaf.step().charger("a").obeying
    assert deaf.limit() == 16


def test_one_that_does_not_is_found_out_again(deaf: Desk) -> None:
    """After its reaction time, not in the very next step."""
    deaf.balancer.trust("a")
    assert deaf.step().charger("a").obeying
    deaf.wait(60)
    assert not deaf.last.charger("a").obeying
    deaf.wait(60)
    assert deaf.last.charger("a").reason == NOT_OBEYING


def test_nobody_else_is_trusted(deaf: Desk) -> None:
    """A charger that the site does not have is an error."""
    with pytest.raises(KeyError):
        deaf.balancer.trust("b")
    assert not deaf.step().charger("a").obeying
