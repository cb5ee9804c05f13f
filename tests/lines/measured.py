"""How many lines of trouble are seen, and how many harmless ones are taken for trouble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.signs import signs
from tests.lines.examples import Example

POD = Subject(scope="bench", kind="Pod", namespace="shop", name="web-1")


@dataclass(frozen=True)
class Seen:
    """Shares from 0 to 1."""

    trouble: float
    false: float


def measure(of: Sequence[Example], sees: Callable[[str], bool]) -> Seen:
    return Seen(
        trouble=_share([sees(x.line) for x in of if x.trouble]),
        false=_share([sees(x.line) for x in of if not x.trouble]),
    )


def codes(lines: Sequence[str]) -> set[str]:
    """What the lines of one program are taken for; empty where none of them tells of trouble."""
    results = {x.code for x in signs([(None, line) for line in lines], POD)}
    return results - {"log.no_errors"}


def has_type(lines: Sequence[str]) -> bool:
    """Whether the trouble in the lines of one program has a type: a code of its own, or what it is about."""
    results = [x for x in signs([(None, line) for line in lines], POD) if x.code != "log.no_errors"]
    return any(x.code != "log.error" or x.attributes.get("about") for x in results)


def _share(of: Sequence[bool]) -> float:
    return sum(of) / len(of) if of else 0.0
