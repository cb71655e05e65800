"""Where a charger's limit is written to, and how an action of another integration is run."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from typing import Final

from homeassistant.core import HomeAssistant

from evmeter_client.models import PerPhase

from ..const import DOMAIN
from ..exceptions import ChargerWriteError
from .followed import FollowedEntity

WRITE_TIMEOUT: Final = 30.0
"""An action of another integration that takes longer has failed [s]."""


class LimitPort(ABC):
    """Takes the limit of one charger and tells the one in force."""

    @property
    @abstractmethod
    def entities(self) -> tuple[FollowedEntity, ...]:
        """What must be there for the limit to be written and read."""

    @property
    def beside(self) -> tuple[FollowedEntity, ...]:
        """What tells more, and may be missing."""
        return ()

    @property
    @abstractmethod
    def available(self) -> bool:
        """Whether a limit can be written now."""

    @property
    @abstractmethod
    def current(self) -> float | None:
        """The limit in force [A], None = not known."""

    @property
    def lowest(self) -> float:
        """The lowest limit that can be written [A]; 0 = it pauses there."""
        return 0.0

    @property
    def step(self) -> float | None:
        """Limits are multiples of this [A], None = it does not say."""
        return None

    @property
    @abstractmethod
    def name(self) -> str:
        """What an error calls it."""

    @property
    @abstractmethod
    def device_id(self) -> str | None:
        """Registry id of the charger's device, None = it has none."""

    @abstractmethod
    async def async_write(self, limits: PerPhase) -> None:
        """Write a limit and wait until the other integration has done so.

        Args:
            limits: for the charger's terminals L1, L2, L3 [A].

        Raises:
            ChargerWriteError: the charger does not have the limit.
        """


async def async_act(
    hass: HomeAssistant, domain: str, action: str, data: Mapping[str, object], subject: str
) -> None:
    """Run an action and wait until it is done.

    Args:
        hass: the running Home Assistant.
        domain: of the action.
        action: its name.
        data: its fields.
        subject: what an error calls whatever is acted on.

    Raises:
        ChargerWriteError: it failed.
    """
    await async_finish(hass.services.async_call(domain, action, dict(data), blocking=True), subject)


async def async_finish(work: Coroutine[None, None, object], subject: str) -> None:
    """Wait until other integrations have done what they were asked to.

    Args:
        work: what they do.
        subject: what an error calls whatever is acted on.

    Raises:
        ChargerWriteError: it failed. Other integrations raise what they like; a limit that was lost for want
            of a name for its error would never be written again.
    """
    # Begun at once, not in the next turn of the event loop: a limit goes out before anything is drawn.
    begun = asyncio.Task(work, eager_start=True)
    try:
        async with asyncio.timeout(WRITE_TIMEOUT):
            (result,) = await asyncio.gather(begun, return_exceptions=True)
    except TimeoutError as error:
        raise write_failed(f"{subject} took longer than {WRITE_TIMEOUT:g} s") from error
    if isinstance(result, BaseException):
        raise write_failed(str(result) or type(result).__name__) from result


def write_failed(reason: str) -> ChargerWriteError:
    """Return the error for a limit that did not reach the charger."""
    return ChargerWriteError(
        translation_domain=DOMAIN, translation_key="write_failed", translation_placeholders={"reason": reason}
    )
