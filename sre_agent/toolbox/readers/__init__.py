"""Servers that are not ours: one reader each says how our questions are asked there and what their results mean.

A reader is a module of this package, found by its name, with a `READER` in it. What it reads is marked partial by
`ForeignSource`, whatever it says itself: others' servers do not tell what they left out, so they can never prove
absence.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.contract.refusals import Code, Kind, Refusal
from sre_agent.errors import PermanentError, SettingsError


class UnreadableError(PermanentError):
    """A result that holds no answer; what the foreign server said of it is mapped to a kind by its reader."""

    def __init__(self, kind: Kind, request: str, wrong: str, *, code: Code = "") -> None:
        self.refusal = Refusal(kind=kind, code=code, asked=request, wrong=wrong)
        super().__init__(str(self.refusal))


@dataclass(frozen=True)
class ForeignCall:
    """A call of the foreign server: a tool of its own with arguments of its own."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class ForeignFacts:
    """What a result says. `looked_at` names source and selection, `lacking` what this server does not tell of it."""

    text: str
    looked_at: str
    lacking: str
    data: dict[str, Any] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


class Reader(Protocol):
    """Pure: it connects to nothing. `scope` is the cluster, or account/region, that the server looks at."""

    @property
    def asks(self) -> tuple[str, ...]:
        """The tools of ours that it can stand in for."""

    def translate(self, tool: str, arguments: dict[str, Any], scope: str) -> ForeignCall | None:
        """The same question there, to a tool that only reads; None where the server has no answer to it.

        Raises UnreadableError for arguments that cannot be said there.
        """

    def facts(self, tool: str, arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
        """What the result says; `tool` and `arguments` are ours. Raises UnreadableError."""


def open_reader(name: str) -> Reader:
    """The reader of that name. Raises SettingsError that lists what exists."""
    there = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "standing_in")
    if name not in there:
        raise SettingsError(f"There is no reader {name!r} for servers of others. There are: {', '.join(there)}.")
    reader: Reader = import_module(f"{__name__}.{name}").READER
    return reader
