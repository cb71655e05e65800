"""From the seconds of a recording to the time on the wall, and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from .problems import ReplayError

if TYPE_CHECKING:
    from datetime import tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """What the times of a recording mean.

    Attributes:
        on_the_clock: they are seconds since 1970 UTC; else they count from some moment nobody told.
        zone: of what is shown, None = this machine's.
        many_days: a time of day alone leaves a doubt.
    """

    on_the_clock: bool
    zone: tzinfo | None = None
    many_days: bool = False

    def moment(self, seconds: float) -> datetime:
        """Return a moment of a recording that is on the clock."""
        return datetime.fromtimestamp(seconds, self.zone).astimezone(self.zone)

    def label(self, seconds: float) -> str:
        """Return a moment as people read it in a list: the time of day, or the time since 0."""
        if not self.on_the_clock:
            return clock_face(seconds)
        return f"{self.moment(seconds):{'%d %b %H:%M:%S' if self.many_days else '%H:%M:%S'}}"

    def tick(self, seconds: float) -> str:
        """Return a round moment as it stands below an axis; midnight is a date."""
        if not self.on_the_clock:
            return clock_face(seconds)
        moment = self.moment(seconds)
        if moment.second:
            return f"{moment:%H:%M:%S}"
        return f"{moment:%H:%M}" if moment.hour or moment.minute else f"{moment:%d %b}"

    def stamp(self, seconds: float) -> str | float:
        """Return a moment as JSON can hold it: ISO 8601 to the second, or seconds."""
        return self.moment(seconds).isoformat(timespec="seconds") if self.on_the_clock else round(seconds, 3)

    def read(self, text: str, option: str, start: float) -> float:
        """Return the moment that a user wrote [s].

        Args:
            text: a date and time, a time of day, or seconds.
            option: it was written for.
            start: of the recording [s]; a time of day is the first one from there on.

        Raises:
            ReplayError: it is no moment, or of the other kind.
        """
        if not self.on_the_clock:
            try:
                return float(text)
            except ValueError:
                raise ReplayError(f"{option}: {text!r} is not a number of seconds, as in the file") from None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return self._time_of_day(text, option, start)
        return (moment if moment.tzinfo else self._here(moment)).timestamp()

    def _time_of_day(self, text: str, option: str, start: float) -> float:
        try:
            wanted = time.fromisoformat(text)
        except ValueError:
            raise ReplayError(f"{option}: {text!r} is neither like 2026-11-20T18:00 nor like 18:00") from None
        first = self.moment(start)
        moment = self._here(datetime.combine(first.date(), wanted))
        if moment < first:
            moment = self._here(datetime.combine(first.date() + DAY, wanted))
        return moment.timestamp()

    def _here(self, moment: datetime) -> datetime:
        return moment.astimezone() if self.zone is None else moment.replace(tzinfo=self.zone)


def clock_face(seconds: float) -> str:
    """Return a number of seconds as hours, minutes and seconds, such as 0:12:05."""
    sign, whole = ("-" if seconds < 0 else ""), abs(round(seconds))
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def duration(seconds: float) -> str:
    """Return a length of time in words, such as 2 h 05 min."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole // 60 % 60:02} min"
