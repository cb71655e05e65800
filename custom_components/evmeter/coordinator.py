"""The control cycle of one site: read, balance, write, publish."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from time import perf_counter
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .balancer_memory import BalancerMemory
from .balancing import Balancer, Decision
from .chargers import Charger, ChargerProblem
from .const import CONF_CHARGER, DOMAIN, LOGGER
from .devices import async_update_charger_device
from .events import SiteEvents
from .issues import Issue, IssueBoard, mains_issues
from .mains import Mains
from .managed_charger import ManagedCharger
from .settings import SiteConfig
from .site_entry import circuit_views
from .snapshot import ChargerDevice, ChargerMode, Snapshot
from .wiring_watch import WiringWatch

type EVMeterConfigEntry = ConfigEntry[EVMeterCoordinator]

TICK: Final = timedelta(seconds=1)
"""A step is taken at least this often: only a clock can notice silence."""

PUBLISH_INTERVAL: Final = 1.0
"""What changes all the time is published no more often than this [s]; it ends up in a database."""

REMEMBERED_DECISIONS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What the user wanted of a charger before it was held at a limit for a while.

    Attributes:
        mode: of the charger.
        maximum_current: the user's own limit [A].
        ends_at: when that holds again, on the event loop's clock [s].
    """

    mode: ChargerMode
    maximum_current: float
    ends_at: float


