"""Addresses that a signal names: people call a site by its host, and the cluster knows whose host it is."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.domain.signal import Signal

_BETWEEN: Final = re.compile(r"[\s,;()<>\[\]\"'`|=]+")
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
SCHEMES: Final = ("http", "https", "ws", "wss", "grpc", "tcp", "tls")
UNROUTED: Final = "404"
_URL: Final = re.compile(r"\bhttps?://[\w.-]+(?::\d+)?/[^\s\"'<>,;)]+")
_STATUS: Final = re.compile(r"(?<![\w./:])([1-5]\d\d)(?![\w.%])")
LEAST_LABELS: Final = 3  # of a host without a scheme: a file and a version have a dot too


def addresses(signal: Signal) -> list[str]:
    """The hosts in its words and in labels whose value is a URL, each once, as they come."""
    words = [*_BETWEEN.split(f"{signal.title} {signal.description}"), *signal.labels.values()]
    return list(dict.fromkeys(host for word in words if (host := _host(word))))


def failing_url(signal: Signal) -> str:
    """The first URL with a path that it names; empty without one, and where it says another status than the one with
    which an entrance answers for what it leads nowhere."""
    text = f"{signal.title} {signal.description}"
    matches = (_URL.search(part) for part in (text, *signal.labels.values()))
    url = next((match[0].rstrip(".!?") for match in matches if match), "")
    return "" if set(_STATUS.findall(text)) - {UNROUTED} else url


def _host(word: str) -> str:
    """The host of a URL, or a word that can be nothing but one; empty where it is neither."""
    scheme, separator, rest = word.lower().partition("://")
    if separator and scheme not in SCHEMES:
        return ""
    authority = (rest if separator else scheme).partition("/")[0].rpartition("@")[2]
    parts = authority.partition(":")[0].strip(".!?").split(".")
    least = 2 if separator else LEAST_LABELS
    is_host = len(parts) >= least and all(map(_LABEL.match, parts)) and parts[-1].isalpha()
    return ".".join(parts) if is_host else ""
