"""Who may ask a server over HTTP, from the command line and the environment; beyond loopback nothing is left open."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

TOKEN: Final = "SRE_AGENT_MCP_TOKEN"  # noqa: S105 - the variable's name
LEAST: Final = 16  # characters of a token; a shorter one can be guessed
LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


class AccessError(ValueError):
    """The server may not be started like this; the text names the flags that are missing or wrong."""


@dataclass(frozen=True)
class Access:
    """`token` is what a client has to bear (empty: none is asked for, on loopback only). `hosts` are names, with or
    without a port, beside those of loopback; `origins` are as `https://console.example`."""

    token: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """A token is never an argument: everybody on the machine could read it in the list of processes."""
    parser.add_argument(
        "--token-file", type=Path, default=None, metavar="FILE",
        help=f"file with the bearer token that HTTP clients have to send; default: the variable {TOKEN}",
    )  # fmt: skip
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME[:PORT]",
        help="Host header that HTTP clients use for this server, repeatable; loopback is always allowed",
    )  # fmt: skip
    parser.add_argument(
        "--allowed-origin", action="append", default=[], metavar="URL",
        help="Origin of web pages that may call over HTTP, e.g. https://console.example, repeatable; default: none",
    )  # fmt: skip


def access(parsed: argparse.Namespace) -> Access:
    """What was given. Raises AccessError where the server would be open beyond this machine, naming what is missing."""
    access_options = Access(_token(parsed.token_file), tuple(parsed.allowed_host), tuple(parsed.allowed_origin))
    if parsed.transport == "http" and not is_loopback(parsed.host):
        missing = list(_missing(access_options))
        if missing:
            raise AccessError(f"--host {parsed.host} is reachable by others, which requires {' and '.join(missing)}")
    return access_options


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _missing(access_options: Access) -> Iterator[str]:
    if not access_options.token:
        yield f"a bearer token (--token-file FILE, or the variable {TOKEN})"
    if not access_options.hosts:
        yield "the names that clients use (--allowed-host NAME)"


def _token(file: Path | None) -> str:
    where = f"--token-file {file}" if file else TOKEN
    try:
        token = (file.read_text(encoding="utf-8") if file else os.environ.get(TOKEN, "")).strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise AccessError(f"{where} cannot be read: {getattr(problem, 'strerror', None) or 'it is not text'}") from None
    if not token and (file or TOKEN in os.environ):
        raise AccessError(f"{where} is empty; it must hold the bearer token")
    if token and (len(token) < LEAST or not token.isascii() or not token.isprintable() or " " in token):
        raise AccessError(f"{where} must hold one word of at least {LEAST} printable ASCII characters")
    return token
