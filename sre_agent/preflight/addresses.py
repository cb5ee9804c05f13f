"""Whether an address could be one at all; nothing is looked up."""

from __future__ import annotations

from urllib.parse import urlsplit

PORTS = range(1, 65_536)


def is_web_address(text: str) -> bool:
    """Whether this is http:// or https:// with a host, and with a port that exists where it has one."""
    try:
        parts = urlsplit(text.strip())
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port in PORTS)
        )
    except ValueError:
        return False


def is_host_and_port(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and int(port) in PORTS
