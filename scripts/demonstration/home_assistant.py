"""A real Home Assistant in a folder of its own, driven the way its frontend drives it."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
USER_NAME = "demo"
START_TIMEOUT = 180.0
STOP_TIMEOUT = 30.0

# Named components instead of default_config: these start without a network, and quietly.
CONFIGURATION = """\
homeassistant:
  name: Demo house
  latitude: 52.09
  longitude: 5.12
  elevation: 5
  unit_system: metric
  time_zone: Europe/Amsterdam
  currency: EUR
  country: NL
frontend:
config:
history:
logbook:
energy:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    custom_components.evmeter: info
    evmeter_client: info
    # The frontend brings the camera along; this house has none, and needs no libraries for one.
    haffmpeg: critical
    homeassistant.components.camera: critical
lovelace:
  dashboards:
    load-balancing:
      mode: yaml
      title: Load balancing
      icon: mdi:ev-station
      show_in_sidebar: true
      filename: dashboard.yaml
"""

# All of the first-run dialogue but the user counts as done: the rest asks for services of the internet.
ONBOARDING = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["core_config", "analytics", "integration"]},
}


def _http_settings(port: int) -> dict[str, object]:
    """Return the settings of the web server as a user has confirmed them: on this machine only."""
    return {
        "version": 2,
        "minor_version": 2,
        "key": "http",
        "data": {
            "stable": {
                "server_host": ["127.0.0.1"],
                "server_port": port,
                "cors_allowed_origins": [],
                "login_attempts_threshold": -1,
                "ip_ban_enabled": True,
                "ssl_profile": "modern",
                "use_x_frame_options": True,
                "created_at": datetime.now(UTC).isoformat(),
                "error": None,
                "error_message": None,
            },
            "pending": None,
            "yaml_migration_done": True,
        },
    }


class DemonstrationError(Exception):
    """The demonstration cannot go on; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Login:
    """How a person and a browser get in.

    Attributes:
        user: user name.
        password: made for this run only.
        access_token: bearer token of the web interface.
        refresh_token: to renew it.
        expires_in: life of the access token [s].
    """

    user: str
    password: str
    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class FlowResult:
    """One answer of a config flow.

    Attributes:
        flow_id: id of the running flow.
        kind: ``form``, ``menu``, ``progress``, ``create_entry`` or ``abort``.
        step: the form's step, empty when it is no form.
        detail: the form's errors, or why it was aborted; empty when all is well.
        entry_id: id of the entry that was made.
        next_flow: id of the flow that follows straight on.
    """

    flow_id: str
    kind: str
    step: str
    detail: str
    entry_id: str
    next_flow: str

    @classmethod
    def from_json(cls, answer: Mapping[str, object]) -> Self:
        """Read a flow's answer."""
        entry = answer.get("result")
        following = answer.get("next_flow")
        errors = answer.get("errors")
        return cls(
            flow_id=str(answer.get("flow_id", "")),
            kind=str(answer.get("type", "")),
            step=str(answer.get("step_id") or ""),
            detail=json.dumps(errors) if errors else str(answer.get("reason") or ""),
            entry_id=str(entry.get("entry_id", "")) if isinstance(entry, dict) else "",
            next_flow=str(following[1]) if isinstance(following, list) else "",
        )


class Dialogue:
    """One kind of dialogue of the web interface: adding an integration, its options, or a subentry.

    Args:
        home_assistant: the running Home Assistant.
        path: of the kind's flows.
    """

    def __init__(self, home_assistant: HomeAssistant, path: str) -> None:
        """Remember where the flows of this kind are."""
        self._home_assistant = home_assistant
        self._path = path

    async def start(self, handler: str) -> FlowResult:
        """Start a dialogue, and return its first form."""
        return FlowResult.from_json(await self._home_assistant.call("POST", self._path, {"handler": handler}))

    async def show(self, flow_id: str) -> FlowResult:
        """Return what a dialogue shows now."""
        return FlowResult.from_json(await self._home_assistant.call("GET", f"{self._path}/{flow_id}", None))

    async def answer(self, flow_id: str, answers: Mapping[str, object]) -> FlowResult:
        """Fill in the form a dialogue shows."""
        return FlowResult.from_json(
            await self._home_assistant.call("POST", f"{self._path}/{flow_id}", answers)
        )


