"""An alarm that a monitor sent: what it is taken in with, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from sre_agent.domain.base import Noun, Severity
from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal

Disposition = Literal[
    "opened",
    "joined",
    "repeated",
    "late",
    "resolved",
    "closed",
    "not_open",
    "muted",
    "suppressed",
    "not_wanted",
    "no_room",
]


ANYWHERE: Final = "*"  # of a name with a namespace: what a sender who knows no namespace may mean by it
NOWHERE: Final = "?"  # of a name without one


class AlarmLinks(Noun):
    """What an alarm has in common with others. Two with one `strong` key belong together; a `weak` key counts once
    several alarms have it. `lookup` are the strong keys to look for, with those of what it depends on or serves."""

    strong: list[str] = Field(default_factory=list)
    weak: list[str] = Field(default_factory=list)
    lookup: list[str] = Field(default_factory=list)


class AlarmEntry(Noun):
    """One alarm on its way in. `new` is the incident that it opens where it belongs to none, with these `settings`.

    `disposition` is what has been decided without looking at incidents; None where that has to be seen, `why` in words.
    `opens` is False where there is no room for another incident. `leaves` is an incident that ends without explaining
    the alarm: it belongs to another one from now on.
    """

    source: str
    signal: Signal
    topic: str
    links: AlarmLinks = AlarmLinks()
    new: Incident
    settings: str = ""
    disposition: Disposition | None = None
    why: str = ""
    opens: bool = True
    leaves: str = ""


class AlarmReceipt(Noun):
    """What became of one alarm. `incident` is the one it opened or belongs to; empty where there is none. `shared` says
    what it has in common with the incident that it joined; empty for the incident's own alarm. `raised` is the severity
    of the incident where this alarm raised it."""

    source: str
    signal: str
    title: str
    state: Literal["firing", "resolved", "no_data"]
    severity: Severity | None
    at: datetime
    disposition: Disposition
    why: str = ""
    incident: str = ""
    shared: str = ""
    raised: Severity | None = None


def shared_in_words(key: str) -> str:
    """A key of `AlarmLinks` as it is told to people."""
    return key.removeprefix(f"{ANYWHERE}/").removeprefix(f"{NOWHERE}/")
