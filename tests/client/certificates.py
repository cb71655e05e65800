"""Certificates for a broker on 127.0.0.1, made on the spot with openssl."""

import asyncio
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate and its key, both in PEM."""

    certfile: Path
    keyfile: Path


async def make_certificate(directory: Path) -> Certificate:
    """Make a self-signed certificate for 127.0.0.1."""
    made = Certificate(directory / "broker.pem", directory / "broker.key")
    await _openssl(made, "/CN=broker", "subjectAltName=IP:127.0.0.1")
    return made


async def make_authority(directory: Path) -> tuple[Path, Certificate]:
    """Make an authority, and a certificate for 127.0.0.1 that it signed; return its own one first."""
    authority = Certificate(directory / "authority.pem", directory / "authority.key")
    await _openssl(authority, "/CN=authority", "keyUsage=critical,keyCertSign,cRLSign")
    made = Certificate(directory / "broker.pem", directory / "broker.key")
    signed_by = ("-CA", str(authority.certfile), "-CAkey", str(authority.keyfile))
    leaf = ("subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE")
    await _openssl(made, "/CN=broker", *leaf, options=signed_by)
    return authority.certfile, made


async def _openssl(made: Certificate, subject: str, *extensions: str, options: tuple[str, ...] = ()) -> None:
    added = [part for extension in extensions for part in ("-addext", extension)]
    process = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", subject, *added, *options,
        "-keyout", str(made.keyfile), "-out", str(made.certfile),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0
