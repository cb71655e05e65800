"""The control law: from readings to limits, one step at a time."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from .charger_memory import restore_charger, store_charger
from .charger_state import ChargerTrack
from .cutting import cut
from .mains_phase import MainsPhase
from .model import ChargerDecision, Phase, ReasonCode
from .obedience import check_obedience, must_pause
from .overload_budget import OverloadBudget
from .pace import site_pace
from .raising import raise_limits
from .reasons import explain_all
from .report import describe_site
from .staleness import DEFAULT_PERIOD, usable_period, usable_resolution
from .step_context import Cap, StepContext
from .stored_state import StateError, StateReader
from .topology import Topology
from .tuning import PAUSES, WRITES
from .write_budget import count_write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .model import ChargerReading, ChargerSettings, Decision, MainsReading, SiteSettings
    from .pace import Pace, SitePace
    from .stored_state import Json, JsonObject

STATE_VERSION = 1
PACES_KEPT = 32


class Balancer:
    """Balances the chargers of one mains connection.

    Pure and deterministic: it has no clock, does no input or output, and gives the same answers to the same
    inputs. No reading, however wrong, makes it raise an exception: what cannot be believed counts as silence.
    """

    def __init__(self, site: SiteSettings, chargers: Sequence[ChargerSettings]) -> None:
        """Begin without any memory.

        Args:
            site: the mains connection.
            chargers: everything on it that can be limited.

        Raises:
            SettingsError: naming the setting that cannot be used.
        """
        self._topology = Topology(site, chargers)
        self._site = site
        self._settings = tuple(chargers)
        self._phases = tuple(MainsPhase(limit, site.margin, site.fuse_type) for limit in site.limit)
        self._tracks = tuple(ChargerTrack.create(charger, site.phase_count) for charger in chargers)
        self._paces: dict[float, SitePace] = {}
        self._overloads = OverloadBudget(self._pace_at(DEFAULT_PERIOD).tolerance)
        self._now: float | None = None

    def step(self, now: float, mains: MainsReading, chargers: Sequence[ChargerReading]) -> Decision:
        """Take what is known now and decide every limit.

        Args:
            now: time on a monotonic clock [s]; a jump back begins all evidence anew.
            mains: the last word of the mains meter; the same reading may be given again.
            chargers: the last word of each charger; one that is missing is not heard from.

        Returns:
            The decision; a limit of it that says `write` must be written now.
        """
        period = usable_period(mains.period)
        pace = self._pace_at(period)
        now, elapsed = self._advance(now, pace.longest)
        self._hear_mains(now, elapsed, mains, period)
        caution = usable_resolution(mains.resolution) / 2
        before = self._hear_chargers(now, elapsed, chargers, pace.chargers)
        self._find_background(now, pace.chargers, pace.longest)
        self._overloads.book(elapsed, self._phases_in_use(), pace.tolerance, caution)
        told_again = [
            check_obedience(track, now, own, self._phases, hurried=self._is_hurried(track, own))
            for track, own in zip(self._tracks, pace.chargers, strict=True)
        ]
        context = self._context(now, elapsed, period, caution, pace, chargers)
        cut(context)
        raise_limits(context)
        for track, reason in zip(self._tracks, explain_all(context), strict=True):
            track.reason = reason
        decisions = [
            self._conclude(context, index, before[index], again=again)
            for index, again in enumerate(told_again)
        ]
        return describe_site(context, decisions)

    def _pace_at(self, period: float) -> SitePace:
        rounded = max(0.1, round(period, 1))
        if rounded not in self._paces:
            if len(self._paces) >= PACES_KEPT:
                self._paces.clear()
            self._paces[rounded] = site_pace(self._site.mode, self._settings, rounded)
        return self._paces[rounded]

    def _phases_in_use(self) -> list[MainsPhase]:
        """Return the phases of the mains that some charger uses."""
        used = {name for track in self._tracks for name in track.phases.counted}
        return [phase for name, phase in zip(Phase, self._phases, strict=False) if name in used]

    def _advance(self, now: float, longest: float) -> tuple[float, float]:
        """Return the time to reckon with and the time since the last step [s]."""
        before = self._now
        if not isfinite(now):
            now = 0.0 if before is None else before
        self._now = now
        if before is None:
            return now, 0.0
        if now < before:
            for phase in self._phases:
                phase.restart(now)
            for track in self._tracks:
                track.restart(now)
            return now, 0.0
        if now - before > longest:
            for track in self._tracks:
                track.begin_again()
        return now, now - before

    def _hear_mains(self, now: float, elapsed: float, mains: MainsReading, period: float) -> None:
        for place, phase in enumerate(self._phases):
            value = mains.current[place] if place < len(mains.current) else None
            measured_at = mains.measured_at[place] if place < len(mains.measured_at) else None
            phase.update(now, elapsed, value, measured_at, period)

    def _hear_chargers(
        self, now: float, elapsed: float, chargers: Sequence[ChargerReading], paces: Sequence[Pace]
    ) -> list[float]:
        """Take the readings of the chargers; return what each of them was told last [A]."""
        readings = {reading.id: reading for reading in chargers}
        for track, pace in zip(self._tracks, paces, strict=True):
            track.hear(now, readings.get(track.settings.id), pace)
            track.pauses.earn(elapsed, PAUSES)
            track.writes.earn(elapsed, WRITES[track.settings.write_class])
        return [track.told for track in self._tracks]

    def _is_hurried(self, track: ChargerTrack, pace: Pace) -> bool:
        return any(self._phases[phase].is_urgent(pace.wait) for phase in track.phases.counted)

    def _find_background(self, now: float, paces: Sequence[Pace], longest: float) -> None:
        """Take the draw of all chargers from every new sample of the mains."""
        for name, phase in zip(Phase, self._phases, strict=False):
            value, measured_at = phase.meter.value, phase.meter.measured_at
            if not phase.sampled or value is None or measured_at is None:
                continue
            low = high = 0.0
            unheard = False
            hurried = any(phase.is_urgent(pace.wait) for pace in paces)
            for track, pace in zip(self._tracks, paces, strict=True):
                reaction = pace.quick_wait if hurried else pace.reaction
                least, most = track.draw_range(name, measured_at, reaction)
                low += least
                high += most
                unheard = unheard or (not track.is_heard and most > 0)
            lowest = value - high
            if unheard:
                lowest = max(lowest, min(value, 0.0))
            phase.background.update(now, lowest, max(lowest, value - low), longest)

    def _context(
        self,
        now: float,
        elapsed: float,
        period: float,
        caution: float,
        pace: SitePace,
        chargers: Sequence[ChargerReading],
    ) -> StepContext:
        silent = {
            name
            for name, phase in zip(Phase, self._phases, strict=False)
            if phase.meter.is_hard_stale(now, period)
        }
        fallback = frozenset(
            index for index, charger in enumerate(self._settings) if silent.intersection(charger.wiring)
        )
        ceilings = {reading.id: reading.ceiling for reading in chargers if reading.ceiling is not None}
        caps = []
        for index, track in enumerate(self._tracks):
            cap = Cap(track.largest, ReasonCode.CHARGER_MAXIMUM)
            ceiling = ceilings.get(track.settings.id)
            if ceiling is not None and isfinite(ceiling.current) and ceiling.current < track.largest:
                cap = Cap(track.fit(ceiling.current), ceiling.reason)
            if index in fallback and track.fit(track.settings.fallback_current) < cap.current:
                cap = Cap(track.fit(track.settings.fallback_current), ReasonCode.STALE_METER)
            if must_pause(track):
                cap = Cap(0.0, ReasonCode.NOT_OBEYING)
            caps.append(cap)
        return StepContext(
            now=now,
            elapsed=elapsed,
            period=period,
            caution=caution,
            topology=self._topology,
            phases=self._phases,
            tracks=self._tracks,
            paces=pace.chargers,
            counted=[track.phases.counted for track in self._tracks],
            caps=caps,
            fallback=fallback,
            alignment=pace.alignment,
            longest_window=pace.longest,
            overloads=self._overloads,
            tolerance=pace.tolerance,
        )

    def _conclude(self, context: StepContext, index: int, before: float, *, again: bool) -> ChargerDecision:
        """Say what becomes of one charger, and whether it must be written."""
        track = context.tracks[index]
        changed = track.told != before
        if track.told_at is None:
            track.told_at = context.now
        rearm = track.settings.rearm_after
        due = rearm is not None and context.now - track.told_at >= rearm
        write = track.adopted and (changed or track.must_write or again or due)
        if write and not changed and due:
            track.rearm()
        raising = write and track.told > before
        if write:
            count_write(track, context.now, changed=changed, raising=raising)
        limit = [0.0] * len(context.phases)
        for phase in track.settings.wiring:
            limit[phase] = track.told
        return ChargerDecision(
            id=track.settings.id,
            limit=tuple(limit),
            reason=track.reason,
            write=write,
            raising=raising,
            obeying=track.obeying,
            active_phases=track.phases.counted,
        )

    def trust(self, charger_id: str) -> None:
        """Forget that a charger did not obey: whoever looked after it wants it judged anew.

        Raises:
            KeyError: for an id the balancer does not have.
        """
        for track in self._tracks:
            if track.settings.id == charger_id:
                track.misses = track.corrections = 0
                # As after a change: it has its time to react before it is judged again.
                track.corrected_at = self._now
                return
        raise KeyError(charger_id)

    def as_dict(self) -> JsonObject:
        """Return everything remembered, as JSON can hold it."""
        return {
            "version": STATE_VERSION,
            "now": self._now,
            "overloads": self._overloads.as_dict(),
            "phases": [phase.as_dict() for phase in self._phases],
            "chargers": [store_charger(track) for track in self._tracks],
        }

    @classmethod
    def from_dict(
        cls, site: SiteSettings, chargers: Sequence[ChargerSettings], stored: Mapping[str, Json]
    ) -> Balancer:
        """Go on where a balancer left off; also the way to change its settings.

        Args:
            site: the mains connection.
            chargers: everything on it that can be limited; those without a stored state begin without memory.
            stored: what `as_dict` returned.

        Raises:
            SettingsError: naming the setting that cannot be used.
            StateError: naming the stored value that cannot be read.
        """
        balancer = cls(site, chargers)
        reader = StateReader(stored)
        if reader.count("version") != STATE_VERSION:
            raise StateError("version", f"must be {STATE_VERSION}")
        balancer._restore(reader)
        return balancer

    def _restore(self, reader: StateReader) -> None:
        self._now = reader.number_or_none("now")
        self._overloads.restore(reader.child("overloads"))
        phases = reader.children("phases")
        if len(phases) != len(self._phases):
            raise StateError("phases", f"must have {len(self._phases)} values")
        for phase, stored in zip(self._phases, phases, strict=True):
            phase.restore(stored)
        by_id = {stored.text("id"): stored for stored in reader.children("chargers")}
        for track in self._tracks:
            if track.settings.id in by_id:
                restore_charger(track, by_id[track.settings.id])
        if by_id.keys() != {track.settings.id for track in self._tracks}:
            self._measure_anew()

    def _measure_anew(self) -> None:
        """Forget the background: a charger that came or went was not in it, or was a part of it."""
        for phase in self._phases:
            phase.restart(0.0 if self._now is None else self._now)