class HomeAssistant:
    """The web interface of a running Home Assistant.

    Args:
        port: where it listens on 127.0.0.1.
        session: of the caller.
    """

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        """Remember where it listens."""
        self.url = f"http://127.0.0.1:{port}"
        self.entries = Dialogue(self, "/api/config/config_entries/flow")
        self.subentries = Dialogue(self, "/api/config/config_entries/subentries/flow")
        self._session = session
        self._login: Login | None = None

    @property
    def login(self) -> Login:
        """How to get in.

        Raises:
            DemonstrationError: before `create_user`.
        """
        if self._login is None:
            raise DemonstrationError("nobody has logged in to Home Assistant yet")
        return self._login

    async def create_user(self) -> None:
        """Make the owner, as the first-run dialogue does, with a password for this run only."""
        password = secrets.token_urlsafe(9)
        client_id = f"{self.url}/"
        person = {
            "name": "Demo",
            "username": USER_NAME,
            "password": password,
            "client_id": client_id,
            "language": "en",
        }
        answer = await self.call("POST", "/api/onboarding/users", person)
        form = {"grant_type": "authorization_code", "code": str(answer["auth_code"]), "client_id": client_id}
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            response.raise_for_status()
            tokens = await response.json()
        self._login = Login(
            USER_NAME, password, tokens["access_token"], tokens["refresh_token"], tokens["expires_in"]
        )

    async def set_options(self, entry_id: str, options: Mapping[str, object]) -> FlowResult:
        """Fill in the first form of an integration's options."""
        dialogue = Dialogue(self, "/api/config/config_entries/options/flow")
        form = await dialogue.start(entry_id)
        return await dialogue.answer(form.flow_id, options)

    async def states(self) -> dict[str, str]:
        """Return the state of every entity by its id."""
        headers = {"Authorization": f"Bearer {self.login.access_token}"}
        async with self._session.get(f"{self.url}/api/states", headers=headers) as response:
            response.raise_for_status()
            return {entity["entity_id"]: entity["state"] for entity in await response.json()}

    async def wait_for_states(self, *entity_ids: str, timeout: float = 60.0) -> None:
        """Wait until every named entity has a value.

        Raises:
            DemonstrationError: naming those that still have none.
        """
        missing = list(entity_ids)
        for _ in range(int(timeout * 2)):
            states = await self.states()
            missing = [one for one in entity_ids if states.get(one) in (None, "unknown", "unavailable")]
            if not missing:
                return
            await asyncio.sleep(0.5)
        raise DemonstrationError(f"no value after {timeout:.0f} s from {', '.join(missing)}")

    async def call(self, method: str, path: str, body: Mapping[str, object] | None) -> dict[str, object]:
        """Call the web interface.

        Raises:
            DemonstrationError: it refused, with its words.
        """
        headers = {"Authorization": f"Bearer {self._login.access_token}"} if self._login else {}
        async with self._session.request(method, self.url + path, json=body, headers=headers) as response:
            if response.status >= 400:
                raise DemonstrationError(f"{method} {path}: {response.status} {await response.text()}")
            answer = await response.json()
        if not isinstance(answer, dict):
            raise DemonstrationError(f"{method} {path} answered {type(answer).__name__}, not an object")
        return answer


def prepare_folder(folder: Path, port: int, dashboard: Path) -> None:
    """Write the configuration of a fresh Home Assistant with this integration into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    (storage / "onboarding").write_text(json.dumps(ONBOARDING))
    (storage / "http").write_text(json.dumps(_http_settings(port)))
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    shutil.copyfile(dashboard, folder / "dashboard.yaml")
    components = folder / "custom_components"
    components.mkdir()
    (components / "evmeter").symlink_to(REPOSITORY / "custom_components" / "evmeter")


@asynccontextmanager
async def running_home_assistant(folder: Path, port: int) -> AsyncIterator[HomeAssistant]:
    """Start Home Assistant on a prepared folder, wait until it answers, stop it at the end.

    Raises:
        DemonstrationError: it ended by itself, or did not answer in time; its log is in the folder.
    """
    log = (folder / "hass.out").open("wb")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeassistant", "-c", str(folder), "--skip-pip", "--log-no-color"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # Ctrl-C in the terminal is for the demonstration: it stops Home Assistant in its own order.
        start_new_session=True,
    )
    try:
        async with aiohttp.ClientSession() as session:
            home_assistant = HomeAssistant(port, session)
            await _wait_until_up(home_assistant.url, session, process, folder)
            await home_assistant.create_user()
            yield home_assistant
    finally:
        await _stop(process)
        log.close()


async def _wait_until_up(
    url: str, session: aiohttp.ClientSession, process: asyncio.subprocess.Process, folder: Path
) -> None:
    for _ in range(int(START_TIMEOUT * 4)):
        if process.returncode is not None:
            raise DemonstrationError(f"Home Assistant ended at its start; see {folder / 'hass.out'}")
        try:
            async with session.get(f"{url}/api/onboarding") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            pass  # not listening yet: that is what this loop waits for
        await asyncio.sleep(0.25)
    raise DemonstrationError(
        f"Home Assistant did not answer within {START_TIMEOUT:.0f} s; see {folder / 'hass.out'}"
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
