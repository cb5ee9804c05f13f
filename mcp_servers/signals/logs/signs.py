"""Signs in log lines, for every server with logs. The patterns behind them are compiled with the first line that is
read, so that a server lists its tools before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from mcp_servers.contract.facts import Observation, Subject

if TYPE_CHECKING:
    from mcp_servers.signals.logs.exhaustion import SignMatch
    from mcp_servers.signals.logs.lines import LineFields


def signs(lines: Iterable[tuple[datetime | None, str]], subject: Subject) -> list[Observation]:
    """One observation for each sign in the lines, most frequent first; `log.no_errors` when there is none."""
    observations: list[Observation] = _patterns().signs(lines, subject)
    return observations


def sign(line: str) -> SignMatch | None:
    """The most specific sign of one line that tells of an error; None where its words carry none."""
    match: SignMatch | None = _patterns().sign(line)
    return match


def tells(line: str) -> bool:
    """Whether a line tells of trouble, by its level and words or by a sign in it."""
    return bool(_patterns().tells(line))


def shows(read: LineFields) -> bool:
    """Whether the message carries a sign that counts at the level of the line."""
    return bool(_patterns().shows(read))


def address_in(text: str) -> str:
    """The address that a text names as programs do; empty where it names none."""
    return str(_patterns().address_in(text))


@cache
def _patterns() -> ModuleType:
    from mcp_servers.signals.logs import line_signs  # noqa: PLC0415 - see above

    return line_signs
