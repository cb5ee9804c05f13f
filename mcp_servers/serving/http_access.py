"""Who may ask a server over HTTP, from the command line and the environment; beyond loopback nothing is left open."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from mcp_servers.serving import bearer_tokens
from mcp_servers.serving.bearer_tokens import TOKEN, BearerTokens, TokenError

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


class AccessError(ValueError):
    """The server may not be started like this; the text names the flags that are missing or wrong."""


@dataclass(frozen=True)
class Access:
    """`tokens` are what a client has to bear one of (none: none is asked for, on loopback only). `hosts` are names,
    with or without a port, beside those of loopback; `origins` are as `https://console.example`. `certificate` and
    `key` are PEM files for TLS that ends here."""

    tokens: BearerTokens = field(default_factory=BearerTokens, repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """A token is never an argument: everybody on the machine could read it in the list of processes."""
    parser.add_argument(
        "--token-file", type=Path, default=None, metavar="FILE",
        help=f"file with the bearer tokens that HTTP clients may send, one a line, read again when it changes; default:"
        f" the variable {TOKEN}",
    )  # fmt: skip
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME[:PORT]",
        help="Host header that HTTP clients use for this server, repeatable; loopback is always allowed",
    )  # fmt: skip
    parser.add_argument(
        "--allowed-origin", action="append", default=[], metavar="URL",
        help="Origin of web pages that may call over HTTP, e.g. https://console.example, repeatable; default: none",
    )  # fmt: skip
    parser.add_argument("--tls-certificate", type=Path, default=None, metavar="FILE", help="PEM file; TLS ends here")
    parser.add_argument("--tls-key", type=Path, default=None, metavar="FILE", help="PEM file of its private key")
    parser.add_argument(
        "--tls-ends-upstream", action="store_true",
        help="TLS ends at a load balancer, proxy or mesh in front; beyond loopback one of the two has to be said, or"
        " tokens would be sent in the clear",
    )  # fmt: skip


def access(parsed: argparse.Namespace) -> Access:
    """What was given. Raises AccessError where the server would be open beyond this machine, naming what is missing."""
    if (parsed.tls_certificate is None) != (parsed.tls_key is None):
        raise AccessError("--tls-certificate FILE and --tls-key FILE belong together")
    for file in (parsed.tls_certificate, parsed.tls_key):
        if file is not None and not file.is_file():
            raise AccessError(f"{file} is no file")
    try:
        tokens = BearerTokens(file=parsed.token_file) if parsed.token_file else bearer_tokens.of_environment()
    except TokenError as problem:
        raise AccessError(str(problem)) from None
    names = tuple(parsed.allowed_host), tuple(parsed.allowed_origin)
    access_options = Access(tokens, *names, certificate=parsed.tls_certificate, key=parsed.tls_key)
    if parsed.transport == "http" and not is_loopback(parsed.host):
        missing = list(_missing(access_options, tls_ends_upstream=parsed.tls_ends_upstream))
        if missing:
            raise AccessError(f"--host {parsed.host} is reachable by others, which requires {' and '.join(missing)}")
    return access_options


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _missing(access_options: Access, *, tls_ends_upstream: bool) -> Iterator[str]:
    if not access_options.tokens:
        yield f"a bearer token (--token-file FILE, or the variable {TOKEN})"
    if not access_options.hosts:
        yield "the names that clients use (--allowed-host NAME)"
    if access_options.certificate is None and not tls_ends_upstream:
        yield "TLS (--tls-certificate FILE and --tls-key FILE, or --tls-ends-upstream)"
