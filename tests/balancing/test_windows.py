"""Peaks and valleys of windows, against the plain definition."""

from __future__ import annotations

from hypothesis import given, strategies as st

from custom_components.evmeter.balancing.windows import PeakWindow, ValleyWindow

LONGEST = 30.0
pushes = st.lists(st.tuples(st.floats(0, 5), st.floats(-50, 50)), min_size=1, max_size=60)


@given(pushes=pushes, length=st.floats(0, LONGEST))
def test_window_is_the_highest_and_lowest_of_its_seconds(
    pushes: list[tuple[float, float]], length: float
) -> None:
    peaks, valleys = PeakWindow(), ValleyWindow()
    now, seen = 0.0, []
    for gap, value in pushes:
        now += gap
        seen.append((now, value))
        peaks.push(now, value, LONGEST)
        valleys.push(now, value, LONGEST)
        inside = [amps for time, amps in seen if time >= now - length]
        assert peaks.peak(length) == max(inside)
        assert valleys.valley(length) == min(inside)


def test_without_values_there_is_no_extreme() -> None:
    peaks, valleys = PeakWindow(), ValleyWindow()
    assert peaks.peak(10) is None
    assert valleys.valley(10) is None


def test_what_is_stored_comes_back() -> None:
    peaks, valleys = PeakWindow(), ValleyWindow()
    for now, value in enumerate([3.0, 9.0, 4.0, 5.0]):
        peaks.push(now, value, LONGEST)
        valleys.push(now, value, LONGEST)
    assert PeakWindow(peaks.values).peak(1) == peaks.peak(1) == 5
    assert ValleyWindow(valleys.values).valley(3) == valleys.valley(3) == 3
    peaks.clear()
    valleys.clear()
    assert peaks.values == valleys.values == []
