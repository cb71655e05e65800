"""A certificate for a broker on 127.0.0.1, made on the spot."""

import asyncio
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate and its key, both in PEM."""

    certfile: Path
    keyfile: Path


async def make_certificate(directory: Path) -> Certificate:
    """Make a certificate for 127.0.0.1 with openssl."""
    made = Certificate(directory / "broker.pem", directory / "broker.key")
    process = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", str(made.keyfile), "-out", str(made.certfile),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0
    return made
