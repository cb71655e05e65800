"""The picture is a PNG of a sensible size that shows what it should."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from replaying.picture import CAR, FUSE, HOUSE, LIMIT, draw
from replaying.report import Replay

from .files import MAINS, export, replayed, table


def busy(now: int) -> tuple[float, ...]:
    return (20.0 if now % 300 > 200 else 2.0, -3.0, 1.0)


def picture_of(replay: Replay, path: Path) -> np.ndarray:
    """Draw and return the pixels: rows, columns, red green blue from 0 to 1."""
    draw(replay, path)
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(imread(path))[:, :, :3]


def pixels(picture: np.ndarray, colour: str) -> np.ndarray:
    """Return how many pixels of each row have a colour."""
    found = np.abs(picture - np.array(to_rgb(colour))).max(axis=2) < 0.02
    return np.asarray(found.sum(axis=1))


def test_three_phases(tmp_path: Path) -> None:
    """Three panels, each with its fuse line from left to right, house, car and limit."""
    picture = picture_of(replayed("--mains", table(tmp_path / "m.csv", busy, 900)), tmp_path / "p.png")
    height, width, _ = picture.shape
    assert 1400 <= width <= 2000
    assert 900 <= height <= 1400
    lines = np.flatnonzero(pixels(picture, FUSE) > 0.8 * width)
    assert len(np.flatnonzero(np.diff(lines) > 100)) == 2
    for colour in (HOUSE, CAR, LIMIT):
        assert pixels(picture, colour).sum() > 1000


def test_limit_is_shown_where_the_car_is(tmp_path: Path) -> None:
    """On the phases that it uses, and no car on the others."""
    path = table(tmp_path / "m.csv", busy, 900)
    three = picture_of(replayed("--mains", path), tmp_path / "three.png")
    one = picture_of(replayed("--mains", path, "--ev-phases", "1"), tmp_path / "one.png")
    third = len(one) // 3
    for colour in (CAR, LIMIT):
        assert pixels(three, colour)[third:].sum() > 1000
        assert pixels(one, colour)[:third].sum() > 1000
        assert pixels(one, colour)[third:].sum() == 0


def test_one_phase_is_one_panel(tmp_path: Path) -> None:
    one = replayed("--mains", table(tmp_path / "m.csv", lambda _: (3.0,), 120))
    three = replayed("--mains", table(tmp_path / "n.csv", busy, 120))
    small, large = picture_of(one, tmp_path / "one.png"), picture_of(three, tmp_path / "three.png")
    assert small.shape[1] == large.shape[1]
    assert small.shape[0] < 0.5 * large.shape[0]


def test_long_recording_with_dates_and_silence(tmp_path: Path) -> None:
    """More seconds than the picture has points, midnight, and a stretch without a report."""
    said = [(second, f"{2 + second % 700 / 100:.2f}") for second in range(0, 12_000, 20)]
    said = [(second, state) for second, state in said if not 4000 <= second < 5000]
    path = export(tmp_path / "m.csv", *((name, said) for name in MAINS))
    replay = replayed("--mains", path, "--timezone", "Asia/Kolkata")
    assert len(replay.seconds) > 11_000
    assert picture_of(replay, tmp_path / "p.png").shape[1] >= 1400


@pytest.mark.parametrize("name", ["a.png", "picture.of.mine"])
def test_same_replay_same_picture(name: str, tmp_path: Path) -> None:
    """A PNG whatever its name; nothing in it of the day it was drawn on, or of the user's settings."""
    replay = replayed("--mains", table(tmp_path / "m.csv", busy, 60))
    draw(replay, tmp_path / name)
    draw(replay, tmp_path / "b.png")
    assert (tmp_path / name).read_bytes() == (tmp_path / "b.png").read_bytes()
