"""A broker of one's own on 127.0.0.1, for the simulator, the demonstration and the tests.

It is a process of its own: mosquitto where one is installed, otherwise amqtt (the ``simulator`` extra).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib.util
import json
import logging
import os
import random
import secrets
import shutil
import socket
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evmeter_client.exceptions import EVMeterConfigError, EVMeterConnectionError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["HOST", "MAX_PACKET_SIZE", "Broker", "BrokerSettings", "free_port", "running_broker"]

LOGGER = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
"""Where brokers listen: on this machine only."""
MAX_PACKET_SIZE: Final = 70_000
"""Larger packets cost their sender the connection [bytes]."""

_SEARCH_PATH: Final = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_START_TIMEOUT: Final = 15.0
_STOP_TIMEOUT: Final = 5.0
_SERVER_PORTS: Final = range(20_000, 32_768)
_PORT_CANDIDATES: Final = 100
_POLL_INTERVAL: Final = 0.002
_HASH_ITERATIONS: Final = 101
_CONNECT_PACKET: Final = bytes.fromhex("100c 0004 4d515454 04 02 000a 0000")
"""MQTT 3.1.1 CONNECT, clean session, no client id, keep-alive 10 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """How the broker is set up.

    Attributes:
        port: TCP port; None takes a free one.
        username: the only user; None lets everyone in. Mosquitto only.
        password: the user's password; never shown.
        certfile: certificate in PEM for TLS; None for plaintext.
        keyfile: its private key in PEM.
        embedded: use amqtt even if there is a mosquitto.
    """

    port: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    certfile: Path | None = None
    keyfile: Path | None = None
    embedded: bool = False

    def __post_init__(self) -> None:
        """Check that what belongs together is given together.

        Raises:
            EVMeterConfigError: half of the credentials or of the certificate is missing, or a file of it.
        """
        if (self.username is None) != (self.password is None):
            raise EVMeterConfigError("password", "user name and password belong together")
        if (self.certfile is None) != (self.keyfile is None):
            raise EVMeterConfigError("keyfile", "certificate and key belong together")
        for key, file in (("certfile", self.certfile), ("keyfile", self.keyfile)):
            if file is not None and not file.is_file():
                raise EVMeterConfigError(key, "there is no such file")


class Broker:
    """A broker as a process; made by `running_broker`.

    Attributes:
        host: 127.0.0.1.
        port: its TCP port; the same after `stop` and `start`.
        kind: ``mosquitto`` or ``amqtt``.
    """

    def __init__(self, kind: str, command: tuple[str, ...], port: int) -> None:
        """Prepare a broker; nothing runs before `start`."""
        self.host = HOST
        self.port = port
        self.kind = kind
        self._command = command
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Id of its process, for signals.

        Raises:
            EVMeterConnectionError: it does not run.
        """
        if self._process is None:
            raise EVMeterConnectionError("the broker does not run")
        return self._process.pid

    async def start(self) -> None:
        """Start it, also again on its port after `stop` or `kill`, and wait until it serves.

        Raises:
            EVMeterConnectionError: it does not come up.
        """
        if self._process is not None:
            raise EVMeterConnectionError("the broker runs already")
        _check_free(self.port)
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                while not await self._serves():
                    if self._process.returncode is not None:
                        raise EVMeterConnectionError(f"{self.kind} ended as soon as it was started")
                    await asyncio.sleep(_POLL_INTERVAL)
        except TimeoutError:
            await self.kill()
            raise EVMeterConnectionError(f"{self.kind} does not answer after {_START_TIMEOUT:g} s") from None
        except (asyncio.CancelledError, EVMeterConnectionError):
            await self.kill()
            raise

    async def stop(self) -> None:
        """Stop it in good order; the port then refuses connections."""
        await self._end(kill=self.kind == "amqtt")  # which ignores a request to stop

    async def kill(self) -> None:
        """Let it die at once, without a word to its clients."""
        await self._end(kill=True)

    async def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            if kill:
                process.kill()
            else:
                process.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _serves(self) -> bool:
        """Say whether it answers, be it with a refusal; a port that merely listens is too early.

        mosquitto opens its port before its main loop runs, and forgets a request to stop that comes between.
        """
        try:
            reader, writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            return False
        try:
            writer.write(_CONNECT_PACKET)
            await reader.read(1)
        except ConnectionError:
            LOGGER.debug("%s hung up on a plaintext connection: it wants TLS", self.kind)
        finally:
            writer.transport.abort()
        return True


@asynccontextmanager
async def running_broker(settings: BrokerSettings | None = None) -> AsyncIterator[Broker]:
    """Run a broker as long as the context is open.

    Raises:
        EVMeterConfigError: there is neither a mosquitto nor amqtt (key ``embedded``), or amqtt is asked for
            something it cannot do.
        EVMeterConnectionError: the broker does not come up.
    """
    settings = settings or BrokerSettings()
    port = settings.port or free_port()
    with tempfile.TemporaryDirectory(prefix="evmeter-broker-") as directory:
        broker = _prepare(settings, port, Path(directory))
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free now.

    It lies below the range from which systems give ports to outgoing connections: a client that tries to
    reach a stopped broker on a port of that range can end up connected to itself, and then holds the port.

    Raises:
        EVMeterConnectionError: none was found.
    """
    for port in random.sample(_SERVER_PORTS, _PORT_CANDIDATES):
        try:
            _check_free(port)
        except EVMeterConnectionError:
            continue
        return port
    raise EVMeterConnectionError("no free port on this machine")


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise EVMeterConnectionError(f"port {port} is taken") from error


