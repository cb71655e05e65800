"""What can be wrong with what a user gave: always one line that says where and what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ReplayError(Exception):
    """Something that was given cannot be used; the text is the one line that the user reads."""


class FileError(ReplayError):
    """Something in a file cannot be used."""

    def __init__(
        self, path: Path, message: str, *, line: int | None = None, column: str | None = None
    ) -> None:
        """Name the place and say what is wrong there.

        Args:
            path: the file.
            message: what is wrong.
            line: its number, from 1; None = the file as a whole.
            column: its name in the first line; None = the whole line.
        """
        place = [str(path)]
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {column}")
        super().__init__(f"{', '.join(place)}: {message}")
