"""The first seconds with a charger: its session is taken over, and nothing goes up before a whole window."""

from __future__ import annotations

from custom_components.evmeter.balancing import Phase, Reason, ReasonCode

from .desk import Desk, Socket

WINDOW = 30


def test_start_adopts_the_limit_in_force_and_raises_after_one_full_window() -> None:
    desk = Desk(sockets=[Socket(limit=9.0)])
    for _ in range(WINDOW):
        desk.step()
        assert desk.limit() == 9
        assert desk.last.charger("a").reason.code is ReasonCode.RESTART_HOLD
    assert desk.writes == []
    desk.step()
    assert desk.limit() == 16
    assert [decision.raising for _, decision in desk.writes] == [True]
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.CHARGER_MAXIMUM)


def test_start_without_a_known_limit_writes_the_fallback_current() -> None:
    desk = Desk(sockets=[Socket(limit=None, draw=0.0)])
    desk.step()
    assert desk.limit() == 6
    assert [(decision.current, decision.raising) for _, decision in desk.writes] == [(6.0, False)]


def test_start_believes_a_lower_limit_that_is_told_later() -> None:
    """The first word of a charger may be old: what it says then is not written back, for that is a raise."""
    socket = Socket(limit=16.0, draw=0.0)
    desk = Desk(sockets=[socket])
    desk.step()
    assert desk.limit() == 16
    socket.limit = 7.0
    desk.wait(WINDOW - 1)
    assert desk.limit() == 7
    assert desk.writes == []


def test_start_cuts_at_once_what_does_not_fit() -> None:
    desk = Desk(house=(15.0, 3.0, 3.0), sockets=[Socket(limit=16.0)])
    desk.step()
    assert desk.limit() == 9
    assert desk.last.charger("a").reason == Reason(code=ReasonCode.MAINS_PHASE, phase=Phase.L1)