class EVMeterCoordinator(DataUpdateCoordinator[Snapshot]):
    """Runs the control cycle of one site.

    A step is taken at once on every fresh sample of the mains, on every fresh word of a charger, and every
    second. It needs no entity to listen and no polling to be enabled.

    Attributes:
        config: the site.
        mains: where the mains currents come from.
        history: the last decisions, oldest first.
        events: what happened, for entities and the logbook.
        issues: what the user is told to put right.
        wiring: checks which phase every charger hangs on.
    """

    config_entry: EVMeterConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: EVMeterConfigEntry,
        config: SiteConfig,
        mains: Mains,
        chargers: Iterable[tuple[str, Charger]],
        lasting_issues: tuple[Issue, ...] = (),
    ) -> None:
        """Put a site together; nothing is started yet.

        Args:
            hass: the running Home Assistant.
            entry: the site's config entry.
            config: the site.
            mains: where the mains currents come from.
            chargers: each with its name.
            lasting_issues: what is wrong until the settings are changed.
        """
        super().__init__(hass, LOGGER, config_entry=entry, name=f"{DOMAIN} {entry.title}")
        self.config = config
        self.mains = mains
        self.history: deque[Decision] = deque(maxlen=REMEMBERED_DECISIONS)
        self._chargers = {
            charger.settings.id: ManagedCharger(hass, entry, charger, name, self._start_task, self._written)
            for name, charger in chargers
        }
        self._circuits = circuit_views(entry, config, self._chargers)
        self._limited = [managed for managed in self._chargers.values() if managed.charger.can_limit]
        self._settings = [managed.charger.settings for managed in self._limited]
        self._memory = BalancerMemory(hass, entry.entry_id)
        self._balancer = Balancer(config.balancing, self._settings)
        self._holds: dict[str, Hold] = {}
        self.issues = IssueBoard(hass)
        self.events = SiteEvents(hass, entry)
        self.wiring = WiringWatch(hass, self._chargers, config.balancing.phase_count)
        self._lasting_issues = lasting_issues
        self._enabled = True
        self._running = False
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._decision: Decision | None = None
        self._decision_time: float | None = None
        self._limit_changed_at: datetime | None = None
        self._steps = 0
        self._writes_today = 0
        self._writes_day: date | None = None
        self._published_at = float("-inf")
        self._devices: dict[str, ChargerDevice] = {}
        self.data = self._snapshot()

    async def async_start(self) -> None:
        """Listen to the meter and connect to the chargers; no step is taken yet."""
        self._balancer = await self._memory.async_restore(self.config.balancing, self._settings)
        await self.mains.async_start(self._step)
        for managed in self._chargers.values():
            await managed.async_start(self._step)

    @callback
    def async_control(self) -> None:
        """Start to balance, once the entities have restored what the user wants."""
        self._running = True
        self._unsubscribe = [
            async_track_time_interval(self.hass, self._tick, TICK, name="EV-Meter step"),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._home_assistant_stops),
        ]
        self._step()

    @override
    async def async_shutdown(self) -> None:
        """Stop everything; the chargers keep their limits until their watchdogs end them."""
        await super().async_shutdown()
        was_running, self._running = self._running, False
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()
        self.wiring.stop()
        self.issues.clear()
        await self.mains.async_stop()
        for managed in self._chargers.values():
            await managed.async_stop()
        if was_running:
            await self._memory.async_save(self._balancer)

    # What the user wants

    @property
    def chargers(self) -> Mapping[str, ManagedCharger]:
        """The chargers by the id of their subentry."""
        return self._chargers

    @callback
    def async_set_enabled(self, enabled: bool) -> None:
        """Switch balancing on or off.

        Off: no limit is written any more, and what the chargers were told last stays. A charger with a
        watchdog goes to its own fallback current when that runs out. On: balancing begins anew.
        """
        if enabled and not self._enabled:
            self._balancer = Balancer(self.config.balancing, self._settings)
        self._enabled = enabled
        self._wish_changed()

    @callback
    def async_set_mode(self, charger_id: str, mode: ChargerMode) -> None:
        """Take what the user wants of a charger."""
        self._holds.pop(charger_id, None)
        self._chargers[charger_id].mode = mode
        self._wish_changed()

    @callback
    def async_set_maximum_current(self, charger_id: str, current: float) -> None:
        """Take the user's own limit for a charger [A]."""
        self._holds.pop(charger_id, None)
        self._chargers[charger_id].maximum_current = current
        self._wish_changed()

    @callback
    def async_hold(self, charger_id: str, current: float, duration: timedelta | None) -> None:
        """Keep a charger from taking more than a current [A], 0 = paused.

        After the duration, or when the site is unloaded before, what the user wanted until now holds again.
        Without one it stays until something else is wanted.
        """
        self._end_hold(charger_id)
        managed = self._chargers[charger_id]
        if duration is not None:
            self._holds[charger_id] = Hold(
                mode=managed.mode,
                maximum_current=managed.maximum_current,
                ends_at=self.hass.loop.time() + duration.total_seconds(),
            )
        managed.mode = ChargerMode.MANUAL if current > 0 else ChargerMode.PAUSED
        if current > 0:
            managed.maximum_current = current
        self._wish_changed()

    @callback
    def async_trust(self, charger_id: str) -> None:
        """Forget that a charger did not obey: it is told its limit again and judged anew."""
        self._balancer.trust(charger_id)
        self._wish_changed()

    @callback
    def async_release(self, charger_id: str) -> None:
        """Give a charger back to load balancing, up to its own maximum."""
        self._holds.pop(charger_id, None)
        managed = self._chargers[charger_id]
        managed.mode = ChargerMode.BALANCED
        managed.maximum_current = managed.charger.settings.max_current
        self._wish_changed()

    def _end_hold(self, charger_id: str) -> None:
        hold = self._holds.pop(charger_id, None)
        if hold is not None:
            managed = self._chargers[charger_id]
            managed.mode, managed.maximum_current = hold.mode, hold.maximum_current

    @callback
    def async_end_holds(self, at: float = inf) -> None:
        """Let what the user wanted before hold again where the time is up [s].

        Without a time everywhere: what the entities say when they go is what they say when they are back, and
        nobody would end it then.
        """
        over = [charger_id for charger_id, hold in self._holds.items() if hold.ends_at <= at]
        for charger_id in over:
            self._end_hold(charger_id)
        if over:
            self._publish()

    @callback
    def _wish_changed(self) -> None:
        self._step()
        self._publish()

    # The control cycle

    @callback
    def _step(self) -> None:
        """Take one step with the newest readings, and let the writes begin."""
        if not self._running:
            return
        if not self.config.measured:
            self._publish_soon()
            return
        began = perf_counter()
        memory = self._memory
        decision = self._balancer.step(
            memory.now,
            memory.mains(self.mains.reading),
            [memory.charger(managed.reading) for managed in self._limited],
        )
        self._decision_time = (perf_counter() - began) * 1000
        for managed in self._limited:
            word = decision.charger(managed.charger.settings.id)
            managed.apply(word if self._enabled else None)
        self._steps += 1
        news = self.wiring.observe(self.mains.reading, balancing=self._enabled)
        before, self._decision = self._decision, decision
        self.history.append(decision)
        if before is not None and self._enabled and self.events.see(before, decision):
            self._limit_changed_at = dt_util.utcnow()
        if news or before is None or _is_news(before, decision):
            self._publish()
        else:
            self._publish_soon()

    @callback
    def _tick(self, _now: datetime) -> None:
        self.async_end_holds(self.hass.loop.time())
        self._step()
        self.issues.show(self._wrong(), self.hass.loop.time())
        for charger_id, managed in self._chargers.items():
            if managed.charger.problem is ChargerProblem.REFUSED:
                # Asked for once: Home Assistant knows that the flow is under way.
                self.config_entry.async_start_reauth(self.hass, data={CONF_CHARGER: charger_id})

    @callback
    def _publish_soon(self) -> None:
        if self.hass.loop.time() - self._published_at >= PUBLISH_INTERVAL:
            self._publish()

    @callback
    def _publish(self) -> None:
        self._published_at = self.hass.loop.time()
        self.async_set_updated_data(self._snapshot())
        for view in self.data.chargers.values():
            if self._devices.get(view.id) != view.device:
                self._devices[view.id] = view.device
                async_update_charger_device(self.hass, self.config_entry, view)

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            mains=self.mains.reading,
            decision=self._decision,
            chargers={charger_id: managed.view() for charger_id, managed in self._chargers.items()},
            enabled=self._enabled,
            limit_changed_at=self._limit_changed_at,
            writes_today=self._writes_today if self._writes_day == dt_util.now().date() else 0,
            decision_time=self._decision_time,
            circuits=self._circuits,
            steps=self._steps,
        )

    def _start_task(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(self.hass, work, name)

    @callback
    def _written(self, success: bool) -> None:
        today = dt_util.now().date()
        if self._writes_day != today:
            self._writes_day, self._writes_today = today, 0
        if success:
            self._writes_today += 1

    async def _home_assistant_stops(self, _event: Event) -> None:
        self.async_end_holds()
        await self.async_shutdown()

    # What is wrong

    def _wrong(self) -> Iterator[Issue]:
        yield from self._lasting_issues
        for managed in self._chargers.values():
            yield from managed.issues()
        yield from self.wiring.issues()
        yield from mains_issues(self.hass, self.config_entry, self.config, self.mains, self._decision)


def _limits(decision: Decision) -> tuple[float, ...]:
    return tuple(charger.current for charger in decision.chargers)


def _is_news(before: Decision, decision: Decision) -> bool:
    """Whether something changed that must be seen at once."""
    return (
        _limits(before) != _limits(decision)
        or before.state is not decision.state
        or before.overload is not decision.overload
        or before.fail_safe is not decision.fail_safe
    )
