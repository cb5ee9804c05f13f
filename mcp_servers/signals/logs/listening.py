"""Where a program says that it listens: the line that servers of most frameworks write when they are up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from mcp_servers.contract.bounds import excerpt
from mcp_servers.signals.logs.lines import read_line, wrong

MOST: Final = 4  # ports of one program
_LOOPBACK: Final = ("127.", "localhost", "[::1]", "::1")
_SAYS: Final = re.compile(
    r"\b(?:listen(?:ing|s)?|running|serving|start(?:ed|ing)|bound|ready|up|accepting connections)\b"
    r"(?P<rest>[^\n]{0,120})",
    re.I,
)
_OTHERS: Final = re.compile(r"\b(?:to|from|with)\b", re.I)  # somebody else's port
_PLACE: Final = re.compile(
    r"(?:\bport(?:\(s\)|s)?[:= ]{1,3}|(?P<host>\[[0-9a-f:]*\]|\*|localhost|0\.0\.0\.0|127(?:\.\d{1,3}){3}|(?<![\d:])):)"
    r"(?P<port>\d{2,5})(?![\d.:])",
    re.I,
)


class ListeningPort(NamedTuple):
    """`host` is empty where the line names none; `line` is what says so."""

    port: int
    host: str
    line: str

    @property
    def is_loopback(self) -> bool:
        return self.host.lower().startswith(_LOOPBACK)


def ports(lines: Iterable[tuple[datetime | None, str]]) -> list[ListeningPort]:
    """Each port once, in the order of the log; none from a line that tells of trouble."""
    by_port: dict[int, ListeningPort] = {}
    for _, line in lines:
        if (listening_port := _port(line)) is not None and not wrong(line):
            by_port[listening_port.port] = listening_port
    return list(by_port.values())[:MOST]


def _port(line: str) -> ListeningPort | None:
    text = read_line(line).statement
    match = _SAYS.search(text)
    place = _PLACE.search(match["rest"]) if match is not None else None
    if match is None or place is None or _OTHERS.search(match["rest"][: place.start()]):
        return None
    if not 0 < int(place["port"]) < 65_536:
        return None
    return ListeningPort(int(place["port"]), place["host"] or "", excerpt(" ".join(line.split()), 160))