def _prepare(settings: BrokerSettings, port: int, directory: Path) -> Broker:
    """Write the broker's configuration."""
    executable = None if settings.embedded else shutil.which("mosquitto", path=_SEARCH_PATH)
    file = directory / "broker.conf"
    if executable is not None:
        file.write_text("\n".join(_mosquitto_configuration(settings, port, directory)), encoding="utf-8")
        return Broker("mosquitto", (executable, "-c", str(file)), port)
    if importlib.util.find_spec("amqtt") is None:
        raise EVMeterConfigError("embedded", "install mosquitto, or this package's extra 'simulator'")
    file.write_text(_amqtt_configuration(settings, port), encoding="utf-8")
    return Broker("amqtt", (sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(file)), port)


def _mosquitto_configuration(settings: BrokerSettings, port: int, directory: Path) -> list[str]:
    lines = [
        f"listener {port} {HOST}",
        "set_tcp_nodelay true",  # without it a QoS 1 round trip takes 44 ms longer
        "persistence false",
        f"max_packet_size {MAX_PACKET_SIZE}",
        "max_queued_messages 1000",
        "log_type error",
    ]
    if sys.platform != "win32" and os.geteuid() == 0:
        lines.append("user root")  # or it drops its rights and cannot read its own files
    if settings.username is None or settings.password is None:
        lines.append("allow_anonymous true")
    else:
        passwords = directory / "passwords"
        passwords.touch(mode=0o600)
        passwords.write_text(f"{settings.username}:{_mosquitto_hash(settings.password)}\n", encoding="utf-8")
        lines += ["allow_anonymous false", f"password_file {passwords}"]
    if settings.certfile is not None:
        lines += [f"certfile {settings.certfile}", f"keyfile {settings.keyfile}"]
    return [*lines, ""]


def _mosquitto_hash(password: str) -> str:
    """Return a password as mosquitto's password file has it: format 7, PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode("utf-8"), salt, _HASH_ITERATIONS)
    return f"$7${_HASH_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _amqtt_configuration(settings: BrokerSettings, port: int) -> str:
    """Return amqtt's YAML, of which JSON is a part."""
    if settings.username is not None:
        raise EVMeterConfigError("username", "user names need mosquitto")
    listener: dict[str, str | bool] = {"type": "tcp", "bind": f"{HOST}:{port}"}
    if settings.certfile is not None:
        listener |= {"ssl": True, "certfile": str(settings.certfile), "keyfile": str(settings.keyfile)}
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    return json.dumps({"listeners": {"default": listener}, "plugins": plugins})
